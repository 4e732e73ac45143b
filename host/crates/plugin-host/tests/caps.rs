//! What a manifest asks for, and what the operator allows.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod support;

use ports::{PluginRuntime, plugins::CallFault};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use support::{HOSTILE, component, host, prepare, request, shipped};
use weft_plugin_host::Caps;

/// The hostile guest with these limits in its manifest.
fn asking(limits: &serde_json::Value) -> Arc<[u8]> {
    let manifest = json!({"name": "hostile", "version": "1.0.0", "hook": "routing", "description": "", "limits": limits,
        "settings": {"type": "object", "required": ["misdeed"]}});
    support::with_manifest(&component(HOSTILE), &manifest)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_asks_for_more_than_the_operator_allows_is_told_both_numbers() {
    let caps = Caps { fuel: 600_000, memory: 4 << 20, ..Caps::default() };
    let host = host(caps);
    for (limits, words) in [
        (json!({"fuel": 700_000}), ["limits.fuel", "700000", "600000", "plugins.max_fuel"]),
        (json!({"memory_bytes": 5 << 20}), ["limits.memory_bytes", "5242880", "4194304", "plugins.max_memory_bytes"]),
    ] {
        let refused = host.validate(asking(&limits)).await.err().unwrap();
        assert_eq!(refused.code, "asks_too_much", "{refused}");
        assert!(words.iter().all(|word| refused.message.contains(word)), "{refused}");
    }
    host.validate(asking(&json!({"fuel": 600_000, "memory_bytes": 4 << 20}))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_larger_than_the_operator_allows_is_refused() {
    let plugin = shipped("skills");
    let caps = Caps { component: plugin.len() - 1, ..Caps::default() };
    let refused = host(caps).validate(Arc::clone(&plugin)).await.err().unwrap();
    assert_eq!(refused.code, "too_large");
    assert!(refused.message.contains(&caps.component.to_string()), "{refused}");
    assert!(refused.message.contains(&plugin.len().to_string()), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_gets_what_its_manifest_asks_for_within_the_caps() {
    let caps = Caps { fuel: 700_000, output: 4096, log: 2048, ..Caps::default() };
    let host = host(caps);
    let call = async |limits: serde_json::Value, misdeed: &str| {
        let plugin = prepare(&host, asking(&limits), json!({ "misdeed": misdeed })).await.unwrap();
        support::settled(&*plugin, &request(20))
    };
    assert_eq!(call(json!({"fuel": 9_000}), "loop").await, Err(CallFault::OutOfFuel(9_000)));
    assert_eq!(call(json!({}), "loop").await, Err(CallFault::OutOfFuel(540_000)));
    assert_eq!(call(json!({"fuel": 700_000}), "loop").await, Err(CallFault::OutOfFuel(700_000)));
    assert_eq!(call(json!({"memory_bytes": 1 << 20}), "memory").await, Err(CallFault::OutOfMemory));
    assert_eq!(call(json!({}), "output").await, Err(CallFault::OutputTooLarge(4096)));
    let logs = call(json!({}), "log").await.unwrap().logs;
    assert_eq!((logs.len(), logs.last().unwrap().as_str()), (3, "… more was dropped"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deadline_breaks_off_what_fuel_would_let_go_on() {
    let caps = Caps { fuel: 50_000_000_000, deadline: Duration::from_millis(5), ..Caps::default() };
    let host = host(caps);
    let plugin =
        prepare(&host, asking(&json!({"fuel": 50_000_000_000_u64})), json!({"misdeed": "loop"})).await.unwrap();
    assert_eq!(plugin.route(&request(1)), Err(CallFault::TimedOut));
}

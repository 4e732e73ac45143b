//! The shipped plugins and a hostile one, as real components in the real host.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod support;

use model::{plugin::Hook, routing::Action};
use ports::{
    PluginRuntime,
    plugins::{CallFault, UploadRefusal},
};
use serde_json::json;
use std::{sync::Arc, time::Instant};
use support::{HOSTILE, component, prepare, request, settled, shipped};
use weft_plugin_host::{Caps, PluginHost};

fn host() -> PluginHost {
    support::host(Caps::default())
}

async fn misdeed(name: &str) -> Result<ports::plugins::Answer<model::routing::Decision>, CallFault> {
    let plugin = prepare(&host(), component(HOSTILE), json!({ "misdeed": name })).await.unwrap();
    settled(&*plugin, &request(20))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shipped_plugin_passes_the_checks_of_an_upload() {
    let host = host();
    for name in ["least-busy", "round-robin", "skills", "preferred"] {
        let inspection = host.validate(shipped(name)).await.unwrap_or_else(|e| panic!("{name}: {e:?}"));
        assert_eq!((inspection.name.as_str(), inspection.wit_version.as_str()), (name, "1.0.0"));
        assert!(inspection.imports.iter().all(|i| i.starts_with("weft:plugin/")), "{:?}", inspection.imports);
        let plugin = prepare(&host, shipped(name), json!({})).await.unwrap();
        assert!(plugin.golden().vectors > 0 && plugin.golden().fuel_max > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_checked_frozen_and_part_of_the_snapshot() {
    let host = host();
    let refused = prepare(&host, shipped("skills"), json!({"ring_seconds": -1, "unknown": 1})).await.err().unwrap();
    assert_eq!(refused.code, "invalid_settings");
    assert!(refused.errors.iter().any(|(pointer, _)| pointer == "/ring_seconds"), "{refused:?}");
    assert_eq!(refused.errors.len(), 2);
    let plain = prepare(&host, shipped("skills"), json!({})).await.unwrap();
    let set = prepare(&host, shipped("skills"), json!({"by_language": {"zh": ["billing"]}, "ring_seconds": 0}))
        .await
        .unwrap();
    assert_ne!(plain.snapshot(), set.snapshot());
    assert!(matches!(plain.route(&request(3)).unwrap().output.action, Action::Assign(_)));
    assert!(matches!(set.route(&request(3)).unwrap().output.action, Action::Wait { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_plugin_does_is_contained_in_its_call() {
    assert!(matches!(misdeed("loop").await, Err(CallFault::OutOfFuel(_))));
    assert_eq!(misdeed("memory").await, Err(CallFault::OutOfMemory));
    assert!(matches!(misdeed("recursion").await, Err(CallFault::Trap(_) | CallFault::OutOfFuel(_))));
    assert!(matches!(misdeed("trap").await, Err(CallFault::Trap(_))));
    assert!(matches!(misdeed("panic").await, Err(CallFault::Trap(m)) if m.contains("on purpose")));
    assert_eq!(misdeed("error").await, Err(CallFault::Refused("no idea".into())));
    assert!(matches!(misdeed("output").await, Err(CallFault::OutputTooLarge(_))));
    let flood = misdeed("log").await.unwrap();
    let kept: usize = flood.logs.iter().map(String::len).sum();
    assert!((7 * 1024..=8 * 1024 + 64).contains(&kept), "{kept}");
    assert!(flood.logs.last().unwrap().contains("dropped"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crashed_call_leaves_nothing_behind() {
    let host = host();
    let bad = prepare(&host, component(HOSTILE), json!({"misdeed": "memory"})).await.unwrap();
    let good = prepare(&host, shipped("least-busy"), json!({})).await.unwrap();
    let before = good.route(&request(20)).unwrap();
    for _ in 0..100 {
        assert_eq!(bad.route(&request(20)), Err(CallFault::OutOfMemory));
        assert_eq!(good.route(&request(20)).unwrap(), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_hook_has_a_world_that_links() {
    let host = host();
    for (guest, hook, store) in [("backoff", Hook::Retry, false), ("announce", Hook::Notification, true)] {
        let component = component(&format!("tests/guests/dist/{guest}.wasm"));
        let inspection = host.validate(Arc::clone(&component)).await.unwrap_or_else(|e| panic!("{guest}: {e:?}"));
        assert_eq!(inspection.hook, hook);
        assert_eq!(inspection.imports.iter().any(|i| i == "weft:plugin/store@1.0.0"), store);
        let plugin = prepare(&host, component, json!({})).await.unwrap();
        assert!(matches!(plugin.route(&request(1)), Err(CallFault::Invalid(_))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_looping_plugin_does_not_slow_another() {
    let host = host();
    let good = prepare(&host, shipped("least-busy"), json!({})).await.unwrap();
    let bad = prepare(&host, component(HOSTILE), json!({"misdeed": "loop"})).await.unwrap();
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let looping = std::thread::spawn({
        let stop = Arc::clone(&stop);
        move || {
            let mut calls = 0_u32;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                assert!(bad.route(&request(1)).is_err());
                calls += 1;
            }
            calls
        }
    });
    let start = Instant::now();
    for _ in 0..200 {
        assert!(good.route(&request(20)).is_ok());
    }
    let took = start.elapsed();
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(looping.join().unwrap() > 0);
    // Not a measurement: the calls went through at all while the other thread spun (each spin is bounded by its fuel).
    assert!(took.as_secs() < 30, "{took:?}");
}

/// A component from text is not needed to show that bytes are refused at the door: these are made by hand.
mod door {
    use super::*;
    use wasm_encoder::{
        Component, ComponentImportSection, ComponentTypeRef, ComponentTypeSection, CustomSection, MemorySection,
        MemoryType, Module, ModuleSection, StartSection,
    };

    async fn refusal(bytes: Vec<u8>) -> UploadRefusal {
        host().validate(bytes.into()).await.err().unwrap()
    }

    fn with_module(module: &Module) -> Vec<u8> {
        let mut component = Component::new();
        component.section(&ModuleSection(module));
        component.finish()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn bytes_that_are_no_component_are_refused_by_name() {
        assert_eq!(refusal(b"hello".to_vec()).await.code, "not_wasm");
        assert_eq!(refusal(Module::new().finish()).await.code, "not_a_component");
        assert_eq!(refusal(vec![0; model::limits::PLUGIN_BYTES + 1]).await.code, "too_large");
        let whole = shipped("least-busy");
        assert_eq!(refusal(whole[..whole.len() / 2].to_vec()).await.code, "truncated");
        let engine = wasmtime::Engine::default();
        assert_eq!(refusal(engine.precompile_component(&whole).unwrap()).await.code, "precompiled");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn two_memories_and_start_functions_are_refused() {
        let memory = || MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None };
        let mut two = Component::new();
        for _ in 0..2 {
            let mut module = Module::new();
            let mut memories = MemorySection::new();
            memories.memory(memory());
            module.section(&memories);
            two.section(&ModuleSection(&module));
        }
        let refused = refusal(two.finish()).await;
        assert_eq!(refused.code, "two_memories", "{refused}");

        let mut module = Module::new();
        let mut types = wasm_encoder::TypeSection::new();
        types.ty().function([], []);
        let mut functions = wasm_encoder::FunctionSection::new();
        functions.function(0);
        let mut code = wasm_encoder::CodeSection::new();
        let mut body = wasm_encoder::Function::new([]);
        body.instruction(&wasm_encoder::Instruction::End);
        code.function(&body);
        module.section(&types).section(&functions).section(&StartSection { function_index: 0 }).section(&code);
        assert_eq!(refusal(with_module(&module)).await.code, "start_function");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_component_that_is_no_hook_is_told_so() {
        let refused = refusal(Component::new().finish()).await;
        assert_eq!(refused.code, "wrong_world", "{refused}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_unknown_import_is_named() {
        // The shipped plugin with one more import in front: everything else about it is right.
        let mut bytes = Component::new().finish();
        let mut types = ComponentTypeSection::new();
        types.function().params([("a", wasm_encoder::PrimitiveValType::U32); 0]).result(None);
        let mut imports = ComponentImportSection::new();
        imports.import("steal-secrets", ComponentTypeRef::Func(0));
        wasm_encoder::ComponentSection::append_to_component(&types, &mut bytes);
        wasm_encoder::ComponentSection::append_to_component(&imports, &mut bytes);
        let refused = refusal(graft(&bytes)).await;
        assert_eq!(refused.code, "unknown_import", "{refused}");
        assert!(refused.message.contains("steal-secrets"), "{refused}");
    }

    /// `front` followed by exports that make it look like a routing plugin.
    fn graft(front: &[u8]) -> Vec<u8> {
        let mut bytes = front.to_vec();
        let mut exports = wasm_encoder::ComponentExportSection::new();
        exports.export("init", wasm_encoder::ComponentExportKind::Func, 0, None);
        wasm_encoder::ComponentSection::append_to_component(&exports, &mut bytes);
        let mut instances = wasm_encoder::ComponentInstanceSection::new();
        instances.export_items([] as [(&str, wasm_encoder::ComponentExportKind, u32); 0]);
        wasm_encoder::ComponentSection::append_to_component(&instances, &mut bytes);
        let mut exports = wasm_encoder::ComponentExportSection::new();
        exports.export("weft:plugin/routing@1.0.0", wasm_encoder::ComponentExportKind::Instance, 0, None);
        wasm_encoder::ComponentSection::append_to_component(&exports, &mut bytes);
        let manifest = CustomSection { name: "weft:manifest".into(), data: b"{}".as_slice().into() };
        wasm_encoder::ComponentSection::append_to_component(&manifest, &mut bytes);
        bytes
    }
}

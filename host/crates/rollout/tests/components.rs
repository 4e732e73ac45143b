//! Real components in the real plugin host, up to the router.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use model::{
    plugin::{Hook, Rung},
    routing::Action,
};
use plugin_host::{Caps, Compile, PluginHost, PluginHostConfig};
use ports::Router;
use serde_json::json;
use std::{path::PathBuf, sync::Arc, time::Duration};
use support::{Cluster, ids, request};
use weft_rollout::{Change, Config, Parts, Rollout, RolloutError};

fn component(path: &str) -> Arc<[u8]> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..").join(path);
    std::fs::read(&path).unwrap_or_else(|_| panic!("{} is missing: run `cargo xtask plugins`", path.display())).into()
}

async fn node(cluster: &Cluster) -> Arc<Rollout> {
    let cache = Some(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("plugin-cache"));
    let config = PluginHostConfig { instances: 16, compile: Compile::InProcess, caps: Caps::default(), cache };
    let rollout = Rollout::new(Parts {
        store: cluster.store.clone(),
        runtime: Arc::new(PluginHost::new(config).unwrap()),
        ids: ids(),
        clock: cluster.clock.clone(),
        hints: cluster.bus.clone(),
        changed: Arc::default(),
        node: ids().node(),
        config: Config { poll_every: Duration::from_millis(5), ..Config::default() },
    });
    let shipped = ["least-busy", "round-robin"].map(|name| component(&format!("plugins/dist/{name}.wasm")));
    rollout.install_shipped(shipped.to_vec()).await.unwrap();
    rollout.load().await.unwrap();
    rollout
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_plugin_does_the_visitor_gets_an_agent() {
    let cluster = Cluster::new().await;
    let rollout = node(&cluster).await;
    let hostile = component("tests/guests/dist/hostile.wasm");
    let release = rollout.upload(cluster.tenant, cluster.admin, hostile).await.unwrap();
    for misdeed in ["loop", "memory", "recursion", "trap", "panic", "error", "output", "stranger", "busy"] {
        let bad = Change { settings: json!({ "misdeed": misdeed }), ..support::bind(&release) };
        rollout.activate(cluster.tenant, cluster.admin, &[bad], None).await.unwrap();
        let routing = rollout.route(cluster.tenant, cluster.team, &request()).await;
        assert_eq!((routing.rung, routing.plugin.as_str()), (Rung::LastGood, "least-busy"), "{misdeed}");
        assert_eq!(routing.faults.len(), 1, "{misdeed}: {:?}", routing.faults);
        assert!(matches!(&routing.output.action, Action::Assign(c) if c[0].agent == 1), "{misdeed}");
        cluster.clock.advance(Duration::from_mins(11));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tenants_decide_with_different_components() {
    let cluster = Cluster::new().await;
    let rollout = node(&cluster).await;
    let releases = rollout.releases(cluster.other).await.unwrap();
    let shipped = releases.iter().find(|r| r.name == "round-robin").unwrap();
    rollout.activate(cluster.other, cluster.admin, &[support::bind(shipped)], None).await.unwrap();
    for (tenant, name) in [(cluster.tenant, "least-busy"), (cluster.other, "round-robin")] {
        let routing = rollout.route(tenant, cluster.team, &request()).await;
        assert_eq!((routing.plugin.as_str(), routing.rung), (name, Rung::Active), "{:?}", routing.faults);
        assert!(routing.fuel > 0 && routing.snapshot.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_the_manifest_does_not_know_are_refused_with_a_pointer() {
    let cluster = Cluster::new().await;
    let rollout = node(&cluster).await;
    let release = rollout.releases(cluster.tenant).await.unwrap().remove(0);
    let change = Change {
        hook: Hook::Routing,
        team: Some(cluster.team),
        channel: None,
        release: Some(release.digest),
        settings: json!({ "no_such_setting": 1 }),
    };
    let refused = rollout.activate(cluster.tenant, cluster.admin, &[change], None).await.unwrap_err();
    let RolloutError::Plugin(refusal) = refused else { panic!("{refused}") };
    assert!(!refusal.errors.is_empty(), "{refusal:?}");
}

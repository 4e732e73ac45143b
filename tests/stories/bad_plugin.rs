//! A plugin that misbehaves is put in force: every visitor still gets an agent, and a rollback ends it.

use serde_json::json;
use std::{fs, process::Output};
use weft_tests::{Admin, Agent, Node, Plan, Session, Via, Visitor, binary, component, root};

const MISDEEDS: [&str; 4] = ["trap", "loop", "memory", "stranger"];

#[tokio::test]
async fn the_ladder_catches_a_bad_plugin() {
    let plan = Plan::new("bad-plugin");
    plan.tenant("brave").await;
    plan.tenant("beside").await;
    let node = plan.start().await;
    let admin = Admin::sign_in(&node, "brave").await;
    let desk = admin.agent("Ana", 50, &[]).await.online(Via::Socket).await;
    let channel = admin.channel_key().await;
    let digest = admin.upload(component("tests/guests/dist/hostile.wasm")).await;

    for misdeed in MISDEEDS {
        admin.activate(&digest, &json!({"misdeed": misdeed})).await;
        let decision = served(&node, &admin, &channel, &desk).await;
        assert_ne!(decision["rung"], "active", "{misdeed}: {decision}");
        assert!(decision["faults"].as_array().is_some_and(|f| !f.is_empty()), "{misdeed}: {decision}");
    }

    author_finds_out(&node, &admin).await;

    // The neighbour's rule is not touched by any of it.
    let other = Admin::sign_in(&node, "beside").await;
    let other_desk = other.agent("Bea", 5, &[]).await.online(Via::Socket).await;
    let decision = served(&node, &other, &other.channel_key().await, &other_desk).await;
    assert_eq!((&decision["rung"], &decision["plugin"]["name"]), (&json!("active"), &json!("least-busy")));

    let least_busy = admin.upload(component("plugins/dist/least-busy.wasm")).await;
    admin.activate(&least_busy, &json!({})).await;
    assert_eq!(served(&node, &admin, &channel, &desk).await["rung"], "active");
    admin.activate(&digest, &json!({"misdeed": "panic"})).await;
    let epoch = admin.roll_back().await;
    let decision = served(&node, &admin, &channel, &desk).await;
    assert_eq!((&decision["rung"], &decision["epoch"]), (&json!("active"), &json!(epoch)));
}

/// What it crashed on is kept: as files on which the author sees it crash.
async fn author_finds_out(node: &Node, admin: &Admin) {
    let folder = root().join("target/tests/bad-plugin/crashes");
    let _ = fs::remove_dir_all(&folder);
    let kept = weft(node, admin, &["plugin", "logs", "--faults", "--save", folder.to_str().unwrap()]).await;
    assert!(kept.status.success(), "{}", String::from_utf8_lossy(&kept.stderr));
    let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), MISDEEDS.len(), "{files:?}");
    let settings = folder.join("settings.json");
    fs::write(&settings, r#"{"misdeed": "trap"}"#).unwrap();
    let hostile = root().join("tests/guests/dist/hostile.wasm");
    let [hostile, input, settings] = [&hostile, &files[0], &settings].map(|path| path.to_str().unwrap());
    let run = weft(node, admin, &["plugin", "run", hostile, "-i", input, "--settings", settings]).await;
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(!run.status.success() && said.contains("trap"), "{said}");
}

async fn weft(node: &Node, admin: &Admin, arguments: &[&str]) -> Output {
    let mut command = tokio::process::Command::new(binary());
    command.args(arguments).env("WEFT_SERVER", node.addresses.rest()).env("WEFT_TOKEN", admin.rest.token());
    command.output().await.unwrap()
}

#[tokio::test]
async fn what_is_no_plugin_is_refused_at_the_door() {
    let plan = Plan::new("refused-plugin");
    plan.tenant("strict").await;
    let node = plan.start().await;
    let admin = Admin::sign_in(&node, "strict").await;
    let good = component("plugins/dist/skills.wasm");
    let cut = good[..good.len() / 2].to_vec();
    for (what, bytes) in [("not wasm", b"hello".to_vec()), ("nothing", Vec::new()), ("truncated", cut)] {
        let reply = admin.rest.upload("/v1/plugins", "application/wasm", bytes).await;
        assert!(reply.status.is_client_error(), "{what}: {}", reply.status);
        assert!(!reply.problem().is_empty(), "{what}: {}", reply.body);
    }
    let reply = admin.rest.upload("/v1/plugins", "application/wasm", vec![0; 5 << 20]).await;
    assert_eq!(reply.problem(), "too_large");
    let reply = admin.rest.upload("/v1/plugins", "text/plain", good.clone()).await;
    assert_eq!(reply.problem(), "unsupported");

    let digest = admin.upload(good).await;
    let reply = admin.try_activate(&digest, &json!({"by_language": 7})).await;
    assert!(reply.status.is_client_error(), "settings against the schema: {}", reply.body);
    assert!(reply.body["errors"].to_string().contains("by_language"), "{}", reply.body);
}

/// A new visitor is answered; why.
async fn served(node: &Node, admin: &Admin, channel: &str, desk: &Session) -> serde_json::Value {
    let visitor = Visitor::enter(node, channel, "Vera").await.session(Via::Socket).await;
    let chat = Visitor::open(&visitor, "hello").await;
    Agent::accept(desk, &chat).await;
    desk.say(&chat, "at your service").await;
    visitor.text(&chat, "at your service").await;
    let decisions = admin.decisions(&chat).await;
    decisions.into_iter().find(|d| d["action"] == "assign").expect("a decision to assign")
}

//! Plugins that must be refused at the door, or contained in their calls: their own visitors still get an agent, and others do
//! not notice.

use crate::{
    fixtures::{self, ComesTo, Fixture, GOOD},
    neighbour::{Neighbour, figures},
};
use serde_json::{Value, json};
use std::{fs, time::Duration};
use weft_tests::{Admin, Agent, Node, Plan, Session, Via, Visitor, component};

/// Bytes before the compiled code in a file of a node's cache: their checksum.
const SUM: usize = 32;
/// Calls that a node may be too slow for, in a row, before that is no excuse.
const TRIES: usize = 8;
const UNDISTURBED: usize = 30;
/// Nobody beside a hostile plugin waits as long as this.
const UNDISTURBED_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_plugins_are_refused_or_contained() {
    let fast = "1000";
    let plan =
        Plan::new("hostile-guests").key("sessions.commands_per_second", fast).key("sessions.command_burst", fast);
    plan.tenant("hostile").await;
    plan.tenant("beside").await;
    let node = plan.start().await;
    let shop = Shop::open(&node).await;
    let neighbour = Neighbour::start(&node, "beside", component(GOOD)).await;
    let before = neighbour.first(UNDISTURBED).await;
    for fixture in fixtures::all(compiled_code(&node)) {
        shop.meets(&node, fixture).await;
    }
    let during = neighbour.stop().await;
    assert!(!during.is_empty(), "it opened chats all the while");
    // No figure of speed: what a neighbour would have to wait for is one call's deadline, and that is far below.
    assert!(during.iter().all(|wait| *wait < UNDISTURBED_WITHIN), "{}", figures(during.clone()));
    println!("the neighbour before: {}; during: {}", figures(before), figures(during));
}

/// A file of the node's own cache, as the engine wrote it.
fn compiled_code(node: &Node) -> Vec<u8> {
    let files = fs::read_dir(node.plan().data().join("plugins")).unwrap().map(|file| file.unwrap().path());
    let artefact = files.into_iter().find(|path| path.extension().is_some_and(|e| e == "cwasm")).unwrap();
    fs::read(artefact).unwrap().split_off(SUM)
}

/// The tenant that uploads them: one agent with no place free, and one with many.
struct Shop {
    admin: Admin,
    channel: String,
    desk: Session,
    /// A release in good order.
    good: String,
    _full: Session,
}

impl Shop {
    async fn open(node: &Node) -> Self {
        let admin = Admin::sign_in(node, "hostile").await;
        let channel = admin.channel_key().await;
        let full = admin.agent("Finn", 1, &[]).await.online(Via::Socket).await;
        let visitor = Visitor::enter(node, &channel, "First").await.session(Via::Socket).await;
        let chat = Visitor::open(&visitor, "for a long time").await;
        Agent::accept(&full, &chat).await;
        let desk = admin.agent("Ana", 200, &[]).await.online(Via::Socket).await;
        let good = admin.upload(component(GOOD)).await;
        Self { admin, channel, desk, good, _full: full }
    }

    async fn meets(&self, node: &Node, Fixture { name, bytes, comes_to }: Fixture) {
        let uploaded = self.admin.rest.upload("/v1/plugins", "application/wasm", bytes).await;
        if let ComesTo::Refused(code, names) = comes_to {
            let is = (uploaded.status.is_client_error(), uploaded.body["detail"].as_str().unwrap_or_default());
            assert!(is.0 && is.1.contains(names), "{name}: {} {}", uploaded.status, uploaded.body);
            assert!(is.1.starts_with(&format!("{code}: ")) || uploaded.problem() == code, "{name}: {}", uploaded.body);
            return;
        }
        let digest = uploaded.good()["digest"].as_str().unwrap().to_owned();
        match comes_to {
            ComesTo::Refused(..) => {}
            ComesTo::NotBound(misdeed, says) => {
                let reply = self.admin.try_activate(&digest, &json!({"misdeed": misdeed})).await;
                let told = reply.status.is_client_error() && reply.body.to_string().contains(says);
                assert!(told, "{name}: {} {}", reply.status, reply.body);
            }
            ComesTo::Contained(misdeed, fault) => {
                // What was in force before is the next rung.
                self.admin.activate(&self.good, &json!({})).await;
                self.admin.activate(&digest, &json!({"misdeed": misdeed})).await;
                let decision = self.decision(node).await;
                assert_eq!(decision["rung"], "last_good", "{name}: {decision}");
                assert!(decision["faults"].to_string().contains(fault), "{name}: {decision}");
            }
            ComesTo::Cut(misdeed) => {
                self.admin.activate(&digest, &json!({"misdeed": misdeed})).await;
                assert_eq!(self.decision(node).await["rung"], "active", "{name}");
            }
        }
    }

    /// A new visitor gets the agent with a free place; the decision that did it. One that the node was too slow for tells nothing
    /// of the plugin: another visitor comes.
    async fn decision(&self, node: &Node) -> Value {
        for _ in 0..TRIES {
            let visitor = Visitor::enter(node, &self.channel, "Vera").await.session(Via::Socket).await;
            let chat = Visitor::open(&visitor, "hello").await;
            Agent::accept(&self.desk, &chat).await;
            visitor.entry(&chat, "assigned").await;
            let decisions = self.admin.decisions(&chat).await;
            let decision = decisions.into_iter().find(|d| d["action"] == "assign").expect("a decision to assign");
            if !decision["faults"].to_string().contains("the node was too slow") {
                return decision;
            }
        }
        panic!("the node was too slow {TRIES} times")
    }
}

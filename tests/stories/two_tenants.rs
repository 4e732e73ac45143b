//! Two tenants with the same people, each with a plugin of its own: the same visitor goes to different agents.

use serde_json::json;
use weft_tests::{Admin, Agent, Node, Plan, Session, Via, Visitor, component};

struct Shop {
    admin: Admin,
    channel: String,
    ana: Session,
    mei: Session,
}

/// Mei speaks Chinese and has a chat already; Ana has none.
async fn shop(node: &Node, tenant: &str) -> Shop {
    let admin = Admin::sign_in(node, tenant).await;
    let ana = admin.agent("Ana", 5, &[]).await;
    let mei = admin.agent("Mei", 5, &["chinese"]).await;
    let channel = admin.channel_key().await;
    let mei = mei.online(Via::Socket).await;
    let early = Visitor::enter(node, &channel, "Early").await.session(Via::Socket).await;
    let chat = Visitor::open(&early, "first").await;
    Agent::accept(&mei, &chat).await;
    Shop { admin, channel, ana: ana.online(Via::Socket).await, mei }
}

async fn chinese_visitor(node: &Node, shop: &Shop) -> String {
    let wei = Visitor::enter(node, &shop.channel, "Wei").await.session(Via::Socket).await;
    let receipt = Visitor::try_open(&wei, json!({"subject": "你好", "language": "zh"})).await.unwrap();
    receipt["conversation"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn each_tenant_has_its_own_rule() {
    let plan = Plan::new("two-tenants");
    plan.tenant("calm").await;
    plan.tenant("fluent").await;
    let node = plan.start().await;
    let calm = shop(&node, "calm").await;
    let fluent = shop(&node, "fluent").await;

    // Uploaded and put in force while the node runs and the chats go on.
    let digest = fluent.admin.upload(component("plugins/dist/skills.wasm")).await;
    let inspected = fluent.admin.rest.get(&format!("/v1/plugins/{digest}/inspect")).await.good();
    assert_eq!(inspected["digest"], *digest);
    fluent.admin.activate(&digest, &json!({"by_language": {"zh": ["chinese"]}})).await;

    let chat = chinese_visitor(&node, &calm).await;
    Agent::accept(&calm.ana, &chat).await;
    assert_eq!(calm.admin.decisions(&chat).await[0]["plugin"]["name"], "least-busy");

    let chat = chinese_visitor(&node, &fluent).await;
    Agent::accept(&fluent.mei, &chat).await;
    let decisions = fluent.admin.decisions(&chat).await;
    assert_eq!((&decisions[0]["plugin"]["name"], &decisions[0]["rung"]), (&json!("skills"), &json!("active")));
}

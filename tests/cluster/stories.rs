//! What people do, with every party on another node.

use serde_json::json;
use weft_tests::{
    Admin, Agent, BALANCER_LOOKS_AGAIN, Chats, Cluster, DEADLINE, Load, Session, Via, Visitor, eventually,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_on_three_nodes() {
    let _alone = crate::ALONE.lock().await;
    let tenants = ["talk", "devices", "offers", "roll", "notices"];
    let mut cluster = Cluster::start("cluster-stories", 3, &tenants).await;
    members(&cluster).await;
    talk_across_nodes(&cluster).await;
    an_agent_on_two_nodes(&cluster).await;
    a_declined_offer_goes_to_an_agent_on_another_node(&cluster).await;
    rolling_restart(&mut cluster).await;
    cluster.is_sound().await;
}

/// All know each other, and each says that its servers are well.
async fn members(cluster: &Cluster) {
    for node in &cluster.nodes {
        let listed = node.plan().run(&["node", "list"], "").await;
        assert_eq!(listed.lines().count(), 3, "{listed}");
        let url = format!("{}/actuator/health", node.addresses.management());
        let health = eventually("all parts are up", async || {
            let health: serde_json::Value = reqwest::get(&url).await.unwrap().json().await.unwrap();
            let queues = health["components"]["broker"]["details"]["queues"].to_string();
            let known = ["weft.cluster", "weft.node.", "weft.index"].iter().all(|address| queues.contains(address));
            (health["status"] == "UP" && known).then_some(health)
        });
        let health = health.await;
        for part in ["broker", "directory", "search", "store"] {
            assert_eq!(health["components"][part]["status"], "UP", "{health}");
        }
    }
}

async fn talk_across_nodes(cluster: &Cluster) {
    let [first, second, third] = &cluster.nodes[..] else { panic!("three nodes") };
    let admin = Admin::sign_in(cluster, "talk").await;
    let ana = admin.agent("Ana", 3, &[]).await;
    let at_desk = Agent::sign_in(&second.rest(), "talk", "ana@talk.example").await.online(Via::Socket).await;
    let vera = Visitor::enter(first, &admin.channel_key().await, "Vera").await;
    let in_shop = vera.session(Via::Socket).await;
    let chat = Visitor::open(&in_shop, "across").await;
    Agent::accept(&at_desk, &chat).await;
    in_shop.entry(&chat, "assigned").await;
    in_shop.say(&chat, "你好 👋 from the first node").await;
    let entry = at_desk.text(&chat, "你好 👋 from the first node").await;
    at_desk.say(&chat, "and back from the second").await;
    in_shop.text(&chat, "and back from the second").await;
    at_desk.command("mark", json!({"conversation": chat, "read": entry["seq"]})).await.unwrap();
    in_shop.event("marks", |f| f["conversation"] == *chat && f["read"] == entry["seq"]).await;
    at_desk.command("typing", json!({"conversation": chat, "on": true})).await.unwrap();
    in_shop.event("typing", |f| f["conversation"] == *chat && f["on"] == true).await;
    in_shop.command("preview", json!({"conversation": chat, "text": "one mor"})).await.unwrap();
    at_desk.event("preview", |f| f["text"] == "one mor").await;

    // The agent's status is seen on a third node as it changes, and everything is found there.
    let elsewhere = Agent::sign_in(&third.rest(), "talk", "admin@talk.example").await;
    let office = Session::open(&elsewhere.rest, Via::Socket).await;
    for status in ["busy", "away", "online", "offline"] {
        Agent::status(&at_desk, status).await.unwrap();
        for session in [&office, &in_shop] {
            session.event("presence", |f| f["agent"]["id"] == *ana.id && f["status"] == status).await;
        }
    }
    eventually("the index has it", async || {
        // An index that another node has just made may not answer yet: 503.
        let found = elsewhere.rest.get("/v1/search?q=%E4%BD%A0%E5%A5%BD").await.body;
        (found["items"].as_array().is_some_and(|items| !items.is_empty())).then_some(())
    })
    .await;
    // One entry costs at most one message to another node.
    let messages = cluster.metric("weft_bus_messages_total").await;
    assert!(messages > 0.0, "they talked over the broker");
}

async fn an_agent_on_two_nodes(cluster: &Cluster) {
    let [first, second, third] = &cluster.nodes[..] else { panic!("three nodes") };
    let admin = Admin::sign_in(cluster, "devices").await;
    admin.agent("Ben", 3, &[]).await;
    let desk = Agent::sign_in(&first.rest(), "devices", "ben@devices.example").await.online(Via::Socket).await;
    let phone = Agent::sign_in(&second.rest(), "devices", "ben@devices.example").await;
    let phone = Session::open(&phone.rest, Via::Rest).await;
    let visitor = Visitor::enter(third, &admin.channel_key().await, "Vera").await.session(Via::RestPortSocket).await;
    let chat = Visitor::open(&visitor, "two devices").await;
    let on_desk = desk.event("offer", |f| f["conversation"]["id"] == *chat).await;
    let on_phone = phone.event("offer", |f| f["conversation"]["id"] == *chat).await;
    Agent::answer(&phone, "accept", &on_phone).await.unwrap();
    desk.event("offer_gone", |f| f["offer"] == on_desk["offer"]).await;
    let late = Agent::answer(&desk, "decline", &on_desk).await;
    assert!(late.is_err(), "an offer is answered once: {late:?}");
    desk.say(&chat, "from the desk").await;
    phone.say(&chat, "from the phone").await;
    visitor.say(&chat, "from the shop").await;
    for session in [&desk, &phone, &visitor] {
        session.text(&chat, "from the shop").await;
        assert_eq!(session.texts(&chat), ["from the desk", "from the phone", "from the shop"]);
    }
}

async fn a_declined_offer_goes_to_an_agent_on_another_node(cluster: &Cluster) {
    let [first, second, third] = &cluster.nodes[..] else { panic!("three nodes") };
    let admin = Admin::sign_in(cluster, "offers").await;
    let mut desks = Vec::new();
    for (name, node) in [("Cem", first), ("Dora", second)] {
        admin.agent(name, 3, &[]).await;
        let email = format!("{}@offers.example", name.to_lowercase());
        desks.push(Agent::sign_in(&node.rest(), "offers", &email).await.online(Via::Socket).await);
    }
    let visitor = Visitor::enter(third, &admin.channel_key().await, "Vera").await.session(Via::Socket).await;
    let chat = Visitor::open(&visitor, "not me").await;
    let is_offered = |desk: &Session| desk.inbox.read(|r| r.frames.iter().any(|f| f["type"] == "offer"));
    let first = eventually("somebody is offered it", async || desks.iter().position(&is_offered)).await;
    let offer = desks[first].event("offer", |f| f["conversation"]["id"] == *chat).await;
    Agent::answer(&desks[first], "decline", &offer).await.unwrap();
    Agent::accept(&desks[1 - first], &chat).await;
    visitor.entry(&chat, "assigned").await;
}

/// Node after node is drained and started again while people talk; nobody sees more than a reconnect.
async fn rolling_restart(cluster: &mut Cluster) {
    let load = Load::start(cluster, "roll", Chats { pairs: 6, by_rest: 1 }).await;
    load.more(30).await;
    for n in 0..cluster.nodes.len() {
        let (status, took) = cluster.nodes[n].terminate().await;
        assert!(status.success(), "{status}");
        assert!(took < DEADLINE, "{took:?}");
        load.more(20).await;
        cluster.nodes[n].start().await;
        // waits: the next node goes when the balancer uses this one again
        tokio::time::sleep(BALANCER_LOOKS_AGAIN).await;
        load.more(20).await;
    }
    let toll = load.settle().await;
    println!("rolling restart: {toll}");
    assert!(toll.pauses.is_empty(), "nobody was told to wait, and each reconnect was the first try: {:?}", toll.pauses);
}

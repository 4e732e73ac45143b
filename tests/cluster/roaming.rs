//! A client without sockets whose every request is served by another node.

use serde_json::json;
use weft_tests::{Admin, Agent, Cluster, Via, Visitor};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rest_session_changes_its_node_at_each_request() {
    let _alone = crate::ALONE.lock().await;
    let mut cluster = Cluster::start("cluster-roaming", 3, &["roam"]).await;
    let admin = Admin::sign_in(&cluster, "roam").await;
    admin.agent("Ana", 3, &[]).await;
    let desk = Agent::sign_in(&cluster.nodes[2].rest(), "roam", "ana@roam.example").await.online(Via::Socket).await;
    let visitor = Visitor::enter(&cluster, &admin.channel_key().await, "Roamer").await;
    let shop = visitor.session(Via::Socket).await;
    let chat = Visitor::open(&shop, "on the move").await;
    Agent::accept(&desk, &chat).await;
    shop.entry(&chat, "assigned").await;
    drop(shop);

    // The same session by way of one node after the other, without a balancer between.
    let doors: Vec<_> = cluster.nodes.iter().map(|n| n.rest().with_token(visitor.rest.token())).collect();
    let hello = json!({"type": "hello", "id": weft_tests::id(), "token": visitor.rest.token(),
        "resume": [], "client": {"name": "roamer", "version": "1"}});
    let welcome = doors[0].post("/v1/sessions", &hello).await.good();
    let path = format!("/v1/sessions/{}", welcome["session"].as_str().unwrap());
    let cursor_of = |page: &serde_json::Value, key: &str| page[key].as_str().expect("a cursor").to_owned();
    let (mut cursor, mut texts) = (cursor_of(&welcome, "cursor"), Vec::new());
    let mut expected = Vec::new();
    for turn in 0..24_usize {
        let text = format!("turn {turn}");
        let command = json!({"type": "send", "id": weft_tests::id(), "conversation": chat,
            "body": {"kind": "text", "text": text}});
        doors[turn % 3].post(&format!("{path}/commands"), &command).await.good();
        desk.text(&chat, &text).await;
        let answer = format!("answer {turn}");
        desk.say(&chat, &answer).await;
        expected.extend([text, answer.clone()]);
        let mut polls = 0;
        while texts.last() != Some(&answer) {
            polls += 1;
            assert!(polls < 40, "{answer:?} did not come; so far {texts:?}");
            let door = &doors[(turn + polls) % doors.len()];
            let page = door.get(&format!("{path}/events?after={cursor}&wait=5")).await.good();
            cursor = cursor_of(&page, "next");
            let entries = page["items"].as_array().into_iter().flatten().filter(|f| f["type"] == "entry");
            texts.extend(entries.filter_map(|f| f["body"]["text"].as_str().map(str::to_owned)));
        }
    }
    assert_eq!(texts, expected, "each once, in order");

    // The node that opened it is gone: the others go on.
    cluster.nodes[0].kill().await;
    desk.say(&chat, "still there?").await;
    let mut found = false;
    for turn in 0..20_usize {
        let page = doors[1 + turn % 2].get(&format!("{path}/events?after={cursor}&wait=5")).await.good();
        cursor = cursor_of(&page, "next");
        found |= page["items"].to_string().contains("still there?");
        if found {
            break;
        }
    }
    assert!(found, "the session lives on the other nodes");
    doors[2].delete(&path).await.good();
}

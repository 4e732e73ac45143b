//! The socket's manners: hello, bad frames, limits, close codes, goodbye.

use crate::kit::{Node, Options, id, node};
use futures_util::SinkExt;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::{MaybeTlsStream, tungstenite::Message};

#[tokio::test]
async fn who_does_not_say_hello_is_sent_away() {
    let mut options = Options::default();
    options.edge.hello_within = Duration::from_millis(200);
    let node = Node::start(options).await;
    assert_eq!(node.silent().await.closed().await, Some(4408));
    let mut early = node.silent().await;
    early.send(&json!({ "type": "ping" })).await;
    assert_eq!(early.until("error").await["code"], "unauthenticated");
    assert_eq!(early.closed().await, Some(4401));
    let mut odd = node.silent().await;
    odd.send(&json!({ "type": "hello" })).await;
    assert_eq!(odd.until("error").await["code"], "bad_frame");
    assert_eq!(odd.closed().await, Some(1008));
}

#[tokio::test]
async fn silent_sockets_are_bounded_and_others_are_served() {
    let mut options = Options::default();
    options.edge.silent_sockets = 5;
    let node = Node::start(options).await;
    let mut silent = Vec::new();
    for _ in 0..5 {
        silent.push(node.silent().await);
    }
    assert_eq!(node.silent().await.closed().await, Some(1013));
    node.get("/v1/me", &node.tea.agent).await;
    silent.pop().unwrap().stream.close(None).await.unwrap();
    let served = async {
        loop {
            let mut next = node.silent().await;
            next.send(&json!({ "type": "hello", "token": node.tea.agent })).await;
            if next.next().await.is_ok_and(|f| f["type"] == "welcome") {
                break;
            }
        }
    };
    tokio::time::timeout(crate::kit::PATIENCE, served).await.unwrap();
}

#[tokio::test]
async fn connections_are_bounded() {
    let node = Node::start(Options { connections: 3, ..Options::default() }).await;
    let token = node.visitor(&node.tea).await;
    let (_one, _) = node.socket(&token).await;
    let (_two, _) = node.socket(&token).await;
    let refused = async {
        let request = format!("ws://{}/v1/socket", node.address);
        let mut held = Vec::new();
        loop {
            match tokio_tungstenite::connect_async(&request).await {
                Ok(socket) => held.push(socket),
                Err(_) => return held.len(),
            }
        }
    };
    let more = tokio::time::timeout(crate::kit::PATIENCE, refused).await.unwrap();
    assert!(more <= 1, "{more} more than allowed");
}

#[tokio::test]
async fn malformed_frames_are_answered_and_the_session_lives() {
    let node = node().await;
    let (mut socket, _) = node.socket(&node.tea.agent).await;
    let deep = format!(r#"{{"type":"ping","x":{}{}}}"#, "[".repeat(33), "]".repeat(33));
    for (frame, code) in [
        ("", "bad_frame"),
        ("nonsense", "bad_frame"),
        ("[1,2]", "bad_frame"),
        (r#"{"type":7}"#, "bad_frame"),
        (r#"{"type":"send","id":"short"}"#, "bad_frame"),
        (r#"{"type":"unheard-of"}"#, "unsupported"),
        (r#"{"type":"watch"}"#, "bad_frame"),
        (deep.as_str(), "bad_frame"),
    ] {
        socket.stream.send(Message::text(frame)).await.unwrap();
        assert_eq!(socket.until("error").await["code"], code, "{frame}");
    }
    let hello = socket.command(json!({ "type": "hello", "token": node.tea.agent })).await;
    assert_eq!(hello["code"], "wrong_state");
    socket.send(&json!({ "type": "ping" })).await;
    socket.until("pong").await;
}

#[tokio::test]
async fn a_habit_of_bad_frames_ends_the_socket() {
    let node = node().await;
    let (mut socket, _) = node.socket(&node.tea.agent).await;
    for _ in 0..30 {
        if socket.stream.send(Message::text("x")).await.is_err() {
            break;
        }
    }
    assert_eq!(socket.closed().await, Some(1008));
}

#[tokio::test]
async fn what_is_no_text_frame_closes_with_its_code() {
    let node = node().await;
    let (mut socket, _) = node.socket(&node.tea.agent).await;
    socket.stream.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    assert_eq!(socket.closed().await, Some(1003));
    let (mut socket, _) = node.socket(&node.tea.agent).await;
    socket.stream.send(Message::text("x".repeat(65 * 1024))).await.unwrap();
    assert_eq!(socket.closed().await, Some(1009));
    // Raw frames: bad UTF-8, a reserved bit, an unmasked frame, a claimed length of 2^62.
    for (frame, code) in [
        (&[0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28][..], 1007),
        (&[0xc1, 0x81, 0, 0, 0, 0, b'x'][..], 1002),
        (&[0x81, 0x01, b'x'][..], 1002),
        (&[0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], 1009),
    ] {
        let (mut socket, _) = node.socket(&node.tea.agent).await;
        let MaybeTlsStream::Plain(tcp) = socket.stream.get_mut() else { panic!("no TLS here") };
        tcp.write_all(frame).await.unwrap();
        assert_eq!(socket.closed().await, Some(code), "{frame:x?}");
    }
}

#[tokio::test]
async fn commands_are_paced_and_previews_more_so() {
    let mut options = Options::default();
    options.edge.command_burst = 5;
    options.edge.commands_per_second = 1;
    let node = Node::start(options).await;
    let (mut socket, _) = node.socket(&node.tea.agent).await;
    let mut limited = None;
    for _ in 0..10 {
        let asked = id();
        socket.send(&json!({ "type": "ping", "id": asked })).await;
        let answer = socket.find(|f| f["id"] == json!(asked)).await;
        if answer["code"] == "rate_limited" {
            limited = Some(answer);
            break;
        }
    }
    assert!(limited.unwrap()["retry_after"].as_u64().unwrap() >= 1);
    for _ in 0..40 {
        if socket.stream.send(Message::text(r#"{"type":"ping"}"#)).await.is_err() {
            break;
        }
    }
    assert_eq!(socket.closed().await, Some(1008), "persistent abuse");
}

#[tokio::test]
async fn a_session_that_is_resumed_elsewhere_gives_way() {
    let node = node().await;
    let (mut old, welcome) = node.socket(&node.tea.agent).await;
    let mut new = node.silent().await;
    new.send(&json!({ "type": "hello", "token": node.tea.agent, "session": welcome["session"] })).await;
    new.until("welcome").await;
    assert_eq!(old.closed().await, Some(4409));
    let (_, welcome) = node.socket(&node.tea.supervisor).await;
    let mut other = node.silent().await;
    other.send(&json!({ "type": "hello", "token": node.tea.agent, "session": welcome["session"] })).await;
    other.until("welcome").await;
}

#[tokio::test]
async fn a_dead_peer_is_noticed() {
    let mut options = Options::default();
    options.edge.heartbeat = Duration::from_millis(150);
    let node = Node::start(options).await;
    let (socket, _) = node.socket(&node.tea.agent).await;
    let (mut live, _) = node.socket(&node.tea.agent).await;
    // It reads no more, so it answers no ping; the other one does.
    let gone = async {
        loop {
            let pong = live.command(json!({ "type": "typing", "conversation": id(), "on": true })).await;
            assert_eq!(pong["code"], "not_found");
            let me = node.get("/v1/presence", &node.tea.agent).await;
            assert_eq!(me["items"][0]["members"][0]["connected"], true);
            if node.sockets().await == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(crate::kit::PATIENCE, gone).await.unwrap();
    drop(socket);
}

#[tokio::test]
async fn a_node_that_drains_says_goodbye_after_it_has_answered() {
    let node = node().await;
    let token = node.visitor(&node.tea).await;
    let (mut visitor, _) = node.socket(&token).await;
    let opening = id();
    visitor.send(&json!({ "type": "open", "id": opening })).await;
    visitor.find(|f| f["id"] == json!(opening)).await;
    let (left, code) = tokio::join!(node.edge.drain(Duration::from_secs(5)), visitor.closed());
    assert_eq!((left, code), (0, Some(1001)));
    let goodbye = visitor.seen.last().unwrap();
    assert_eq!(goodbye["type"], "goodbye");
    assert!(goodbye["reconnect_after"].as_u64().unwrap() >= 1);
    let refused = tokio_tungstenite::connect_async(format!("ws://{}/v1/socket", node.address)).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn resume_is_exact() {
    let node = node().await;
    let token = node.visitor(&node.tea).await;
    let (mut visitor, _) = node.socket(&token).await;
    let conversation = visitor.command(json!({ "type": "open" })).await["conversation"].clone();
    let say = |text: &str| json!({ "type": "send", "id": id(), "conversation": conversation, "body": { "kind": "text", "text": text } });
    visitor.command(say("one")).await;
    let had = visitor.sees(|f| f["body"]["text"] == "one").await["seq"].as_u64().unwrap();
    drop(visitor);
    let path = format!("/v1/conversations/{}/entries", conversation.as_str().unwrap());
    node.post(&path, &token, json!({ "body": { "kind": "text", "text": "two" } })).await;
    let mut back = node.silent().await;
    let resume = json!([{ "conversation": conversation, "after": had }, { "conversation": id(), "after": 3 }]);
    back.send(&json!({ "type": "hello", "token": token, "resume": resume })).await;
    let welcome = back.until("welcome").await;
    let known: Vec<&Value> = welcome["conversations"].as_array().unwrap().iter().collect();
    assert_eq!(
        (&known[0]["recovered"], &known[1]["recovered"], &known[1]["reason"]),
        (&json!(true), &json!(false), &json!("not_found"))
    );
    back.sees(|f| f["body"]["text"] == "two").await;
    let mut last = had;
    for entry in back.seen.iter().filter(|f| f["type"] == "entry") {
        assert_eq!(entry["prev"], last);
        last = entry["seq"].as_u64().unwrap();
    }
}

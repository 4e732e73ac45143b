//! Frames that are not what they should be.

use crate::raw::{close_code, frame, upgraded};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use weft_tests::{Node, Session, Via, Visitor, id, within};

const TEXT: u8 = 1;
const BINARY: u8 = 2;
/// An opcode that nobody has defined.
const RESERVED: u8 = 5;
/// More mistakes in a minute than are forgiven.
const TOO_MANY: usize = 40;

#[tokio::test]
async fn each_bad_frame_has_its_answer_and_the_session_goes_on() {
    let node = Node::demo("bad-frames").await;
    let vera = Visitor::enter(&node, "demo-tea", "Vera").await;
    let session = vera.session(Via::Socket).await;
    let chat = Visitor::open(&session, "before").await;
    let deep = |n: usize| format!(r#"{{"type":"ping","x":{}{}}}"#, "[".repeat(n), "]".repeat(n));
    let body =
        |kind: &str| json!({"type": "send", "id": id(), "conversation": chat, "body": {"kind": kind}}).to_string();
    let long =
        json!({"type": "send", "id": id(), "conversation": chat, "body": {"kind": "text", "text": "x".repeat(9000)}});
    let table = [
        (String::new(), "bad_frame"),
        ("{".into(), "bad_frame"),
        ("null".into(), "bad_frame"),
        ("[1,2]".into(), "bad_frame"),
        (r#"{"type":7}"#.into(), "bad_frame"),
        (r#"{"type":"send","id":"short"}"#.into(), "bad_frame"),
        (deep(64), "bad_frame"),
        (deep(20_000), "bad_frame"),
        (json!({"type": "route", "id": id()}).to_string(), "unsupported"),
        (json!({"type": "send", "id": id(), "conversation": "?", "body": {}}).to_string(), "bad_frame"),
        (body("unheard"), "bad_frame"),
        (body("opened"), "bad_frame"),
        (long.to_string(), "too_large"),
    ];
    for (bad, code) in table {
        let before = errors(&session).len();
        let shown: String = bad.chars().take(80).collect();
        session.put(bad);
        let error =
            session.inbox.until(&shown, |r| r.frames.iter().filter(|f| f["type"] == "error").nth(before).cloned());
        assert_eq!(error.await["code"], code, "{shown}");
    }
    session.say(&chat, "still here").await;
    session.text(&chat, "still here").await;
    assert_eq!(session.texts(&chat), ["still here"]);

    for _ in 0..TOO_MANY {
        session.put("{".into());
    }
    assert_eq!(session.closed().await.0, 1008, "a habit ends the session");
}

fn errors(session: &Session) -> Vec<serde_json::Value> {
    session.inbox.read(|r| r.frames.iter().filter(|f| f["type"] == "error").cloned().collect())
}

#[tokio::test]
async fn what_is_no_text_frame_closes_the_socket_with_its_code() {
    let node = Node::demo("no-text-frames").await;
    let vera = Visitor::enter(&node, "demo-tea", "Vera").await;
    let hello = json!({"type": "hello", "id": id(), "token": vera.rest.token()}).to_string();
    let table: [(&str, Vec<u8>, u16); 5] = [
        ("binary", frame(BINARY, b"\x00\x01"), 1003),
        ("not UTF-8", frame(TEXT, b"{\"type\":\"\xff\xfe\"}"), 1007),
        ("oversized", frame(TEXT, &vec![b' '; 70_000]), 1009),
        ("an undefined opcode", frame(RESERVED, b"x"), 1002),
        // Announces 2^40 bytes and sends none: refused by its size, before anything is reserved for it.
        ("a boast", [&[0x81, 0xff][..], &(1_u64 << 40).to_be_bytes(), &[0; 4]].concat(), 1009),
    ];
    for with_hello in [false, true] {
        for (what, bytes, code) in &table {
            let mut stream = upgraded(&node.addresses.socket()).await.unwrap();
            if with_hello {
                stream.write_all(&frame(TEXT, hello.as_bytes())).await.unwrap();
            }
            stream.write_all(bytes).await.unwrap();
            let closed = within(what, close_code(&mut stream)).await;
            assert_eq!(closed, Some(*code), "{what}, hello: {with_hello}");
        }
    }
    vera.session(Via::Socket).await;
}

#[tokio::test]
async fn haste_is_slowed_and_then_ended() {
    let node = Node::demo("haste").await;
    let session = Visitor::enter(&node, "demo-tea", "Hasty").await.session(Via::Socket).await;
    for _ in 0..60 {
        session.put(json!({"type": "ping", "id": id()}).to_string());
    }
    let slower = session.event("error", |f| f["code"] == "rate_limited").await;
    assert!(slower["retry_after"].as_u64() >= Some(1), "{slower}");
    for _ in 0..200 {
        session.put(json!({"type": "ping", "id": id()}).to_string());
    }
    assert_eq!(session.closed().await.0, 1008);
}

//! A receiver can be slow, endless or broken: an attempt ends all the same.

use crate::{
    names::{Hanging, Names},
    receiver::{Receiver, Reply},
    webhook::{parcel, webhook},
};
use model::notification::Fault;
use ports::{Failure, Notifier, Parcel};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::net::TcpListener;

async fn fails(reply: Reply) -> (Failure, Receiver) {
    let receiver = Receiver::start(move |_| reply.clone()).await;
    let hook = webhook(&["127.0.0.0/8"], Names::answering(&[]));
    (hook.send(&parcel(&receiver.url())).await.unwrap_err(), receiver)
}

#[tokio::test]
async fn silence_ends_in_time() {
    let begun = Instant::now();
    let (failure, receiver) = fails(Reply::Silent).await;
    assert_eq!((failure.fault, failure.status), (Fault::TimedOut, 0));
    assert!((800..5000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
    assert!(failure.took_ms >= 800);
    assert_eq!(receiver.got().len(), 1, "one attempt is one request");

    let (failure, _) = fails(Reply::Bytes("HTTP/1.1 200 OK\r\nx-slow: ".into())).await;
    assert_eq!(failure.fault, Fault::TimedOut, "half a head is no answer");

    let hook = webhook(&[], Arc::new(Hanging));
    let failure = hook.send(&parcel("https://shop.example/")).await.unwrap_err();
    assert_eq!(failure.fault, Fault::TimedOut, "a resolver that hangs");
}

#[tokio::test]
async fn nobody_there() {
    let hook = webhook(&["127.0.0.0/8"], Names::answering(&[]));
    let failure = hook.send(&parcel("https://unknown.example/")).await.unwrap_err();
    assert_eq!((failure.fault, failure.message.as_str()), (Fault::Unreachable, "the name is not known"));

    let empty = webhook(&[], Names::answering(&[&[]])).send(&parcel("https://empty.example/")).await.unwrap_err();
    assert_eq!(empty.fault, Fault::Unreachable);

    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let failure = hook.send(&parcel(&format!("http://{closed}/"))).await.unwrap_err();
    assert_eq!(failure.fault, Fault::Unreachable);
    assert!(failure.message.contains("refused"), "{failure}");

    // Takes the connection and never speaks TLS.
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let failure = hook.send(&parcel(&format!("https://{}/", mute.local_addr().unwrap()))).await.unwrap_err();
    assert_eq!(failure.fault, Fault::TimedOut);
}

#[tokio::test]
async fn a_broken_connection_or_answer() {
    assert_eq!(fails(Reply::Reset).await.0.fault, Fault::Unreachable);
    assert_eq!(fails(Reply::Last(String::new())).await.0.fault, Fault::Unreachable);
    assert_eq!(fails(Reply::Last("SSH-2.0-OpenSSH_9.9\r\n".into())).await.0.fault, Fault::Failed);
    let head = format!("HTTP/1.1 200 OK\r\nx-big: {}\r\n\r\n", "x".repeat(64 * 1024));
    assert_eq!(fails(Reply::Last(head)).await.0.fault, Fault::Failed);
    let head = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x-many: 1\r\n".repeat(200));
    assert_eq!(fails(Reply::Last(head)).await.0.fault, Fault::Failed);
}

#[tokio::test]
async fn of_an_endless_body_a_kib_is_kept() {
    let receiver = Receiver::start(|_| Reply::Endless).await;
    let begun = Instant::now();
    let hook = webhook(&["127.0.0.0/8"], Names::answering(&[]));
    let sent = hook.send(&parcel(&receiver.url())).await.unwrap();
    assert_eq!(sent.answer, [b'x'; 1024]);
    assert!(begun.elapsed() < Duration::from_millis(800), "not read until the time is over");
    assert!(receiver.written() < 16 * 1024 * 1024, "what the machine's buffers took: {}", receiver.written());
}

#[tokio::test]
async fn a_body_that_stops_halfway_changes_nothing() {
    let receiver = Receiver::start(|_| Reply::Bytes("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".into())).await;
    let hook = webhook(&["127.0.0.0/8"], Names::answering(&[]));
    let sent = hook.send(&parcel(&receiver.url())).await.unwrap();
    assert_eq!(sent.answer, b"half");
}

#[tokio::test]
async fn a_body_of_ours_has_a_bound() {
    let receiver = Receiver::start(|_| Reply::ok()).await;
    let hook = webhook(&["127.0.0.0/8"], Names::answering(&[]));
    let big = Parcel { body: "x".repeat(256 * 1024), ..parcel(&receiver.url()) };
    hook.send(&big).await.unwrap();
    let failure = hook.send(&Parcel { body: big.body + "x", ..parcel(&receiver.url()) }).await.unwrap_err();
    assert_eq!(failure.fault, Fault::Refused);
    assert_eq!(receiver.got().len(), 1);
}

//! Clients that hold on to what they have.

use crate::raw::{authority, close_code, upgraded};
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use weft_tests::{Node, Via, Visitor, within};

const DRIPPING: usize = 200;
const DRIP: Duration = Duration::from_millis(500);
/// A drip that goes on for longer than a node allows a head to take.
const DRIPS: usize = 36;

#[tokio::test]
async fn a_slow_head_is_cut_off_and_others_are_served() {
    let node = Node::demo("slow-head").await;
    let address = authority(&node.addresses.rest());
    let mut slow = Vec::new();
    for _ in 0..DRIPPING {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(b"GET /v1/me HTTP/1.1\r\nHost: x\r\n").await.unwrap();
        slow.push(tokio::spawn(drip(stream)));
    }
    let started = Instant::now();
    let session = Visitor::enter(&node, "demo-tea", "Vera").await.session(Via::RestPortSocket).await;
    Visitor::open(&session, "beside slow ones").await;
    assert!(started.elapsed() < Duration::from_secs(5), "others wait: {:?}", started.elapsed());
    for one in slow {
        assert!(within("a slow head is cut off", one).await.unwrap(), "a head took as long as it liked");
    }
    assert!(session.is_open());
}

/// One header byte after the other; true when the node ended it.
async fn drip(mut stream: TcpStream) -> bool {
    for _ in 0..DRIPS {
        // waits: slowness itself is tested
        tokio::time::sleep(DRIP).await;
        if stream.write_all(b"a").await.is_err() {
            return true;
        }
        let mut byte = [0];
        match tokio::time::timeout(Duration::from_millis(1), stream.read(&mut byte)).await {
            Ok(Ok(_) | Err(_)) => return true,
            Err(_nothing_yet) => {}
        }
    }
    false
}

#[tokio::test]
async fn who_does_not_say_hello_is_shown_the_door() {
    let node = Node::demo("no-hello").await;
    let mut stream = upgraded(&node.addresses.socket()).await.unwrap();
    assert_eq!(within("no hello", close_code(&mut stream)).await, Some(4408));
}

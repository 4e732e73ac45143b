//! The contract of `Bus`.

use super::within;
use crate::{Address, Bus, Message, Subscription};
use bytes::Bytes;
use model::{NodeId, TraceParent};
use std::{sync::Arc, time::Duration};

/// Two clients of one bus, with nothing on it. For an adapter in one process both may be the same value.
pub struct Fixture {
    pub one: Arc<dyn Bus>,
    pub two: Arc<dyn Bus>,
}

/// How long a message may take.
const SOON: Duration = Duration::from_secs(5);

/// Runs every property against a fresh fixture.
pub async fn suite(new: impl AsyncFn() -> Fixture) {
    a_node_gets_what_is_for_it_and_nothing_else(new().await).await;
    everybody_gets_what_is_for_the_cluster(new().await).await;
    one_publisher_keeps_its_order(new().await).await;
    many_publishers_lose_nothing_while_it_is_read(new().await).await;
    a_node_that_is_not_there_is_no_error(new().await).await;
    a_subscriber_that_does_not_read_costs_the_publisher_nothing(new().await).await;
    a_new_subscription_replaces_one_that_was_dropped(new().await).await;
    large_messages_arrive_whole(new().await).await;
    a_trace_goes_with_its_message(new().await).await;
}

fn node(number: u64) -> NodeId {
    NodeId::from_parts(number, u128::from(number))
}

fn numbered(number: u32) -> Message {
    Bytes::copy_from_slice(&number.to_be_bytes()).into()
}

fn number(message: &[u8]) -> u32 {
    u32::from_be_bytes(message.try_into().unwrap())
}

async fn next(from: &mut Subscription) -> Bytes {
    within(SOON, "a message", from.recv()).await.unwrap().body
}

async fn a_node_gets_what_is_for_it_and_nothing_else(Fixture { one, two }: Fixture) {
    let mut first = one.subscribe(Address::Node(node(1))).await.unwrap();
    let mut second = two.subscribe(Address::Node(node(2))).await.unwrap();
    one.publish(Address::Node(node(2)), numbered(2)).await.unwrap();
    two.publish(Address::Node(node(1)), numbered(1)).await.unwrap();
    assert_eq!(number(&next(&mut first).await), 1);
    assert_eq!(number(&next(&mut second).await), 2);
    assert!(first.try_recv().is_err() && second.try_recv().is_err());
    assert!(one.connected() && two.connected());
}

async fn everybody_gets_what_is_for_the_cluster(Fixture { one, two }: Fixture) {
    let mut first = one.subscribe(Address::Cluster).await.unwrap();
    let mut second = two.subscribe(Address::Cluster).await.unwrap();
    one.publish(Address::Cluster, numbered(7)).await.unwrap();
    assert_eq!(number(&next(&mut first).await), 7, "the sender's own node too");
    assert_eq!(number(&next(&mut second).await), 7);
}

async fn one_publisher_keeps_its_order(Fixture { one, two }: Fixture) {
    let mut subscription = two.subscribe(Address::Node(node(1))).await.unwrap();
    for i in 0..500 {
        one.publish(Address::Node(node(1)), numbered(i)).await.unwrap();
    }
    for i in 0..500 {
        assert_eq!(number(&next(&mut subscription).await), i);
    }
}

async fn many_publishers_lose_nothing_while_it_is_read(Fixture { one, two }: Fixture) {
    const PUBLISHERS: u32 = 8;
    // Together fewer than an adapter may hold for one subscriber: a slow reader may lose what is beyond.
    const EACH: u32 = 100;
    let mut subscription = two.subscribe(Address::Node(node(1))).await.unwrap();
    let publishers: Vec<_> = (0..PUBLISHERS)
        .map(|publisher| {
            let bus = Arc::clone(if publisher % 2 == 0 { &one } else { &two });
            tokio::spawn(async move {
                for i in 0..EACH {
                    bus.publish(Address::Node(node(1)), numbered(publisher * EACH + i)).await.unwrap();
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    let mut got: Vec<u32> = Vec::new();
    while got.len() < (PUBLISHERS * EACH) as usize {
        got.push(number(&next(&mut subscription).await));
    }
    for publisher in publishers {
        publisher.await.unwrap();
    }
    got.sort_unstable();
    assert!(got.into_iter().eq(0..PUBLISHERS * EACH), "each message once");
}

async fn a_node_that_is_not_there_is_no_error(Fixture { one, .. }: Fixture) {
    one.publish(Address::Node(node(99)), numbered(0)).await.unwrap();
}

async fn a_subscriber_that_does_not_read_costs_the_publisher_nothing(Fixture { one, two }: Fixture) {
    let mut idle = two.subscribe(Address::Cluster).await.unwrap();
    let flood = async {
        for i in 0..20_000 {
            one.publish(Address::Cluster, numbered(i)).await.unwrap();
        }
    };
    within(Duration::from_secs(20), "20 000 messages to a full subscriber", flood).await;
    // What it did get is in order, and it gets on when it reads again.
    let mut before = None;
    loop {
        one.publish(Address::Cluster, numbered(u32::MAX)).await.unwrap();
        let got = number(&next(&mut idle).await);
        assert!(before.is_none_or(|b| b < got || got == u32::MAX), "out of order");
        if got == u32::MAX {
            break;
        }
        before = Some(got);
    }
}

async fn a_new_subscription_replaces_one_that_was_dropped(Fixture { one, two }: Fixture) {
    let dropped = two.subscribe(Address::Node(node(1))).await.unwrap();
    drop(dropped);
    one.publish(Address::Node(node(1)), numbered(1)).await.unwrap();
    let mut again = two.subscribe(Address::Node(node(1))).await.unwrap();
    one.publish(Address::Node(node(1)), numbered(2)).await.unwrap();
    while number(&next(&mut again).await) != 2 {}
}

async fn large_messages_arrive_whole(Fixture { one, two }: Fixture) {
    let mut subscription = two.subscribe(Address::Node(node(1))).await.unwrap();
    let large: Bytes = (0..512 * 1024_u32).map(|i| i.to_le_bytes()[0]).collect::<Vec<_>>().into();
    one.publish(Address::Node(node(1)), large.clone().into()).await.unwrap();
    assert!(next(&mut subscription).await == large);
}

async fn a_trace_goes_with_its_message(Fixture { one, two }: Fixture) {
    let mut subscription = two.subscribe(Address::Node(node(1))).await.unwrap();
    let traced = Message { trace: TraceParent::new(1 << 127, 7), ..numbered(1) };
    one.publish(Address::Node(node(1)), traced.clone()).await.unwrap();
    one.publish(Address::Node(node(1)), numbered(2)).await.unwrap();
    for expected in [traced, numbered(2)] {
        assert_eq!(within(SOON, "a message", subscription.recv()).await, Some(expected));
    }
}

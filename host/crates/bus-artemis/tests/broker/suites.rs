//! The contracts of `Bus` and `Work`.

use crate::kit::{config, node, shared, start, until};
use ports::{Address, Bus, Job, Settled, SystemClock, Work, WorkKind, conformance};
use std::{sync::Arc, time::Duration};
use tokio::sync::Mutex;
use weft_bus_artemis::Artemis;

/// The clients of the fixture before, closed when the next one is made: they would compete.
#[derive(Default)]
struct Pair(Mutex<Vec<Arc<Artemis>>>);

impl Pair {
    async fn next(&self, url: &str) -> (Arc<Artemis>, Arc<Artemis>) {
        let mut pair = self.0.lock().await;
        for before in pair.drain(..) {
            before.close().await;
        }
        pair.extend([start(config(&[url], 1)).await, start(config(&[url], 2)).await]);
        (Arc::clone(&pair[0]), Arc::clone(&pair[1]))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bus() {
    let (broker, _turn) = shared().await;
    let pair = Pair::default();
    conformance::bus::suite(async || {
        let (one, two) = pair.next(broker.url()).await;
        conformance::bus::Fixture { one, two }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_work() {
    let (broker, _turn) = shared().await;
    let pair = Pair::default();
    conformance::work::suite(async || {
        let (one, two) = pair.next(broker.url()).await;
        let asks = Arc::clone(&one);
        conformance::work::Fixture {
            one,
            two,
            clock: Arc::new(SystemClock),
            credit: 8,
            attempts: 3,
            dead: Box::new(move |_| {
                let asks = Arc::clone(&asks);
                Box::pin(async move {
                    let queues = asks.broker().await.unwrap();
                    queues.iter().find(|queue| queue.is_dead_letters()).map_or(0, |queue| queue.depth)
                })
            }),
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_job_is_exact() {
    let (broker, _turn) = shared().await;
    let artemis = start(config(&[broker.url()], 1)).await;
    let mut jobs = artemis.take(WorkKind::Notification).await.unwrap();
    let mut late = Vec::new();
    for i in 0..10 {
        let due = model::Clock::now(&SystemClock).plus(Duration::from_millis(200));
        let job = Job { key: format!("exact-{i}"), body: "exact".into(), due: Some(due) };
        artemis.put(WorkKind::Notification, job).await.unwrap();
        let taken = jobs.recv().await.unwrap();
        let now = model::Clock::now(&SystemClock);
        assert!(now >= due, "{:?} early", due.since(now));
        late.push(now.since(due).as_millis());
        taken.settle(Settled::Done);
    }
    late.sort_unstable();
    eprintln!("scheduled delivery: {} ms late in the median, {} ms at most", late[5], late[9]);
    assert!(late[5] < 50, "{late:?}");
    artemis.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_of_a_node_goes_with_it() {
    let (broker, _turn) = shared().await;
    let (gone, stays) = (start(config(&[broker.url()], 71)).await, start(config(&[broker.url()], 72)).await);
    let mut messages = gone.subscribe(Address::Node(node(71))).await.unwrap();
    stays.publish(Address::Node(node(71)), "hello".into()).await.unwrap();
    assert_eq!(messages.recv().await.unwrap().body, "hello");

    let address = format!("weft.node.{}", node(71));
    let there = async || stays.broker().await.unwrap().iter().any(|queue| queue.address == address);
    assert!(there().await);
    gone.close().await;
    assert!(messages.recv().await.is_none(), "its subscription ended");
    let after = until(Duration::from_secs(20), "the queue is deleted", async || !there().await).await;
    eprintln!("the queue of a closed node was gone after {after:?}");

    // What is sent to it is no error, and it gets what comes after it is there again, from a link that was open all the time.
    stays.publish(Address::Node(node(71)), "to nobody".into()).await.unwrap();
    let back = start(config(&[broker.url()], 71)).await;
    let mut messages = back.subscribe(Address::Node(node(71))).await.unwrap();
    stays.publish(Address::Node(node(71)), "welcome".into()).await.unwrap();
    let welcome = async { while messages.recv().await.unwrap().body != "welcome" {} };
    tokio::time::timeout(Duration::from_secs(5), welcome).await.unwrap();
    stays.close().await;
    back.close().await;
}

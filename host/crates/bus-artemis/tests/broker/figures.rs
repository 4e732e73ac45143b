//! What is told about the broker.

use crate::kit::{config, shared, start, until};
use ports::{Job, Settled, Work, WorkKind};
use std::time::Duration;
use weft_bus_artemis::{Artemis, Listener, QueueFigures};

const SOON: Duration = Duration::from_secs(10);

async fn queue(artemis: &Artemis, address: &str) -> Option<QueueFigures> {
    artemis.broker().await.unwrap().into_iter().find(|queue| queue.address == address)
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrency_and_credit_are_seen_on_the_broker() {
    const JOBS: usize = 100;
    let (broker, _turn) = shared().await;
    let mut config = config(&[broker.url()], 1);
    config.listener = Listener { concurrency: 2, max_concurrency: 4, credit: 10, redelivery: 3 };
    let artemis = start(config).await;
    let before = artemis.figures();
    assert_eq!(before.url.as_deref(), Some(broker.url().replace("weft:weft@", "").as_str()));

    let mut jobs = artemis.take(WorkKind::Index).await.unwrap();
    let two = async || queue(&artemis, "weft.index").await.is_some_and(|q| q.consumers == 2);
    until(SOON, "two consumers", two).await;
    for i in 0..JOBS {
        artemis.put(WorkKind::Index, Job { key: format!("seen-{i}"), body: "seen".into(), due: None }).await.unwrap();
    }
    // Nothing is settled: they are all full, and there are more of them, up to the most.
    let four = async || queue(&artemis, "weft.index").await.is_some_and(|q| (q.consumers, q.delivering) == (4, 40));
    until(SOON, "four full consumers", four).await;
    let seen = queue(&artemis, "weft.index").await.unwrap();
    assert_eq!((seen.depth, seen.scheduled), (JOBS as u64, 0), "{seen:?}");
    let figures = artemis.figures();
    assert_eq!((figures.consumers, figures.held, figures.in_flight), (4, 40, 0), "{figures:?}");

    for _ in 0..JOBS {
        jobs.recv().await.unwrap().settle(Settled::Done);
    }
    until(SOON, "nothing is left", async || queue(&artemis, "weft.index").await.is_some_and(|q| q.depth == 0)).await;
    let two = async || queue(&artemis, "weft.index").await.is_some_and(|q| q.consumers == 2);
    until(Duration::from_secs(40), "two consumers again", two).await;
    let figures = artemis.figures();
    assert_eq!((figures.done, figures.held, figures.sent - before.sent), (JOBS as u64, 0, JOBS as u64), "{figures:?}");

    drop(jobs);
    until(SOON, "no consumer", async || queue(&artemis, "weft.index").await.is_some_and(|q| q.consumers == 0)).await;
    artemis.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scheduled_and_dead_jobs_are_counted() {
    let (broker, _turn) = shared().await;
    let artemis = start(config(&[broker.url()], 1)).await;
    let mut jobs = artemis.take(WorkKind::Notification).await.unwrap();
    let due = model::Clock::now(&ports::SystemClock).plus(Duration::from_millis(1500));
    let job = Job { key: "scheduled".into(), body: "scheduled".into(), due: Some(due) };
    artemis.put(WorkKind::Notification, job).await.unwrap();
    assert_eq!(queue(&artemis, "weft.notification").await.unwrap().scheduled, 1);
    let dead = queue(&artemis, "weft.dead").await.unwrap().depth;
    jobs.recv().await.unwrap().settle(Settled::Dead);
    until(SOON, "a dead letter", async || queue(&artemis, "weft.dead").await.is_some_and(|q| q.depth == dead + 1))
        .await;
    assert_eq!(artemis.figures().dead, 1);
    artemis.close().await;
}

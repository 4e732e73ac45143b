//! The contract of `Work`.

use super::within;
use crate::{Job, Settled, Taken, Work, WorkKind};
use bytes::Bytes;
use model::Clock;
use std::{collections::BTreeSet, pin::Pin, sync::Arc, time::Duration};
use tokio::{sync::mpsc, time::timeout};

/// Two clients of the same work, with nothing on it. For an adapter in one process both may be the same value.
pub struct Fixture {
    pub one: Arc<dyn Work>,
    pub two: Arc<dyn Work>,
    /// What `due` is kept by.
    pub clock: Arc<dyn Clock>,
    /// Unsettled jobs that one consumer holds.
    pub credit: usize,
    /// How often a job is handed out before it is put aside.
    pub attempts: u32,
    /// Jobs of one kind that were put aside so far.
    pub dead: Box<dyn Fn(WorkKind) -> Counted + Send + Sync>,
}

pub type Counted = Pin<Box<dyn Future<Output = u64> + Send>>;

/// How long a job may take.
const SOON: Duration = Duration::from_secs(10);
/// How long nothing must come.
const QUIET: Duration = Duration::from_millis(300);

/// Runs every property against a fresh fixture.
pub async fn suite(new: impl AsyncFn() -> Fixture) {
    each_job_goes_to_one_of_those_who_compete(new().await).await;
    a_key_is_taken_over_once(new().await).await;
    kinds_are_apart(new().await).await;
    a_job_that_failed_is_handed_out_again_until_it_is_put_aside(new().await).await;
    a_hopeless_job_is_put_aside_at_once(new().await).await;
    a_job_dropped_unsettled_is_handed_out_again(new().await).await;
    a_consumer_that_is_gone_gives_its_jobs_back(new().await).await;
    what_was_settled_before_a_consumer_went_is_settled(new().await).await;
    a_consumer_holds_no_more_than_its_credit(new().await).await;
    a_job_is_not_handed_out_before_it_is_due(new().await).await;
    jobs_wait_for_a_consumer(new().await).await;
}

fn job(name: &str) -> Job {
    // Not a key of an earlier run: an adapter may remember it.
    Job {
        key: format!("{name}-{:032x}", rand::random::<u128>()),
        body: Bytes::copy_from_slice(name.as_bytes()),
        due: None,
    }
}

async fn next(from: &mut mpsc::Receiver<Taken>) -> Taken {
    within(SOON, "a job", from.recv()).await.unwrap()
}

async fn quiet(from: &mut mpsc::Receiver<Taken>) {
    if let Ok(Some(taken)) = timeout(QUIET, from.recv()).await {
        panic!("handed out: {:?}", taken.body);
    }
}

async fn each_job_goes_to_one_of_those_who_compete(Fixture { one, two, .. }: Fixture) {
    let mut first = one.take(WorkKind::Index).await.unwrap();
    let mut second = two.take(WorkKind::Index).await.unwrap();
    let names: BTreeSet<String> = (0..200).map(|i| i.to_string()).collect();
    for name in &names {
        one.put(WorkKind::Index, job(name)).await.unwrap();
    }
    let mut got = BTreeSet::new();
    while got.len() < names.len() {
        let taken = within(SOON, "a job", async {
            tokio::select! { taken = first.recv() => taken, taken = second.recv() => taken }
        });
        let taken = taken.await.unwrap();
        assert_eq!(taken.failed, 0);
        assert!(got.insert(String::from_utf8(taken.body.to_vec()).unwrap()), "twice");
        taken.settle(Settled::Done);
    }
    assert_eq!(got, names);
    quiet(&mut first).await;
    quiet(&mut second).await;
}

async fn a_key_is_taken_over_once(Fixture { one, two, .. }: Fixture) {
    let mut jobs = one.take(WorkKind::Index).await.unwrap();
    let same = job("same");
    for work in [&one, &two, &one] {
        work.put(WorkKind::Index, same.clone()).await.unwrap();
    }
    next(&mut jobs).await.settle(Settled::Done);
    // Also when it is done already.
    two.put(WorkKind::Index, same).await.unwrap();
    quiet(&mut jobs).await;
}

async fn kinds_are_apart(Fixture { one, two, .. }: Fixture) {
    let mut index = one.take(WorkKind::Index).await.unwrap();
    let mut notification = one.take(WorkKind::Notification).await.unwrap();
    two.put(WorkKind::Notification, job("notify")).await.unwrap();
    two.put(WorkKind::Index, job("index")).await.unwrap();
    for (jobs, expected) in [(&mut notification, "notify"), (&mut index, "index")] {
        let taken = next(jobs).await;
        assert_eq!(taken.body, expected);
        taken.settle(Settled::Done);
        quiet(jobs).await;
    }
}

async fn a_job_that_failed_is_handed_out_again_until_it_is_put_aside(fixture: Fixture) {
    let Fixture { one, two, attempts, dead, .. } = fixture;
    let mut jobs = two.take(WorkKind::Index).await.unwrap();
    let before = dead(WorkKind::Index).await;
    one.put(WorkKind::Index, job("failing")).await.unwrap();
    for failed in 0..attempts {
        let taken = next(&mut jobs).await;
        assert_eq!((taken.failed, &*taken.body), (failed, b"failing".as_slice()));
        taken.settle(Settled::Again);
    }
    quiet(&mut jobs).await;
    assert_eq!(dead(WorkKind::Index).await, before + 1);
}

async fn a_hopeless_job_is_put_aside_at_once(Fixture { one, two, dead, .. }: Fixture) {
    let mut jobs = two.take(WorkKind::Notification).await.unwrap();
    let before = dead(WorkKind::Notification).await;
    one.put(WorkKind::Notification, job("hopeless")).await.unwrap();
    next(&mut jobs).await.settle(Settled::Dead);
    quiet(&mut jobs).await;
    assert_eq!(dead(WorkKind::Notification).await, before + 1);
}

async fn a_job_dropped_unsettled_is_handed_out_again(Fixture { one, two, .. }: Fixture) {
    let mut jobs = two.take(WorkKind::Index).await.unwrap();
    one.put(WorkKind::Index, job("dropped")).await.unwrap();
    drop(next(&mut jobs).await);
    let again = next(&mut jobs).await;
    assert_eq!((again.failed, &*again.body), (1, b"dropped".as_slice()));
    again.settle(Settled::Done);
    quiet(&mut jobs).await;
}

async fn a_consumer_that_is_gone_gives_its_jobs_back(Fixture { one, two, .. }: Fixture) {
    let mut first = one.take(WorkKind::Index).await.unwrap();
    let names = BTreeSet::from(["1", "2", "3"]);
    for name in &names {
        two.put(WorkKind::Index, job(name)).await.unwrap();
    }
    // One is in its hands, the others wait for it or are on their way.
    let held = next(&mut first).await;
    drop((held, first));
    let mut second = two.take(WorkKind::Index).await.unwrap();
    let mut got = Vec::new();
    while got.len() < names.len() {
        let taken = next(&mut second).await;
        got.push(String::from_utf8(taken.body.to_vec()).unwrap());
        taken.settle(Settled::Done);
    }
    got.sort();
    assert!(got.iter().eq(&names), "{got:?}");
    quiet(&mut second).await;
}

async fn what_was_settled_before_a_consumer_went_is_settled(Fixture { one, two, .. }: Fixture) {
    for i in 0..5 {
        let mut first = one.take(WorkKind::Index).await.unwrap();
        two.put(WorkKind::Index, job(&i.to_string())).await.unwrap();
        next(&mut first).await.settle(Settled::Done);
    }
    quiet(&mut two.take(WorkKind::Index).await.unwrap()).await;
}

async fn a_consumer_holds_no_more_than_its_credit(Fixture { one, two, credit, .. }: Fixture) {
    const BEYOND: usize = 20;
    let mut jobs = two.take(WorkKind::Index).await.unwrap();
    for i in 0..credit + BEYOND {
        one.put(WorkKind::Index, job(&i.to_string())).await.unwrap();
    }
    let mut held = Vec::new();
    for _ in 0..credit {
        held.push(next(&mut jobs).await);
    }
    quiet(&mut jobs).await;
    // And it gets on when it settles.
    for taken in held {
        taken.settle(Settled::Done);
    }
    for _ in 0..BEYOND {
        next(&mut jobs).await.settle(Settled::Done);
    }
    quiet(&mut jobs).await;
}

async fn a_job_is_not_handed_out_before_it_is_due(Fixture { one, two, clock, .. }: Fixture) {
    const DELAY: Duration = Duration::from_millis(700);
    let mut jobs = two.take(WorkKind::Notification).await.unwrap();
    let due = clock.now().plus(DELAY);
    one.put(WorkKind::Notification, Job { due: Some(due), ..job("later") }).await.unwrap();
    let past = clock.now().plus(Duration::ZERO);
    one.put(WorkKind::Notification, Job { due: Some(past), ..job("now") }).await.unwrap();
    let first = next(&mut jobs).await;
    assert_eq!(first.body, "now");
    first.settle(Settled::Done);
    let second = next(&mut jobs).await;
    let now = clock.now();
    assert_eq!(second.body, "later");
    assert!(now >= due, "{:?} early", due.since(now));
    assert!(now.since(due) < Duration::from_millis(500), "{:?} late", now.since(due));
    second.settle(Settled::Done);
}

async fn jobs_wait_for_a_consumer(Fixture { one, two, .. }: Fixture) {
    one.put(WorkKind::Index, job("waits")).await.unwrap();
    let taken = next(&mut two.take(WorkKind::Index).await.unwrap()).await;
    assert_eq!(taken.body, "waits");
    taken.settle(Settled::Done);
}

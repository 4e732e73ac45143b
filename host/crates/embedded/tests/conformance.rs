//! The embedded adapters keep the contracts of their ports.

use model::{ManualClock, Timestamp};
use ports::{Address, Blobs as _, Bus as _, Job, Settled, SystemClock, Work as _, WorkKind, conformance};
use std::sync::Arc;
use weft_embedded::{EmbeddedBus, EmbeddedDirectory, EmbeddedWork, FileBlobs};

#[tokio::test(flavor = "multi_thread")]
async fn the_bus() {
    conformance::bus::suite(async || {
        let bus = Arc::new(EmbeddedBus::new());
        conformance::bus::Fixture { one: Arc::clone(&bus) as _, two: bus }
    })
    .await;
}

#[tokio::test]
async fn a_closed_bus_ends_its_subscriptions() {
    let bus = EmbeddedBus::new();
    let mut subscription = bus.subscribe(Address::Cluster).await.unwrap();
    bus.close();
    assert!(subscription.recv().await.is_none());
    assert!(!bus.connected());
    assert!(bus.publish(Address::Cluster, "late".into()).await.unwrap_err().is_transient());
    assert!(bus.subscribe(Address::Cluster).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_work() {
    conformance::work::suite(async || {
        let work = Arc::new(EmbeddedWork::new(Arc::new(SystemClock)));
        let dead = Arc::clone(&work);
        conformance::work::Fixture {
            one: Arc::clone(&work) as _,
            two: work,
            clock: Arc::new(SystemClock),
            credit: 64,
            attempts: 10,
            dead: Box::new(move |kind| {
                let dead = dead.dead(kind);
                Box::pin(async move { dead })
            }),
        }
    })
    .await;
}

#[tokio::test]
async fn a_job_is_due_by_the_clock_that_was_handed_in() {
    let clock = Arc::new(ManualClock::at(Timestamp::from_ms(1_000_000)));
    let work = EmbeddedWork::new(Arc::clone(&clock) as _);
    let mut jobs = work.take(WorkKind::Notification).await.unwrap();
    let job = |key: &str, due| Job { key: key.into(), body: key.to_owned().into(), due: Some(Timestamp::from_ms(due)) };
    work.put(WorkKind::Notification, job("late", 1_060_000)).await.unwrap();
    work.put(WorkKind::Notification, job("soon", 1_030_000)).await.unwrap();
    work.put(WorkKind::Notification, job("past", 900_000)).await.unwrap();
    for (due, moved) in [("past", 0), ("soon", 30), ("late", 30)] {
        assert!(jobs.try_recv().is_err());
        clock.advance(std::time::Duration::from_secs(moved));
        let taken = jobs.recv().await.unwrap();
        assert_eq!(taken.body, due);
        taken.settle(Settled::Done);
    }
}

#[tokio::test]
async fn closed_work_ends_its_consumers() {
    let work = EmbeddedWork::new(Arc::new(SystemClock));
    let mut jobs = work.take(WorkKind::Index).await.unwrap();
    work.close();
    assert!(jobs.recv().await.is_none());
    let late = Job { key: "late".into(), body: "late".into(), due: None };
    assert!(work.put(WorkKind::Index, late).await.unwrap_err().is_transient());
    assert!(work.take(WorkKind::Index).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directory() {
    conformance::directory::suite(async || {
        let clock = Arc::new(ManualClock::at(Timestamp::from_ms(1_000_000)));
        let directory = Arc::new(EmbeddedDirectory::new(Arc::clone(&clock) as _));
        conformance::directory::Fixture {
            one: Arc::clone(&directory) as _,
            two: directory,
            pass: Box::new(move |span| {
                clock.advance(span);
                Box::pin(async {})
            }),
            grace: weft_embedded::GRACE,
            lifetime: weft_embedded::LIFETIME,
        }
    })
    .await;
}

#[tokio::test]
async fn the_blobs() {
    let directory = tempfile::tempdir().unwrap();
    let number = std::sync::atomic::AtomicU32::new(0);
    conformance::blobs::suite(async || {
        let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Arc::new(FileBlobs::open(directory.path().join(number.to_string())).await.unwrap()) as _
    })
    .await;
}

#[tokio::test]
async fn what_a_killed_process_left_half_written_is_removed() {
    let directory = tempfile::tempdir().unwrap();
    let tenant = model::TenantId::from_parts(1, 1);
    let blobs = FileBlobs::open(directory.path()).await.unwrap();
    let digest = blobs.put(tenant, "whole".into()).await.unwrap();
    std::fs::write(directory.path().join("half-written").join("1-1"), "ha").unwrap();
    let blobs = FileBlobs::open(directory.path()).await.unwrap();
    assert!(blobs.get(tenant, digest).await.unwrap().is_some());
    assert_eq!(std::fs::read_dir(directory.path().join("half-written")).unwrap().count(), 0);
}

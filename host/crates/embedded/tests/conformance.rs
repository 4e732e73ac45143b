//! The embedded adapters keep the contracts of their ports.

use model::{ManualClock, Timestamp};
use ports::{Address, Blobs as _, Bus as _, conformance};
use std::sync::Arc;
use weft_embedded::{EmbeddedBus, EmbeddedDirectory, FileBlobs};

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

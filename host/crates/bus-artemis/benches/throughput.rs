//! Prints what two nodes and a broker on this machine do: `cargo bench -p weft-bus-artemis`.
#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]

use bytes::Bytes;
use model::NodeId;
use ports::{Address, Bus, Job, Settled, SystemClock, Work, WorkKind};
use std::{sync::Arc, time::Duration};
use tokio::{task::JoinSet, time::Instant};
use weft_bus_artemis::{Artemis, ArtemisConfig};
use weft_services::Server;

const BYTES: usize = 300;
const PINGS: usize = 2_000;
const HINTS: usize = 50_000;
const PUTTERS: usize = 8;
const JOBS_EACH: usize = 500;

#[tokio::main]
async fn main() {
    let broker = tokio::task::spawn_blocking(|| Server::artemis().unwrap()).await.unwrap();
    let node = |number| NodeId::from_parts(number, u128::from(number));
    let start = |number| {
        let config = ArtemisConfig::new(vec![broker.url().parse().unwrap()], node(number));
        Artemis::start(config, Arc::new(SystemClock))
    };
    let (one, two) = (start(1), start(2));
    // Both wait for their connections.
    let to = Address::Node(node(2));
    let mut messages = two.subscribe(to).await.unwrap();
    one.subscribe(Address::Cluster).await.unwrap();

    let mut took = Vec::new();
    for _ in 0..PINGS {
        let began = Instant::now();
        one.publish(to, Bytes::from_static(&[7; BYTES]).into()).await.unwrap();
        messages.recv().await.unwrap();
        took.push(began.elapsed());
    }
    took.sort_unstable();
    eprintln!("one hint at a time, one way: p50 {:?}, p99 {:?}", took[PINGS / 2], took[PINGS * 99 / 100]);

    let began = Instant::now();
    let reader = tokio::spawn(async move {
        let mut got = (0, began);
        // A subscriber that is behind loses some: then nothing more comes.
        while let Ok(Some(_)) = tokio::time::timeout(Duration::from_secs(2), messages.recv()).await {
            got = (got.0 + 1, Instant::now());
        }
        got
    });
    for _ in 0..HINTS {
        one.publish(to, Bytes::from_static(&[7; BYTES]).into()).await.unwrap();
    }
    let sent = began.elapsed();
    let (got, last) = reader.await.unwrap();
    eprintln!("{HINTS} hints of {BYTES} bytes: sent in {sent:?}, {got} received in {:?}", last - began);

    let began = Instant::now();
    let mut putters = JoinSet::new();
    for putter in 0..PUTTERS {
        let one = Arc::clone(&one);
        putters.spawn(async move {
            for i in 0..JOBS_EACH {
                let job = Job { key: format!("{putter}-{i}"), body: vec![7; BYTES].into(), due: None };
                one.put(WorkKind::Index, job).await.unwrap();
            }
        });
    }
    putters.join_all().await;
    eprintln!("{} durable jobs by {PUTTERS} tasks: put in {:?}", PUTTERS * JOBS_EACH, began.elapsed());
    let began = Instant::now();
    let mut jobs = two.take(WorkKind::Index).await.unwrap();
    for _ in 0..PUTTERS * JOBS_EACH {
        jobs.recv().await.unwrap().settle(Settled::Done);
    }
    eprintln!("and done in {:?}", began.elapsed());
    one.close().await;
    two.close().await;
}

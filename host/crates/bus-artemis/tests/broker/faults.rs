//! A broker that is killed, frozen, away, full, or does not know us. Nothing hangs, and all comes back by itself.

use crate::kit::{config, node, own, shared, start, until, with};
use ports::{Address, Bus, Job, PortError, Settled, SystemClock, Work, WorkKind};
use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;
use weft_bus_artemis::Artemis;
use weft_services::Server;

/// More than any bound of an adapter under test, less than for ever.
const NEVER: Duration = Duration::from_mins(1);

fn job(key: String) -> Job {
    Job { body: key.clone().into(), key, due: None }
}

/// Puts jobs one after the other until it is told to stop; one that was not taken over is put again. The keys that are in.
async fn put_all_the_time(artemis: Arc<Artemis>, putter: u32, stop: CancellationToken) -> BTreeSet<String> {
    let mut put = BTreeSet::new();
    while !stop.is_cancelled() {
        let key = format!("load-{putter}-{}", put.len());
        loop {
            let began = Instant::now();
            let result = artemis.put(WorkKind::Index, job(key.clone())).await;
            assert!(began.elapsed() < Duration::from_secs(4), "put took {:?}", began.elapsed());
            match result {
                Ok(()) => break,
                Err(error) => assert!(error.is_transient(), "{error:?}"),
            }
        }
        put.insert(key);
    }
    put
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_broker_loses_no_job_and_the_subscriptions_come_back() {
    const PUTTERS: u32 = 32;
    let broker = own().await;
    let (one, two) = (start(config(&[broker.url()], 1)).await, start(config(&[broker.url()], 2)).await);
    let mut messages = two.subscribe(Address::Node(node(2))).await.unwrap();
    let mut everywhere = one.subscribe(Address::Cluster).await.unwrap();
    let mut jobs = two.take(WorkKind::Index).await.unwrap();
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let done = tokio::spawn(async move {
        let mut done = BTreeSet::new();
        loop {
            let Ok(taken) = timeout(Duration::from_secs(2), jobs.recv()).await else {
                if stopped.is_cancelled() {
                    return done;
                }
                continue;
            };
            let taken = taken.unwrap();
            // Handed out again after the kill is fine, that is what "at least once" means.
            done.insert(String::from_utf8(taken.body.to_vec()).unwrap());
            taken.settle(Settled::Done);
        }
    });
    let mut load = JoinSet::new();
    for putter in 0..PUTTERS {
        load.spawn(put_all_the_time(Arc::clone(&one), putter, stop.clone()));
    }

    until(NEVER, "some load", async || one.figures().sent > 500).await;
    let broker = with(broker, Server::kill).await;
    until(Duration::from_secs(5), "the loss is noticed", async || !one.connected() && !two.connected()).await;
    let began = Instant::now();
    assert!(one.publish(Address::Node(node(2)), "lost".into()).await.unwrap_err().is_transient());
    assert!(began.elapsed() < Duration::from_millis(500), "it fails fast");
    let broker = with(broker, |broker| broker.start().unwrap()).await;
    let back = until(Duration::from_secs(10), "reconnected", async || one.connected() && two.connected()).await;
    eprintln!("reconnected {back:?} after the broker was back");

    // The same subscriptions as before.
    for (bus, to, subscription) in
        [(&one, Address::Node(node(2)), &mut messages), (&two, Address::Cluster, &mut everywhere)]
    {
        let arrives = async {
            loop {
                // Links come back one by one: what is sent before is lost.
                let _ = bus.publish(to, "back".into()).await;
                if let Ok(Some(message)) = timeout(Duration::from_millis(200), subscription.recv()).await {
                    assert_eq!(message.body, "back");
                    return;
                }
            }
        };
        timeout(Duration::from_secs(10), arrives).await.unwrap();
    }
    let sent = one.figures().sent;
    until(NEVER, "load after it", async || one.figures().sent > sent + 500).await;
    stop.cancel();
    let put: BTreeSet<_> = load.join_all().await.into_iter().flatten().collect();
    let done = done.await.unwrap();
    assert!(put.is_subset(&done), "lost: {:?}", put.difference(&done).collect::<Vec<_>>());
    eprintln!("{} jobs put, {} done, {} sent again", put.len(), done.len(), one.figures().resent);
    assert!(one.figures().reconnects >= 2);
    one.close().await;
    two.close().await;
    drop(broker);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_broker_is_noticed_and_nothing_waits_for_it() {
    let broker = own().await;
    let artemis = start(config(&[broker.url()], 1)).await;
    let _messages = artemis.subscribe(Address::Node(node(1))).await.unwrap();
    artemis.put(WorkKind::Index, job("before".into())).await.unwrap();
    let broker = with(broker, |broker| broker.freeze()).await;
    let began = Instant::now();

    let error = artemis.put(WorkKind::Index, job("during".into())).await.unwrap_err();
    assert!(matches!(error, PortError::Unknown { .. }), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert!(!artemis.connected());
    let figures = async || artemis.figures().in_flight == 0 && !artemis.connected();
    let noticed = until(Duration::from_secs(10), "both connections are given up", figures).await + began.elapsed();
    eprintln!("a frozen broker was given up within {noticed:?}");
    let asked = Instant::now();
    assert!(artemis.broker().await.unwrap_err().is_transient());
    assert!(asked.elapsed() < Duration::from_secs(7));
    for _ in 0..20 {
        let began = Instant::now();
        let _ = artemis.publish(Address::Node(node(1)), "lost".into()).await;
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    }
    let broker = with(broker, |broker| broker.thaw()).await;
    until(Duration::from_secs(15), "connected again", async || artemis.connected()).await;

    // The same job again is taken over once, whatever became of it.
    artemis.put(WorkKind::Index, job("during".into())).await.unwrap();
    let mut jobs = artemis.take(WorkKind::Index).await.unwrap();
    for expected in ["before", "during"] {
        let taken = timeout(NEVER, jobs.recv()).await.unwrap().unwrap();
        assert_eq!(taken.body, expected);
        taken.settle(Settled::Done);
    }
    assert!(timeout(Duration::from_millis(500), jobs.recv()).await.is_err());
    artemis.close().await;
    drop(broker);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_broker_is_used_when_the_first_is_gone() {
    let first = own().await;
    let (second, _turn) = shared().await;
    let artemis = start(config(&[first.url(), second.url()], 1)).await;
    let mut messages = artemis.subscribe(Address::Node(node(1))).await.unwrap();
    let at = |broker: &Server| Some(broker.url().replace("weft:weft@", ""));
    assert_eq!(artemis.figures().url, at(&first));

    let first = with(first, Server::kill).await;
    let moved =
        async || artemis.connected() && artemis.figures().url == at(&second) && artemis.figures().reconnects == 2;
    let after = until(Duration::from_secs(10), "on the second broker", moved).await;
    eprintln!("on the second broker after {after:?}");
    let arrives = async {
        loop {
            // The link to receive on comes a moment after the connection: what is sent before waits, or is lost.
            let _ = artemis.publish(Address::Node(node(1)), "over the second".into()).await;
            if let Ok(Some(message)) = timeout(Duration::from_millis(200), messages.recv()).await {
                return message;
            }
        }
    };
    assert_eq!(timeout(Duration::from_secs(10), arrives).await.unwrap(), "over the second".into());
    artemis.close().await;
    drop(first);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_accepts_and_says_nothing_does_not_hold_up_the_second() {
    let (broker, _turn) = shared().await;
    let mute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("amqp://weft:weft@{}", mute.local_addr().unwrap());
    let mut config = config(&[&url, broker.url()], 1);
    config.answer_within = Duration::from_millis(500);
    let artemis = start(config).await;
    artemis.publish(Address::Node(node(9)), "hello".into()).await.unwrap();
    artemis.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_broker_everything_says_so_in_time() {
    let (broker, _turn) = shared().await;
    let wrong_password = broker.url().replace("weft:weft", "weft:wrong");
    for url in ["amqp://weft:weft@127.0.0.1:1", &wrong_password] {
        let mut config = config(&[url], 1);
        config.answer_within = Duration::from_secs(1);
        config.publish_within = Duration::from_secs(1);
        let artemis = Artemis::start(config, Arc::new(SystemClock));
        let began = Instant::now();
        for result in [
            artemis.publish(Address::Cluster, "no".into()).await,
            artemis.put(WorkKind::Index, job("no".into())).await,
            artemis.subscribe(Address::Cluster).await.map(drop),
            artemis.broker().await.map(drop),
        ] {
            assert!(matches!(result, Err(PortError::Unavailable { .. })), "{url}: {result:?}");
        }
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        // Jobs are waited for, not refused: they come with the broker.
        let mut jobs = artemis.take(WorkKind::Index).await.unwrap();
        assert!(jobs.try_recv().is_err());
        assert!(!artemis.connected() && artemis.figures().reconnects == 0);
        timeout(Duration::from_secs(5), artemis.close()).await.unwrap();
        assert!(jobs.recv().await.is_none());
        assert!(artemis.take(WorkKind::Index).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_address_is_a_bounded_wait_and_an_error() {
    let broker = own().await;
    // The bounds of deploy/artemis hold a gigabyte; a running broker reads its settings again every 5 s.
    let file = broker.folder().join("etc/broker.xml");
    let small = std::fs::read_to_string(&file)
        .unwrap()
        .replace("<max-size-bytes>64M<", "<max-size-bytes>100K<")
        .replace("<page-size-bytes>10M<", "<page-size-bytes>100K<")
        .replace("<page-limit-bytes>1G<", "<page-limit-bytes>200K<");
    std::fs::write(&file, small).unwrap();
    let artemis = start(config(&[broker.url()], 1)).await;
    // Nobody consumes it.
    let began = Instant::now();
    let mut put = 0_u32;
    let error = loop {
        let asked = Instant::now();
        let large = Job { key: format!("large-{put}"), body: vec![0; 10 * 1024].into(), due: None };
        match artemis.put(WorkKind::Index, large).await {
            Ok(()) => put += 1,
            Err(error) => break error,
        }
        assert!(asked.elapsed() < Duration::from_secs(3));
        assert!(began.elapsed() < NEVER, "never full");
        // waits: until the broker reads its settings, and without filling the disk before.
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    eprintln!("full after {put} jobs of 10 KiB: {error:?}");
    assert!(matches!(error, PortError::Unavailable { .. }), "{error:?}");
    assert!(!artemis.connected(), "the last outcome was not good");
    // Others are not held up.
    artemis.put(WorkKind::Notification, job("other".into())).await.unwrap();
    artemis.publish(Address::Node(node(9)), "other".into()).await.unwrap();
    assert!(artemis.connected());
    artemis.close().await;
    drop(broker);
}

//! What outages do: bounded calls, errors instead of "nobody", and an end.

use crate::kit::{TENANT, agent, at, cli, config, node, open, session, until, visitor};
use model::{Participant, TenantId};
use ports::Directory as _;
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use weft_presence_redis::{RedisConfig, RedisDirectory};
use weft_services::{RedisCluster, Server};

/// A call's bound of 500 ms, with some room for a busy machine.
const BOUND: Duration = Duration::from_secs(1);

/// An answer, in bounded time.
async fn connected(directory: &RedisDirectory, tenant: TenantId) -> Result<bool, ports::PortError> {
    let began = Instant::now();
    let answer = directory.connected_agents(tenant, &[agent(1)]).await;
    assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
    answer.map(|agents| agents.contains(&agent(1)))
}

/// Refreshed as delivery does it; lifetimes as in a real node.
async fn registered(directory: &RedisDirectory, tenant: TenantId) {
    directory.refresh(node(1), &[(tenant, Participant::Agent(agent(1)), session(1))]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_comes_back_empty_never_says_nobody() {
    let mut redis = Server::redis().unwrap();
    let config = RedisConfig::new(vec![redis.url().into()]);
    let directory = open(config).await;
    registered(&directory, TENANT).await;
    assert!(connected(&directory, TENANT).await.unwrap());
    redis.kill();
    until("noticed", async || !directory.figures().connected).await;
    assert!(connected(&directory, TENANT).await.unwrap_err().is_transient());
    assert!(directory.connect(TENANT, visitor(1), at(1, 2)).await.unwrap_err().is_transient());
    assert!(directory.refresh(node(1), &[]).await.is_ok(), "nothing to say");
    let sessions = [(TENANT, Participant::Agent(agent(1)), session(1))];
    assert!(directory.refresh(node(1), &sessions).await.unwrap_err().is_transient());

    redis.start().unwrap();
    let began = Instant::now();
    until("back", async || {
        let answer = connected(&directory, TENANT).await;
        assert!(!matches!(answer, Ok(false)), "nobody, said a Redis that knows nothing");
        answer.is_ok()
    })
    .await;
    println!("killed and restarted empty: answers again after {:?}", began.elapsed());
    assert_eq!(directory.nodes_of(TENANT, &[Participant::Agent(agent(1))]).await.unwrap(), BTreeSet::from([node(1)]));
    let figures = directory.figures();
    assert!(figures.connected && figures.connections == 2 && figures.latency.is_some(), "{figures:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_redis_holds_nobody_up() {
    let redis = Server::redis().unwrap();
    let directory = open(RedisConfig::new(vec![redis.url().into()])).await;
    registered(&directory, TENANT).await;
    redis.freeze();
    let mut slow = 0;
    for _ in 0..50 {
        let began = Instant::now();
        assert!(connected(&directory, TENANT).await.is_err());
        slow += u32::from(began.elapsed() > Duration::from_millis(250));
    }
    assert!(slow <= 2, "{slow} of 50 calls waited: the rest must fail at once");
    until("noticed", async || !directory.figures().connected).await;
    redis.thaw();
    let began = Instant::now();
    until("back", async || connected(&directory, TENANT).await.unwrap_or(false)).await;
    println!("frozen and continued: answers again after {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_emptied_is_healed_by_the_next_refresh() {
    let redis = Server::redis().unwrap();
    let directory = open(config(&[redis.url().to_owned()])).await;
    registered(&directory, TENANT).await;
    cli(&redis, &["flushall"]);
    assert!(!connected(&directory, TENANT).await.unwrap());
    registered(&directory, TENANT).await;
    assert!(connected(&directory, TENANT).await.unwrap());
}

/// One tenant for each of the three masters.
async fn by_master(redis: &mut RedisCluster, directory: &RedisDirectory) -> Vec<TenantId> {
    let mut found = vec![None; 3];
    for n in 1..200 {
        let tenant = TenantId::from_parts(n, 5);
        registered(directory, tenant).await;
        for (master, slot) in found.iter_mut().enumerate() {
            let key = format!("weft:{{{tenant}}}:agent:{}", agent(1));
            if cli(redis.node(master), &["exists", &key]).trim() == "1" {
                slot.get_or_insert(tenant);
            }
        }
        if found.iter().all(Option::is_some) {
            break;
        }
    }
    found.into_iter().map(Option::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_master_concerns_its_tenants_only() {
    let mut redis = RedisCluster::start().unwrap();
    let urls = redis.urls().iter().map(|url| url.as_str().into()).collect();
    let directory = open(RedisConfig::new(urls)).await;
    let tenants = by_master(&mut redis, &directory).await;
    for frozen in [false, true] {
        if frozen {
            redis.node(1).freeze();
        } else {
            redis.node(1).kill();
        }
        let mut others = 0;
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(6) {
            assert!(connected(&directory, tenants[1]).await.is_err());
            for tenant in [tenants[0], tenants[2]] {
                let all: Vec<_> = tenants.iter().map(|t| (*t, Participant::Agent(agent(1)), session(1))).collect();
                assert!(directory.refresh(node(1), &all).await.is_err(), "one of them is not reached");
                others += u32::from(connected(&directory, tenant).await.unwrap_or(false));
            }
        }
        println!("a master lost (frozen: {frozen}): {others} answers for tenants of the others in 6 s");
        assert!(others > 10, "{others}");
        if frozen {
            redis.node(1).thaw();
        } else {
            redis.node(1).start().unwrap();
        }
        let began = Instant::now();
        let all: Vec<_> = tenants.iter().map(|t| (*t, Participant::Agent(agent(1)), session(1))).collect();
        until("the refresh reaches all", async || directory.refresh(node(1), &all).await.is_ok()).await;
        until("all answer", async || connected(&directory, tenants[1]).await.unwrap_or(false)).await;
        println!("the master is back: healed after {:?}", began.elapsed());
    }
}

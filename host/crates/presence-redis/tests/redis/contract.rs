//! The contract of the port, and what this adapter adds to it.

use crate::kit::{GRACE, LIFETIME, TENANT, agent, at, cli, config, node, open, session, visitor};
use model::{Participant, TenantId};
use ports::{Directory as _, conformance::directory};
use std::{collections::BTreeSet, time::Instant};
use weft_presence_redis::{OpenError, RedisConfig, RedisDirectory};
use weft_services::{RedisCluster, Server};

async fn fixture(urls: &[String]) -> directory::Fixture {
    directory::Fixture {
        one: open(config(urls)).await,
        two: open(config(urls)).await,
        // waits: Redis has a clock of its own.
        pass: Box::new(|span| Box::pin(tokio::time::sleep(span))),
        grace: GRACE,
        lifetime: LIFETIME,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_redis_keeps_the_contract() {
    let redis = Server::redis().unwrap();
    directory::suite(async || {
        cli(&redis, &["flushall"]);
        fixture(&[redis.url().to_owned()]).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_keeps_the_contract() {
    let mut redis = RedisCluster::start().unwrap();
    let urls = redis.urls().to_owned();
    let redis = std::sync::Mutex::new(&mut redis);
    directory::suite(async || {
        (0..3).for_each(|n| drop(cli(redis.lock().unwrap().node(n), &["flushall"])));
        fixture(&urls).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nine_thousand_sessions_are_refreshed_at_once() {
    let mut redis = RedisCluster::start().unwrap();
    for (what, urls) in [("one tenant", vec![redis.node(0).url().to_owned()]), ("all nodes", redis.urls().to_owned())] {
        let directory = open(RedisConfig { cluster: true, ..config(&urls) }).await;
        for tenants in [1, 30, 3000] {
            let sessions: Vec<_> = (0..9000)
                .map(|n| (TenantId::from_parts(n % tenants, 7), Participant::Agent(agent(n)), session(n)))
                .collect();
            let began = Instant::now();
            directory.refresh(node(1), &sessions).await.unwrap();
            println!("{what}, {tenants} tenants: 9 000 sessions refreshed in {:?}", began.elapsed());
            let (tenant, who, id) = sessions[8999];
            assert!(directory.holds(tenant, who, id).await.unwrap());
        }
        let all: Vec<_> = (0..1000).map(agent).collect();
        let one = TenantId::from_parts(0, 7);
        assert_eq!(directory.connected_agents(one, &all).await.unwrap(), BTreeSet::from_iter(all));
    }
}

#[tokio::test]
async fn keys_end_by_themselves() {
    let redis = Server::redis().unwrap();
    let directory = open(config(&[redis.url().to_owned()])).await;
    directory.connect(TENANT, visitor(1), at(1, 1)).await.unwrap();
    directory.connect(TENANT, Participant::Agent(agent(1)), at(1, 2)).await.unwrap();
    directory.disconnect(TENANT, Participant::Agent(agent(1)), at(1, 2)).await.unwrap();
    for key in cli(&redis, &["keys", "*"]).lines() {
        let left: u128 = cli(&redis, &["pttl", key]).trim().parse().unwrap();
        assert!(left > 0 && left <= LIFETIME.as_millis(), "{key}: {left}");
    }
    assert_eq!(cli(&redis, &["dbsize"]).trim(), "2");
    directory.disconnect(TENANT, visitor(1), at(1, 1)).await.unwrap();
    assert_eq!(cli(&redis, &["dbsize"]).trim(), "1", "nothing is left of a visitor");
}

#[tokio::test]
async fn a_wrong_url_is_refused_and_one_without_a_server_is_not() {
    assert!(matches!(RedisDirectory::open(RedisConfig::new(vec![])), Err(OpenError::NoUrl)));
    let wrong = RedisConfig::new(vec!["http://somewhere".into()]);
    assert!(matches!(RedisDirectory::open(wrong), Err(OpenError::Url(_))));
    let nobody = RedisDirectory::open(RedisConfig::new(vec!["redis://127.0.0.1:1".into()])).unwrap();
    let began = Instant::now();
    assert!(nobody.nodes_of(TENANT, &[visitor(1)]).await.unwrap_err().is_transient());
    assert!(began.elapsed().as_millis() < 100, "without a connection calls fail at once");
    assert!(!nobody.figures().connected);
}

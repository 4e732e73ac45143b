//! Activations while chats are opened and assigned and a part fails: each completes or is aborted with its reason, and no assignment
//! of the whole run carries an epoch other than the one in force at its commit.

use reqwest::Method;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;
use weft_tests::{
    Admin, Cluster, Crowd, DEADLINE, Direction, Node, Peer, Reply, Size, Way, component,
    epochs::{check, given_of, sets_of},
    eventually,
};

const RULES: [&str; 2] = ["plugins/dist/round-robin.wasm", "plugins/dist/least-busy.wasm"];
const CROWD: Size = Size { visitors: 8, agents: 4, capacity: 2, questions: 1, thinking: Duration::from_millis(200) };
/// Chats that end between two faults.
const BETWEEN: usize = 8;
const SLOW_MS: u32 = 40;
const VERY_SLOW_MS: u32 = 300;
/// A node that is stopped within a transaction would hold up the staging as well: then it is let go and stopped again.
const STAGED_WITHIN: Duration = Duration::from_secs(4);
const HOLDS: usize = 5;
/// Twice what a set may take to be prepared, and a sweep.
const ABANDONED_WITHIN: Duration = Duration::from_secs(75);

struct Run {
    cluster: Cluster,
    admin: Admin,
    digests: Vec<String>,
    crowd: Crowd,
}

/// A set that one node keeps from being in force.
struct Held {
    epoch: u64,
    answer: JoinHandle<reqwest::Result<Reply>>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_assignment_carries_the_epoch_in_force() {
    let _alone = crate::ALONE.lock().await;
    let cluster = Cluster::start_behind_proxies("cluster-epochs", 3, &["epochs"]).await;
    let admin = Admin::sign_in(&cluster, "epochs").await;
    let mut digests = Vec::new();
    for rule in RULES {
        digests.push(admin.upload(component(rule)).await);
    }
    let crowd = Crowd::start(&cluster, "epochs", CROWD).await;
    let mut run = Run { cluster, admin, digests, crowd };
    run.crowd.served(BETWEEN).await;

    let abandoned = run.the_node_that_activates_dies().await;
    let left = Instant::now();
    run.a_node_that_has_prepared_dies().await;
    run.two_at_once().await;
    run.the_store_is_slow().await;
    run.without_a_broker().await;
    run.is_aborted(abandoned, left).await;
    run.settle().await;
}

impl Run {
    /// Prepared by the one and not yet by the other: the set comes in force as soon as the other has, and the dead node starts with it.
    async fn a_node_that_has_prepared_dies(&mut self) {
        let held = self.held(1, 0, 2).await;
        self.cluster.nodes[2].kill().await;
        assert_eq!(self.state(held.epoch).await, "staged", "one node is still to prepare it");
        self.cluster.nodes[1].thaw();
        let active = held.answer.await.unwrap().unwrap().good();
        assert_eq!(active["epoch"], held.epoch);
        self.went_on("a node that had prepared died", held.epoch).await;
        self.cluster.nodes[2].start().await;
        let info = format!("{}/actuator/info", self.cluster.nodes[2].addresses.management());
        let info: Value = reqwest::get(info).await.unwrap().json().await.unwrap();
        let epochs = info["plugins"]["epochs"].as_object().expect("epochs by tenant");
        assert!(epochs.values().any(|epoch| *epoch == held.epoch), "it starts with the set in force: {epochs:?}");
    }

    /// Nobody is there to move the epoch: what was in force stays, and others may activate. The epoch that was left behind.
    async fn the_node_that_activates_dies(&mut self) -> u64 {
        let held = self.held(1, 0, 2).await;
        let before = self.in_force().await;
        self.cluster.nodes[0].kill().await;
        self.cluster.nodes[1].thaw();
        assert!(held.answer.await.unwrap().is_err(), "who activated it hears that the node has gone");
        assert_eq!(self.in_force().await, before);
        self.cluster.nodes[0].start().await;
        self.crowd.served(BETWEEN).await;
        held.epoch
    }

    async fn is_aborted(&self, epoch: u64, since: Instant) {
        while self.state(epoch).await == "staged" {
            assert!(since.elapsed() < ABANDONED_WITHIN, "it is still staged");
            // waits: between two looks at what a sweep does
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let set = self.set(epoch).await;
        assert_eq!((&set["state"], &set["reason"]), (&json!("aborted"), &json!("who activated it has gone")));
        println!("the node that activates died: aborted within {} s, {}", since.elapsed().as_secs(), set["reason"]);
    }

    /// Both are staged for the same epoch: one wins, the other is told why.
    async fn two_at_once(&mut self) {
        let one = self.held(2, 0, 1).await;
        let other = self.activate(1, &self.digests[1]);
        let second = eventually("both are staged", async || {
            let newest = self.newest().await;
            (newest > one.epoch).then_some(newest)
        });
        let staged = [one.epoch, second.await];
        self.cluster.nodes[2].thaw();
        let replies = [one.answer.await.unwrap().unwrap(), other.await.unwrap().unwrap()];
        let (won, lost): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status.is_success());
        let ([won], [lost]) = (&won[..], &lost[..]) else { panic!("one wins: {won:?}, {lost:?}") };
        assert_eq!((lost.status.as_u16(), lost.problem()), (409, "conflict"), "{}", lost.body);
        let why = lost.body["detail"].as_str().unwrap_or_default();
        let epoch = won.body["epoch"].as_u64().expect("an activation has an epoch");
        assert!(why.contains(&format!("epoch {epoch} is in force")), "it says what was first: {why}");
        let [loser] = staged.into_iter().filter(|staged| *staged != epoch).collect::<Vec<_>>()[..] else {
            panic!("{epoch} is none of {staged:?}")
        };
        let set = self.set(loser).await;
        assert_eq!((&set["state"], &set["reason"]), (&json!("aborted"), &json!(why)));
        println!("two activations at once: epoch {epoch} won, the other was told {why:?}");
        self.went_on("two activations at once", epoch).await;
    }

    async fn the_store_is_slow(&mut self) {
        let everywhere = Way::to_server(Peer::Store, self.cluster.nodes.len());
        let for_one = [Way::Server(1, Peer::Store)];
        for (ways, milliseconds) in [(&everywhere[..], SLOW_MS), (&for_one[..], VERY_SLOW_MS)] {
            let proxies = self.cluster.proxies();
            proxies.delay(ways, Direction::There, milliseconds).await;
            let began = Instant::now();
            let epoch = self.activate(0, &self.digests[0]).await.unwrap().unwrap().good()["epoch"].as_u64();
            println!("store {milliseconds} ms late for {}: active after {:?}", ways.len(), began.elapsed());
            self.crowd.served(1).await;
            proxies.heal().await;
            self.went_on("the store was slow", epoch.expect("an activation has an epoch")).await;
        }
    }

    /// Nobody is told: the sweeps find what is staged and what is in force.
    async fn without_a_broker(&mut self) {
        self.cluster.servers.broker.kill();
        let began = Instant::now();
        let epoch = self.activate(2, &self.digests[1]).await.unwrap().unwrap().good()["epoch"].as_u64();
        println!("without a broker: active after {:?}", began.elapsed());
        self.went_on("the broker was down", epoch.expect("an activation has an epoch")).await;
        self.cluster.servers.broker.start().unwrap();
    }

    /// Chats go on, with what is in force on every node.
    async fn went_on(&self, fault: &str, epoch: u64) {
        assert_eq!(self.in_force().await, epoch, "{fault}");
        let took = self.crowd.served(BETWEEN).await;
        println!("{fault}: epoch {epoch}, {BETWEEN} more chats over after {} ms", took.as_millis());
    }

    async fn settle(self) {
        let Self { cluster, admin, crowd, .. } = self;
        let chats = crowd.settle(&cluster).await;
        let sets = sets_of(&admin).await;
        let mut given = Vec::new();
        for chat in &chats {
            given.extend(given_of(&admin, chat).await);
        }
        assert!(given.len() >= chats.len(), "every chat was somebody's");
        let breaches = check(&sets, &given);
        assert!(breaches.is_empty(), "{} breaches, the first: {:?}", breaches.len(), breaches.first());
        let decided: BTreeSet<_> = given.iter().filter_map(|given| given.epoch).collect();
        for set in &sets {
            assert!(decided.contains(&set.epoch), "chats were assigned under each set: {decided:?}");
        }
        println!("{} assignments under {} sets: each with the one in force at its commit", given.len(), decided.len());
    }

    /// `by` activates and `held` is stopped, so that the set is staged and `prepared` has prepared it.
    async fn held(&self, held: usize, by: usize, prepared: usize) -> Held {
        for _ in 0..HOLDS {
            self.cluster.nodes[held].freeze();
            let before = self.newest().await;
            let answer = self.activate(by, &self.digests[0]);
            let began = Instant::now();
            while began.elapsed() < STAGED_WITHIN {
                let epoch = self.newest().await;
                if epoch > before && self.has_prepared(epoch, prepared).await {
                    return Held { epoch, answer };
                }
                // waits: between two looks at what the nodes report
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            self.cluster.nodes[held].thaw();
            answer.await.unwrap().unwrap().good();
            self.crowd.served(BETWEEN).await;
        }
        panic!("a node was stopped within a transaction {HOLDS} times")
    }

    fn activate(&self, node: usize, digest: &str) -> JoinHandle<reqwest::Result<Reply>> {
        let rest = self.cluster.nodes[node].rest().with_token(self.admin.rest.token());
        let change = json!({"hook": "routing", "release": digest, "settings": {}});
        tokio::spawn(async move {
            rest.attempt(Method::POST, "/v1/bindings/activate", Some(&json!({"changes": [change]})), &[]).await
        })
    }

    /// Asked of a node that runs, since the balancer may know no better.
    fn running(&self) -> impl Iterator<Item = &Node> {
        self.cluster.nodes.iter().filter(|node| node.runs())
    }

    async fn read(&self, path: &str) -> Value {
        eventually(path, async || {
            for node in self.running() {
                let rest = node.rest().with_token(self.admin.rest.token());
                let asked = tokio::time::timeout(DEADLINE / 10, rest.attempt(Method::GET, path, None, &[])).await;
                if let Ok(Ok(reply)) = asked
                    && reply.status.is_success()
                {
                    return Some(reply.body);
                }
            }
            None
        })
        .await
    }

    async fn set(&self, epoch: u64) -> Value {
        self.read(&format!("/v1/activations/{epoch}")).await
    }

    async fn state(&self, epoch: u64) -> String {
        self.set(epoch).await["state"].as_str().unwrap_or_default().to_owned()
    }

    async fn has_prepared(&self, epoch: u64, node: usize) -> bool {
        let nodes = self.set(epoch).await["nodes"].clone();
        let name = format!("node-{node}");
        nodes.as_array().into_iter().flatten().any(|n| n["name"] == *name && n["state"] == "prepared")
    }

    /// Epochs in this state.
    async fn epochs(&self, fits: impl Fn(&str) -> bool) -> Vec<u64> {
        let sets = self.read("/v1/activations?limit=200").await["items"].clone();
        let sets = sets.as_array().cloned().unwrap_or_default();
        let fitting = sets.iter().filter(|set| fits(set["state"].as_str().unwrap_or_default()));
        fitting.filter_map(|set| set["epoch"].as_u64()).collect()
    }

    async fn newest(&self) -> u64 {
        self.epochs(|_| true).await.into_iter().max().unwrap_or_default()
    }

    async fn in_force(&self) -> u64 {
        self.epochs(|state| state == "active").await.into_iter().max().unwrap_or_default()
    }
}

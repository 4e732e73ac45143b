//! Redis without files: what is killed comes back empty. Single, or a cluster of three masters.

use crate::{
    Server, ServiceError, Software, probe,
    recipe::{Place, Recipe},
    software::{run, which},
};
use std::{
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

pub(crate) const MASTERS: usize = 3;
/// How long the masters may take to agree.
const AGREE_TIME_MAX: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub(crate) struct Redis {
    /// Whether it is one of a cluster.
    pub(crate) in_cluster: bool,
}

impl Recipe for Redis {
    fn software(&self) -> Software {
        Software::Redis
    }

    /// Clients; in a cluster also the masters among themselves.
    fn ports(&self) -> usize {
        1 + usize::from(self.in_cluster)
    }

    fn prepare(&self, _: &Place) -> Result<(), ServiceError> {
        Ok(())
    }

    fn command(&self, place: &Place) -> Result<Command, ServiceError> {
        let mut command = Command::new(which(&["redis-server"], Software::Redis)?);
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.arg("--port").arg(place.port(0).to_string()).arg("--dir").arg(place.folder.path());
        if self.in_cluster {
            // A slot whose master is down is away; the others keep on answering.
            command.args(["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"]);
            command.args(["--cluster-require-full-coverage", "no", "--cluster-port"]).arg(place.port(1).to_string());
        }
        Ok(command)
    }

    fn is_ready(&self, place: &Place) -> bool {
        answers(place.port(0), "PING", "+PONG")
    }

    fn urls(&self, place: &Place) -> Vec<String> {
        vec![format!("redis://127.0.0.1:{}", place.port(0))]
    }
}

fn answers(port: u16, command: &str, expected: &str) -> bool {
    let contains = |answer: &[u8]| String::from_utf8_lossy(answer).contains(expected);
    probe::ask(port, format!("{command}\r\n").as_bytes(), contains).is_some()
}

/// Three masters that share the slots among them, without replicas.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Server>,
    urls: Vec<String>,
}

impl RedisCluster {
    /// Returns when every master says that the cluster is whole.
    pub fn start() -> Result<Self, ServiceError> {
        let start = || Server::launch(Box::new(Redis { in_cluster: true }));
        let nodes = (0..MASTERS).map(|_| start()).collect::<Result<Vec<_>, _>>()?;
        join(&nodes)?;
        let urls = nodes.iter().map(|node| node.url().to_owned()).collect();
        Ok(Self { nodes, urls })
    }

    /// One URL per master: the seeds that a client is given.
    pub fn urls(&self) -> &[String] {
        &self.urls
    }

    /// The master of this index (0, 1 or 2).
    pub fn node(&mut self, index: usize) -> &mut Server {
        &mut self.nodes[index]
    }

    /// Waits until every master says that the cluster is whole; for after a master was started again.
    pub fn await_whole(&self) -> Result<(), ServiceError> {
        await_whole(&self.nodes)
    }
}

/// Makes one cluster of fresh masters.
pub(crate) fn join(masters: &[Server]) -> Result<(), ServiceError> {
    let mut create = Command::new(which(&["redis-cli"], Software::Redis)?);
    create.args(["--cluster", "create"]).args(masters.iter().map(|master| format!("127.0.0.1:{}", master.port(0))));
    run(create.args(["--cluster-replicas", "0", "--cluster-yes"]))?;
    await_whole(masters)
}

fn await_whole(masters: &[Server]) -> Result<(), ServiceError> {
    let began = Instant::now();
    for master in masters {
        while !answers(master.port(0), "CLUSTER INFO", "cluster_state:ok") {
            if began.elapsed() > AGREE_TIME_MAX {
                return Err(master.not_ready(began.elapsed(), "the cluster is not whole"));
            }
            // waits: masters agree by gossip, which cannot be awaited from outside.
            sleep(POLL);
        }
    }
    Ok(())
}

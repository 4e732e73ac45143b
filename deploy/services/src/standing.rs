//! Servers that outlive the process that started them: one of each kind, in `target/services/NAME`, with the same data and, while
//! they are free, the same ports each time.

use crate::{Kind, Server, ServiceError, error::Doing as _, folder, probe, redis, server::STOP_TIME_MAX};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    path::{Path, PathBuf},
    thread::sleep,
    time::{Duration, Instant},
};

/// Its ports, its URLs: one a line, ports first.
const NOTE: &str = "standing";
const POLL: Duration = Duration::from_millis(20);

/// A server that stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// What it is.
    pub kind: Kind,
    /// Its process; of a cluster one for each master.
    pub processes: Vec<u32>,
    /// Where clients find it.
    pub urls: Vec<String>,
}

impl Standing {
    /// The one of this kind, while its processes live.
    pub fn find(kind: Kind) -> Option<Self> {
        let (mut processes, mut urls) = (Vec::new(), Vec::new());
        for name in kind.folders() {
            let place = folder::services().join(name);
            processes.push(folder::process_in(&place)?.as_raw_nonzero().get().unsigned_abs());
            let note = fs::read_to_string(place.join(NOTE)).ok()?;
            urls.extend(note.lines().filter(|line| line.contains("://")).map(str::to_owned));
        }
        Some(Self { kind, processes, urls })
    }

    /// The one of this kind: as it stands when it answers, else started now. Returns when it answers.
    pub fn up(kind: Kind) -> Result<Self, ServiceError> {
        if let Some(standing) = Self::find(kind).filter(Self::answers) {
            return Ok(standing);
        }
        // It lives and does not answer: frozen, or hung. Another one on its data would do harm.
        Self::down(kind);
        if kind == Kind::RedisCluster {
            // Masters know each other by addresses that may be taken by now. There are no data to keep.
            Self::places(kind).for_each(|place| drop(fs::remove_dir_all(place)));
        }
        let servers = Self::places(kind).map(|place| start(kind, place)).collect::<Result<Vec<_>, _>>()?;
        if kind == Kind::RedisCluster {
            redis::join(&servers)?;
        }
        let urls = servers.iter().flat_map(|server| server.urls().to_vec()).collect();
        Ok(Self { kind, processes: servers.into_iter().map(Server::leave).collect(), urls })
    }

    /// Whether somebody accepts connections where it should be.
    pub fn answers(&self) -> bool {
        let port = |url: &String| url.rsplit(':').next()?.split('/').next()?.parse().ok();
        self.urls.iter().all(|url| port(url).is_some_and(probe::accepts))
    }

    /// Ends the one of this kind, SIGTERM first; its data stay. Whether there was one.
    pub fn down(kind: Kind) -> bool {
        let running: Vec<_> = Self::places(kind).filter(|place| folder::process_in(place).is_some()).collect();
        for place in &running {
            end(place);
        }
        !running.is_empty()
    }

    /// All that it printed; of a cluster each master by itself.
    pub fn logs(kind: Kind) -> Vec<PathBuf> {
        Self::places(kind).map(|place| place.join(Server::LOG)).collect()
    }

    fn places(kind: Kind) -> impl Iterator<Item = PathBuf> {
        kind.folders().into_iter().map(|name| folder::services().join(name))
    }
}

fn start(kind: Kind, place: PathBuf) -> Result<Server, ServiceError> {
    let note = place.join(NOTE);
    let ports: Vec<u16> = fs::read_to_string(&note)
        .map(|note| note.lines().filter_map(|line| line.parse().ok()).collect())
        .unwrap_or_default();
    let server = Server::standing(kind, place, &ports)?;
    let lines = server.ports().into_iter().map(|port| port.to_string()).chain(server.urls().iter().cloned());
    fs::write(&note, lines.collect::<Vec<_>>().join("\n")).doing("writing", &note)?;
    Ok(server)
}

fn end(place: &Path) {
    let Some(pid) = folder::process_in(place) else { return };
    let send = |pid: Pid, signal| kill_process(pid, signal).ok();
    send(pid, Signal::CONT);
    send(pid, Signal::TERM);
    let began = Instant::now();
    while folder::process_in(place).is_some() && began.elapsed() < STOP_TIME_MAX {
        // waits: it is not our child, so there is nothing to wait on.
        sleep(POLL);
    }
    if let Some(pid) = folder::process_in(place) {
        send(pid, Signal::KILL);
    }
}

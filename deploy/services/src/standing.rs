//! Servers that outlive the process that started them: one of each kind, in `target/services/NAME`, with the same data and, while
//! they are free, the same ports each time.

use crate::{Server, ServiceError, Software, error::Doing as _, folder, probe, server::STOP_TIME_MAX};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    path::PathBuf,
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
    pub software: Software,
    /// Its process.
    pub pid: u32,
    /// Where clients find it.
    pub urls: Vec<String>,
}

impl Standing {
    /// Those that can stand: the servers that nodes share.
    pub const ALL: [Software; 4] = [Software::Artemis, Software::MariaDb, Software::Redis, Software::Elasticsearch];

    /// The one of this kind, while its process lives.
    pub fn find(software: Software) -> Option<Self> {
        let pid = folder::process_in(&folder::services().join(software.name()))?;
        let note = fs::read_to_string(folder::services().join(software.name()).join(NOTE)).ok()?;
        let urls = note.lines().filter(|line| line.contains("://")).map(str::to_owned).collect();
        Some(Self { software, pid: pid.as_raw_nonzero().get().unsigned_abs(), urls })
    }

    /// The one of this kind: as it stands when it answers, else started now. Returns when it answers.
    pub fn up(software: Software) -> Result<Self, ServiceError> {
        if let Some(standing) = Self::find(software).filter(Self::answers) {
            return Ok(standing);
        }
        // It lives and does not answer: frozen, or hung. Another one on its data would do harm.
        Self::down(software);
        let place = folder::services().join(software.name());
        let ports: Vec<u16> = fs::read_to_string(place.join(NOTE))
            .map(|note| note.lines().filter_map(|line| line.parse().ok()).collect())
            .unwrap_or_default();
        let server = Server::standing(software, place.clone(), &ports)?;
        let lines = server.ports().into_iter().map(|port| port.to_string()).chain(server.urls().iter().cloned());
        let note = place.join(NOTE);
        fs::write(&note, lines.collect::<Vec<_>>().join("\n")).doing("writing", &note)?;
        let urls = server.urls().to_vec();
        let pid = server.leave();
        Ok(Self { software, pid, urls })
    }

    /// Whether somebody accepts connections where it should be.
    pub fn answers(&self) -> bool {
        let port = |url: &String| url.rsplit(':').next()?.split('/').next()?.parse().ok();
        self.urls.iter().all(|url| port(url).is_some_and(probe::accepts))
    }

    /// Ends the one of this kind, SIGTERM first; its data stay. Whether there was one.
    pub fn down(software: Software) -> bool {
        let place = folder::services().join(software.name());
        let Some(pid) = folder::process_in(&place) else { return false };
        let send = |pid: Pid, signal| kill_process(pid, signal).ok();
        send(pid, Signal::CONT);
        send(pid, Signal::TERM);
        let began = Instant::now();
        while folder::process_in(&place).is_some() && began.elapsed() < STOP_TIME_MAX {
            // waits: it is not our child, so there is nothing to wait on.
            sleep(POLL);
        }
        if let Some(pid) = folder::process_in(&place) {
            send(pid, Signal::KILL);
        }
        true
    }

    /// All that it printed.
    pub fn log(software: Software) -> PathBuf {
        folder::services().join(software.name()).join(Server::LOG)
    }
}

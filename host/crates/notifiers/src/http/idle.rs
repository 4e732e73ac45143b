//! Connections kept for the next request.

use super::{Destination, connect::Connection};
use parking_lot::Mutex;
use std::{collections::HashMap, net::IpAddr, time::Duration};
use tokio::time::Instant;
use url::Host;

/// Shorter than the patience of usual servers, so that few are met that have just been closed.
const KEPT_FOR: Duration = Duration::from_secs(4);
/// Of one destination, and of all.
const KEPT_PER_DESTINATION: usize = 8;
const KEPT: usize = 256;

/// A connection is for one name and certificate.
type Key = (bool, Host<String>, u16);

#[derive(Default)]
pub(super) struct Idle(Mutex<HashMap<Key, Vec<(Instant, Connection)>>>);

impl Idle {
    /// One that leads to an address which was found and checked just now.
    pub fn take(&self, destination: &Destination, addresses: &[IpAddr]) -> Option<Connection> {
        let mut all = self.0.lock();
        let kept = all.get_mut(&key(destination))?;
        kept.retain(|(since, connection)| usable(*since, connection));
        let at = kept.iter().rposition(|(_, connection)| addresses.contains(&connection.peer.ip().to_canonical()))?;
        Some(kept.swap_remove(at).1)
    }

    pub fn keep(&self, destination: &Destination, connection: Connection) {
        let mut all = self.0.lock();
        all.retain(|_, kept| {
            kept.retain(|(since, connection)| usable(*since, connection));
            !kept.is_empty()
        });
        if all.values().map(Vec::len).sum::<usize>() >= KEPT {
            return;
        }
        let kept = all.entry(key(destination)).or_default();
        if kept.len() < KEPT_PER_DESTINATION {
            kept.push((Instant::now(), connection));
        }
    }
}

fn key(destination: &Destination) -> Key {
    (destination.tls, destination.host.clone(), destination.port)
}

fn usable(since: Instant, connection: &Connection) -> bool {
    since.elapsed() < KEPT_FOR && !connection.sender.is_closed()
}

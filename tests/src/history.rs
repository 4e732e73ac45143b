//! What clients did and saw during a run, and the check that it keeps the promises of C1 and C2.
//!
//! Clients note each command before they send it and its answer when it comes; each session notes every entry it is shown. After the
//! run the logs are read once more, from outside. `check` finds every way in which the three disagree.

mod check;
#[cfg(test)]
mod check_tests;
mod recovery;
mod watcher;

pub use check::{Violation, check};
pub use recovery::{Mark, Recovery};
pub use watcher::Watcher;

use parking_lot::Mutex;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

/// From whose side a session reads: visitors do not see notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    Visitor,
    Agent,
}

/// An entry as a session was shown it, or as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub seq: u64,
    /// The entry before it that the reader may see.
    pub prev: u64,
    /// The sender's command.
    pub id: Option<String>,
    pub for_agents: bool,
    /// The text, or the kind when it has none.
    pub content: String,
}

/// One thing that a client noted, in the order of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A sender has a session, its first or after the last one had ended.
    Connected { sender: String, conversation: String, session: u64 },
    /// A sender is about to send a text for the first time.
    Invoked { command: String, sender: String, conversation: String, content: String },
    /// A receipt came; the same command may get several.
    Acknowledged { command: String, seq: u64 },
    /// The node refused the command for good.
    Refused { command: String },
    /// A session begins to follow a conversation behind entry `after`.
    Followed { session: u64, reader: Reader, conversation: String, after: u64, recovered: bool },
    /// A session was shown an entry.
    Shown { session: u64, conversation: String, entry: Seen },
    /// The session was alive and idle after the last command of the run: it has been shown all that it will be.
    Settled { session: u64 },
}

/// The logs after the run, as an agent reads them.
pub type Logs = BTreeMap<String, Vec<Seen>>;

/// Where clients note what happens. Cheap to clone.
#[derive(Clone, Default)]
pub struct History {
    events: Arc<Mutex<Vec<(Instant, Event)>>>,
    sessions: Arc<AtomicU64>,
    pauses: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl History {
    pub fn note(&self, event: Event) {
        self.events.lock().push((Instant::now(), event));
    }
    /// A client was told to wait, or had no session: not wrong under faults, but it is counted.
    pub fn pause(&self, why: &str) {
        *self.pauses.lock().entry(why.to_owned()).or_default() += 1;
    }
    /// Why clients had to wait, and how often.
    pub fn pauses(&self) -> BTreeMap<String, usize> {
        self.pauses.lock().clone()
    }
    /// A number for a new session.
    pub fn session(&self) -> u64 {
        self.sessions.fetch_add(1, Ordering::Relaxed)
    }
    pub fn events(&self) -> Vec<Event> {
        self.events.lock().iter().map(|(_, event)| event.clone()).collect()
    }
    /// The newest text that has a receipt: its conversation, seq and content.
    pub fn last_written(&self) -> Option<(String, u64, String)> {
        let events = self.events.lock();
        let (id, at) = events.iter().rev().find_map(|(_, event)| match event {
            Event::Acknowledged { command, seq } => Some((command, *seq)),
            _ => None,
        })?;
        events.iter().rev().find_map(|(_, event)| match event {
            Event::Invoked { command, conversation, content, .. } if command == id => {
                Some((conversation.clone(), at, content.clone()))
            }
            _ => None,
        })
    }
    /// How many commands were acknowledged until now, repeats counted.
    pub fn acknowledged(&self) -> usize {
        self.events.lock().iter().filter(|(_, e)| matches!(e, Event::Acknowledged { .. })).count()
    }
}

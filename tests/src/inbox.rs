//! What a session received, and waiting for it.

use crate::history::Watcher;
use crate::wait::DEADLINE;
use parking_lot::Mutex;
use serde_json::Value;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::watch;

/// What a command came to.
pub type Answer = Result<Value, Failure>;

#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// The node said no: the whole `error` frame.
    Refused(Value),
    /// The session ended before the answer came: the command may have been done or not.
    Lost,
}

impl Failure {
    pub fn code(&self) -> &str {
        match self {
            Self::Refused(error) => error["code"].as_str().unwrap_or_default(),
            Self::Lost => "lost",
        }
    }
}

#[derive(Debug, Default)]
pub struct Received {
    /// Every frame in the order it came, receipts and errors too.
    pub frames: Vec<Value>,
    answers: HashMap<String, Answer>,
    /// Close code and reason; code 0 when the transport broke.
    pub closed: Option<(u16, String)>,
}

pub struct Inbox {
    received: Mutex<Received>,
    changed: watch::Sender<()>,
    watcher: Mutex<Option<Watcher>>,
}

impl Inbox {
    pub fn new(watcher: Option<Watcher>) -> Arc<Self> {
        let changed = watch::Sender::new(());
        Arc::new(Self { received: Mutex::default(), changed, watcher: Mutex::new(watcher) })
    }

    pub(crate) fn put(&self, frame: Value) {
        if let Some(watcher) = self.watcher.lock().as_mut() {
            watcher.frame(&frame);
        }
        let mut received = self.received.lock();
        if let Some(id) = frame["id"].as_str() {
            match frame["type"].as_str() {
                Some("receipt") => drop(received.answers.insert(id.into(), Ok(frame.clone()))),
                Some("error") => drop(received.answers.insert(id.into(), Err(Failure::Refused(frame.clone())))),
                _ => {}
            }
        }
        received.frames.push(frame);
        drop(received);
        self.changed.send_replace(());
    }

    pub(crate) fn close(&self, code: u16, reason: &str) {
        let mut received = self.received.lock();
        if received.closed.is_none() {
            received.closed = Some((code, reason.to_owned()));
        }
        drop(received);
        self.changed.send_replace(());
    }

    pub fn read<T>(&self, look: impl FnOnce(&Received) -> T) -> T {
        look(&self.received.lock())
    }

    /// What `look` finds in what was received, as soon as it does. `None` when it does not within `most`.
    pub async fn find<T>(&self, most: Duration, look: impl Fn(&Received) -> Option<T>) -> Option<T> {
        let mut changed = self.changed.subscribe();
        let found = async {
            loop {
                changed.mark_unchanged();
                if let Some(found) = self.read(&look) {
                    return found;
                }
                let _ = changed.changed().await;
            }
        };
        tokio::time::timeout(most, found).await.ok()
    }

    /// What `look` finds; fails the test when it finds nothing within the deadline.
    pub async fn until<T>(&self, what: &str, look: impl Fn(&Received) -> Option<T>) -> T {
        match self.find(DEADLINE, look).await {
            Some(found) => found,
            None => self.read(|r| {
                let last: Vec<_> = r.frames.iter().rev().take(12).rev().map(Value::to_string).collect();
                panic!("not within {DEADLINE:?}: {what}; closed: {:?}; the last frames:\n{}", r.closed, last.join("\n"))
            }),
        }
    }

    /// The next frame behind `at`, which moves; `None` once the session has ended and every frame was taken.
    pub async fn next(&self, at: &mut usize) -> Option<Value> {
        let mut changed = self.changed.subscribe();
        loop {
            changed.mark_unchanged();
            let (frame, closed) = self.read(|r| (r.frames.get(*at).cloned(), r.closed.is_some()));
            if let Some(frame) = frame {
                *at += 1;
                return Some(frame);
            }
            if closed {
                return None;
            }
            let _ = changed.changed().await;
        }
    }

    /// The answer to a command, or that the session ended without one.
    pub async fn answer(&self, id: &str) -> Answer {
        let answer =
            |r: &Received| r.answers.get(id).cloned().or_else(|| r.closed.is_some().then_some(Err(Failure::Lost)));
        self.until("the answer to a command", answer).await
    }
}

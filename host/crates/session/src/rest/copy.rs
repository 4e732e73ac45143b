//! One node's copy of a REST session, with a log of what it sent lately.

use crate::Session;
use bytes::Bytes;
use model::{SessionId, limits};
use std::{collections::VecDeque, sync::Arc};
use tokio::sync::Mutex;

/// Frames that can be asked for again without reading the store.
const LOG_FRAMES: usize = 2 * limits::MAILBOX_FRAMES;
const LOG_BYTES: usize = 2 * limits::MAILBOX_BYTES;

pub(crate) struct Copy {
    /// Not the session's: another copy on this or another node has another.
    pub id: SessionId,
    pub session: Arc<Session>,
    /// Held by the one request that reads.
    pub log: Mutex<Log>,
}

#[derive(Debug, Default)]
pub(crate) struct Log {
    frames: VecDeque<Bytes>,
    bytes: usize,
    /// Number of the last frame; the first ever has 1.
    last: u64,
}

impl Copy {
    pub fn new(id: SessionId, session: Arc<Session>) -> Arc<Self> {
        Arc::new(Self { id, session, log: Mutex::default() })
    }
}

impl Log {
    /// What is behind `number`, maybe nothing; `None` when that is not known here any more.
    pub fn after(&self, number: u64) -> Option<Vec<Bytes>> {
        let before_first = self.last - self.frames.len() as u64;
        if number > self.last || number < before_first {
            return None;
        }
        Some(self.frames.iter().skip((number - before_first) as usize).cloned().collect())
    }

    pub fn append(&mut self, frames: &[Bytes]) {
        for frame in frames {
            self.bytes += frame.len();
            self.last += 1;
            self.frames.push_back(frame.clone());
        }
        while self.frames.len() > frames.len() && (self.frames.len() > LOG_FRAMES || self.bytes > LOG_BYTES) {
            if let Some(frame) = self.frames.pop_front() {
                self.bytes -= frame.len();
            }
        }
    }
}

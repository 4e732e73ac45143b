//! Sessions of clients that cannot hold a socket: the same `Session`, polled, with a log of what was sent lately.

use crate::{Hello, Session, Sessions, Welcome};
use bytes::Bytes;
use model::{Caller, Clock, Code, Refusal, SessionId, Timestamp, limits};
use parking_lot::Mutex;
use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// A session that nobody polled for so long is closed.
const UNPOLLED: Duration = Duration::from_mins(1);
const EXPIRE_EVERY: Duration = Duration::from_secs(5);
/// The longest one poll waits.
const WAIT_MAX: Duration = Duration::from_secs(25);
/// REST sessions of one participant on this node; the one that was not polled for longest gives way.
const PER_PARTICIPANT: usize = 8;
/// Frames that can be asked for again.
const LOG_FRAMES: usize = 2 * limits::MAILBOX_FRAMES;
const LOG_BYTES: usize = 2 * limits::MAILBOX_BYTES;

/// A frame and its cursor: what `after` and `Last-Event-ID` name.
#[derive(Clone, Debug)]
pub struct Numbered {
    pub cursor: u64,
    pub frame: Bytes,
}

#[derive(Debug, Default)]
struct Log {
    frames: VecDeque<Bytes>,
    bytes: usize,
    /// Cursor of the last frame; the first ever has 1.
    last: u64,
}

struct Parked {
    session: Arc<Session>,
    log: tokio::sync::Mutex<Log>,
    /// Grows with each poll: a poll ends when another one begins.
    polls: watch::Sender<u64>,
    polled_at: AtomicI64,
}

pub struct RestSessions {
    sessions: Arc<Sessions>,
    clock: Arc<dyn Clock>,
    parked: Mutex<HashMap<SessionId, Arc<Parked>>>,
}

impl RestSessions {
    pub fn new(sessions: Arc<Sessions>, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { sessions, clock, parked: Mutex::default() })
    }

    /// Closes sessions that nobody polls, until `stop`.
    pub fn run(self: &Arc<Self>, tasks: &TaskTracker, stop: CancellationToken) {
        let this = Arc::clone(self);
        tasks.spawn(async move {
            while stop.run_until_cancelled(tokio::time::sleep(EXPIRE_EVERY)).await.is_some() {
                this.expire().await;
            }
        });
    }

    pub async fn open(&self, caller: Caller, hello: &Hello) -> Result<Welcome, Refusal> {
        self.make_room(&caller).await;
        let (session, welcome) = self.sessions.open(caller, hello).await?;
        let polled_at = AtomicI64::new(self.clock.now().as_ms());
        let parked = Parked { session, log: tokio::sync::Mutex::default(), polls: watch::Sender::new(0), polled_at };
        self.parked.lock().insert(welcome.session, Arc::new(parked));
        Ok(welcome)
    }

    /// The session that commands and signals come from.
    pub fn session(&self, caller: &Caller, id: SessionId) -> Result<Arc<Session>, Refusal> {
        self.find(caller, id).map(|parked| Arc::clone(&parked.session))
    }

    /// Frames behind `after`, at least one; none when `wait` passed without any. Cancel-safe.
    ///
    /// Refused as `expired` when `after` is too long ago (open anew and resume), as `conflict` when a newer poll took over.
    pub async fn events(
        &self,
        caller: &Caller,
        id: SessionId,
        after: u64,
        wait: Duration,
    ) -> Result<Vec<Numbered>, Refusal> {
        let parked = self.find(caller, id)?;
        let mut polls = parked.polls.subscribe();
        parked.polls.send_modify(|n| *n += 1);
        polls.mark_unchanged();
        parked.touch(self.clock.now());
        let frames = async {
            let mut log = parked.log.lock().await;
            if let Some(frames) = log.after(after)? {
                return Ok(frames);
            }
            let frames = parked.session.next(self.sessions.store()).await;
            if frames.is_empty() {
                return Err(Refusal::new(Code::Expired, "the session has ended"));
            }
            log.append(frames);
            Ok(log.after(after)?.unwrap_or_default())
        };
        let result = tokio::select! {
            biased;
            frames = frames => frames,
            _changed = polls.changed() => Err(Refusal::conflict("another request reads this session")),
            () = tokio::time::sleep(wait.min(WAIT_MAX)) => Ok(Vec::new()),
        };
        parked.touch(self.clock.now());
        result
    }

    pub async fn close(&self, caller: &Caller, id: SessionId) -> Result<(), Refusal> {
        let parked = self.find(caller, id)?;
        self.parked.lock().remove(&id);
        self.sessions.close(&parked.session).await;
        Ok(())
    }

    fn find(&self, caller: &Caller, id: SessionId) -> Result<Arc<Parked>, Refusal> {
        let parked = self.parked.lock().get(&id).cloned();
        parked
            .filter(|p| p.session.tenant() == caller.tenant && p.session.participant() == caller.participant)
            .ok_or_else(|| Refusal::not_found("session"))
    }

    async fn make_room(&self, caller: &Caller) {
        let oldest = {
            let mut parked = self.parked.lock();
            let own =
                |p: &&Arc<Parked>| p.session.tenant() == caller.tenant && p.session.participant() == caller.participant;
            let own: Vec<_> = parked.values().filter(own).cloned().collect();
            let oldest =
                own.iter().min_by_key(|p| p.polled_at.load(Ordering::Relaxed)).filter(|_| own.len() >= PER_PARTICIPANT);
            oldest.and_then(|p| parked.remove(&p.session.id))
        };
        if let Some(parked) = oldest {
            self.sessions.close(&parked.session).await;
        }
    }

    /// Closes the sessions that nobody polls.
    pub async fn expire(&self) {
        let now = self.clock.now();
        let left: Vec<_> = {
            let mut parked = self.parked.lock();
            let stale = |p: &Parked| {
                p.polls.receiver_count() == 0 && now.since(Timestamp(p.polled_at.load(Ordering::Relaxed))) > UNPOLLED
            };
            parked.extract_if(|_, p| p.session.has_ended() || stale(p)).map(|(_, p)| p).collect()
        };
        for parked in left {
            self.sessions.close(&parked.session).await;
        }
    }
}

impl Parked {
    fn touch(&self, now: Timestamp) {
        self.polled_at.store(now.as_ms(), Ordering::Relaxed);
    }
}

impl Log {
    /// What is behind `after`; `None` when there is nothing yet.
    fn after(&self, after: u64) -> Result<Option<Vec<Numbered>>, Refusal> {
        let first = self.last + 1 - self.frames.len() as u64;
        if after > self.last {
            return Err(Refusal::bad("after", "no such event yet"));
        }
        if after + 1 < first {
            return Err(Refusal::new(Code::Expired, "too long ago: open a new session and resume"));
        }
        let skip = (after + 1 - first) as usize;
        let frames: Vec<_> = (after + 1..)
            .zip(self.frames.iter().skip(skip))
            .map(|(cursor, f)| Numbered { cursor, frame: f.clone() })
            .collect();
        Ok((!frames.is_empty()).then_some(frames))
    }

    fn append(&mut self, frames: Vec<Bytes>) {
        let keep = frames.len();
        for frame in frames {
            self.bytes += frame.len();
            self.last += 1;
            self.frames.push_back(frame);
        }
        while self.frames.len() > keep && (self.frames.len() > LOG_FRAMES || self.bytes > LOG_BYTES) {
            if let Some(frame) = self.frames.pop_front() {
                self.bytes -= frame.len();
            }
        }
    }
}

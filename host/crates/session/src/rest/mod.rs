//! Sessions of clients that cannot hold a socket: the same `Session`, polled. Any node serves any of them: the client's cursor
//! says all that the client has, and a node without the session, or with a copy that is somewhere else, *adopts* it from there.

mod copy;
mod cursor;
mod points;

use crate::{Hello, Session, Sessions, Welcome};
use bytes::Bytes;
use copy::Copy;
use cursor::Cursor;
use model::{Caller, Clock, Code, Participant, Refusal, SessionId, TenantId, Timestamp};
use parking_lot::Mutex;
pub(crate) use points::{Points, marks_sum};
use serde::Serialize;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// A copy that nobody polled for so long is closed: its client is gone, or with another node.
const UNPOLLED: Duration = Duration::from_secs(30);
const EXPIRE_EVERY: Duration = Duration::from_secs(5);
/// The shortest one poll waits, so that what is in the store can be read, and the longest.
const WAIT_MIN: Duration = Duration::from_millis(250);
const WAIT_MAX: Duration = Duration::from_secs(25);
/// REST sessions of one participant on this node; the one that was not polled for longest gives way.
const PER_PARTICIPANT: usize = 8;
/// REST sessions on this node.
const ON_NODE: usize = 20_000;

/// The answer to `hello`.
#[derive(Clone, Debug, Serialize)]
pub struct Opened {
    #[serde(flatten)]
    pub welcome: Welcome,
    /// Where the events begin: the first `after`.
    pub cursor: String,
}

/// Frames in order, and where they lead.
#[derive(Clone, Debug)]
pub struct Events {
    from: Cursor,
    pub frames: Vec<Bytes>,
}

struct Parked {
    id: SessionId,
    owner: (TenantId, Participant),
    /// Where its events begin, on the node that opened it.
    opened: Option<Cursor>,
    copy: Mutex<Option<Arc<Copy>>>,
    /// Held by who adopts.
    adopting: tokio::sync::Mutex<()>,
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

    pub async fn open(&self, caller: Caller, hello: &Hello) -> Result<Opened, Refusal> {
        self.make_room(&caller).await?;
        let (session, welcome) = self.sessions.open(caller.clone(), hello).await?;
        let copy = Copy::new(self.sessions.new_id(), session);
        let opened = Cursor {
            copy: copy.id,
            epoch: welcome.epoch,
            points: Points::welcomed(hello, &welcome),
            ..Cursor::blank(welcome.session, caller.participant)
        };
        let cursor = opened.text();
        let parked = Parked::new(welcome.session, &caller, Some(opened), self.clock.now());
        *parked.copy.lock() = Some(copy);
        self.parked.lock().insert(welcome.session, Arc::new(parked));
        Ok(Opened { welcome, cursor })
    }

    /// Whether the caller has this session, here or on another node: enough for a command. When nobody can say, the caller's
    /// token is.
    pub async fn check(&self, caller: &Caller, id: SessionId) -> Result<(), Refusal> {
        match self.find(caller, id, false).await {
            Err(refusal) if refusal.code == Code::Unavailable => Ok(()),
            found => found.map(drop),
        }
    }

    /// The session that signals come from.
    pub async fn session(&self, caller: &Caller, id: SessionId) -> Result<Arc<Session>, Refusal> {
        let parked = self.find(caller, id, false).await?;
        let turn = parked.adopting.lock().await;
        let copy = parked.copy.lock().clone();
        if let Some(copy) = copy {
            return Ok(Arc::clone(&copy.session));
        }
        let mut at = parked.start(caller);
        let adopted = self.adopt(&parked, caller, &mut at).await;
        drop(turn);
        adopted.map(|copy| Arc::clone(&copy.session))
    }

    /// Frames behind `after` (a cursor; `0` or nothing for all), at least one; none when `wait` passed without any. Cancel-safe.
    ///
    /// Refused as `expired` when the store cannot go on from there (open anew and resume), as `conflict` when a newer poll took over.
    pub async fn events(&self, caller: &Caller, id: SessionId, after: &str, wait: Duration) -> Result<Events, Refusal> {
        let after = Cursor::read(after, id, caller)?;
        let parked = self.find(caller, id, after.is_some()).await?;
        let mut polls = parked.polls.subscribe();
        parked.polls.send_modify(|n| *n += 1);
        polls.mark_unchanged();
        parked.touch(self.clock.now());
        let mut from = after.unwrap_or_else(|| parked.start(caller));
        let reading = async {
            let copy = self.reach(&parked, caller, &mut from).await?;
            let read = copy.read(&self.sessions, from.number);
            tokio::time::timeout(wait.clamp(WAIT_MIN, WAIT_MAX), read).await.unwrap_or(Ok(Vec::new()))
        };
        let result = tokio::select! {
            biased;
            _changed = polls.changed() => Err(Refusal::conflict("another request reads this session")),
            frames = reading => frames,
        };
        parked.touch(self.clock.now());
        result.map(|frames| Events { from, frames })
    }

    pub async fn close(&self, caller: &Caller, id: SessionId) -> Result<(), Refusal> {
        let parked = self.find(caller, id, false).await?;
        self.parked.lock().remove(&id);
        self.end(&parked).await;
        Ok(())
    }

    /// The caller's session, which is here, or which a cursor or the directory knows.
    async fn find(&self, caller: &Caller, id: SessionId, has_cursor: bool) -> Result<Arc<Parked>, Refusal> {
        let not_found = || Refusal::not_found("session");
        let here = self.parked.lock().get(&id).cloned();
        if let Some(parked) = here {
            return if parked.is_of(caller) { Ok(parked) } else { Err(not_found()) };
        }
        // A socket's, or another's.
        let is_other = self.sessions.hub().session(id).is_some();
        if is_other || !(has_cursor || self.sessions.is_known(caller, id).await?) {
            return Err(not_found());
        }
        self.make_room(caller).await?;
        let mut all = self.parked.lock();
        let parked = all.entry(id).or_insert_with(|| Arc::new(Parked::new(id, caller, None, self.clock.now())));
        if parked.is_of(caller) { Ok(Arc::clone(parked)) } else { Err(not_found()) }
    }

    /// The copy that goes on from `at`: the one here, or a new one.
    async fn reach(&self, parked: &Parked, caller: &Caller, at: &mut Cursor) -> Result<Arc<Copy>, Refusal> {
        let copy = parked.copy.lock().clone();
        if let Some(copy) = copy.filter(|copy| copy.id == at.copy)
            && copy.log.lock().await.after(at.number).is_some()
        {
            return Ok(copy);
        }
        let _turn = parked.adopting.lock().await;
        self.adopt(parked, caller, at).await
    }

    /// Puts a new copy, which has what `at` says, in the place of the one here. Called by the holder of `adopting`.
    async fn adopt(&self, parked: &Parked, caller: &Caller, at: &mut Cursor) -> Result<Arc<Copy>, Refusal> {
        let old = parked.copy.lock().take();
        if let Some(old) = old {
            self.sessions.let_go(&old.session);
        }
        let (session, epoch) = self.sessions.adopt(caller.clone(), parked.id, at.epoch, &at.points).await?;
        let copy = Copy::new(self.sessions.new_id(), session);
        (at.copy, at.number, at.epoch) = (copy.id, 0, epoch);
        *parked.copy.lock() = Some(Arc::clone(&copy));
        Ok(copy)
    }

    /// Closes the participant's oldest session if there are too many.
    async fn make_room(&self, caller: &Caller) -> Result<(), Refusal> {
        let oldest = {
            let mut parked = self.parked.lock();
            if parked.len() >= ON_NODE {
                let refusal = Refusal::new(Code::RateLimited, format!("at most {ON_NODE} REST sessions on a node"));
                return Err(refusal.retry_after(30));
            }
            let own: Vec<_> = parked.values().filter(|p| p.is_of(caller)).cloned().collect();
            let oldest =
                own.iter().min_by_key(|p| p.polled_at.load(Ordering::Relaxed)).filter(|_| own.len() >= PER_PARTICIPANT);
            oldest.and_then(|p| parked.remove(&p.id))
        };
        if let Some(parked) = oldest {
            self.end(&parked).await;
        }
        Ok(())
    }

    async fn end(&self, parked: &Parked) {
        let copy = parked.copy.lock().clone();
        if let Some(copy) = copy {
            self.sessions.close(&copy.session).await;
        }
    }

    /// Closes the sessions that nobody polls.
    pub async fn expire(&self) {
        let now = self.clock.now();
        let left: Vec<_> = {
            let mut parked = self.parked.lock();
            parked.extract_if(|_, p| p.has_ended() || p.is_stale(now)).map(|(_, p)| p).collect()
        };
        for parked in left {
            self.end(&parked).await;
        }
    }
}

impl Parked {
    fn new(id: SessionId, caller: &Caller, opened: Option<Cursor>, now: Timestamp) -> Self {
        Self {
            id,
            owner: (caller.tenant, caller.participant),
            opened,
            copy: Mutex::default(),
            adopting: tokio::sync::Mutex::default(),
            polls: watch::Sender::new(0),
            polled_at: AtomicI64::new(now.as_ms()),
        }
    }
    fn is_of(&self, caller: &Caller) -> bool {
        self.owner == (caller.tenant, caller.participant)
    }
    /// Of a client without a cursor.
    fn start(&self, caller: &Caller) -> Cursor {
        self.opened.clone().unwrap_or_else(|| Cursor::blank(self.id, caller.participant))
    }
    fn touch(&self, now: Timestamp) {
        self.polled_at.store(now.as_ms(), Ordering::Relaxed);
    }
    fn has_ended(&self) -> bool {
        self.copy.lock().as_ref().is_some_and(|copy| copy.session.has_ended())
    }
    fn is_stale(&self, now: Timestamp) -> bool {
        self.polls.receiver_count() == 0
            && now.since(Timestamp::from_ms(self.polled_at.load(Ordering::Relaxed))) > UNPOLLED
    }
}

impl Copy {
    /// What is behind `number`; waits for it.
    async fn read(&self, sessions: &Sessions, number: u64) -> Result<Vec<Bytes>, Refusal> {
        let mut log = self.log.lock().await;
        let known = log.after(number).unwrap_or_default();
        if !known.is_empty() {
            return Ok(known);
        }
        let frames = self.session.next(sessions.store()).await;
        if frames.is_empty() {
            return Err(Refusal::new(Code::Expired, "the session has ended"));
        }
        log.append(&frames);
        Ok(frames)
    }
}

impl Events {
    /// Where the client is when it has them all.
    pub fn next(&self) -> String {
        let mut at = self.from.clone();
        self.frames.iter().for_each(|frame| at.pass(frame));
        at.text()
    }

    /// Each with where the client is after it.
    pub fn each(self) -> impl Iterator<Item = (String, Bytes)> {
        let mut at = self.from;
        self.frames.into_iter().map(move |frame| {
            at.pass(&frame);
            (at.text(), frame)
        })
    }
}

impl Cursor {
    fn pass(&mut self, frame: &[u8]) {
        self.number += 1;
        self.points.saw(self.who, frame);
    }
}

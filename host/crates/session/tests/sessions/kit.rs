use bytes::Bytes;
use embedded::EmbeddedDirectory;
use model::{Author, Caller, ConversationId, IdSource, ManualClock, NodeId, Reader, Timestamp};
use serde_json::Value;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use weft_session::{
    Config, Hello, Hub, Parts, Session, Sessions, Welcome,
    testing::{MemoryLog, visitor},
};

pub struct Node {
    pub log: Arc<MemoryLog>,
    pub hub: Arc<Hub>,
    pub sessions: Arc<Sessions>,
    pub clock: Arc<ManualClock>,
    directory: Arc<EmbeddedDirectory>,
}

struct Counting(AtomicU64);

impl IdSource for Counting {
    fn parts(&self) -> (u64, u128) {
        (self.0.fetch_add(1, Ordering::Relaxed), 0)
    }
}

impl Node {
    pub fn new() -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_ms(1_000_000)));
        let log = MemoryLog::new(Arc::clone(&clock) as _);
        let directory = Arc::new(EmbeddedDirectory::new(Arc::clone(&clock) as _));
        Self::over(log, clock, directory, 1)
    }

    /// Another node over the same log.
    pub fn another(&self) -> Self {
        Self::over(Arc::clone(&self.log), Arc::clone(&self.clock), Arc::clone(&self.directory), 2)
    }

    fn over(log: Arc<MemoryLog>, clock: Arc<ManualClock>, directory: Arc<EmbeddedDirectory>, number: u64) -> Self {
        let hub = Arc::new(Hub::default());
        let parts = Parts {
            hub: Arc::clone(&hub),
            store: Arc::clone(&log) as _,
            directory: Arc::clone(&directory) as _,
            ids: Arc::new(Counting(AtomicU64::new(number * 1_000_000))),
            node: NodeId::from_parts(number, 1),
            config: Config::default(),
        };
        Self { log, hub, sessions: Sessions::new(parts), clock, directory }
    }

    pub async fn open(&self, caller: Caller) -> (Arc<Session>, Welcome) {
        self.sessions.open(caller, &Hello::default()).await.unwrap()
    }

    pub async fn resume(&self, caller: Caller, resume: &[(ConversationId, u64)]) -> (Arc<Session>, Value) {
        let (session, welcome) = self.sessions.open(caller, &hello(resume, None)).await.unwrap();
        (session, serde_json::to_value(welcome).unwrap())
    }

    /// Everything that `session` is given until it would wait.
    pub async fn drain(&self, session: &Session) -> Vec<Value> {
        let mut all = Vec::new();
        loop {
            tokio::select! {
                biased;
                frames = session.next(&*self.log) => all.extend(frames.iter().map(json)),
                () = idle(&self.log) => return all,
            }
        }
    }
}

/// Longer than any read of the log takes.
async fn idle(log: &MemoryLog) {
    for _ in 0..=4 * log.yields.load(Ordering::Relaxed) + 1 {
        tokio::task::yield_now().await;
    }
}

pub fn hello(resume: &[(ConversationId, u64)], epoch: Option<u64>) -> Hello {
    let resume: Vec<_> =
        resume.iter().map(|(c, after)| serde_json::json!({"conversation": c, "after": after})).collect();
    serde_json::from_value(serde_json::json!({"type": "hello", "resume": resume, "epoch": epoch})).unwrap()
}

pub fn json(frame: &Bytes) -> Value {
    serde_json::from_slice(frame).unwrap()
}

pub fn by_visitor(n: u64) -> Author {
    let who = visitor(n);
    Author::Visitor { id: who.id, name: who.name }
}

/// The entries among `events` of one conversation, as (seq, prev).
pub fn entries(events: &[Value], of: ConversationId) -> Vec<(u64, u64)> {
    let own = events.iter().filter(|e| e["type"] == "entry" && e["conversation"] == of.to_string());
    own.map(|e| (e["seq"].as_u64().unwrap(), e["prev"].as_u64().unwrap())).collect()
}

pub fn seqs(events: &[Value], of: ConversationId) -> Vec<u64> {
    entries(events, of).into_iter().map(|(seq, _)| seq).collect()
}

/// Every visible entry beyond `after` once, in order, each naming the one before it.
pub fn assert_whole(log: &MemoryLog, events: &[Value], of: ConversationId, reader: Reader, after: u64) {
    let visible: Vec<_> = log.visible(of, reader).into_iter().filter(|seq| *seq > after).collect();
    let got = entries(events, of);
    let differs = got.iter().map(|(seq, _)| seq).zip(&visible).position(|(got, visible)| got != visible);
    assert!(
        differs.is_none() && got.len() == visible.len(),
        "{reader:?}: {} of {}, {differs:?}",
        got.len(),
        visible.len()
    );
    let mut have = after;
    for (seq, prev) in got {
        assert_eq!(prev, have, "{reader:?}: the chain at {seq}");
        have = seq;
    }
}

pub fn of_type<'a>(events: &'a [Value], name: &str) -> Vec<&'a Value> {
    events.iter().filter(|e| e["type"] == name).collect()
}

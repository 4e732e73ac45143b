//! A client that outlives its connections: what it asks it asks again with the same id, on whichever node answers.

use crate::{Failure, Rest, Session, Via, id, inbox::Received};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};
use tokio::time::{sleep, timeout};

const TRY_AGAIN: Duration = Duration::from_millis(100);
/// A node that says nothing for so long is given up, as the widget does.
const PATIENCE: Duration = Duration::from_secs(6);
/// Refusals that say: later.
const LATER: [&str; 3] = ["unavailable", "rate_limited", "internal"];

pub struct Steady {
    rest: Rest,
    /// Their whole logs are in the inbox of each new session.
    follows: BTreeSet<String>,
    session: Session,
}

impl Steady {
    pub async fn open(rest: &Rest) -> Self {
        let session = connect(rest, &BTreeSet::new()).await;
        Self { rest: rest.clone(), follows: BTreeSet::new(), session }
    }

    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Another session, once the last one has ended.
    pub async fn reconnect(&mut self) {
        self.session = connect(&self.rest, &self.follows).await;
    }

    pub fn follow(&mut self, conversation: &str) {
        self.follows.insert(conversation.to_owned());
    }

    pub fn leave(&mut self, conversation: &str) {
        self.follows.remove(conversation);
    }

    /// The receipt; or the refusal, when it is not one that says: later.
    pub async fn command(&mut self, kind: &str, fields: Value) -> Result<Value, Failure> {
        let id = id();
        loop {
            let answer = timeout(PATIENCE, self.session.command_as(&id, kind, fields.clone())).await;
            match answer.unwrap_or(Err(Failure::Lost)) {
                Err(Failure::Lost) => self.reconnect().await,
                // waits: the node asks for a pause
                Err(error) if LATER.contains(&error.code()) => sleep(TRY_AGAIN).await,
                answer => return answer,
            }
        }
    }

    /// One try on the session that there is.
    pub async fn once(&self, kind: &str, fields: Value) -> Result<Value, Failure> {
        let answer = timeout(PATIENCE, self.session.command(kind, fields)).await;
        answer.unwrap_or(Err(Failure::Lost))
    }

    /// Waits for a frame, over as many sessions as it takes.
    pub async fn shown(&mut self, fits: impl Fn(&Value) -> bool) {
        loop {
            let shown = self.session.inbox.find(PATIENCE, |r| {
                let found = r.frames.iter().any(&fits);
                (found || r.closed.is_some()).then_some(found)
            });
            match shown.await {
                Some(true) => return,
                None if self.answers().await => {}
                Some(false) | None => self.reconnect().await,
            }
        }
    }

    /// The next frame of this session behind `at`, which moves; `None` once the session has ended, or its node says nothing more.
    pub async fn next(&self, at: &mut usize) -> Option<Value> {
        loop {
            match timeout(PATIENCE, self.session.inbox.next(at)).await {
                Ok(next) => return next,
                Err(_) if self.answers().await => {}
                Err(_) => return None,
            }
        }
    }

    /// Whether the node still says something.
    async fn answers(&self) -> bool {
        let id = id();
        self.session.put(json!({"type": "ping", "id": id}).to_string());
        let pong = |r: &Received| r.frames.iter().rev().any(|f| f["type"] == "pong" && f["id"] == *id).then_some(());
        self.session.inbox.find(PATIENCE, pong).await.is_some()
    }
}

async fn connect(rest: &Rest, follows: &BTreeSet<String>) -> Session {
    let points: Vec<_> = follows.iter().map(|conversation| (conversation.clone(), 0)).collect();
    loop {
        let opened = Session::resume(rest, Via::Socket, &points, None, None);
        match timeout(PATIENCE, opened).await {
            Ok(Ok(session)) => return session,
            // waits: nothing tells a client when a node that is down comes back
            _ => sleep(TRY_AGAIN).await,
        }
    }
}

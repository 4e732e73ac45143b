//! Pairs of a visitor and an agent that talk until told to stop, and the check of what they saw.

use crate::{
    Admin, Door, Talker, Via, Visitor, eventually,
    history::{History, Logs, Mark, Reader, Recovery, check},
    log_of,
    talker::Ready,
};
use std::{
    collections::BTreeMap,
    fmt,
    time::{Duration, Instant},
};
use tokio::{sync::watch, task::JoinHandle};

/// How many pairs, and how they are connected.
#[derive(Clone, Copy, Debug)]
pub struct Chats {
    pub pairs: usize,
    /// Of those, visitors without a socket.
    pub by_rest: usize,
}

pub struct Load {
    admin: Admin,
    pub history: History,
    pub chats: Vec<String>,
    stop: watch::Sender<bool>,
    talkers: Vec<JoinHandle<Ready>>,
}

/// What a load came to.
#[derive(Clone, Debug)]
pub struct Toll {
    pub entries: usize,
    pub receipts: usize,
    /// Why clients had to wait or had no session, and how often.
    pub pauses: BTreeMap<String, usize>,
}

impl fmt::Display for Toll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} entries, {} receipts, 0 violations", self.entries, self.receipts)?;
        for (why, times) in &self.pauses {
            write!(f, "; {times} × {why}")?;
        }
        Ok(())
    }
}

impl Load {
    /// Opens the chats of `tenant` with one agent, and lets everybody talk.
    pub async fn start(door: &impl Door, tenant: &str, chats: Chats) -> Self {
        let admin = Admin::sign_in(door, tenant).await;
        admin.setting("offer_seconds", 0).await;
        let channel = admin.channel_key().await;
        let agent = admin.agent("Ana", u16::try_from(chats.pairs).unwrap_or(u16::MAX), &[]).await;
        let (history, stop) = (History::default(), watch::Sender::new(false));
        let mut load = Self { admin, history, chats: Vec::new(), stop, talkers: Vec::new() };
        let desk = agent.online(Via::Socket).await;
        // Conversations are given to who is online; the agent's talkers take over from here.
        for n in 0..chats.pairs {
            let visitor = Visitor::enter(door, &channel, &format!("Visitor {n}")).await;
            let session = visitor.session(Via::Socket).await;
            let chat = Visitor::open(&session, "through thick and thin").await;
            session.entry(&chat, "assigned").await;
            let via = if n < chats.by_rest { Via::Rest } else { Via::Socket };
            load.talk(Talker::new(&visitor.rest, via, Reader::Visitor, &chat, &load.history));
            load.talk(Talker::new(&agent.rest, Via::Socket, Reader::Agent, &chat, &load.history));
            load.chats.push(chat);
        }
        drop(desk);
        load
    }

    fn talk(&mut self, talker: Talker) {
        self.talkers.push(tokio::spawn(talker.talk(self.stop.subscribe())));
    }

    /// Waits for so many more receipts; how long they took.
    pub async fn more(&self, receipts: usize) -> Duration {
        let began = Instant::now();
        let enough = self.history.acknowledged() + receipts;
        eventually("the load goes on", async || (self.history.acknowledged() >= enough).then_some(())).await;
        began.elapsed()
    }

    /// Waits until everybody talks again after what happened at the mark.
    pub async fn recovered(&self, mark: &Mark) -> Recovery {
        eventually("everybody talks again", async || self.history.recovery(mark)).await
    }

    /// Whether full text finds this entry by its content. An index that is away finds nothing.
    pub async fn finds(&self, (conversation, seq, content): &(String, u64, String)) -> bool {
        let path = format!("/v1/search?limit=200&q={}", content.replace(' ', "+"));
        let Ok(found) = self.admin.rest.attempt(reqwest::Method::GET, &path, None, &[]).await else { return false };
        let items = found.body["items"].as_array().cloned().unwrap_or_default();
        items.iter().any(|item| item["conversation"] == **conversation && item["seq"] == *seq)
    }

    /// Ends the talk, reads the logs and holds what was seen against them. Fails the test on any violation.
    pub async fn settle(self) -> Toll {
        self.stop.send_replace(true);
        let mut ready = Vec::new();
        for talker in self.talkers {
            ready.push(talker.await.unwrap());
        }
        let mut logs = Logs::new();
        for chat in self.chats {
            logs.insert(chat.clone(), log_of(&self.admin, &chat).await);
        }
        for talker in ready {
            talker.settle(&logs).await;
        }
        let violations = check(&self.history.events(), &logs);
        let first = &violations[..violations.len().min(5)];
        assert!(violations.is_empty(), "{} violations, the first: {first:#?}", violations.len());
        let entries = logs.values().map(Vec::len).sum();
        Toll { entries, receipts: self.history.acknowledged(), pauses: self.history.pauses() }
    }
}

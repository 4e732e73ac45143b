//! Notes what one session is shown.

use super::{Event, History, Reader, Seen};
use serde_json::Value;
use std::collections::BTreeMap;

pub struct Watcher {
    history: History,
    session: u64,
    reader: Reader,
    /// What the client said it has.
    points: BTreeMap<String, u64>,
}

impl Watcher {
    pub fn new(history: &History, reader: Reader, points: &[(String, u64)]) -> Self {
        let session = history.session();
        Self { history: history.clone(), session, reader, points: points.iter().cloned().collect() }
    }

    pub const fn session(&self) -> u64 {
        self.session
    }

    pub(crate) fn frame(&mut self, frame: &Value) {
        match frame["type"].as_str() {
            Some("welcome") => {
                for item in frame["conversations"].as_array().into_iter().flatten() {
                    self.follow(item["id"].as_str().unwrap_or_default(), item["recovered"] == true);
                }
            }
            Some("entry") => {
                let conversation = frame["conversation"].as_str().unwrap_or_default();
                if !self.points.contains_key(conversation) {
                    // A conversation that began for this reader after the welcome: followed from its first entry.
                    self.follow(conversation, true);
                }
                let entry = Seen::of(frame);
                self.history.note(Event::Shown { session: self.session, conversation: conversation.into(), entry });
            }
            _ => {}
        }
    }

    fn follow(&mut self, conversation: &str, recovered: bool) {
        let had = self.points.entry(conversation.into()).or_default();
        // The client forgets what it has of a conversation that was not recovered.
        let after = if recovered { *had } else { 0 };
        let (session, reader, conversation) = (self.session, self.reader, conversation.to_owned());
        self.history.note(Event::Followed { session, reader, conversation, after, recovered });
    }
}

impl Seen {
    /// From an `entry` frame or an item of a log.
    pub fn of(entry: &Value) -> Self {
        let body = &entry["body"];
        Self {
            seq: entry["seq"].as_u64().unwrap_or_default(),
            prev: entry["prev"].as_u64().unwrap_or_default(),
            id: entry["id"].as_str().map(str::to_owned),
            for_agents: entry["audience"] == "agents",
            content: body["text"].as_str().or(body["kind"].as_str()).unwrap_or_default().to_owned(),
        }
    }
}

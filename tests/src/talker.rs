//! One side of a chat that never gives up: it says one text after the other and repeats each until it is answered.

use crate::{
    Admin, DEADLINE, Failure, Rest, Session, Via,
    history::{Event, History, Logs, Reader, Seen, Watcher},
    id,
};
use rand::Rng;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use tokio::{sync::watch, time::timeout};

const TRY_AGAIN: Duration = Duration::from_millis(40);
/// A node that says nothing for so long is given up, as the widget does.
const PATIENCE: Duration = Duration::from_secs(6);
/// Refusals that say: later.
const LATER: [&str; 3] = ["unavailable", "rate_limited", "internal"];

pub struct Talker {
    rest: Rest,
    via: Via,
    reader: Reader,
    sender: String,
    conversation: String,
    history: History,
    /// The last entry that this client has of each conversation it follows.
    have: BTreeMap<String, u64>,
    epoch: Option<u64>,
}

/// A talker that has said all it wanted, with its last session.
pub struct Ready {
    talker: Talker,
    session: Session,
    number: u64,
}

impl Talker {
    pub fn new(rest: &Rest, via: Via, reader: Reader, conversation: &str, history: &History) -> Self {
        let (rest, history, conversation) = (rest.clone(), history.clone(), conversation.to_owned());
        Self {
            rest,
            via,
            reader,
            sender: id(),
            history,
            have: BTreeMap::from([(conversation.clone(), 0)]),
            conversation,
            epoch: None,
        }
    }

    /// Talks until told to stop; what was begun is finished.
    pub async fn talk(mut self, stop: watch::Receiver<bool>) -> Ready {
        let (mut session, mut number) = self.connect().await;
        let mut said = 0_u32;
        while !*stop.borrow() {
            let (command, body, note) = self.next(said);
            said += 1;
            let fields = json!({"conversation": self.conversation, "audience": note, "body": body});
            let mut repeat = rand::rng().random_ratio(1, 8);
            loop {
                let answer = timeout(PATIENCE, session.command_as(&command, "send", fields.clone())).await;
                match answer.unwrap_or(Err(Failure::Lost)) {
                    Ok(receipt) => {
                        let seq = receipt["seq"].as_u64().unwrap_or_default();
                        self.history.note(Event::Acknowledged { command: command.clone(), seq });
                        // Now and then the receipt gets lost on its way, as far as this client knows.
                        if !std::mem::take(&mut repeat) {
                            break;
                        }
                    }
                    Err(Failure::Lost) => (session, number) = self.reconnect(&session).await,
                    Err(error) if LATER.contains(&error.code()) => {
                        self.history.pause(error.code());
                        // waits: the node asks for a pause
                        tokio::time::sleep(TRY_AGAIN).await;
                    }
                    Err(Failure::Refused(_)) => {
                        self.history.note(Event::Refused { command: command.clone() });
                        break;
                    }
                }
            }
        }
        Ready { talker: self, session, number }
    }

    /// A text that no other is like; every fourth of an agent is a note.
    fn next(&self, said: u32) -> (String, Value, &'static str) {
        let command = id();
        let content = format!("text {said} of {}", self.sender);
        let event = Event::Invoked {
            command: command.clone(),
            sender: self.sender.clone(),
            conversation: self.conversation.clone(),
            content: content.clone(),
        };
        self.history.note(event);
        let note = self.reader == Reader::Agent && said % 4 == 3;
        (command, json!({"kind": "text", "text": content}), if note { "agents" } else { "all" })
    }

    async fn reconnect(&mut self, old: &Session) -> (Session, u64) {
        old.inbox.read(|r| {
            for entry in r.frames.iter().filter(|f| f["type"] == "entry") {
                if let (Some(conversation), Some(seq)) = (entry["conversation"].as_str(), entry["seq"].as_u64()) {
                    self.have.insert(conversation.into(), seq);
                }
            }
        });
        self.connect().await
    }

    async fn connect(&mut self) -> (Session, u64) {
        loop {
            let points: Vec<_> = self.have.clone().into_iter().collect();
            let watcher = Watcher::new(&self.history, self.reader, &points);
            let number = watcher.session();
            let resumed = Session::resume(&self.rest, self.via, &points, self.epoch, Some(watcher));
            match timeout(PATIENCE, resumed).await.unwrap_or_else(|_| Err("no welcome in time".into())) {
                Ok(session) => {
                    self.epoch = session.welcome["epoch"].as_u64();
                    let (sender, conversation) = (self.sender.clone(), self.conversation.clone());
                    self.history.note(Event::Connected { sender, conversation, session: number });
                    return (session, number);
                }
                Err(why) => {
                    self.history.pause(&format!("no session: {why}"));
                    // waits: nothing tells a client when a node that is down comes back
                    tokio::time::sleep(TRY_AGAIN).await;
                }
            }
        }
    }
}

impl Ready {
    /// Waits until the session was shown the end of the log, and notes that it has had the time.
    pub async fn settle(self, logs: &Logs) {
        let Talker { reader, conversation, history, .. } = &self.talker;
        let visible = |e: &&Seen| *reader == Reader::Agent || !e.for_agents;
        // An agent's session follows all chats, a visitor's its own.
        for (chat, log) in logs.iter().filter(|(chat, _)| *reader == Reader::Agent || *chat == conversation) {
            let last = log.iter().rev().find(visible).map_or(0, |e| e.seq);
            if self.session.welcome["conversations"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|c| c["id"] == **chat && self.talker.have.get(chat).is_some_and(|have| *have >= last))
            {
                continue;
            }
            let shown = |f: &Value| f["type"] == "entry" && f["conversation"] == **chat && f["seq"] == last;
            self.session.inbox.find(DEADLINE, |r| r.frames.iter().any(shown).then_some(())).await;
        }
        history.note(Event::Settled { session: self.number });
    }
}

/// The log as an agent reads it.
pub async fn log_of(admin: &Admin, conversation: &str) -> Vec<Seen> {
    admin.log(conversation).await.iter().map(Seen::of).collect()
}

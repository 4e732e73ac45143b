//! One live client over one of the two transports.

use crate::{
    Answer, Inbox, Rest,
    history::Watcher,
    id,
    inbox::Received,
    transport::{self, Outgoing},
};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::mpsc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// The socket port.
    Socket,
    /// The REST port's socket path.
    RestPortSocket,
    /// A REST session with long polls: no socket at all.
    Rest,
}

/// A session. Dropping it cuts the transport without a word, as a crash does.
pub struct Session {
    pub inbox: Arc<Inbox>,
    outgoing: mpsc::UnboundedSender<Outgoing>,
    pub welcome: Value,
}

impl Session {
    /// Opens a session with the client's token; fails the test when the node does not welcome it.
    pub async fn open(rest: &Rest, via: Via) -> Self {
        Self::resume(rest, via, &[], None, None).await.unwrap_or_else(|e| panic!("no session: {e}"))
    }

    /// Opens a session that has `points` (conversation, last seq) already; `Err` says why there is none.
    pub async fn resume(
        rest: &Rest,
        via: Via,
        points: &[(String, u64)],
        epoch: Option<u64>,
        watcher: Option<Watcher>,
    ) -> Result<Self, String> {
        let resume: Vec<_> = points.iter().map(|(c, after)| json!({"conversation": c, "after": after})).collect();
        let mut hello = json!({"type": "hello", "id": id(), "token": rest.token(), "resume": resume,
            "client": {"name": "weft-tests", "version": "1"}});
        if let Some(epoch) = epoch {
            hello["epoch"] = epoch.into();
        }
        let inbox = Inbox::new(watcher);
        let outgoing = match via {
            Via::Rest => transport::poll(rest, &hello, inbox.clone()).await?,
            Via::Socket => transport::socket(&rest.addresses().socket(), &hello, inbox.clone()).await?,
            Via::RestPortSocket => {
                let origin = rest.addresses().rest().replacen("http", "ws", 1);
                transport::socket(&origin, &hello, inbox.clone()).await?
            }
        };
        let welcome = inbox.find(crate::DEADLINE, |r| {
            let welcome = r.frames.iter().find(|f| f["type"] == "welcome").cloned().map(Ok);
            let refused = || r.frames.iter().find(|f| f["type"] == "error").map(|e| Err(e.to_string()));
            let closed = || r.closed.as_ref().map(|(code, reason)| Err(format!("closed with {code} {reason}")));
            welcome.or_else(refused).or_else(closed)
        });
        let welcome = welcome.await.unwrap_or_else(|| Err("no welcome in time".into()))?;
        Ok(Self { inbox, outgoing, welcome })
    }

    /// Sends a command with a new id and waits for its answer.
    pub async fn command(&self, kind: &str, fields: Value) -> Answer {
        self.command_as(&id(), kind, fields).await
    }

    pub async fn command_as(&self, id: &str, kind: &str, mut fields: Value) -> Answer {
        fields["type"] = kind.into();
        fields["id"] = id.into();
        self.put(fields.to_string());
        self.inbox.answer(id).await
    }

    /// Sends a frame as it is.
    pub fn put(&self, frame: String) {
        let _ = self.outgoing.send(Outgoing::Text(frame));
    }
    pub fn put_binary(&self, bytes: Vec<u8>) {
        let _ = self.outgoing.send(Outgoing::Binary(bytes));
    }
    /// Says goodbye as the transport does.
    pub fn close(&self) {
        let _ = self.outgoing.send(Outgoing::Close);
    }

    pub fn is_open(&self) -> bool {
        self.inbox.read(|r| r.closed.is_none())
    }

    /// The first frame of this type for which `fits` holds.
    pub async fn event(&self, kind: &str, fits: impl Fn(&Value) -> bool) -> Value {
        self.inbox.until(kind, |r| of_type(r, kind).find(|f| fits(f)).cloned()).await
    }

    /// The entry of a conversation with this text.
    pub async fn text(&self, conversation: &str, text: &str) -> Value {
        let fits = |f: &Value| f["conversation"] == conversation && f["body"]["text"] == text;
        self.inbox
            .until(&format!("an entry that reads {text:?}"), |r| of_type(r, "entry").find(|f| fits(f)).cloned())
            .await
    }

    /// The entry of a conversation of this kind.
    pub async fn entry(&self, conversation: &str, kind: &str) -> Value {
        self.event("entry", |f| f["conversation"] == conversation && f["body"]["kind"] == kind).await
    }

    /// Texts of a conversation as they came.
    pub fn texts(&self, conversation: &str) -> Vec<String> {
        self.inbox.read(|r| {
            let own = of_type(r, "entry").filter(|f| f["conversation"] == conversation);
            own.filter_map(|f| f["body"]["text"].as_str().map(str::to_owned)).collect()
        })
    }

    /// Sends a text; its receipt.
    pub async fn say(&self, conversation: &str, text: &str) -> Value {
        let fields = json!({"conversation": conversation, "body": {"kind": "text", "text": text}});
        self.command("send", fields).await.unwrap_or_else(|e| panic!("send: {e:?}"))
    }

    /// The close code and reason, once the node has closed.
    pub async fn closed(&self) -> (u16, String) {
        self.inbox.until("the node closes the session", |r| r.closed.clone()).await
    }
}

fn of_type<'a>(received: &'a Received, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    received.frames.iter().filter(move |f| f["type"] == kind)
}

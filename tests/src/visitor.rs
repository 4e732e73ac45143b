//! A visitor: has a token, opens sessions and conversations.

use crate::{Answer, Door, Rest, Session, Via};
use serde_json::{Value, json};

#[derive(Clone, Debug)]
pub struct Visitor {
    pub rest: Rest,
    pub id: String,
    pub name: String,
}

impl Visitor {
    /// Enters through a channel.
    pub async fn enter(door: &impl Door, channel_key: &str, name: &str) -> Self {
        let body = json!({"channel_key": channel_key, "name": name, "language": "en"});
        let entered = door.rest().post("/v1/visitors", &body).await.good();
        let text = |value: &Value| value.as_str().expect("visitors answers with texts").to_owned();
        let rest = door.rest().with_token(&text(&entered["token"]));
        Self { rest, id: text(&entered["visitor"]["id"]), name: name.to_owned() }
    }

    pub async fn session(&self, via: Via) -> Session {
        Session::open(&self.rest, via).await
    }

    /// Opens a conversation; its id.
    pub async fn open(session: &Session, subject: &str) -> String {
        let receipt = Self::try_open(session, json!({"subject": subject})).await;
        let receipt = receipt.unwrap_or_else(|e| panic!("open: {e:?}"));
        receipt["conversation"].as_str().expect("open answers a conversation").to_owned()
    }

    pub async fn try_open(session: &Session, fields: Value) -> Answer {
        session.command("open", fields).await
    }
}

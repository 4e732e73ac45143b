//! An agent: signs in, goes online, answers offers.

use crate::{Answer, Rest, Session, Via};
use serde_json::{Value, json};

/// The password of every agent of the tests and of the demo.
pub const PASSWORD: &str = "weft-demo";

#[derive(Clone, Debug)]
pub struct Agent {
    pub rest: Rest,
    pub id: String,
    pub name: String,
    pub refresh_token: String,
}

impl Agent {
    pub async fn sign_in(anybody: &Rest, tenant: &str, email: &str) -> Self {
        let body = json!({"tenant": tenant, "email": email, "password": PASSWORD});
        let signed_in = anybody.post("/v1/auth/login", &body).await.good();
        let rest = anybody.with_token(signed_in["access_token"].as_str().expect("an access token"));
        let me = rest.get("/v1/me").await.good();
        Self {
            rest,
            id: me["id"].as_str().expect("me has an id").to_owned(),
            name: me["name"].as_str().expect("me has a name").to_owned(),
            refresh_token: signed_in["refresh_token"].as_str().unwrap_or_default().to_owned(),
        }
    }

    /// A session, and online.
    pub async fn online(&self, via: Via) -> Session {
        let session = Session::open(&self.rest, via).await;
        Self::status(&session, "online").await.unwrap_or_else(|e| panic!("status: {e:?}"));
        session
    }

    pub async fn status(session: &Session, status: &str) -> Answer {
        session.command("status", json!({"status": status})).await
    }

    /// Waits for the offer of a conversation and accepts it.
    pub async fn accept(session: &Session, conversation: &str) {
        let offer = session.event("offer", |f| f["conversation"]["id"] == conversation).await;
        Self::answer(session, "accept", &offer).await.unwrap_or_else(|e| panic!("accept: {e:?}"));
    }

    /// `accept` or `decline`.
    pub async fn answer(session: &Session, kind: &str, offer: &Value) -> Answer {
        session.command(kind, json!({"offer": offer["offer"], "token": offer["token"]})).await
    }
}

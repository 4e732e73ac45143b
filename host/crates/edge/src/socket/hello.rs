//! The first frame: who is there, and what they have already.

use super::close::Close;
use crate::{
    edge::Edge,
    frame::{self, Answer, HelloFrame, Incoming},
};
use axum::extract::ws::{Message, WebSocket};
use model::{Code, CommandId, Refusal};
use session::{Session, Welcome};
use std::sync::Arc;
use tenancy::Authenticated;

/// A session that is open, with the token it was opened with.
pub(crate) struct Opened {
    pub session: Arc<Session>,
    pub who: Authenticated,
    pub token: Box<str>,
}

/// Reads the hello and opens the session. Sends the welcome, or the error and says why to close.
pub(crate) async fn hello(app: &Edge, socket: &mut WebSocket, origin: Option<&str>) -> Result<Opened, Close> {
    let within = app.parts.config.hello_within;
    let first = tokio::time::timeout(within, first_text(socket)).await.map_err(|_| Close::NoHello)??;
    let hello = match frame::decode(first.as_str()) {
        Ok(Incoming::Hello(hello)) => hello,
        Ok(_) => {
            let refusal = Refusal::new(Code::Unauthenticated, "the first frame is a hello");
            return Err(refuse(socket, None, &refusal).await);
        }
        Err(bad) => {
            say(socket, bad.id, &bad.refusal).await;
            return Err(Close::Policy("no hello".into()));
        }
    };
    let id = hello.id;
    match app.open_session(*hello, origin).await {
        Ok((opened, welcome)) => {
            let text = serde_json::to_string(&welcome).unwrap_or_default();
            socket.send(Message::Text(text.into())).await.map_err(|_| Close::Gone)?;
            Ok(opened)
        }
        Err(refusal) => Err(refuse(socket, id, &refusal).await),
    }
}

impl Edge {
    async fn open_session(&self, hello: HelloFrame, origin: Option<&str>) -> Result<(Opened, Welcome), Refusal> {
        let who = self.introduced(&hello, origin).await?;
        let tenant = self.parts.tenancy.tenant(who.caller.tenant).await?;
        let (session, mut welcome) = self.parts.sessions.open(who.caller.clone(), &hello.hello).await?;
        welcome.limits.open_conversations = tenant.settings.open_per_visitor;
        self.announce(&who.caller);
        Ok((Opened { session, who, token: hello.token.into() }, welcome))
    }
}

async fn first_text(socket: &mut WebSocket) -> Result<axum::extract::ws::Utf8Bytes, Close> {
    loop {
        match socket.recv().await {
            Some(Ok(Message::Text(text))) => return Ok(text),
            Some(Ok(Message::Binary(_))) => return Err(Close::Binary),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_))) => return Err(Close::Done),
            None => return Err(Close::Gone),
            Some(Err(error)) => return Err(Close::failed(error)),
        }
    }
}

async fn say(socket: &mut WebSocket, id: Option<CommandId>, refusal: &Refusal) {
    let text = Answer::Error { id, refusal }.frame();
    // A peer that is gone is noticed by what follows.
    let _gone = socket.send(Message::Text(text.into())).await;
}

async fn refuse(socket: &mut WebSocket, id: Option<CommandId>, refusal: &Refusal) -> Close {
    say(socket, id, refusal).await;
    Close::refused(refusal)
}

//! One task per socket: commands in, events out, one timer.

use super::{
    close::Close,
    hello::{self, Opened},
    strikes::Strikes,
};
use crate::{
    drain,
    edge::Edge,
    frame::{self, Answer, Incoming, done},
    live_tokens::Hold,
    pace::{Pace, Rate, too_fast},
};
use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use bytes::Bytes;
use delivery::Signal;
use futures_util::{FutureExt, SinkExt, future::BoxFuture};
use model::{Code, Refusal};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, sleep_until, timeout},
};
use tracing::Instrument;

/// The command that is being done: its answer, as a frame.
type Pending = Option<BoxFuture<'static, String>>;

struct Live<'a> {
    app: &'a Arc<Edge>,
    opened: Opened,
    access: Hold,
    commands: Pace,
    previews: Pace,
    strikes: Strikes,
    /// Something came since the last look.
    heard: bool,
}

/// Lives as long as the socket; answers why it ends.
pub(crate) async fn run(
    app: &Arc<Edge>,
    socket: &mut WebSocket,
    origin: Option<String>,
    place: OwnedSemaphorePermit,
) -> Close {
    // What is done once or rarely is boxed: the memory of an idle session is that of its waiting.
    let opened = tokio::select! {
        opened = Box::pin(hello::hello(app, socket, origin.as_deref())) => opened,
        () = app.draining.cancelled() => Err(Close::Draining),
    };
    drop((place, origin));
    let opened = match opened {
        Ok(opened) => opened,
        Err(close) => return close,
    };
    let session = opened.session.clone();
    let access = app.tokens.hold(&opened.who, &opened.token);
    let mut live = Live {
        app,
        opened,
        access,
        commands: Pace::default(),
        previews: Pace::default(),
        strikes: Strikes::default(),
        heard: true,
    };
    metrics::gauge!("weft_sockets").increment(1);
    let close = live.serve(socket).await;
    metrics::gauge!("weft_sockets").decrement(1);
    Box::pin(app.parts.sessions.close(&session)).await;
    close
}

impl Live<'_> {
    /// While a command is done nothing more is read: commands of one session keep their order, and events go on.
    async fn serve(&mut self, socket: &mut WebSocket) -> Close {
        let mut pending: Pending = None;
        let mut look_at = self.next_look();
        let session = self.opened.session.clone();
        loop {
            let step = tokio::select! {
                answer = async { match &mut pending { Some(p) => p.await, None => std::future::pending().await } } => {
                    pending = None;
                    self.write(socket, [text(answer)]).await
                }
                message = socket.recv(), if pending.is_none() => match self.read(message) {
                    Ok(Next::Nothing) => Ok(()),
                    Ok(Next::Answer(answer)) => self.write(socket, [text(answer)]).await,
                    Ok(Next::Do(command)) => {
                        pending = Some(command);
                        Ok(())
                    }
                    Err(close) => Err(close),
                },
                frames = session.next(self.app.parts.sessions.store()) => if frames.is_empty() {
                    Err(Close::Replaced)
                } else {
                    self.write(socket, frames.into_iter().filter_map(utf8)).await
                },
                () = sleep_until(look_at) => {
                    look_at = self.next_look();
                    Box::pin(self.look(socket)).await
                }
                () = self.access.ended() => Err(Close::BadToken("this sign-in has ended".into())),
                () = self.app.draining.cancelled() => Err(Close::Draining),
            };
            if let Err(close) = step {
                if close == Close::Draining {
                    Box::pin(self.leave(socket, pending)).await;
                }
                return close;
            }
        }
    }

    fn next_look(&self) -> Instant {
        let clock = &self.app.parts.clock;
        let left = self.opened.who.expires_at.map(|at| at.since(clock.now()));
        let heartbeat = self.app.parts.config.heartbeat;
        Instant::now() + left.map_or(heartbeat, |left| heartbeat.min(left.max(Duration::from_millis(1))))
    }

    /// The heartbeat: is the peer there, and is its token still good?
    async fn look(&mut self, socket: &mut WebSocket) -> Result<(), Close> {
        match self.app.parts.tenancy.authenticate(&self.opened.token).await {
            Ok(who) if who.caller.role == self.opened.who.caller.role => {}
            Ok(_) => return Err(Close::BadToken("the role has changed".into())),
            Err(refusal) if refusal.code == Code::Unauthenticated => return Err(Close::BadToken(refusal.message)),
            // The store is away: the token was good, and it still is by its signature.
            Err(_) => {}
        }
        if !std::mem::replace(&mut self.heard, false) {
            return Err(Close::Gone);
        }
        self.write(socket, [Message::Ping(Bytes::new())]).await
    }

    /// Goodbye; but what is being done is answered first.
    async fn leave(&self, socket: &mut WebSocket, pending: Pending) {
        if let Some(command) = pending {
            let answer = command.await;
            if self.write(socket, [text(answer)]).await.is_err() {
                return;
            }
        }
        // What was delivered meanwhile goes out too.
        if let Some(frames) = self.opened.session.next(self.app.parts.sessions.store()).now_or_never()
            && self.write(socket, frames.into_iter().filter_map(utf8)).await.is_err()
        {
            return;
        }
        let _gone = self.write(socket, [text(drain::goodbye())]).await;
    }

    /// Writes frames in one go. A peer that takes none for two heartbeats is gone.
    async fn write(&self, socket: &mut WebSocket, frames: impl IntoIterator<Item = Message>) -> Result<(), Close> {
        let writing = async {
            for frame in frames {
                socket.feed(frame).await?;
            }
            socket.flush().await
        };
        match timeout(self.app.parts.config.heartbeat * 2, writing).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Close::Gone),
        }
    }

    fn read(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<Next, Close> {
        self.heard = true;
        match message {
            Some(Ok(Message::Text(text))) => self.frame(&text),
            Some(Ok(Message::Binary(_))) => Err(Close::Binary),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(Next::Nothing),
            Some(Ok(Message::Close(_))) => Err(Close::Done),
            None => Err(Close::Gone),
            Some(Err(error)) => Err(Close::failed(error)),
        }
    }

    fn frame(&mut self, text: &Utf8Bytes) -> Result<Next, Close> {
        let config = &self.app.parts.config;
        let now = self.app.parts.clock.now();
        let decoded = frame::decode(text);
        let is_preview = matches!(&decoded, Ok(Incoming::Signal { signal: Signal::Preview { .. }, .. }));
        let pace = if is_preview {
            self.previews.take(Rate::new(config.previews_per_second, config.previews_per_second), now)
        } else {
            self.commands.take(Rate::new(config.commands_per_second, config.command_burst), now)
        };
        let (id, refusal) = match (pace, decoded) {
            (Ok(_), Ok(incoming)) => match self.app.start(&self.opened, incoming) {
                Ok(next) => return Ok(next),
                // The state of things, not a mistake.
                Err((id, refusal)) => return Ok(Next::Answer(Answer::Error { id, refusal: &refusal }.frame())),
            },
            (Ok(_), Err(bad)) => (bad.id, bad.refusal),
            (Err(seconds), decoded) => (id_of(&decoded), too_fast(seconds)),
        };
        if self.strikes.add(now) {
            let why = if refusal.code == Code::RateLimited { "too fast for too long" } else { "too many bad frames" };
            return Err(Close::Policy(why.into()));
        }
        Ok(Next::Answer(Answer::Error { id, refusal: &refusal }.frame()))
    }
}

/// What follows a frame.
pub(crate) enum Next {
    Nothing,
    Answer(String),
    Do(BoxFuture<'static, String>),
}

impl Edge {
    fn start(
        self: &Arc<Self>,
        opened: &Opened,
        incoming: Incoming,
    ) -> Result<Next, (Option<model::CommandId>, Refusal)> {
        match incoming {
            Incoming::Ping { id } => Ok(Next::Answer(Answer::Pong { id }.frame())),
            Incoming::Hello(hello) => {
                Err((hello.id, Refusal::new(Code::WrongState, "this socket has a session already")))
            }
            Incoming::Signal { id, signal } => {
                self.parts.delivery.signal(&opened.session, &signal).map_err(|refusal| (id, refusal))?;
                Ok(id.map_or(Next::Nothing, |id| Next::Answer(Answer::Receipt(&done(id)).frame())))
            }
            Incoming::Watch { id, on, watch } => {
                let (app, session) = (self.clone(), opened.session.clone());
                let span = tracing::info_span!("watch", request = %id, session = %session.id);
                let command = async move {
                    match app.watch(&session, id, on, watch).await {
                        Ok(receipt) => Answer::Receipt(&receipt).frame(),
                        Err(refusal) => Answer::Error { id: Some(id), refusal: &refusal }.frame(),
                    }
                };
                Ok(Next::Do(command.instrument(span).boxed()))
            }
            Incoming::Command { id, intent } => {
                let (app, session) = (self.clone(), opened.session.clone());
                let span = tracing::info_span!("command", request = %id, session = %session.id);
                let command = async move {
                    match app.execute(&session.caller, id, *intent).await {
                        Ok(receipt) => Answer::Receipt(&receipt).frame(),
                        Err(refusal) => Answer::Error { id: Some(id), refusal: &refusal }.frame(),
                    }
                };
                Ok(Next::Do(command.instrument(span).boxed()))
            }
        }
    }
}

fn id_of(decoded: &Result<Incoming, frame::BadFrame>) -> Option<model::CommandId> {
    match decoded {
        Ok(Incoming::Command { id, .. } | Incoming::Watch { id, .. }) => Some(*id),
        Ok(Incoming::Signal { id, .. } | Incoming::Ping { id }) => *id,
        Ok(Incoming::Hello(hello)) => hello.id,
        Err(bad) => bad.id,
    }
}

fn text(frame: String) -> Message {
    Message::Text(frame.into())
}

/// The bytes of an event as a message, without copying them.
fn utf8(frame: Bytes) -> Option<Message> {
    Utf8Bytes::try_from(frame).ok().map(Message::Text)
}

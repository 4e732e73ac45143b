//! REST sessions, for networks that break sockets: the same commands and events, polled or streamed.

use crate::{
    edge::{App, Edge},
    extract::{Anybody, Auth, Path, Query, bearer, body, origin},
    frame::{self, Answer, HelloFrame, Incoming, done},
    live_tokens::Hold,
    problem::Problem,
    request::note_foreign_origin,
};
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use model::{Caller, Code, Participant, Refusal, SessionId, limits};
use serde::Deserialize;
use session::{Events, Opened};
use std::{convert::Infallible, time::Duration};
use tenancy::Authenticated;
use utoipa::IntoParams;

/// The longest wait of one poll.
const WAIT_MAX: u64 = 25;
/// A stream shows that it lives at least this often.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Poll {
    /// Cursor behind which to go on: the `cursor` of the welcome, `next` of the last page or the id of the last event. `0` for all.
    #[serde(default)]
    after: String,
    /// Seconds to wait for an event, at most 25.
    #[serde(default)]
    wait: u64,
}

/// Open a session: the body is a `hello`, the answer a `welcome` with the first `cursor`
#[utoipa::path(post, path = "/sessions", tag = "sessions", request_body = Object, security(()), responses((status = 201, body = Object)))]
pub(crate) async fn open(
    State(app): State<App>,
    _anybody: Anybody,
    headers: HeaderMap,
    request: Request,
) -> Result<(StatusCode, Json<Opened>), Problem> {
    let bytes = body(request, limits::FRAME_BYTES).await?;
    let hello: HelloFrame = crate::json::decode(&text(&bytes)?, limits::FRAME_BYTES)?;
    let who = app.introduced(&hello, origin(&headers)).await?;
    let tenant = app.parts.tenancy.tenant(who.caller.tenant).await?;
    let mut opened = app.rest_sessions.open(who.caller.clone(), &hello.hello).await?;
    opened.welcome.limits.open_conversations = tenant.settings.open_per_visitor;
    app.announce(&who.caller);
    Ok((StatusCode::CREATED, Json(opened)))
}

/// Events after a cursor: one page (long poll), or a stream with `Accept: text/event-stream`
#[utoipa::path(get, path = "/sessions/{id}/events", tag = "sessions", params(("id" = String, Path), Poll), responses((status = 200, body = Object)))]
pub(crate) async fn events(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<SessionId>,
    Query(poll): Query<Poll>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let access = app.tokens.hold(&auth.0, bearer(&headers)?);
    let value = |name| headers.get(name).and_then(|v: &header::HeaderValue| v.to_str().ok());
    if value(header::ACCEPT).is_some_and(|kinds| kinds.contains("text/event-stream")) {
        let after = value(header::HeaderName::from_static("last-event-id")).unwrap_or(&poll.after);
        // The first read says what is wrong, while an answer with a status can be given.
        let first = app.rest_sessions.events(auth.caller(), id, after, Duration::ZERO).await?;
        let events = streamed(Reading { app, who: auth.0, access, id }, first);
        return Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response());
    }
    let wait = Duration::from_secs(poll.wait.min(WAIT_MAX));
    tokio::select! {
        found = app.rest_sessions.events(auth.caller(), id, &poll.after, wait) => {
            let found = found?;
            Ok(page(&found.frames, &found.next()))
        }
        () = app.draining.cancelled() => {
            // As it came, or the beginning: what is not told apart from text in JSON is no cursor.
            let same = poll.after.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
            Ok(page(&[], if same { &poll.after } else { "" }))
        }
        () = access.ended() => Err(Refusal::new(Code::Unauthenticated, "the token has ended").into()),
    }
}

/// One command (or `typing`, `preview`, `ping`) of the session
#[utoipa::path(post, path = "/sessions/{id}/commands", tag = "sessions", params(("id" = String, Path)), request_body = Object,
    responses((status = 200, body = Object)))]
pub(crate) async fn command(
    State(app): State<App>,
    auth: Auth,
    Path(session): Path<SessionId>,
    request: Request,
) -> Result<Response, Problem> {
    let bytes = body(request, limits::FRAME_BYTES).await?;
    let incoming = frame::decode(&text(&bytes)?).map_err(|bad| bad.refusal)?;
    if !matches!(incoming, Incoming::Signal { .. }) {
        app.rest_sessions.check(auth.caller(), session).await?;
    }
    let answer = match incoming {
        Incoming::Hello(_) => return Err(Refusal::wrong_state("this is a session already").into()),
        Incoming::Ping { id } => Answer::Pong { id }.frame(),
        Incoming::Signal { id, signal } => {
            let session = app.rest_sessions.session(auth.caller(), session).await?;
            app.parts.delivery.signal(&session, &signal)?;
            match id {
                Some(id) => Answer::Receipt(&done(id)).frame(),
                None => return Ok(StatusCode::NO_CONTENT.into_response()),
            }
        }
        Incoming::Watch { id, on, watch } => {
            let session = app.rest_sessions.session(auth.caller(), session).await?;
            Answer::Receipt(&app.watch(&session, id, on, watch).await?).frame()
        }
        Incoming::Command { id, intent } => Answer::Receipt(&app.execute(auth.caller(), id, *intent).await?).frame(),
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], answer).into_response())
}

/// End the session
#[utoipa::path(delete, path = "/sessions/{id}", tag = "sessions", params(("id" = String, Path)), responses((status = 204)))]
pub(crate) async fn close(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<SessionId>,
) -> Result<StatusCode, Problem> {
    app.rest_sessions.close(auth.caller(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Edge {
    /// Who says this hello; a session that it takes the place of is ended.
    pub(crate) async fn introduced(&self, hello: &HelloFrame, origin: Option<&str>) -> Result<Authenticated, Refusal> {
        let who = self.parts.tenancy.authenticate(&hello.token).await?;
        self.parts.tenancy.check_origin(&who, origin).await.inspect_err(|_| note_foreign_origin())?;
        if let Some(old) = hello.session.and_then(|id| self.parts.sessions.hub().session(id))
            && old.tenant() == who.caller.tenant
            && old.participant() == who.caller.participant
        {
            old.end();
        }
        Ok(who)
    }

    /// An agent is here now: somebody may be waiting for them.
    pub(crate) fn announce(&self, caller: &Caller) {
        if let Participant::Agent(agent) = caller.participant {
            self.parts.conversations.agent_connected(caller.tenant, agent);
        }
    }
}

fn text(bytes: &[u8]) -> Result<String, Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|_| Refusal::new(Code::BadFrame, "not UTF-8"))?;
    Ok(text.to_owned())
}

/// `{"items":[…],"next":"CURSOR"}`, with the frames as they are. A cursor is base64url: it needs no escaping.
fn page(frames: &[Bytes], next: &str) -> Response {
    let mut body = Vec::with_capacity(frames.iter().map(|frame| frame.len() + 1).sum::<usize>() + next.len() + 32);
    body.extend_from_slice(b"{\"items\":[");
    for (n, frame) in frames.iter().enumerate() {
        if n > 0 {
            body.push(b',');
        }
        body.extend_from_slice(frame);
    }
    body.extend_from_slice(format!("],\"next\":\"{next}\"}}").as_bytes());
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// Who reads a stream.
struct Reading {
    app: App,
    who: Authenticated,
    access: Hold,
    id: SessionId,
}

impl Reading {
    /// The events behind `after`; `None` when the stream ends.
    async fn next(&self, after: &str) -> Option<Events> {
        if self.who.expires_at.is_some_and(|at| at <= self.app.parts.clock.now()) {
            return None;
        }
        let wait = Duration::from_secs(WAIT_MAX);
        tokio::select! {
            found = self.app.rest_sessions.events(&self.who.caller, self.id, after, wait) => found.ok(),
            () = self.app.draining.cancelled() => None,
            () = self.access.ended() => None,
        }
    }
}

/// Events until the session or its token ends; each with its cursor as id.
fn streamed(reading: Reading, first: Events) -> impl Stream<Item = Result<Event, Infallible>> {
    let after = first.next();
    let rest = stream::unfold((reading, after), |(reading, after)| async move {
        let events = reading.next(&after).await?;
        let next = events.next();
        Some((events, (reading, next)))
    });
    let all = stream::once(std::future::ready(first)).chain(rest);
    all.flat_map(|events| stream::iter(events.each().map(|(cursor, frame)| Ok(event(cursor, &frame)))))
}

fn event(cursor: String, frame: &[u8]) -> Event {
    Event::default().id(cursor).data(String::from_utf8_lossy(frame))
}

//! `GET /v1/socket`: the upgrade. What follows is in `run`.

mod close;
mod hello;
mod run;
mod strikes;

use crate::{edge::App, extract::origin, problem::Problem, serve::Place};
use axum::{
    Extension, Router,
    extract::{State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing,
};
use close::Close;
use model::{Code, Refusal, limits};

pub(crate) const SUBPROTOCOL: &str = "weft.v1";
/// What is read at once: held by every idle socket, so it fits most frames and no more. It grows with a frame that is greater.
const READ_BYTES: usize = 2 * 1024;
/// What is collected before it is written.
const WRITE_BYTES: usize = 4 * 1024;
/// What a slow reader may leave unwritten: one full mailbox and a frame.
const UNWRITTEN_BYTES: usize = 2 * limits::MAILBOX_BYTES;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/v1/socket", routing::any(upgrade))
}

async fn upgrade(
    State(app): State<App>,
    headers: HeaderMap,
    connection: Option<Extension<Place>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => {
            return Problem::from(Refusal::new(Code::BadFrame, rejection.body_text())).into_response();
        }
    };
    if app.draining.is_cancelled() {
        return Problem::from(Refusal::new(Code::Unavailable, "this node is going away").retry_after(1))
            .into_response();
    }
    let origin = origin(&headers).map(str::to_owned);
    let place = app.silent.clone().try_acquire_owned().ok();
    let live = app.sockets.token();
    upgrade
        .protocols([SUBPROTOCOL])
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(WRITE_BYTES)
        .max_write_buffer_size(UNWRITTEN_BYTES)
        .max_message_size(limits::FRAME_BYTES)
        .max_frame_size(limits::FRAME_BYTES)
        .on_upgrade(async move |mut socket| {
            let close = match place {
                Some(place) => run::run(&app, &mut socket, origin, place).await,
                None => Close::Overloaded,
            };
            Box::pin(close.send(&mut socket)).await;
            drop((live, connection));
        })
}

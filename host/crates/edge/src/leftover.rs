//! What a request still sends when its answer is ready: read for a while and thrown away. A client that is still writing would
//! otherwise be cut off before it reads that it was refused.

use axum::body::{Body, BodyDataStream, HttpBody};
use bytes::Bytes;
use futures_util::StreamExt;
use hyper::body::{Frame, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

/// How much is thrown away, and for how long.
const DISCARDED: usize = 16 * 1024 * 1024;
const DISCARD_FOR: Duration = Duration::from_secs(5);

/// A request's body; dropped before its end, the rest is discarded beside the answer.
pub(crate) struct Whole {
    rest: Option<Body>,
}

impl Whole {
    pub const fn new(body: Body) -> Self {
        Self { rest: Some(body) }
    }
}

impl HttpBody for Whole {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = self.rest.as_mut() else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(body).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) {
            self.rest = None;
        }
        Poll::Ready(frame)
    }
    fn is_end_stream(&self) -> bool {
        self.rest.as_ref().is_none_or(HttpBody::is_end_stream)
    }
    fn size_hint(&self) -> SizeHint {
        self.rest.as_ref().map(HttpBody::size_hint).unwrap_or_default()
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        if let Some(rest) = self.rest.take().filter(|rest| !rest.is_end_stream())
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            // Ends by itself, with its connection or after `DISCARD_FOR`; holds one piece at a time.
            runtime.spawn(tokio::time::timeout(DISCARD_FOR, discard(rest.into_data_stream())));
        }
    }
}

async fn discard(mut pieces: BodyDataStream) {
    let mut left = DISCARDED;
    while let Some(Ok(piece)) = pieces.next().await {
        left = left.saturating_sub(piece.len());
        if left == 0 {
            break;
        }
    }
}

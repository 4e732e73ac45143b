//! Why a socket ends, in the close codes of PROTOCOL.md §2.

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use model::{Code, Refusal};
use std::{borrow::Cow, time::Duration};
use tokio_tungstenite::tungstenite::{Error as WsError, error::CapacityError};

/// How long a peer may take with its part of the closing handshake.
const CLOSING: Duration = Duration::from_secs(2);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Close {
    /// The peer is not there any more: nothing is sent.
    Gone,
    /// The peer closes: its frame is answered.
    Done,
    Draining,
    Protocol,
    Binary,
    NotText,
    TooLarge,
    Policy(Cow<'static, str>),
    Overloaded,
    BadToken(Cow<'static, str>),
    NoHello,
    Replaced,
}

impl Close {
    /// A session that was refused at its hello.
    pub fn refused(refusal: &Refusal) -> Self {
        match refusal.code {
            Code::Unauthenticated => Self::BadToken(refusal.message.clone()),
            Code::Unavailable | Code::Internal => Self::Overloaded,
            _ => Self::Policy(refusal.message.clone()),
        }
    }

    /// What a failed read says of the peer.
    pub fn failed(error: axum::Error) -> Self {
        match error.into_inner().downcast_ref::<WsError>() {
            Some(WsError::Capacity(CapacityError::MessageTooLong { .. })) => Self::TooLarge,
            Some(WsError::Utf8(_)) => Self::NotText,
            Some(WsError::Protocol(
                tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
            )) => Self::Gone,
            Some(WsError::Protocol(_)) => Self::Protocol,
            _ => Self::Gone,
        }
    }

    fn frame(&self) -> Option<(u16, Cow<'static, str>)> {
        Some(match self {
            Self::Gone | Self::Done => return None,
            Self::Draining => (1001, "draining".into()),
            Self::Protocol => (1002, "protocol".into()),
            Self::Binary => (1003, "text frames only".into()),
            Self::NotText => (1007, "not UTF-8".into()),
            Self::TooLarge => (1009, "frame too large".into()),
            Self::Policy(why) => (1008, why.clone()),
            Self::Overloaded => (1013, "try again later".into()),
            Self::BadToken(why) => (4401, why.clone()),
            Self::NoHello => (4408, "no hello in time".into()),
            Self::Replaced => (4409, "replaced by another socket".into()),
        })
    }

    /// Does this side's part of the closing handshake, and waits a moment for the peer's.
    pub async fn send(&self, socket: &mut WebSocket) {
        if *self == Self::Gone {
            return;
        }
        let frame = self.frame().map(|(code, reason)| CloseFrame { code, reason: reason.as_ref().into() });
        let handshake = async {
            if let Some(frame) = frame
                && socket.send(Message::Close(Some(frame))).await.is_err()
            {
                return;
            }
            while let Some(Ok(_)) = socket.recv().await {}
        };
        // A peer that does not answer is cut off when the socket is dropped.
        let _late = tokio::time::timeout(CLOSING, handshake).await;
    }
}

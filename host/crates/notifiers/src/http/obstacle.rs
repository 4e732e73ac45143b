use super::Unfit;
use model::notification::Fault;
use ports::Failure;
use std::{io, time::Duration};

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub enum Obstacle {
    #[error("the address {0}")]
    Forbidden(#[from] Unfit),
    #[error("the name is not known")]
    Name(#[source] io::Error),
    #[error("the name leads to no address")]
    NoAddress,
    #[error("no connection: {}", .0.kind())]
    Connect(#[source] io::Error),
    #[error("no certificate can carry this name")]
    Certificate(#[from] rustls::pki_types::InvalidDnsNameError),
    #[error("no TLS: {0}")]
    Tls(#[source] io::Error),
    #[error("the connection broke before there was an answer")]
    Broken(#[source] hyper::Error),
    #[error("the answer is not HTTP, or its head is too big")]
    Unintelligible(#[source] hyper::Error),
    #[error("the request cannot be made")]
    Request(#[from] http::Error),
    #[error("no connection within {0:?}")]
    NoConnection(Duration),
    #[error("no answer within {0:?}")]
    Silent(Duration),
    #[error("the body is bigger than {0} bytes")]
    TooBig(usize),
}

impl Obstacle {
    const fn fault(&self) -> Fault {
        match self {
            // Our own refusals: to try again changes nothing, but a person can.
            Self::Forbidden(_) | Self::Request(_) | Self::TooBig(_) => Fault::Refused,
            Self::Name(_)
            | Self::NoAddress
            | Self::Connect(_)
            | Self::Certificate(_)
            | Self::Tls(_)
            | Self::Broken(_) => Fault::Unreachable,
            Self::Unintelligible(_) => Fault::Failed,
            Self::NoConnection(_) | Self::Silent(_) => Fault::TimedOut,
        }
    }

    pub(super) fn into_failure(self, took_ms: u32) -> Failure {
        Failure {
            fault: self.fault(),
            status: 0,
            took_ms,
            retry_after_ms: None,
            answer: Vec::new(),
            message: self.to_string(),
        }
    }
}

impl From<hyper::Error> for Obstacle {
    fn from(error: hyper::Error) -> Self {
        if error.is_parse() { Self::Unintelligible(error) } else { Self::Broken(error) }
    }
}

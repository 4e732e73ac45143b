//! A connection that is kept: its supervisor, and what the others see of it.

use crate::{
    address::Destination,
    config::Backoff,
    connect::{ConnectError, Opened, connect},
    shared::Shared,
};
use fe2o3_amqp::{
    Receiver, Sender,
    link::{CreditMode, ReceiverAttachError, SenderAttachError},
    session::SessionHandle,
};
use fe2o3_amqp_types::{
    definitions::SenderSettleMode,
    messaging::{Source, Target},
    primitives::Symbol,
};
use std::{
    error::Error,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::{
    sync::{Mutex, watch},
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// How long links may take to say what is settled, and a connection to close.
pub(crate) const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// The connection of the moment, if there is one.
pub(crate) type Connection = watch::Receiver<Option<Live>>;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Sending,
    Consuming,
}

/// A connection that is up.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    session: Arc<Mutex<SessionHandle<()>>>,
    /// Set when it is over, by either side.
    pub ended: CancellationToken,
    /// Ends it: its session is of no use any more.
    give_up: CancellationToken,
}

/// Why a link was not attached.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AttachError {
    #[error("the broker refuses to be sent to")]
    Sender(#[from] SenderAttachError),
    #[error("the broker refuses to be consumed from")]
    Receiver(#[from] ReceiverAttachError),
    #[error("the broker did not attach the link within {0:?}")]
    Silent(Duration),
    #[error("the connection ended")]
    Ended,
}

impl Live {
    pub async fn sender(&self, shared: &Shared, to: Destination) -> Result<Sender, AttachError> {
        let target = Target::builder().address(to.name()).capabilities(vec![Symbol::from(to.capability())]).build();
        self.sender_to(shared, target).await
    }

    pub async fn sender_to(&self, shared: &Shared, target: Target) -> Result<Sender, AttachError> {
        let builder =
            Sender::builder().name(shared.link_name()).sender_settle_mode(SenderSettleMode::Unsettled).target(target);
        self.bounded(shared, async |session| Ok(Box::pin(builder.attach(session)).await?)).await
    }

    /// Without credit. `settled`: what is received is not settled one by one, and lost when the connection is.
    pub async fn receiver(&self, shared: &Shared, from: Destination, settled: bool) -> Result<Receiver, AttachError> {
        let source = Source::builder().address(from.name()).capabilities(vec![Symbol::from(from.capability())]).build();
        self.receiver_of(shared, source, settled).await
    }

    pub async fn receiver_of(&self, shared: &Shared, source: Source, settled: bool) -> Result<Receiver, AttachError> {
        let mode = if settled { SenderSettleMode::Settled } else { SenderSettleMode::Unsettled };
        let builder = Receiver::builder()
            .name(shared.link_name())
            .source(source)
            .sender_settle_mode(mode)
            .credit_mode(CreditMode::Manual);
        self.bounded(shared, async |session| Ok(Box::pin(builder.attach(session)).await?)).await
    }

    /// A link takes a moment of the session. One that is not answered, or on a session that is over, is the end of the connection.
    async fn bounded<L>(
        &self,
        shared: &Shared,
        attach: impl AsyncFnOnce(&mut SessionHandle<()>) -> Result<L, AttachError>,
    ) -> Result<L, AttachError> {
        let within = shared.config.answer_within;
        let attempt = async {
            let mut session = self.session.lock().await;
            let link = attach(&mut session).await;
            if session.is_ended() {
                self.give_up.cancel();
            }
            link
        };
        tokio::select! {
            () = self.ended.cancelled() => Err(AttachError::Ended),
            link = timeout(within, Box::pin(attempt)) => link.unwrap_or_else(|_| {
                self.give_up.cancel();
                Err(AttachError::Silent(within))
            }),
        }
    }
}

/// The connection, once there is one; none when the adapter is closed.
pub(crate) async fn up(connection: &mut Connection, shared: &Shared) -> Option<Live> {
    shared.unless_stopped(connection.wait_for(Option::is_some)).await?.ok().and_then(|live| live.clone())
}

/// Keeps one connection up until `shared.stop`, whatever the broker does.
pub(crate) async fn keep(role: Role, shared: Arc<Shared>, to: watch::Sender<Option<Live>>) {
    let mut backoff = Backoff::new(shared.config.reconnect);
    let mut first = true;
    loop {
        let Some(reached) = shared.unless_stopped(Box::pin(any(role, &shared))).await else { return };
        if let Some(opened) = reached {
            if !first {
                shared.counts.reconnects.add(1);
            }
            first = false;
            let since = Instant::now();
            hold(role, &shared, &to, opened).await;
            // One that falls at once is no reason to try faster.
            if since.elapsed() > shared.config.reconnect.most {
                backoff.reset();
            }
        }
        if shared.unless_stopped(sleep(backoff.pause())).await.is_none() {
            return;
        }
    }
}

/// The first broker of the list that answers.
async fn any(role: Role, shared: &Shared) -> Option<Opened> {
    for (index, url) in shared.config.urls.iter().enumerate() {
        match connect(url, &format!("{}-{role:?}", shared.config.node), &shared.config).await {
            Ok(opened) => {
                tracing::info!(%url, ?role, "connected to the broker");
                shared.counts.url.store(index, Ordering::Relaxed);
                return Some(opened);
            }
            Err(error) => not_reached(url, role, &error),
        }
    }
    None
}

fn not_reached(url: &crate::BrokerUrl, role: Role, error: &ConnectError) {
    let cause = error.source();
    tracing::warn!(%url, ?role, %error, cause, "the broker is not reached; it is tried again");
}

/// Shows the connection to the others for as long as it lives.
async fn hold(role: Role, shared: &Shared, to: &watch::Sender<Option<Live>>, (mut connection, session): Opened) {
    let live = Live {
        session: Arc::new(Mutex::new(session)),
        ended: CancellationToken::new(),
        give_up: CancellationToken::new(),
    };
    shared.counts.good.store(true, Ordering::Relaxed);
    to.send_replace(Some(live.clone()));
    let ended = tokio::select! {
        ended = connection.on_close() => Some(ended),
        () = live.give_up.cancelled() => None,
        () = shared.stop.cancelled() => None,
    };
    if ended.is_none() && shared.stop.is_cancelled() {
        let _ = timeout(CLOSE_WITHIN, shared.tasks.wait()).await;
    }
    to.send_replace(None);
    live.ended.cancel();
    if shared.stop.is_cancelled() {
        // The broker hands out again what is yet held.
        let _ = timeout(CLOSE_WITHIN, connection.close()).await;
        return;
    }
    match ended {
        Some(Err(error)) => tracing::warn!(?role, error = &error as &dyn Error, "the connection to the broker is lost"),
        Some(Ok(())) => tracing::warn!(?role, "the broker closed the connection"),
        None => tracing::warn!(?role, "the broker's session is over; the connection is given up"),
    }
}

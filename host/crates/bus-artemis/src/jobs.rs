//! Consumers of shared work: each holds a bounded number of unsettled jobs, and there are more of them while all are full.

use crate::{
    address::Destination,
    config::Backoff,
    connection::{AttachError, CLOSE_WITHIN, Connection, Live, up},
    message,
    shared::Shared,
};
use fe2o3_amqp::{
    Receiver,
    link::{DispositionError, RecvError, delivery::DeliveryInfo},
};
use fe2o3_amqp_types::{
    messaging::{Body, Modified},
    primitives::Value,
};
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use ports::{Settled, Taken};
use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{interval, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// How often it is looked whether more or fewer consumers are needed.
const LOOK: Duration = Duration::from_millis(500);
/// Looks in a row at which one consumer fewer would have done, before one is closed.
const SPARE_LOOKS: u32 = 20;

/// The consumers behind one `take`.
pub(crate) struct Jobs {
    pub from: Destination,
    pub shared: Arc<Shared>,
    pub connection: Connection,
    pub out: mpsc::Sender<Taken>,
    /// Jobs unsettled at all of them.
    pub held: AtomicUsize,
    /// Set when the taker is gone or the adapter closed: what is settled is said, and what is held handed out again by the broker.
    pub ended: CancellationToken,
}

type Settling = FuturesUnordered<BoxFuture<'static, (DeliveryInfo, u32, Option<Settled>)>>;

#[derive(Debug, thiserror::Error)]
enum ConsumeError {
    #[error("nothing can be received")]
    Receive(#[from] RecvError),
    #[error("a job could not be settled, or no credit given")]
    Settle(#[from] DispositionError),
}

/// Runs the consumers until the taker is gone or the adapter is closed.
pub(crate) async fn run(jobs: Jobs) {
    let jobs = Arc::new(jobs);
    let listener = jobs.shared.config.listener;
    let ended = jobs.ended.clone();
    let mut retire: Vec<CancellationToken> = Vec::new();
    let mut spare = 0;
    let mut looks = interval(LOOK);
    loop {
        let wanted = wanted(retire.len(), jobs.held.load(Ordering::Relaxed), &listener, &mut spare);
        while retire.len() < wanted {
            let token = ended.child_token();
            retire.push(token.clone());
            let (jobs, tasks) = (Arc::clone(&jobs), &jobs.shared.tasks);
            tasks.spawn(async move { jobs.consume(&token).await });
        }
        for token in retire.drain(wanted..) {
            token.cancel();
        }
        tokio::select! {
            () = ended.cancelled() => return,
            () = jobs.out.closed() => break,
            // waits: whether they are all full is seen over time.
            _ = looks.tick() => {}
        }
    }
    ended.cancel();
}

/// How many consumers there should be.
fn wanted(now: usize, held: usize, listener: &crate::Listener, spare: &mut u32) -> usize {
    let least = listener.concurrency.max(1);
    let credit = listener.credit.max(1) as usize;
    *spare = if now > least && held <= (now - 1) * credit / 2 { *spare + 1 } else { 0 };
    if now < least {
        least
    } else if held >= now * credit && now < listener.max_concurrency {
        now + 1
    } else if *spare >= SPARE_LOOKS {
        *spare = 0;
        now - 1
    } else {
        now
    }
}

impl Jobs {
    /// One consumer, over all connections, until it is retired and has nothing left.
    async fn consume(&self, retired: &CancellationToken) {
        let mut connection = self.connection.clone();
        let mut backoff = Backoff::new(self.shared.config.reconnect);
        while let Some(live) = up(&mut connection, &self.shared).await {
            let attached = self.ended.run_until_cancelled(live.receiver(&self.shared, self.from, false));
            let Some(attached) = attached.await else { return };
            match attached {
                Ok(receiver) => {
                    backoff.reset();
                    let attached = Gauge::up(&self.shared.counts.consumers, 1);
                    let ended = self.receive(&live, receiver, retired).await;
                    drop(attached);
                    if let Err(error) = ended {
                        let address = self.from.name();
                        tracing::warn!(address, error = &error as &dyn Error, "a consumer of jobs lost its link");
                    }
                }
                Err(AttachError::Ended) => {}
                Err(error) => {
                    let address = self.from.name();
                    tracing::warn!(address, error = &error as &dyn Error, "no consumer of jobs; it is tried again");
                }
            }
            // Also cancelled when it ended.
            if retired.is_cancelled() || self.ended.run_until_cancelled(sleep(backoff.pause())).await.is_none() {
                return;
            }
        }
    }

    async fn receive(
        &self,
        live: &Live,
        mut receiver: Receiver,
        retired: &CancellationToken,
    ) -> Result<(), ConsumeError> {
        let most = self.shared.config.listener.credit.max(1);
        let mut settling = Settling::new();
        // What the link is gone with is held by nobody.
        let mut held = Gauge::up(&self.held, 0);
        let mut held_by_node = Gauge::up(&self.shared.counts.held, 0);
        let mut credit = 0;
        loop {
            // All that is held and all that may come is the credit; it is given in halves, not one by one.
            let free = most - u32::try_from(settling.len()).unwrap_or(most).min(most);
            if retired.is_cancelled() {
                if settling.is_empty() {
                    return Ok(());
                }
            } else if credit < free && credit <= free / 2 {
                credit = free;
                receiver.set_credit(credit).await?;
            }
            tokio::select! {
                () = live.ended.cancelled() => return Ok(()),
                () = self.ended.cancelled() => return self.finish(receiver, settling).await,
                () = retired.cancelled(), if credit > 0 => {
                    credit = 0;
                    receiver.set_credit(0).await?;
                }
                Some((delivery, failed, how)) = settling.next() => {
                    held.add(-1);
                    held_by_node.add(-1);
                    // Dropped unsettled: again.
                    self.settle(&receiver, delivery, failed, how.unwrap_or(Settled::Again)).await?;
                }
                delivery = receiver.recv::<Body<Value>>() => {
                    let (delivery, message) = delivery?.into_parts();
                    credit = credit.saturating_sub(1);
                    held.add(1);
                    held_by_node.add(1);
                    let failed = message.header.map_or(0, |header| header.delivery_count);
                    self.hand_out(&mut settling, delivery, failed, message.body);
                }
            }
        }
    }

    fn hand_out(&self, settling: &mut Settling, delivery: DeliveryInfo, failed: u32, content: Body<Value>) {
        let Some(content) = message::body(content) else {
            tracing::warn!(address = self.from.name(), "a job of another make is put aside");
            settling.push(Box::pin(async move { (delivery, failed, Some(Settled::Dead)) }));
            return;
        };
        let (taken, settled) = Taken::new(content, failed);
        settling.push(Box::pin(async move { (delivery, failed, settled.await.ok()) }));
        // There is room for all that may be unsettled.
        let _ = self.out.try_send(taken);
    }

    /// Says what is settled already. The broker hands out again what is not.
    async fn finish(&self, receiver: Receiver, mut settling: Settling) -> Result<(), ConsumeError> {
        while let Some(Some((delivery, failed, how))) = settling.next().now_or_never() {
            if let Some(how) = how {
                self.settle(&receiver, delivery, failed, how).await?;
            }
        }
        // Answered when the broker has read all of it.
        let _ = timeout(CLOSE_WITHIN, receiver.close()).await;
        Ok(())
    }

    async fn settle(
        &self,
        receiver: &Receiver,
        delivery: DeliveryInfo,
        failed: u32,
        how: Settled,
    ) -> Result<(), DispositionError> {
        let counts = &self.shared.counts;
        match how {
            Settled::Done => {
                counts.done.add(1);
                receiver.accept(delivery).await
            }
            Settled::Again if failed + 1 < self.shared.config.listener.redelivery => {
                counts.again.add(1);
                let failed =
                    Modified { delivery_failed: Some(true), undeliverable_here: None, message_annotations: None };
                receiver.modify(delivery, failed).await
            }
            Settled::Again | Settled::Dead => {
                counts.dead.add(1);
                receiver.reject(delivery, None).await
            }
        }
    }
}

/// A share of a gauge that is given back when it is dropped.
struct Gauge<'a> {
    of: &'a AtomicUsize,
    share: usize,
}

impl<'a> Gauge<'a> {
    fn up(of: &'a AtomicUsize, share: usize) -> Self {
        of.fetch_add(share, Ordering::Relaxed);
        Self { of, share }
    }
    fn add(&mut self, more: isize) {
        self.share = self.share.saturating_add_signed(more);
        if more < 0 {
            self.of.fetch_sub(more.unsigned_abs(), Ordering::Relaxed);
        } else {
            self.of.fetch_add(more.unsigned_abs(), Ordering::Relaxed);
        }
    }
}

impl Drop for Gauge<'_> {
    fn drop(&mut self) {
        self.of.fetch_sub(self.share, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consumers_grow_while_all_are_full_and_shrink_when_they_were_idle_for_long() {
        let listener = crate::Listener { concurrency: 2, max_concurrency: 4, credit: 10, redelivery: 10 };
        let mut spare = 0;
        assert_eq!(wanted(0, 0, &listener, &mut spare), 2);
        assert_eq!(wanted(2, 19, &listener, &mut spare), 2);
        assert_eq!(wanted(2, 20, &listener, &mut spare), 3);
        assert_eq!(wanted(4, 40, &listener, &mut spare), 4, "the most");
        for _ in 1..SPARE_LOOKS {
            assert_eq!(wanted(4, 3, &listener, &mut spare), 4);
        }
        assert_eq!(wanted(4, 3, &listener, &mut spare), 3);
        assert_eq!(wanted(3, 20, &listener, &mut spare), 3);
        assert_eq!(spare, 0, "in a row");
    }
}

//! The only writer of the log: a group of writes in one transaction, with a fixed number of statements (C4).
//!
//! `load` locks and reads everything the group may need, `decide` runs the state machine in memory, `write` puts down what came of it.
//! Locks are taken in one order by everyone — tenants, visitors, conversations, agents, each by id — so that groups of
//! different nodes never deadlock.

mod decide;
mod load;
mod receipts;
mod write;

use crate::{
    SqlStore,
    db::{DbError, Fault},
};
use ports::{
    PortError,
    store::{CommitError, Write, Written},
};
use std::{sync::Arc, time::Duration};

/// Tries of one group before its senders are told `unavailable`.
const ATTEMPTS: u32 = 6;
/// Pause before the second try; doubles each time.
const PAUSE: Duration = Duration::from_millis(10);
/// A try that takes longer counts as lost.
const TRY_TIMEOUT: Duration = Duration::from_secs(15);

pub use load::{live, now};

type Outcome = Vec<Result<Written, CommitError>>;

pub async fn commit(store: &SqlStore, group: &[Write]) -> Outcome {
    if group.is_empty() {
        return Vec::new();
    }
    match attempt(store, group).await {
        Ok(outcome) => outcome,
        // One write that the database cannot take must not take the others with it.
        Err(Failure::Db(e)) if e.fault() == Fault::Permanent && group.len() > 1 => {
            tracing::error!(
                error = &e as &dyn std::error::Error,
                writes = group.len(),
                "a group failed: committing one by one"
            );
            let mut outcome = Vec::with_capacity(group.len());
            for write in group {
                let one = std::slice::from_ref(write);
                outcome.extend(attempt(store, one).await.unwrap_or_else(|e| failed(e, 1)));
            }
            outcome
        }
        Err(e) => failed(e, group.len()),
    }
}

/// Tries the group until it is committed or the failure will not go away. Trying again is safe even when the outcome of the last
/// try is unknown: people's commands are found by their ids, the host's own are refused on the newer state.
async fn attempt(store: &SqlStore, group: &[Write]) -> Result<Outcome, Failure> {
    let mut pause = PAUSE;
    for n in 1.. {
        let error = match tokio::time::timeout(TRY_TIMEOUT, once(store, group)).await {
            Ok(Ok(outcome)) => return Ok(outcome),
            Ok(Err(e)) if e.fault() == Fault::Permanent => return Err(Failure::Db(e)),
            Ok(Err(e)) => Failure::Db(e),
            Err(_) => Failure::Timeout,
        };
        if n >= ATTEMPTS {
            return Err(error);
        }
        metrics::counter!("weft_store_retries_total").increment(1);
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    Err(Failure::Timeout)
}

async fn once(store: &SqlStore, group: &[Write]) -> Result<Outcome, DbError> {
    let mut tx = store.db.begin().await?;
    let loaded = load::load(&mut tx, group, store.clock.as_ref()).await?;
    let (outcome, changes) = decide::decide_all(loaded, group);
    if changes.is_empty() {
        tx.rollback().await?;
    } else {
        write::write(&mut tx, &changes).await?;
        tx.commit().await?;
    }
    Ok(outcome)
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Db(DbError),
    #[error("no answer in {} s", TRY_TIMEOUT.as_secs())]
    Timeout,
}

/// The same failure for each write of the group.
fn failed(failure: Failure, writes: usize) -> Outcome {
    tracing::error!(error = &failure as &dyn std::error::Error, writes, "a group was not committed");
    let fault = match &failure {
        Failure::Db(e) => e.fault(),
        Failure::Timeout => Fault::Unknown,
    };
    let failure = Arc::new(failure);
    (0..writes)
        .map(|_| {
            let source = Arc::clone(&failure);
            Err(CommitError::Store(match fault {
                Fault::Transient | Fault::Duplicate => PortError::unavailable("the store", source),
                Fault::Unknown => PortError::unknown("the store", source),
                Fault::Permanent => PortError::failed("the store", source),
            }))
        })
        .collect()
}

//! Access that ends while it is used: sockets and streams of agents whose sign-in is ended, who are disabled, or whose role is
//! another now. A visitor's token only expires, and who holds it knows when.

use crate::edge::Edge;
use model::{Code, Participant, Role};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tenancy::Authenticated;
use tokio::{sync::Notify, time::timeout};
use tokio_util::sync::CancellationToken;

/// What happened on another node is noticed within this and the two seconds that an answer of the store is believed.
const LOOK_EVERY: Duration = Duration::from_secs(3);

#[derive(Clone)]
struct Holder {
    token: Arc<str>,
    role: Role,
    ended: CancellationToken,
}

/// The tokens that live sockets and streams of agents were opened with.
#[derive(Default)]
pub(crate) struct LiveTokens {
    holders: Mutex<HashMap<u64, Holder>>,
    next: AtomicU64,
    look: Notify,
}

/// A socket's or stream's hold on its token; given back when dropped.
pub(crate) struct Hold {
    of: Arc<LiveTokens>,
    held: Option<(u64, CancellationToken)>,
}

impl LiveTokens {
    pub fn hold(self: &Arc<Self>, who: &Authenticated, token: &str) -> Hold {
        let held = matches!(who.caller.participant, Participant::Agent(_)).then(|| {
            let ended = CancellationToken::new();
            let holder = Holder { token: token.into(), role: who.caller.role, ended: ended.clone() };
            let key = self.next.fetch_add(1, Ordering::Relaxed);
            self.holders.lock().insert(key, holder);
            (key, ended)
        });
        Hold { of: self.clone(), held }
    }

    /// Something has ended here: do not wait for the next look.
    pub fn look_now(&self) {
        self.look.notify_one();
    }
}

impl Hold {
    /// Waits for the end of access. Cancel-safe.
    pub async fn ended(&self) {
        match &self.held {
            Some((_, ended)) => ended.cancelled().await,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some((key, _)) = self.held {
            self.of.holders.lock().remove(&key);
        }
    }
}

impl Edge {
    pub(crate) async fn end_access(self: Arc<Self>) {
        loop {
            // Told or not: look.
            let _elapsed = timeout(LOOK_EVERY, self.tokens.look.notified()).await;
            let held: Vec<_> = self.tokens.holders.lock().values().cloned().collect();
            for holder in held {
                let ended = match self.parts.tenancy.authenticate(&holder.token).await {
                    Ok(who) => who.caller.role != holder.role,
                    // A store that is away ends nobody.
                    Err(refusal) => refusal.code == Code::Unauthenticated,
                };
                if ended {
                    holder.ended.cancel();
                }
            }
        }
    }
}

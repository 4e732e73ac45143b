//! Tells waiting visitors their place in the backlog when it changes, but not more often than is pleasant.

use crate::Conversations;
use model::{ConversationId, TeamId, TenantId, Timestamp, backlog};
use parking_lot::Mutex;
use ports::{Hint, PortResult, store::Place};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// Visitors of one team who are told their place; who is behind them is told when they come within it.
const TOLD: u32 = 200;

#[derive(Default)]
pub(crate) struct Places {
    moved: Mutex<HashSet<(TenantId, TeamId)>>,
    /// What visitors were told last. Teams without anybody waiting are not in it.
    told: Mutex<HashMap<(TenantId, TeamId), HashMap<ConversationId, Place>>>,
}

impl Places {
    pub(crate) fn moved(&self, tenant: TenantId, team: TeamId) {
        self.moved.lock().insert((tenant, team));
    }
}

impl Conversations {
    pub(crate) async fn tell_places(self: Arc<Self>) {
        let mut every = tokio::time::interval(self.config.places_every);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            let moved = std::mem::take(&mut *self.places.moved.lock());
            for (tenant, team) in moved {
                if let Err(error) = self.tell_team(tenant, team).await {
                    tracing::warn!(error = &error as &dyn std::error::Error, %team, "a backlog could not be read");
                    self.places.moved(tenant, team);
                }
            }
        }
    }

    async fn tell_team(&self, tenant: TenantId, team: TeamId) -> PortResult<()> {
        let waiting = self.store.backlog(tenant, team, TOLD).await?;
        let now: Vec<_> =
            (0..).zip(&waiting).map(|(ahead, c)| (c.id, c.visitor.id, Place { position: ahead + 1, ahead })).collect();
        let before = {
            let mut told = self.places.told.lock();
            let after = now.iter().map(|(id, _, place)| (*id, *place)).collect();
            if now.is_empty() { told.remove(&(tenant, team)) } else { told.insert((tenant, team), after) }
        };
        let before = before.unwrap_or_default();
        let moved: Vec<_> = now.into_iter().filter(|(id, _, place)| before.get(id) != Some(place)).collect();
        if moved.is_empty() {
            return Ok(());
        }
        let (at, recent) = self.pace(tenant, team).await?;
        let eta = |place: Place| backlog::eta(place.ahead, &recent, at);
        let places = moved.into_iter().map(|(id, visitor, place)| (id, visitor, place, eta(place))).collect();
        self.hints.hint(Hint::Places { tenant, team, places });
        Ok(())
    }

    /// Now and when the team took its last conversations, both by the store's clock.
    async fn pace(&self, tenant: TenantId, team: TeamId) -> PortResult<(Timestamp, Vec<Timestamp>)> {
        let now = self.store.now().await?;
        let since = Timestamp::from_ms(now.as_ms() - i64::try_from(backlog::RECENT.as_millis()).unwrap_or(i64::MAX));
        Ok((now, self.store.recent_assignments(tenant, team, since, backlog::SAMPLE).await?))
    }
}

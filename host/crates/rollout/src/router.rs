//! Who gets a conversation: the tenant's routing plugin, asked down the ladder.

use crate::{Rollout, check::check, ladder::Ask, sets::Place};
use async_trait::async_trait;
use model::{
    TeamId, TenantId,
    plugin::{Digest, Hook},
    routing::{Context, RoutingRequest},
    routing_builtin::builtin_least_busy,
};
use ports::{CallFault, Prepared, Router, Routing};

#[async_trait]
impl Router for Rollout {
    fn properties(&self, tenant: TenantId, team: TeamId) -> Vec<String> {
        let set = self.sets.load().get(&tenant).cloned();
        let active = self.active(set.as_deref(), Hook::Routing, &Place::Team(team));
        active.map(|p| p.properties().to_vec()).unwrap_or_default()
    }

    fn decides(&self, tenant: TenantId, epoch: u64) -> bool {
        let sets = self.sets.load();
        let here = sets.get(&tenant);
        if here.map_or(0, |set| set.epoch) < epoch {
            self.changed.notify_one();
            return false;
        }
        here.is_none_or(|set| set.decides())
    }

    /// A call takes well under a millisecond (its fuel is limited), so it runs where it is asked.
    async fn route(&self, tenant: TenantId, team: TeamId, request: &RoutingRequest) -> Routing {
        let ask = Ask {
            tenant,
            hook: Hook::Routing,
            place: Place::Team(team),
            call: &|plugin: &dyn Prepared| {
                let answer = plugin.route(request)?;
                check(request, &answer.output).map_err(CallFault::Invalid)?;
                Ok(answer)
            },
            input: &|| {
                let lasting = RoutingRequest { context: Context { now: 0, seed: 0 }, ..request.clone() };
                Digest::of(&serde_json::to_vec(&lasting).unwrap_or_default())
            },
        };
        self.ask(&ask, || builtin_least_busy(request))
    }
}

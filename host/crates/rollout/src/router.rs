//! The failure ladder: active, last good, built-in (DESIGN.md §3).

use crate::{Rollout, check::check, service::Failing, sets::ActiveSet};
use async_trait::async_trait;
use model::{
    TeamId, TenantId,
    plugin::{Hook, Rung},
    routing::{Decision, RoutingRequest},
    routing_builtin::builtin_least_busy,
};
use ports::{Answer, CallFault, Prepared, Router, Routing};
use std::{sync::Arc, time::Duration};

/// A release that opens its breaker this often within this time of its activation is rolled back.
const OPENINGS: usize = 2;
const ON_TRIAL: Duration = Duration::from_mins(10);

#[async_trait]
impl Router for Rollout {
    fn properties(&self, tenant: TenantId, team: TeamId) -> Vec<String> {
        let set = self.sets.load().get(&tenant).cloned();
        self.active(set.as_deref(), team).map(|p| p.properties().to_vec()).unwrap_or_default()
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
        let set = self.sets.load().get(&tenant).cloned();
        let set = set.as_deref();
        let epoch = set.map_or(0, |s| s.epoch);
        let mut faults: Vec<String> = set.and_then(|s| s.fence.as_ref()).map(|f| f.why.clone()).into_iter().collect();
        let active = self.active(set, team);
        let last_good = self.last_good(set, team, active.as_ref());
        for (rung, plugin) in [(Rung::Active, active), (Rung::LastGood, last_good)] {
            let Some(plugin) = plugin else { continue };
            match self.call(tenant, set, plugin.as_ref(), request) {
                Ok(answer) => {
                    if let (Rung::Active, Some(set)) = (rung, set) {
                        set.answered();
                    }
                    return routing(plugin.as_ref(), epoch, rung, answer, faults);
                }
                Err(fault) => {
                    metrics::counter!("weft_plugin_faults_total", "plugin" => plugin.name().to_owned()).increment(1);
                    faults.push(format!("{} {}: {fault}", plugin.name(), plugin.version()));
                }
            }
        }
        built_in(builtin_least_busy(request), epoch, faults)
    }
}

impl Rollout {
    fn active(&self, set: Option<&ActiveSet>, team: TeamId) -> Option<Arc<dyn Prepared>> {
        match set {
            Some(set) if set.fence.is_some() => None,
            Some(set) => set.plugins.get(Hook::Routing, team).cloned().or_else(|| self.shipped()),
            None => self.shipped(),
        }
    }

    /// What was in force before, or what ships; nothing when that is the active one itself.
    fn last_good(
        &self,
        set: Option<&ActiveSet>,
        team: TeamId,
        active: Option<&Arc<dyn Prepared>>,
    ) -> Option<Arc<dyn Prepared>> {
        let active = active?;
        let before = set.and_then(|s| s.last_good.as_ref()).and_then(|p| p.get(Hook::Routing, team).cloned());
        [before, self.shipped()].into_iter().flatten().find(|p| p.snapshot() != active.snapshot())
    }

    fn shipped(&self) -> Option<Arc<dyn Prepared>> {
        self.default_routing.load().as_ref().map(|d| d.0.clone())
    }

    fn call(
        &self,
        tenant: TenantId,
        set: Option<&ActiveSet>,
        plugin: &dyn Prepared,
        request: &RoutingRequest,
    ) -> Result<Answer<Decision>, CallFault> {
        let release = plugin.release();
        if self.quarantine.holds(release, request) {
            return Err(CallFault::Quarantined);
        }
        if !self.breakers.admits(tenant, release, self.clock.now()) {
            return Err(CallFault::BreakerOpen);
        }
        let answered = plugin.route(request).and_then(|answer| match check(request, &answer.output) {
            Ok(()) => Ok(answer),
            Err(wrong) => Err(CallFault::Invalid(wrong)),
        });
        match &answered {
            Ok(_) => self.breakers.succeeded(tenant, release),
            Err(CallFault::TimedOut) => self.breakers.undecided(tenant, release),
            Err(fault) => self.failed(tenant, set, plugin, request, fault),
        }
        answered
    }

    fn failed(
        &self,
        tenant: TenantId,
        set: Option<&ActiveSet>,
        plugin: &dyn Prepared,
        request: &RoutingRequest,
        fault: &CallFault,
    ) {
        let release = plugin.release();
        if !matches!(fault, CallFault::Refused(_)) {
            self.quarantine.add(release, request);
        }
        let since = set.map_or(model::Timestamp::ZERO, |s| s.activated_at);
        let now = self.clock.now();
        let Some(openings) = self.breakers.failed(tenant, release, now, since) else { return };
        tracing::warn!(%tenant, plugin = plugin.name(), version = plugin.version(), %fault, "a plugin's breaker opened");
        if let Some(set) = set
            && openings >= OPENINGS
            && now.since(set.activated_at) <= ON_TRIAL
            && set.plugins.uses(release)
        {
            let failing = Failing { tenant, epoch: set.epoch, release };
            if self.rollbacks.try_send(failing).is_err() {
                tracing::warn!(%tenant, "too many roll-backs wait; the breaker stays open");
            }
        }
    }
}

fn routing(plugin: &dyn Prepared, epoch: u64, rung: Rung, answer: Answer<Decision>, faults: Vec<String>) -> Routing {
    Routing {
        decision: answer.output,
        epoch,
        rung,
        release: Some(plugin.release()),
        snapshot: Some(plugin.snapshot()),
        plugin: plugin.name().to_owned(),
        version: plugin.version().to_owned(),
        fuel: answer.fuel,
        faults,
        logs: answer.logs,
    }
}

fn built_in(decision: Decision, epoch: u64, faults: Vec<String>) -> Routing {
    Routing {
        decision,
        epoch,
        rung: Rung::BuiltIn,
        release: None,
        snapshot: None,
        plugin: "built-in".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        fuel: 0,
        faults,
        logs: Vec::new(),
    }
}

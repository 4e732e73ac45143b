//! The failure ladder of every hook: active, last good, built-in (DESIGN.md §3).

use crate::{
    Rollout,
    service::Failing,
    sets::{ActiveSet, Place},
};
use model::{
    TenantId,
    plugin::{Digest, Hook, Rung},
};
use ports::{Answer, CallFault, Called, Prepared};
use std::{sync::Arc, time::Duration};

/// A release that opens its breaker this often within this time of its activation is rolled back.
const OPENINGS: usize = 2;
const ON_TRIAL: Duration = Duration::from_mins(10);

/// Asks one plugin, and looks at its answer.
pub(crate) type Call<'a, T> = dyn Fn(&dyn Prepared) -> Result<Answer<T>, CallFault> + 'a;

/// One thing to ask, of whoever stands on a rung.
pub(crate) struct Ask<'a, T> {
    pub tenant: TenantId,
    pub hook: Hook,
    pub place: Place,
    /// The call, and the host's own look at the answer.
    pub call: &'a Call<'a, T>,
    /// The input without what differs from call to call in any case (time and chance).
    pub input: &'a dyn Fn() -> Digest,
}

impl Rollout {
    /// Asks down the ladder; `built_in` is its last rung.
    pub(crate) fn ask<T>(&self, ask: &Ask<'_, T>, built_in: impl FnOnce() -> T) -> Called<T> {
        let set = self.sets.load().get(&ask.tenant).cloned();
        let set = set.as_deref();
        let epoch = set.map_or(0, |s| s.epoch);
        let mut faults: Vec<String> = set.and_then(|s| s.fence.as_ref()).map(|f| f.why.clone()).into_iter().collect();
        let active = self.active(set, ask.hook, &ask.place);
        let last_good = self.last_good(set, ask.hook, &ask.place, active.as_ref());
        for (rung, plugin) in [(Rung::Active, active), (Rung::LastGood, last_good)] {
            let Some(plugin) = plugin else { continue };
            match self.call(ask, set, plugin.as_ref()) {
                Ok(answer) => {
                    if let (Rung::Active, Some(set)) = (rung, set) {
                        set.answered();
                    }
                    return called(plugin.as_ref(), epoch, rung, answer, faults);
                }
                Err(fault) => {
                    metrics::counter!("weft_plugin_faults_total", "plugin" => plugin.name().to_owned()).increment(1);
                    faults.push(format!("{} {}: {fault}", plugin.name(), plugin.version()));
                }
            }
        }
        Called {
            output: built_in(),
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

    pub(crate) fn active(&self, set: Option<&ActiveSet>, hook: Hook, place: &Place) -> Option<Arc<dyn Prepared>> {
        match set {
            Some(set) if set.fence.is_some() => None,
            Some(set) => set.plugins.get(hook, place).cloned().or_else(|| self.shipped(hook)),
            None => self.shipped(hook),
        }
    }

    /// What was in force before, or what ships; nothing when that is the active one itself.
    fn last_good(
        &self,
        set: Option<&ActiveSet>,
        hook: Hook,
        place: &Place,
        active: Option<&Arc<dyn Prepared>>,
    ) -> Option<Arc<dyn Prepared>> {
        let active = active?;
        let before = set.and_then(|s| s.last_good.as_ref()).and_then(|p| p.get(hook, place).cloned());
        [before, self.shipped(hook)].into_iter().flatten().find(|p| p.snapshot() != active.snapshot())
    }

    /// What tenants without a binding use.
    fn shipped(&self, hook: Hook) -> Option<Arc<dyn Prepared>> {
        (hook == Hook::Routing).then(|| self.default_routing.load().as_ref().map(|d| d.0.clone())).flatten()
    }

    fn call<T>(
        &self,
        ask: &Ask<'_, T>,
        set: Option<&ActiveSet>,
        plugin: &dyn Prepared,
    ) -> Result<Answer<T>, CallFault> {
        let (tenant, release) = (ask.tenant, plugin.release());
        if self.quarantine.holds(release, ask.input) {
            return Err(CallFault::Quarantined);
        }
        if !self.breakers.admits(tenant, release, self.clock.now()) {
            return Err(CallFault::BreakerOpen);
        }
        let answered = (ask.call)(plugin);
        match &answered {
            Ok(_) => self.breakers.succeeded(tenant, release),
            Err(CallFault::TimedOut) => self.breakers.undecided(tenant, release),
            Err(fault) => self.failed(ask, set, plugin, fault),
        }
        answered
    }

    fn failed<T>(&self, ask: &Ask<'_, T>, set: Option<&ActiveSet>, plugin: &dyn Prepared, fault: &CallFault) {
        let (tenant, release) = (ask.tenant, plugin.release());
        if !matches!(fault, CallFault::Refused(_)) {
            self.quarantine.add(release, (ask.input)());
        }
        let since = set.map_or(model::Timestamp::ZERO, |s| s.activated_at);
        let now = self.clock.now();
        let Some(openings) = self.breakers.failed(tenant, release, now, since) else { return };
        tracing::warn!(%tenant, plugin = plugin.name(), version = plugin.version(), %fault, "a plugin's breaker opened");
        let on_trial = |set: &ActiveSet| now.since(set.activated_at) <= ON_TRIAL && set.plugins.uses(release);
        let failing = Failing {
            tenant,
            epoch: set.map_or(0, |s| s.epoch),
            hook: ask.hook,
            release,
            fault: format!("{} {}: {fault}", plugin.name(), plugin.version()),
            roll_back: openings >= OPENINGS && set.is_some_and(on_trial),
        };
        if self.faulted.try_send(failing).is_err() {
            tracing::warn!(%tenant, "too many failing releases wait to be told of; the breaker stays open");
        }
    }
}

fn called<T>(plugin: &dyn Prepared, epoch: u64, rung: Rung, answer: Answer<T>, faults: Vec<String>) -> Called<T> {
    Called {
        output: answer.output,
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

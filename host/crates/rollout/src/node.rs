//! Every node's side of an activation: its lease, staged sets to prepare, sets in force to adopt.

use crate::{
    Rollout, RolloutError,
    sets::{ActiveSet, Fence, PreparedSet},
};
use model::{
    TenantId,
    plugin::{Activation, NodeReport},
};
use ports::PortResult;
use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
};
use tokio_util::sync::CancellationToken;

/// How often a lease is renewed while it lasts.
const RENEWALS: u32 = 4;

impl Rollout {
    /// Adopts the sets in force, before the node says that it is ready. A set that cannot be prepared fences its tenant; it
    /// does not keep the node from starting.
    pub async fn load(&self) -> Result<(), RolloutError> {
        self.store.renew_node(self.node, &self.config.node_name, self.config.lease).await?;
        self.adopt_active().await?;
        Ok(())
    }

    /// Tenants for whom this node cannot run the set in force, and why.
    pub fn fenced(&self) -> Vec<(TenantId, String)> {
        self.sets.load().iter().filter_map(|(tenant, set)| Some((*tenant, set.fence.as_ref()?.why.clone()))).collect()
    }

    /// The epoch that this node decides with.
    pub fn epoch(&self, tenant: TenantId) -> u64 {
        self.sets.load().get(&tenant).map_or(0, |set| set.epoch)
    }

    /// The epochs that this node decides with, by tenant; who has none uses the defaults.
    pub fn epochs(&self) -> Vec<(TenantId, u64)> {
        self.sets.load().iter().map(|(tenant, set)| (*tenant, set.epoch)).collect()
    }

    /// By itself: preparing a set may take longer than the lease.
    pub(crate) async fn keep_lease(self: Arc<Self>, stop: CancellationToken) {
        let mut every = tokio::time::interval(self.config.lease / RENEWALS);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let renew = || self.store.renew_node(self.node, &self.config.node_name, self.config.lease);
        while stop.run_until_cancelled(every.tick()).await.is_some() {
            if let Some(Err(error)) = stop.run_until_cancelled(renew()).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the node's lease was not renewed");
            }
        }
        if let Err(error) = self.store.retire_node(self.node).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the node's lease was not given back");
        }
    }

    pub(crate) async fn sweep_sets(self: Arc<Self>, stop: CancellationToken) {
        let mut every = tokio::time::interval(self.config.sweep_every);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut next = async || {
            tokio::select! {
                _ = every.tick() => {}
                () = self.changed.notified() => {}
            }
        };
        while stop.run_until_cancelled(next()).await.is_some() {
            if let Some(Err(error)) = stop.run_until_cancelled(self.sweep()).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the plugin sweep did not run");
            }
        }
    }

    async fn sweep(&self) -> Result<(), RolloutError> {
        self.adopt_active().await?;
        self.look_over_fences().await?;
        self.prepare_staged().await
    }

    async fn adopt_active(&self) -> Result<(), RolloutError> {
        for (tenant, set) in self.store.active_sets().await? {
            if self.wants(tenant, &set) {
                let prepared = self.prepare_set(tenant, &set).await;
                self.report(tenant, &set, prepared.as_ref()).await?;
                let others_run = prepared.is_err() && self.others_run(tenant, set.epoch).await?;
                self.swap(tenant, &set, prepared, others_run);
            }
        }
        Ok(())
    }

    /// Newer than what is here, or fenced and worth another try.
    fn wants(&self, tenant: TenantId, set: &Activation) -> bool {
        match self.sets.load().get(&tenant) {
            Some(here) if here.epoch == set.epoch => here.fence.is_some() && self.is_old_report(tenant, set.epoch),
            Some(here) => here.epoch < set.epoch,
            None => true,
        }
    }

    fn is_old_report(&self, tenant: TenantId, epoch: u64) -> bool {
        let reported = self.reported.lock().get(&(tenant, epoch)).copied();
        reported.is_none_or(|at| self.clock.now().since(at) >= self.config.fence_retry)
    }

    /// The nodes that could decide in this one's place come and go.
    async fn look_over_fences(&self) -> Result<(), RolloutError> {
        for (tenant, set) in self.sets.load_full().iter() {
            if let Some(fence) = &set.fence {
                fence.others_run.store(self.others_run(*tenant, set.epoch).await?, Ordering::Relaxed);
            }
        }
        Ok(())
    }

    async fn prepare_staged(&self) -> Result<(), RolloutError> {
        let staged = self.store.staged_sets().await?;
        let now = self.clock.now();
        for (tenant, set) in &staged {
            let key = (*tenant, set.epoch);
            let since = *self.first_seen.lock().entry(key).or_insert(now);
            if self.left.lock().contains(&key) || now.since(since) > self.config.prepare_within * 2 {
                self.abort(*tenant, set.by, set.epoch, "who activated it has gone").await;
            } else if !self.reported.lock().contains_key(&key) {
                // Any other error is reported: who activates the set reads why.
                if let Err(error @ RolloutError::Store(_)) = self.prepare_and_report(*tenant, set).await {
                    return Err(error);
                }
            }
        }
        let is_staged = |tenant, epoch| staged.iter().any(|(t, s)| (*t, s.epoch) == (tenant, epoch));
        let sets = self.sets.load();
        self.first_seen.lock().retain(|(tenant, epoch), _| is_staged(*tenant, *epoch));
        self.left.lock().retain(|(tenant, epoch)| is_staged(*tenant, *epoch));
        self.reported.lock().retain(|(tenant, epoch), _| {
            is_staged(*tenant, *epoch) || sets.get(tenant).is_some_and(|s| s.epoch <= *epoch)
        });
        Ok(())
    }

    /// Both for who activates and for the other nodes.
    pub(crate) async fn prepare_and_report(
        &self,
        tenant: TenantId,
        set: &Activation,
    ) -> Result<PreparedSet, RolloutError> {
        let prepared = self.prepare_set(tenant, set).await;
        self.report(tenant, set, prepared.as_ref()).await?;
        prepared
    }

    pub(crate) async fn prepare_set(&self, tenant: TenantId, set: &Activation) -> Result<PreparedSet, RolloutError> {
        let mut prepared = PreparedSet::default();
        for binding in &set.bindings {
            prepared.put(binding, self.prepare(tenant, binding).await?);
        }
        Ok(prepared)
    }

    /// A fault of the store is no word about the set, so it is not reported.
    async fn report(
        &self,
        tenant: TenantId,
        set: &Activation,
        prepared: Result<&PreparedSet, &RolloutError>,
    ) -> PortResult<()> {
        if matches!(prepared, Err(RolloutError::Store(_))) {
            return Ok(());
        }
        let at = self.clock.now();
        let report = NodeReport {
            node: self.node,
            prepared: prepared.is_ok(),
            proof: prepared.ok().map(PreparedSet::proof),
            fuel: prepared.ok().map(PreparedSet::fuel),
            error: prepared.err().map(ToString::to_string),
            at,
        };
        self.store.report(tenant, set.epoch, &report).await?;
        self.reported.lock().insert((tenant, set.epoch), at);
        Ok(())
    }

    /// The next call of this tenant uses `set`. Never back to an older epoch. `others_run`: when this node cannot, another can.
    pub(crate) fn swap(
        &self,
        tenant: TenantId,
        set: &Activation,
        prepared: Result<PreparedSet, RolloutError>,
        others_run: bool,
    ) {
        let _one_at_a_time = self.swapping.lock();
        let sets = self.sets.load();
        let here = sets.get(&tenant);
        if here.is_some_and(|h| h.epoch > set.epoch || (h.epoch == set.epoch && h.fence.is_none())) {
            return;
        }
        let activated_at = set.activated_at.unwrap_or(set.staged_at);
        let (plugins, fence) = match prepared {
            Ok(plugins) => (plugins, None),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, %tenant, epoch = set.epoch, "fenced for a tenant");
                let why = format!("this node cannot run epoch {}: {error}", set.epoch);
                (PreparedSet::default(), Some(Fence { why, others_run: others_run.into() }))
            }
        };
        let last_good = here.and_then(|h| h.to_fall_back_to());
        let next = ActiveSet::new(set.epoch, activated_at, plugins, last_good, fence);
        let last_good = next.last_good.clone().unwrap_or_default();
        self.breakers.keep(tenant, |release| next.plugins.uses(release) || last_good.uses(release));
        let mut all: HashMap<_, _> = sets.as_ref().clone();
        all.insert(tenant, Arc::new(next));
        self.sets.store(Arc::new(all));
        tracing::info!(%tenant, epoch = set.epoch, "a plugin set is in force");
    }
}

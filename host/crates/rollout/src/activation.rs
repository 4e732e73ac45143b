//! One moment for the whole cluster (C7): stage, wait until every node has prepared the same, compare-and-set.

use crate::{Rollout, RolloutError, service::Failing, sets::PreparedSet};
use model::{
    AgentId, Refusal, TeamId, TenantId,
    plugin::{Activation, ActivationState, Binding, Digest, Hook, NodeReport},
};
use ports::plugins::UploadRefusal;
use serde::{Deserialize, Serialize};

/// Sets that are looked through for one to go back to.
const HISTORY: u32 = 50;

/// What to change in the set that is in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub hook: Hook,
    /// `None`: every team without a binding of its own.
    #[serde(default)]
    pub team: Option<TeamId>,
    /// `None` takes the binding away.
    #[serde(default)]
    pub release: Option<Digest>,
    #[serde(default = "no_settings")]
    pub settings: serde_json::Value,
}

fn no_settings() -> serde_json::Value {
    serde_json::json!({})
}

/// What an activation would do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// In force now.
    pub epoch: u64,
    pub before: Vec<Binding>,
    pub after: Vec<Binding>,
    /// Why it would not work.
    pub problems: Vec<UploadRefusal>,
}

impl Rollout {
    /// The tenant's sets, newest first.
    pub async fn activations(&self, tenant: TenantId, limit: u32) -> Result<Vec<Activation>, RolloutError> {
        Ok(self.store.activations(tenant, limit).await?)
    }

    /// What each node reported of a set.
    pub async fn reports(&self, tenant: TenantId, epoch: u64) -> Result<Vec<NodeReport>, RolloutError> {
        Ok(self.store.reports(tenant, epoch).await?)
    }

    /// The epoch in force and its bindings; 0 and none before the first activation.
    pub async fn in_force(&self, tenant: TenantId) -> Result<(u64, Vec<Binding>), RolloutError> {
        let found = self.store.tenant(tenant).await?.ok_or_else(|| Refusal::not_found("tenant"))?;
        let epoch = found.activation_epoch;
        let bindings = match epoch {
            0 => Vec::new(),
            _ => self.store.activation(tenant, epoch).await?.map(|a| a.bindings).unwrap_or_default(),
        };
        Ok((epoch, bindings))
    }

    /// Prepares what `changes` would bring, here and without consequences.
    pub async fn plan(&self, tenant: TenantId, changes: &[Change]) -> Result<Plan, RolloutError> {
        let (epoch, before) = self.in_force(tenant).await?;
        let after = self.changed(tenant, &before, changes).await?;
        let mut problems = Vec::new();
        for binding in &after {
            match self.prepare(tenant, binding).await {
                Ok(_) => {}
                Err(RolloutError::Plugin(refusal)) => problems.push(refusal),
                Err(other) => return Err(other),
            }
        }
        Ok(Plan { epoch, before, after, problems })
    }

    /// Makes the set in force with `changes` the one that all nodes use. Answers when it is in force here; the others follow
    /// within their sweep, and what they decide until then with the old set is refused by the store.
    pub async fn activate(
        &self,
        tenant: TenantId,
        by: AgentId,
        changes: &[Change],
    ) -> Result<Activation, RolloutError> {
        let (epoch, before) = self.in_force(tenant).await?;
        let after = self.changed(tenant, &before, changes).await?;
        self.put_in_force(tenant, Some(by), epoch, after, None).await
    }

    /// Activates the bindings of `to` (or of the set before the one in force) again, under a new epoch.
    pub async fn rollback(&self, tenant: TenantId, by: AgentId, to: Option<u64>) -> Result<Activation, RolloutError> {
        let (epoch, _) = self.in_force(tenant).await?;
        if epoch == 0 {
            return Err(Refusal::wrong_state("nothing was activated yet").into());
        }
        let bindings = match to {
            Some(0) => Vec::new(),
            Some(to) => {
                let found = self.store.activation(tenant, to).await?.ok_or_else(|| Refusal::not_found("activation"))?;
                if !matches!(found.state, ActivationState::Retired | ActivationState::Active) {
                    return Err(Refusal::wrong_state("this set was never in force").into());
                }
                found.bindings
            }
            None => self.before(tenant, epoch, |_| true).await?,
        };
        self.put_in_force(tenant, Some(by), epoch, bindings, Some(format!("rolls back epoch {epoch}"))).await
    }

    /// Goes back to the newest set without the failing release.
    pub(crate) async fn roll_back_release(&self, failing: &Failing) -> Result<(), RolloutError> {
        let Failing { tenant, epoch, release } = *failing;
        if self.in_force(tenant).await?.0 != epoch {
            return Ok(());
        }
        let bindings = self.before(tenant, epoch, |a| a.bindings.iter().all(|b| b.release != release)).await?;
        let reason = format!("rolls back epoch {epoch}: {release} kept failing");
        tracing::warn!(%tenant, epoch, %release, "rolling back a failing release");
        self.put_in_force(tenant, None, epoch, bindings, Some(reason)).await?;
        Ok(())
    }

    /// Bindings of the newest set before `epoch` that was in force and is `fit`; none when there is none.
    async fn before(
        &self,
        tenant: TenantId,
        epoch: u64,
        fit: impl Fn(&Activation) -> bool,
    ) -> Result<Vec<Binding>, RolloutError> {
        let sets = self.store.activations(tenant, HISTORY).await?;
        let found = sets.into_iter().find(|a| a.epoch < epoch && a.state == ActivationState::Retired && fit(a));
        Ok(found.map(|a| a.bindings).unwrap_or_default())
    }

    async fn changed(
        &self,
        tenant: TenantId,
        before: &[Binding],
        changes: &[Change],
    ) -> Result<Vec<Binding>, RolloutError> {
        let mut after = before.to_vec();
        for change in changes {
            after.retain(|b| (b.hook, b.team) != (change.hook, change.team));
            if let Some(team) = change.team
                && self.store.team(tenant, team).await?.is_none()
            {
                return Err(Refusal::not_found("team").field("team").into());
            }
            let Some(release) = change.release else { continue };
            if self.release(tenant, release).await?.hook != change.hook {
                return Err(Refusal::bad("release", "this release is for another hook").into());
            }
            after.push(Binding {
                id: self.ids.binding(),
                hook: change.hook,
                team: change.team,
                release,
                settings: change.settings.clone(),
            });
        }
        Ok(after)
    }

    async fn put_in_force(
        &self,
        tenant: TenantId,
        by: Option<AgentId>,
        expected: u64,
        bindings: Vec<Binding>,
        reason: Option<String>,
    ) -> Result<Activation, RolloutError> {
        let mut set = Activation {
            epoch: 0,
            bindings,
            state: ActivationState::Staged,
            reason,
            by,
            staged_at: self.clock.now(),
            activated_at: None,
        };
        set.epoch = self.store.stage(tenant, &set).await?;
        // Prepared right here: the sweep need not do it as well.
        self.reported.lock().insert((tenant, set.epoch), set.staged_at);
        let prepared = match self.agree(tenant, &set).await {
            Ok(prepared) => prepared,
            Err(error) => {
                self.abort(tenant, by, set.epoch, &error.to_string()).await;
                return Err(error);
            }
        };
        if !self.store.activate(tenant, set.epoch, expected).await? {
            let reason = "another set was activated meanwhile";
            self.abort(tenant, by, set.epoch, reason).await;
            return Err(Refusal::conflict(reason).into());
        }
        let active = self.store.activation(tenant, set.epoch).await?.ok_or_else(|| Refusal::not_found("activation"))?;
        self.swap(tenant, &active, Ok(prepared));
        let detail = serde_json::json!({ "epoch": active.epoch, "from": expected, "reason": active.reason });
        self.audit(tenant, by, "plugin.activated", detail).await;
        Ok(active)
    }

    /// Prepares the set here and waits until every live node has prepared the same.
    async fn agree(&self, tenant: TenantId, set: &Activation) -> Result<PreparedSet, RolloutError> {
        let prepared = self.prepare_and_report(tenant, set).await?;
        let waiting = self.all_reported(tenant, set.epoch, prepared.proof());
        match tokio::time::timeout(self.config.prepare_within, waiting).await {
            Ok(agreed) => agreed.map(|()| prepared),
            Err(_) => Err(Refusal::conflict(format!(
                "a node did not prepare it within {} s",
                self.config.prepare_within.as_secs()
            ))
            .into()),
        }
    }

    async fn all_reported(&self, tenant: TenantId, epoch: u64, proof: Digest) -> Result<(), RolloutError> {
        loop {
            let nodes = self.store.nodes().await?;
            let reports = self.store.reports(tenant, epoch).await?;
            let live = |report: &&NodeReport| report.node == self.node || nodes.iter().any(|(n, _)| *n == report.node);
            for report in reports.iter().filter(live) {
                if !report.prepared {
                    let why = report.error.as_deref().unwrap_or("no reason given");
                    return Err(Refusal::conflict(format!("node {} cannot prepare it: {why}", report.node)).into());
                }
                if report.proof != Some(proof) {
                    let message = format!("node {} got other results on the plugin's own vectors", report.node);
                    return Err(Refusal::conflict(message).into());
                }
            }
            if nodes.iter().all(|(node, _)| reports.iter().any(|r| r.node == *node)) {
                return Ok(());
            }
            tokio::time::sleep(self.config.poll_every).await;
        }
    }

    pub(crate) async fn abort(&self, tenant: TenantId, by: Option<AgentId>, epoch: u64, reason: &str) {
        if let Err(error) = self.store.abort(tenant, epoch, reason).await {
            tracing::warn!(error = &error as &dyn std::error::Error, %tenant, epoch, "a staged set was not aborted");
        }
        self.audit(tenant, by, "plugin.aborted", serde_json::json!({ "epoch": epoch, "reason": reason })).await;
    }
}

//! One moment for the whole cluster (C7): stage, wait until every node has prepared the same, compare-and-set.

use crate::{Rollout, RolloutError, sets::PreparedSet};
use model::{
    AgentId, Refusal, TeamId, TenantId,
    plugin::{Activation, ActivationState, Binding, Digest, Hook, NodeReport},
};
use ports::{Hint, plugins::UploadRefusal};
use serde::{Deserialize, Serialize};

/// Of a channel's name.
const CHANNEL_BYTES: usize = 32;

/// What to change in the set that is in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub hook: Hook,
    /// `None`: every team without a binding of its own.
    #[serde(default)]
    pub team: Option<TeamId>,
    /// For a retry rule: one channel; `None`: every channel without a binding of its own.
    #[serde(default)]
    pub channel: Option<String>,
    /// `None` takes the binding away.
    #[serde(default)]
    pub release: Option<Digest>,
    #[serde(default = "no_settings")]
    pub settings: serde_json::Value,
}

impl Change {
    /// Only conversations have a team, and only attempts a channel.
    fn check_place(&self) -> Result<(), Refusal> {
        if self.team.is_some() && self.hook != Hook::Routing {
            return Err(Refusal::bad("team", "only routing is bound to a team"));
        }
        if self.channel.is_some() && self.hook != Hook::Retry {
            return Err(Refusal::bad("channel", "only a retry rule is bound to a channel"));
        }
        match &self.channel {
            Some(channel) if channel.is_empty() || channel.len() > CHANNEL_BYTES => {
                Err(Refusal::bad("channel", format!("1 to {CHANNEL_BYTES} bytes")))
            }
            _ => Ok(()),
        }
    }
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
    /// The tenant's sets, newest first; those before the epoch `before`, when it is given.
    pub async fn activations(
        &self,
        tenant: TenantId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Activation>, RolloutError> {
        Ok(self.store.activations(tenant, before, limit).await?)
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

    /// The same, refused when it is not `from`.
    pub(crate) async fn in_force_still(
        &self,
        tenant: TenantId,
        from: Option<u64>,
    ) -> Result<(u64, Vec<Binding>), RolloutError> {
        let (epoch, bindings) = self.in_force(tenant).await?;
        match from {
            Some(from) if from != epoch => Err(overtaken(epoch).into()),
            _ => Ok((epoch, bindings)),
        }
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

    /// Makes the set in force with `changes` the one that all nodes use. `from` is the epoch that the changes are meant for, when
    /// the caller knows it. Answers when it is in force here; the others follow at the hint, or within their sweep, and what
    /// they decide until then with the old set is refused by the store. Dropping the future takes back what is not in force yet.
    pub async fn activate(
        &self,
        tenant: TenantId,
        by: AgentId,
        changes: &[Change],
        from: Option<u64>,
    ) -> Result<Activation, RolloutError> {
        let (epoch, before) = self.in_force_still(tenant, from).await?;
        let after = self.changed(tenant, &before, changes).await?;
        self.put_in_force(tenant, Some(by), epoch, after, None).await
    }

    async fn changed(
        &self,
        tenant: TenantId,
        before: &[Binding],
        changes: &[Change],
    ) -> Result<Vec<Binding>, RolloutError> {
        let mut after = before.to_vec();
        for change in changes {
            change.check_place()?;
            after.retain(|b| (b.hook, b.team, &b.channel) != (change.hook, change.team, &change.channel));
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
                channel: change.channel.clone(),
                release,
                settings: change.settings.clone(),
            });
        }
        Ok(after)
    }

    pub(crate) async fn put_in_force(
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
        let mut waits = Waits { rollout: self, staged: (tenant, set.epoch), over: false };
        // Prepared right here: the sweep need not do it as well.
        self.reported.lock().insert((tenant, set.epoch), set.staged_at);
        self.hints.hint(Hint::PluginsChanged { tenant });
        let prepared = match self.agree(tenant, &set).await {
            Ok(prepared) => prepared,
            Err(error) => {
                self.abort(tenant, by, set.epoch, &error.to_string()).await;
                waits.over = true;
                return Err(error);
            }
        };
        let active = self.commit(tenant, by, set.epoch, expected).await;
        waits.over = true;
        let active = active?;
        self.hints.hint(Hint::PluginsChanged { tenant });
        self.swap(tenant, &active, Ok(prepared), false);
        let detail = serde_json::json!({ "epoch": active.epoch, "from": expected, "reason": active.reason });
        self.audit(tenant, by, "plugin.activated", detail).await;
        Ok(active)
    }

    /// The one compare-and-set. What the store says afterwards counts: the answer may have been lost on the way.
    async fn commit(
        &self,
        tenant: TenantId,
        by: Option<AgentId>,
        epoch: u64,
        expected: u64,
    ) -> Result<Activation, RolloutError> {
        let moved = self.store.activate(tenant, epoch, expected).await;
        let set = self.store.activation(tenant, epoch).await?.ok_or_else(|| Refusal::not_found("activation"))?;
        match (set.state, moved) {
            (ActivationState::Active | ActivationState::Retired, _) => Ok(set),
            (ActivationState::Aborted, _) => {
                Err(Refusal::conflict(set.reason.unwrap_or_else(|| "it was aborted".into())).into())
            }
            (ActivationState::Staged, Ok(_)) => {
                let refusal = overtaken(self.in_force(tenant).await?.0);
                self.abort(tenant, by, epoch, &refusal.message).await;
                Err(refusal.into())
            }
            // Whether it may still happen is not known: the sweep ends it one way or the other.
            (ActivationState::Staged, Err(error)) => Err(error.into()),
        }
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
        match self.store.abort(tenant, epoch, reason).await {
            Ok(true) => {
                let detail = serde_json::json!({ "epoch": epoch, "reason": reason });
                self.audit(tenant, by, "plugin.aborted", detail).await;
            }
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, %tenant, epoch, "a staged set was not aborted");
            }
        }
    }
}

/// Whoever asked for a set waits for it. When they have gone before it is decided, their connection was cut say, the sweep ends it now.
struct Waits<'a> {
    rollout: &'a Rollout,
    staged: (TenantId, u64),
    over: bool,
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.rollout.left.lock().insert(self.staged);
            self.rollout.changed.notify_one();
        }
    }
}

fn overtaken(epoch: u64) -> Refusal {
    Refusal::conflict(format!("epoch {epoch} is in force meanwhile: look at it and try again"))
}

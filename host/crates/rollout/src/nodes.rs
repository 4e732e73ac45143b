//! What each node has to do with a set: for who looks at an activation.

use crate::{Rollout, RolloutError};
use model::{
    NodeId, TenantId, Timestamp,
    plugin::{Activation, ActivationState, Digest, NodeReport},
};
use serde::Serialize;

/// One node beside one set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeState {
    pub node: NodeId,
    /// How people know it; none when it is no member any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub state: Stage,
    /// One digest over outputs and fuel of the plugins' own vectors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<Digest>,
    /// The most that one vector used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// A live node that has not said anything of the set yet.
    Waiting,
    Prepared,
    /// It could not prepare the set, so the set did not come in force.
    Refused,
    /// It cannot run the set that is in force: it leaves decisions to the other nodes.
    Fenced,
}

impl Rollout {
    /// Every node that reported of the set and, while that matters, every live one that has not.
    pub async fn nodes(&self, tenant: TenantId, set: &Activation) -> Result<Vec<NodeState>, RolloutError> {
        let live = self.store.nodes().await?;
        let reports = self.store.reports(tenant, set.epoch).await?;
        let name = |node: NodeId| live.iter().find(|(id, _)| *id == node).map(|(_, name)| name.clone());
        let mut nodes: Vec<NodeState> = reports
            .into_iter()
            .map(|NodeReport { node, prepared, proof, fuel, error, at }| NodeState {
                node,
                name: name(node),
                state: match (prepared, set.state) {
                    (true, _) => Stage::Prepared,
                    (false, ActivationState::Active) => Stage::Fenced,
                    (false, _) => Stage::Refused,
                },
                proof,
                fuel,
                error,
                at: Some(at),
            })
            .collect();
        if matches!(set.state, ActivationState::Staged | ActivationState::Active) {
            let silent = live.iter().filter(|(id, _)| nodes.iter().all(|n| n.node != *id));
            let silent: Vec<NodeState> = silent.map(|(id, name)| waiting(*id, name)).collect();
            nodes.extend(silent);
        }
        Ok(nodes)
    }

    /// Whether a live node besides this one runs the set.
    pub(crate) async fn others_run(&self, tenant: TenantId, epoch: u64) -> Result<bool, RolloutError> {
        let live = self.store.nodes().await?;
        let reports = self.store.reports(tenant, epoch).await?;
        let other = |r: &NodeReport| r.prepared && r.node != self.node && live.iter().any(|(id, _)| *id == r.node);
        Ok(reports.iter().any(other))
    }
}

fn waiting(node: NodeId, name: &str) -> NodeState {
    let name = Some(name.to_owned());
    NodeState { node, name, state: Stage::Waiting, proof: None, fuel: None, error: None, at: None }
}

//! A kept decision, computed again: the same bits or the first difference (C6).

use crate::{Rollout, RolloutError};
use model::{
    DecisionId, Refusal, TenantId,
    plugin::{Binding, DecisionRecord, Digest, Hook},
    routing_builtin::builtin_least_busy,
};
use ports::Prepared;
use serde::Serialize;
use std::sync::Arc;

/// Sets that are looked through for the settings a decision was made with.
const HISTORY: u32 = 200;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Replay {
    Same,
    /// The first field that differs.
    Differs {
        field: &'static str,
        recorded: serde_json::Value,
        replayed: serde_json::Value,
    },
}

impl Rollout {
    pub async fn replay(&self, tenant: TenantId, id: DecisionId) -> Result<Replay, RolloutError> {
        let found = self.store.decision(tenant, id).await?;
        let (_, record) = found.ok_or_else(|| Refusal::not_found("decision"))?;
        let Some(release) = record.release else {
            return Ok(compare("decision", &record.decision, &builtin_least_busy(&record.request)));
        };
        let plugin = self.as_it_was(tenant, release, &record).await?;
        if record.snapshot.is_some_and(|s| s != plugin.snapshot()) {
            return Ok(compare("snapshot", &record.snapshot, &Some(plugin.snapshot())));
        }
        Ok(match plugin.route(&record.request) {
            Err(fault) => differs("decision", &record.decision, &fault.to_string()),
            Ok(answer) => match compare("decision", &record.decision, &answer.output) {
                Replay::Same => compare("fuel", &record.fuel, &answer.fuel),
                differs @ Replay::Differs { .. } => differs,
            },
        })
    }

    /// The release with the settings that it had: those whose snapshot is the recorded one, else the newest before.
    async fn as_it_was(
        &self,
        tenant: TenantId,
        release: Digest,
        record: &DecisionRecord,
    ) -> Result<Arc<dyn Prepared>, RolloutError> {
        let sets = self.store.activations(tenant, Some(record.epoch.saturating_add(1)), HISTORY).await?;
        let bound = sets.iter().flat_map(|a| &a.bindings);
        let default = Binding {
            id: self.ids.binding(),
            hook: Hook::Routing,
            team: None,
            channel: None,
            release,
            settings: serde_json::json!({}),
        };
        let mut nearest = None;
        for binding in bound.filter(|b| b.release == release).chain([&default]) {
            let prepared = self.prepare(tenant, binding).await?;
            if record.snapshot == Some(prepared.snapshot()) {
                return Ok(prepared);
            }
            nearest.get_or_insert(prepared);
        }
        Ok(nearest.ok_or_else(|| Refusal::not_found("release"))?)
    }
}

fn compare<T: Serialize + PartialEq>(field: &'static str, recorded: &T, replayed: &T) -> Replay {
    if recorded == replayed { Replay::Same } else { differs(field, recorded, replayed) }
}

fn differs<A: Serialize, B: Serialize>(field: &'static str, recorded: &A, replayed: &B) -> Replay {
    let json = |value: serde_json::Result<serde_json::Value>| value.unwrap_or_default();
    Replay::Differs {
        field,
        recorded: json(serde_json::to_value(recorded)),
        replayed: json(serde_json::to_value(replayed)),
    }
}

//! A candidate asked what the plugins in force were asked: what would have gone elsewhere. Nothing of it is put down.

use crate::{Rollout, RolloutError, check::check};
use model::{
    AgentId, DecisionId, Refusal, TeamId, TenantId, Timestamp,
    plugin::{Binding, DecisionRecord, Digest, Hook, Rung},
    routing::{Action, Reason},
};
use ports::{CallFault, Prepared, store::Page};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, thread::available_parallelism};

/// Decisions of one call, at most. Who has more asks again from `next`.
pub const DRY_RUN_DECISIONS: u32 = 5000;
/// Differences and faults that are told in full; the rest is counted.
const DIFFERENCES: usize = 100;

/// Which decisions are asked again, and of whom.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DryRun {
    /// The candidate: a routing plugin of the tenant, or one that ships.
    pub release: Digest,
    #[serde(default = "no_settings")]
    pub settings: serde_json::Value,
    /// Only decisions for this team.
    #[serde(default)]
    pub team: Option<TeamId>,
    /// From this moment on, and before the other.
    pub from: Timestamp,
    pub until: Timestamp,
    /// Where the call before ended: its `next`.
    #[serde(default)]
    pub after: Option<DecisionId>,
    /// At most `DRY_RUN_DECISIONS`, which is also the default.
    #[serde(default)]
    pub limit: Option<u32>,
}

fn no_settings() -> serde_json::Value {
    serde_json::json!({})
}

/// What one call of a dry run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DryRunReport {
    pub asked: u32,
    pub same: u32,
    pub changed: u32,
    /// The candidate did not answer, or not soundly.
    pub faults: u32,
    /// The most of one call, and of all together.
    pub fuel_max: u64,
    pub fuel: u64,
    /// In the order of the decisions, at most a hundred.
    pub differences: Vec<Difference>,
    /// Where the next call begins; none when this one reached the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<DecisionId>,
}

/// One decision that would have been another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub decision: DecisionId,
    pub at: Timestamp,
    /// Who decided then.
    pub plugin: String,
    pub version: String,
    pub rung: Rung,
    pub recorded: Outcome,
    pub recorded_because: Vec<Reason>,
    /// None when the candidate failed: then `fault` says how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate: Option<Outcome>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub candidate_because: Vec<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// Where a conversation goes by a decision. Two answers with one outcome are the same to the people concerned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The first of the named agents who had a place.
    Agent(AgentId),
    Waits,
    Team(TeamId),
    TakesMessage,
    Refused,
}

impl Rollout {
    /// Asks `candidate` again what was asked in a range of time, on all cores.
    pub async fn dry_run(&self, tenant: TenantId, dry_run: &DryRun) -> Result<DryRunReport, RolloutError> {
        let limit = dry_run.limit.unwrap_or(DRY_RUN_DECISIONS);
        if !(1..=DRY_RUN_DECISIONS).contains(&limit) {
            return Err(Refusal::bad("limit", format!("1 to {DRY_RUN_DECISIONS}")).into());
        }
        if dry_run.until <= dry_run.from {
            return Err(Refusal::bad("until", "after `from`").into());
        }
        if self.release(tenant, dry_run.release).await?.hook != Hook::Routing {
            return Err(Refusal::bad("release", "a routing plugin: only decisions are kept with what was asked").into());
        }
        let candidate = self.prepare(tenant, &self.candidate(dry_run)).await?;
        let page = Page { after: dry_run.after, limit };
        let records = self.store.decisions_between(tenant, dry_run.from, dry_run.until, page).await?;
        let full = records.len() == limit as usize;
        let next = records.last().filter(|_| full).map(|record| record.id);
        let of_team = |record: &DecisionRecord| dry_run.team.is_none_or(|team| asked_for(record) == Some(team));
        let records: Vec<_> = records.into_iter().filter(of_team).collect();
        Ok(DryRunReport { next, ..on_all_cores(&candidate, records).await })
    }

    fn candidate(&self, dry_run: &DryRun) -> Binding {
        Binding {
            id: self.ids.binding(),
            hook: Hook::Routing,
            team: dry_run.team,
            channel: None,
            release: dry_run.release,
            settings: dry_run.settings.clone(),
        }
    }
}

async fn on_all_cores(candidate: &Arc<dyn Prepared>, records: Vec<DecisionRecord>) -> DryRunReport {
    let cores = available_parallelism().map_or(1, usize::from);
    let share = records.len().div_ceil(cores).max(1);
    let mut records = records.into_iter().peekable();
    let mut running = Vec::new();
    while records.peek().is_some() {
        let (candidate, part) = (candidate.clone(), records.by_ref().take(share).collect::<Vec<_>>());
        running.push(tokio::task::spawn_blocking(move || ask_again(candidate.as_ref(), &part)));
    }
    let mut report = DryRunReport::default();
    for part in running {
        match part.await {
            Ok(part) => report.add(part),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    report
}

fn ask_again(candidate: &dyn Prepared, records: &[DecisionRecord]) -> DryRunReport {
    let mut report = DryRunReport::default();
    for record in records {
        report.asked += 1;
        let answer = candidate.route(&record.request).and_then(|answer| {
            check(&record.request, &answer.output).map_err(CallFault::Invalid)?;
            Ok(answer)
        });
        let recorded = outcome(record, &record.decision.action);
        let difference = |candidate, candidate_because, fault| Difference {
            decision: record.id,
            at: record.at,
            plugin: record.plugin.clone(),
            version: record.version.clone(),
            rung: record.rung,
            recorded: recorded.clone(),
            recorded_because: record.decision.reasons.clone(),
            candidate,
            candidate_because,
            fault,
        };
        match answer {
            Ok(answer) => {
                report.fuel_max = report.fuel_max.max(answer.fuel);
                report.fuel += answer.fuel;
                let now = outcome(record, &answer.output.action);
                if now == recorded {
                    report.same += 1;
                } else {
                    report.changed += 1;
                    report.tell(difference(Some(now), answer.output.reasons, None));
                }
            }
            Err(fault) => {
                report.faults += 1;
                report.tell(difference(None, Vec::new(), Some(fault.to_string())));
            }
        }
    }
    report
}

impl DryRunReport {
    fn tell(&mut self, difference: Difference) {
        if self.differences.len() < DIFFERENCES {
            self.differences.push(difference);
        }
    }

    fn add(&mut self, part: Self) {
        self.asked += part.asked;
        self.same += part.same;
        self.changed += part.changed;
        self.faults += part.faults;
        self.fuel_max = self.fuel_max.max(part.fuel_max);
        self.fuel += part.fuel;
        part.differences.into_iter().for_each(|difference| self.tell(difference));
    }
}

fn asked_for(record: &DecisionRecord) -> Option<TeamId> {
    record.teams.get(record.request.team as usize).copied()
}

fn outcome(record: &DecisionRecord, action: &Action) -> Outcome {
    match action {
        Action::Assign(choices) => {
            let free = |at: &usize| record.request.agents.get(*at).is_some_and(model::routing::RoutingAgent::available);
            let first = choices.iter().map(|choice| choice.agent as usize).find(free);
            first.and_then(|at| record.agents.get(at)).map_or(Outcome::Waits, |agent| Outcome::Agent(*agent))
        }
        Action::Wait { .. } => Outcome::Waits,
        Action::MoveTo(team) => record.teams.get(*team as usize).map_or(Outcome::Waits, |team| Outcome::Team(*team)),
        Action::TakeMessage => Outcome::TakesMessage,
        Action::Refuse(_) => Outcome::Refused,
    }
}

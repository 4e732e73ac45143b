//! What the host itself commands: the outcome of routing, and timers.

use super::{Context, Conversation, Event, Grant, Offer, Stage};
use crate::{AgentId, Author, DecisionId, Refusal, body::Named, limits, tenant::AbsentAgent};
use std::time::Duration;

/// The reason of a conversation that was closed because nobody said anything any more.
const IDLE: &str = "idle";

/// Only while it waits, only for the decision that was asked for, only under the plugin set in force (C7).
pub(super) fn route(
    c: &Conversation,
    cx: &Context<'_>,
    epoch: u64,
    attempt: u32,
    decision: DecisionId,
    grant: &Grant,
) -> Result<Vec<Event>, Refusal> {
    if epoch != cx.epoch {
        return Err(Refusal::conflict("decided under another plugin set"));
    }
    if !matches!(c.stage, Stage::Waiting) || attempt != c.backlog.attempt {
        return Err(Refusal::wrong_state("decided on an older state"));
    }
    Ok(match grant {
        Grant::Assign { agents, terms } => {
            let agent = agents
                .iter()
                .find(|a| cx.seats.get(&a.id).is_some_and(|s| s.free()))
                .ok_or_else(|| Refusal::conflict("none of the chosen agents is free"))?
                .clone();
            if terms.lifetime.is_zero() {
                vec![Event::Assigned { author: Author::System, agent }]
            } else {
                let expires_at = cx.now.plus(terms.lifetime);
                vec![Event::Offered {
                    offer: Offer { id: terms.offer, agent, token: terms.token, expires_at, decision },
                }]
            }
        }
        Grant::Wait { rank, again_in } => {
            let again_at = again_in.map(|s| cx.now.plus(s));
            vec![Event::Queued { rank: *rank, again_at, announce: !c.backlog.announced }]
        }
        Grant::MoveTo { team } if team.id == c.team.id => return Err(Refusal::conflict("it is in this team already")),
        Grant::MoveTo { team } => vec![Event::Moved { author: Author::System, team: team.clone() }],
        Grant::AskMessage => vec![Event::MessageAsked { again_at: None, announce: !c.backlog.message_asked }],
        Grant::Refuse { reason } => vec![Event::Closed { author: Author::System, reason: Some(reason.clone()) }],
    })
}

/// Idempotent: before the due time, or when somebody was faster, nothing happens.
pub(super) fn tick(c: &Conversation, cx: &Context<'_>) -> Vec<Event> {
    if c.due_at().is_none_or(|due| due > cx.now) {
        return Vec::new();
    }
    if let Some(offer) = c.offer().filter(|offer| offer.expires_at <= cx.now) {
        return vec![Event::Declined { agent: offer.agent.clone(), reason: None, missed: true }];
    }
    vec![if c.owner().is_some() { watched(c, cx) } else { Event::Woken }]
}

/// Closed when nobody has said or done anything for as long as the tenant wants; else looked at when that could be.
fn watched(c: &Conversation, cx: &Context<'_>) -> Event {
    let idle = Duration::from_secs(u64::from(cx.settings.close_after_idle_minutes) * 60);
    if idle.is_zero() {
        return Event::Watched { look_at: cx.now.plus(limits::IDLE_LOOK_RARELY) };
    }
    let look_at = c.head.changed_at.plus(idle);
    if look_at > cx.now {
        return Event::Watched { look_at };
    }
    Event::Closed { author: Author::System, reason: Some(IDLE.into()) }
}

/// Idempotent: who holds nothing of it loses nothing. An offer is withdrawn in any case.
pub(super) fn absent(c: &Conversation, agent: AgentId, rule: AbsentAgent) -> Vec<Event> {
    if let Some(offer) = c.offer().filter(|o| o.agent.id == agent) {
        return vec![Event::Declined { agent: offer.agent.clone(), reason: None, missed: true }];
    }
    match c.owner_named() {
        Some(Named { id, name }) if *id == agent && rule.requeues(c) => {
            vec![Event::Left { agent: Named { id: *id, name: name.clone() } }]
        }
        _ => Vec::new(),
    }
}

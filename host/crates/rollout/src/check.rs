//! The host's own look at what a plugin answered: it may prefer, it may not invent (C6).

use model::{
    limits::{LINE_BYTES, ROUTING_AGENTS},
    routing::{Action, Decision, RoutingAgent, RoutingRequest},
};

/// Reasons of one decision, and bytes of each part.
const REASONS: usize = 16;
const REASON_BYTES: usize = 1024;

/// `Err` says what is wrong with the answer.
pub(crate) fn check(request: &RoutingRequest, decision: &Decision) -> Result<(), String> {
    if decision.reasons.len() > REASONS {
        return Err(format!("at most {REASONS} reasons"));
    }
    if decision.reasons.iter().any(|r| r.code.len() > REASON_BYTES || r.detail.len() > REASON_BYTES) {
        return Err(format!("a reason has at most {REASON_BYTES} bytes"));
    }
    match &decision.action {
        Action::Assign(choices) if choices.is_empty() => Err("assigns to nobody".into()),
        Action::Assign(choices) if choices.len() > ROUTING_AGENTS => Err("names more agents than there can be".into()),
        Action::Assign(choices) => {
            if let Some(choice) = choices.iter().find(|c| c.agent as usize >= request.agents.len()) {
                return Err(format!("names agent {} of {}", choice.agent, request.agents.len()));
            }
            if choices.iter().filter_map(|c| request.agents.get(c.agent as usize)).any(RoutingAgent::available) {
                Ok(())
            } else {
                Err("none of the named agents is online with a free place".into())
            }
        }
        Action::MoveTo(team) if *team == request.team => Err("moves it to the team where it is".into()),
        Action::MoveTo(team) if *team as usize >= request.teams.len() => {
            Err(format!("names team {team} of {}", request.teams.len()))
        }
        Action::Refuse(reason) if reason.len() > LINE_BYTES => {
            Err(format!("a reason for the visitor has at most {LINE_BYTES} bytes"))
        }
        Action::MoveTo(_) | Action::Wait { .. } | Action::TakeMessage | Action::Refuse(_) => Ok(()),
    }
}

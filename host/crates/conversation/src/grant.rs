//! What a plugin's answer means for a conversation, in the host's ids.

use model::{
    AgentId, Conversation,
    body::Named,
    conversation::{Grant, OfferTerms},
    limits::LINE_BYTES,
    routing::{Action, RoutingRequest},
};
use ports::store::RouteFacts;
use std::time::Duration;

/// A plugin may ask to be asked again within these bounds.
const AGAIN_MIN: Duration = Duration::from_secs(1);
const AGAIN_MAX: Duration = Duration::from_hours(1);
/// When the only free agents have declined, they may be asked again after this.
const DECLINED_AGAIN: Duration = Duration::from_secs(30);
/// Decisions about one wait after which the conversation is not moved to another team any more.
const MOVES: u32 = 16;

/// The plugin's answer in the host's ids. What names nothing that exists becomes a wait: a plugin can delay, never lose.
pub(crate) fn grant(
    action: &Action,
    facts: &RouteFacts,
    conversation: &Conversation,
    request: &RoutingRequest,
    terms: OfferTerms,
) -> Grant {
    let wait = |rank: i32, again_in: u64| Grant::Wait { rank, again_in: again(again_in, request) };
    match action {
        Action::Assign(choices) => {
            let agents: Vec<Named<AgentId>> = choices
                .iter()
                .filter_map(|choice| facts.seats.get(choice.agent as usize))
                .map(|seat| seat.agent.clone())
                .collect();
            if agents.is_empty() { wait(0, 0) } else { Grant::Assign { agents, terms } }
        }
        Action::Wait { rank, again_in } => wait(*rank, *again_in),
        Action::MoveTo(i) => match facts.teams.get(*i as usize) {
            Some(t) if t.team.id != conversation.team.id && conversation.backlog.attempt < MOVES => {
                Grant::MoveTo { team: t.team.clone() }
            }
            _ => wait(0, 0),
        },
        Action::TakeMessage => Grant::AskMessage,
        Action::Refuse(reason) => Grant::Refuse { reason: cut(reason) },
    }
}

/// When to decide again. If somebody with a free place has declined, then at some time in any case.
fn again(asked: u64, request: &RoutingRequest) -> Option<Duration> {
    match asked {
        0 => request.agents.iter().any(|a| a.available() && a.declined).then_some(DECLINED_AGAIN),
        ms => Some(Duration::from_millis(ms).clamp(AGAIN_MIN, AGAIN_MAX)),
    }
}

/// The longest part that is at most a line.
fn cut(text: &str) -> String {
    let mut end = text.len().min(LINE_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

/// The conversation waits as it waited: the round leaves no trace.
pub(crate) fn says_nothing_new(c: &Conversation, grant: &Grant) -> bool {
    match grant {
        Grant::Wait { rank, again_in } => {
            c.backlog.announced && c.backlog.rank == *rank && c.backlog.again_at.is_some() == again_in.is_some()
        }
        Grant::AskMessage => c.backlog.message_asked && c.backlog.again_at.is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_cut_between_characters() {
        assert_eq!(cut("short"), "short");
        let long = "é".repeat(LINE_BYTES);
        assert!(cut(&long).len() <= LINE_BYTES && cut(&long).ends_with('é'));
    }
}

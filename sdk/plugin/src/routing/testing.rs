//! Requests to begin a plugin's own tests with.

use super::{Action, Agent, Context, Conversation, Decision, Presence, Request, Team, Visitor};

/// Online, nothing to do, no skills.
pub fn agent() -> Agent {
    Agent {
        presence: Presence::Online,
        open: 0,
        capacity: 3,
        skills: 0,
        tier: 0,
        weight: 100,
        last_assigned: 0,
        last_freed: 0,
        last_served: 0,
        recent: 0,
        first_reply: 0,
        declined: false,
    }
}

/// A conversation in Chinese, opened now, in a team of `agents`; the skills are `billing` and `chinese`.
pub fn request(agents: Vec<Agent>) -> Request {
    Request {
        context: Context { now: 1_000_000, seed: 7 },
        conversation: Conversation {
            waiting_since: 1_000_000,
            ahead: 0,
            attempt: 0,
            priority: 1,
            needs: 0,
            channel: "Shop".into(),
            language: "zh-Hans".into(),
            labels: Vec::new(),
        },
        visitor: Visitor { vip: 0, visits: 0, properties: Vec::new() },
        skills: vec!["billing".into(), "chinese".into()],
        agents,
        teams: vec![Team { name: "Support".into(), open: true, online: 1, free: 1, waiting: 0 }],
        team: 0,
    }
}

/// The positions that were chosen, or nothing when it waits.
pub fn chosen(decision: &Decision) -> Vec<u32> {
    match &decision.action {
        Action::Assign(choices) => choices.iter().map(|c| c.agent).collect(),
        _ => Vec::new(),
    }
}

//! A command that comes again gets what it made back then; another command under its id is a conflict (C2).

use super::load::Known;
use crate::codec::Key;
use model::{Body, conversation::Command, conversation::Request};

/// Whether `known`, committed under this request's author and id, is what this request would have made.
pub fn is_same(known: &Known, request: &Request) -> bool {
    // A repeated opening may propose another conversation; the first one stands.
    if matches!(request.command, Command::Open { .. } | Command::LeaveMessage { .. }) {
        return matches!(known.entry.body, Body::Opened { .. });
    }
    let here: Key = (request.tenant, request.conversation);
    known.at == here && is_made_by(&known.entry.body, known, &request.command)
}

fn is_made_by(body: &Body, known: &Known, command: &Command) -> bool {
    match (command, body) {
        // What was recalled or taken out for privacy cannot be compared any more.
        (Command::Send { audience, .. }, Body::Erased) => known.entry.audience == *audience,
        (Command::Send { body: sent, audience }, stored) => sent == stored && known.entry.audience == *audience,
        (Command::Edit { seq, body: new }, Body::Edited { seq: stored, body }) => seq == stored && **body == *new,
        (Command::Recall { seq }, Body::Recalled { seq: stored }) => seq == stored,
        (Command::Invite { agent }, Body::Joined { agent: stored }) => agent.id == stored.id,
        (Command::Close { reason }, Body::Closed { reason: stored })
        | (Command::Decline { reason, .. }, Body::Declined { reason: stored, .. }) => reason == stored,
        (Command::Rate { score, comment }, Body::Rated { score: stored, comment: words }) => {
            score == stored && comment == words
        }
        (Command::Edit { .. }, Body::Erased)
        | (Command::Accept { .. } | Command::Take, Body::Assigned { .. })
        | (Command::Transfer { .. }, Body::Transferred { .. })
        | (Command::Leave, Body::Left { .. })
        | (Command::Reopen { .. }, Body::Reopened) => true,
        _ => false,
    }
}

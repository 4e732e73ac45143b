//! How an event changes the state. Total: an event that was decided is applied, never refused.

use super::{Backlog, Conversation, Event, Head, Stage};
use crate::{Author, Timestamp, conversation::Request, limits};

/// The state after `event`, which happened at `at`. `state` is `None` before `Event::Opened`.
///
/// Counters: an event with an entry takes the next `seq`; every event that somebody can see, but a mark, moves `version`.
pub fn apply(state: Option<Conversation>, request: &Request, event: &Event, at: Timestamp) -> Option<Conversation> {
    let mut c = match (state, event) {
        (None, Event::Opened { channel, visitor, team, subject, language, priority, needs, properties }) => {
            Conversation {
                id: request.conversation,
                tenant: request.tenant,
                channel: *channel,
                visitor: visitor.clone(),
                team: team.clone(),
                stage: Stage::Waiting,
                members: Vec::new(),
                subject: subject.clone(),
                language: language.clone(),
                priority: *priority,
                needs: needs.clone(),
                labels: Vec::new(),
                properties: properties.clone(),
                opened_at: at,
                backlog: entered(at, at),
                awaiting_reply_since: None,
                rating: None,
                head: Head::default(),
            }
        }
        (None, _) => return None,
        (Some(c), _) => c,
    };
    change(&mut c, event, at);
    if let Some((_, audience, _)) = event.entry() {
        c.head.last_seq += 1;
        if matches!(audience, crate::Audience::All) {
            c.head.last_public = c.head.last_seq;
        }
    }
    if !matches!(event, Event::Marked { .. } | Event::Watched { .. }) {
        c.head.version += 1;
        c.head.changed_at = at;
    }
    Some(c)
}

fn change(c: &mut Conversation, event: &Event, at: Timestamp) {
    match event {
        Event::Opened { .. }
        | Event::Marked { .. }
        | Event::Edited { .. }
        | Event::Recalled { .. }
        | Event::Transferred { team: None, .. }
        | Event::MessageLeft { .. } => {}
        Event::Sent { author, .. } => {
            if let Author::Agent { id, .. } = author
                && c.owner() == Some(*id)
            {
                c.awaiting_reply_since = None;
            }
        }
        Event::Queued { rank, again_at, announce } => {
            c.backlog.rank = *rank;
            c.backlog.again_at = *again_at;
            c.backlog.attempt += 1;
            c.backlog.announced |= announce;
        }
        Event::MessageAsked { again_at, announce } => {
            c.backlog.again_at = *again_at;
            c.backlog.attempt += 1;
            c.backlog.message_asked |= announce;
        }
        Event::Offered { offer } => {
            c.backlog.attempt += 1;
            c.backlog.again_at = None;
            match &mut c.stage {
                Stage::Assigned { handover, .. } => *handover = Some(offer.clone()),
                stage => *stage = Stage::Offered { offer: offer.clone() },
            }
        }
        Event::Assigned { agent, .. } => {
            let look_at = Some(at.plus(limits::IDLE_LOOK));
            c.stage = Stage::Assigned { agent: agent.clone(), since: at, handover: None, look_at };
            c.members.retain(|m| m.id != agent.id);
            c.backlog = Backlog { since: c.backlog.since, ..Backlog::default() };
            c.awaiting_reply_since = Some(at);
        }
        Event::Declined { agent, .. } => {
            if !c.backlog.declined.contains(&agent.id) {
                c.backlog.declined.push(agent.id);
            }
            match &mut c.stage {
                Stage::Assigned { handover, .. } => *handover = None,
                stage => {
                    *stage = Stage::Waiting;
                    c.backlog.again_at = Some(at.plus(limits::ROUTE_GRACE));
                }
            }
        }
        Event::Moved { team, .. } => {
            c.team = team.clone();
            c.stage = Stage::Waiting;
            c.backlog = Backlog { attempt: c.backlog.attempt + 1, ..entered(c.backlog.since, at) };
        }
        Event::Transferred { team: Some(team), .. } => {
            c.team = team.clone();
            c.stage = Stage::Waiting;
            c.backlog = entered(at, at);
        }
        Event::Joined { agent, .. } => c.members.push(agent.clone()),
        Event::Left { agent } => {
            c.members.retain(|m| m.id != agent.id);
            if c.owner() == Some(agent.id) {
                c.stage = Stage::Waiting;
                c.backlog = entered(at, at);
            }
        }
        Event::Rated { score, .. } => c.rating = Some(*score),
        Event::Closed { reason, .. } => {
            c.stage = Stage::Closed { at, reason: reason.clone() };
            c.members.clear();
            c.awaiting_reply_since = None;
        }
        Event::Reopened { .. } => {
            c.stage = Stage::Waiting;
            c.backlog = entered(at, at);
        }
        Event::Watched { look_at: again } => {
            if let Stage::Assigned { look_at, .. } = &mut c.stage {
                *look_at = Some(*again);
            }
        }
        // Who declined a while ago may be asked again.
        Event::Woken => {
            c.backlog.again_at = Some(at.plus(limits::ROUTE_GRACE));
            c.backlog.declined.clear();
        }
    }
}

/// A place in a backlog that no decision was made about yet.
fn entered(since: Timestamp, at: Timestamp) -> Backlog {
    Backlog { since, again_at: Some(at.plus(limits::ROUTE_GRACE)), ..Backlog::default() }
}

//! Facts in the past tense. Most are entries of the log; a few only change the state.

use crate::{
    AgentId, Audience, Author, Body, ChannelId, Participant, TeamId, Timestamp, VisitorId,
    body::Named,
    conversation::{Mark, Offer},
};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Opened {
        channel: ChannelId,
        visitor: Named<VisitorId>,
        team: Named<TeamId>,
        subject: Option<String>,
        language: Option<String>,
        priority: u8,
        needs: Vec<String>,
        properties: BTreeMap<String, String>,
    },
    Sent {
        author: Author,
        audience: Audience,
        body: Body,
    },
    Marked {
        participant: Participant,
        mark: Mark,
    },
    Edited {
        author: Author,
        seq: u64,
        audience: Audience,
        body: Body,
    },
    Recalled {
        author: Author,
        seq: u64,
        audience: Audience,
    },
    /// Routing left it in the backlog. An entry only the first time.
    Queued {
        rank: i32,
        again_at: Option<Timestamp>,
        announce: bool,
    },
    MessageAsked {
        again_at: Option<Timestamp>,
        announce: bool,
    },
    Offered {
        offer: Offer,
    },
    Assigned {
        author: Author,
        agent: Named<AgentId>,
    },
    Declined {
        agent: Named<AgentId>,
        reason: Option<String>,
        missed: bool,
    },
    Moved {
        author: Author,
        team: Named<TeamId>,
    },
    Transferred {
        author: Author,
        agent: Option<Named<AgentId>>,
        team: Option<Named<TeamId>>,
        note: Option<String>,
    },
    Joined {
        author: Author,
        agent: Named<AgentId>,
    },
    Left {
        agent: Named<AgentId>,
    },
    Rated {
        author: Author,
        score: u8,
        comment: Option<String>,
    },
    Closed {
        author: Author,
        reason: Option<String>,
    },
    Reopened {
        author: Author,
    },
    MessageLeft {
        author: Author,
        contact: String,
        message: Body,
    },
    /// `due_at` passed and nothing but a new decision is needed.
    Woken,
    /// `due_at` passed and the conversation goes on: it is looked at again then. Nothing that anybody can see.
    Watched {
        look_at: Timestamp,
    },
}

impl Event {
    /// The entry that this event is in the log: author, audience, body. `None` for events that only change the state.
    pub fn entry(&self) -> Option<(Author, Audience, Body)> {
        let system = || Author::System;
        Some(match self {
            Self::Opened { team, subject, visitor, .. } => (
                Author::Visitor { id: visitor.id, name: visitor.name.clone() },
                Audience::All,
                Body::Opened { team: team.clone(), subject: subject.clone() },
            ),
            Self::Sent { author, audience, body } => (author.clone(), *audience, body.clone()),
            Self::Edited { author, seq, audience, body } => {
                (author.clone(), *audience, Body::Edited { seq: *seq, body: Box::new(body.clone()) })
            }
            Self::Recalled { author, seq, audience } => (author.clone(), *audience, Body::Recalled { seq: *seq }),
            Self::Queued { rank, announce: true, .. } => (system(), Audience::All, Body::Queued { rank: *rank }),
            Self::MessageAsked { announce: true, .. } => (system(), Audience::All, Body::MessageAsked),
            Self::Offered { offer } => (
                system(),
                Audience::Agents,
                Body::Offered {
                    offer: offer.id,
                    agent: offer.agent.clone(),
                    expires_at: offer.expires_at,
                    decision: offer.decision,
                },
            ),
            Self::Assigned { author, agent } => {
                (author.clone(), Audience::All, Body::Assigned { agent: agent.clone() })
            }
            Self::Declined { agent, reason, missed } => (
                if *missed { system() } else { Author::Agent { id: agent.id, name: agent.name.clone() } },
                Audience::Agents,
                Body::Declined { agent: agent.clone(), reason: reason.clone(), missed: *missed },
            ),
            Self::Moved { author, team } => (author.clone(), Audience::All, Body::Moved { team: team.clone() }),
            Self::Transferred { author, agent, team, note } => (
                author.clone(),
                Audience::Agents,
                Body::Transferred { agent: agent.clone(), team: team.clone(), note: note.clone() },
            ),
            Self::Joined { author, agent } => (author.clone(), Audience::All, Body::Joined { agent: agent.clone() }),
            Self::Left { agent } => (
                Author::Agent { id: agent.id, name: agent.name.clone() },
                Audience::All,
                Body::Left { agent: agent.clone() },
            ),
            Self::Rated { author, score, comment } => {
                (author.clone(), Audience::All, Body::Rated { score: *score, comment: comment.clone() })
            }
            Self::Closed { author, reason } => (author.clone(), Audience::All, Body::Closed { reason: reason.clone() }),
            Self::Reopened { author } => (author.clone(), Audience::All, Body::Reopened),
            Self::MessageLeft { author, contact, message } => (
                author.clone(),
                Audience::All,
                Body::MessageLeft { contact: contact.clone(), message: Box::new(message.clone()) },
            ),
            Self::Marked { .. }
            | Self::Queued { .. }
            | Self::MessageAsked { .. }
            | Self::Woken
            | Self::Watched { .. } => {
                return None;
            }
        })
    }
}

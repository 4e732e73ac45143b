//! What comes of a command: events, or a refusal in words.

use super::{
    Command, Conversation, Event, HandoverTo, Mark, Marks, Offer, OfferTerms, Request, Stage,
    by_host::{absent, route, tick},
};
use crate::{
    AgentId, Audience, Author, Body, Caller, Code, DecisionId, Entry, Participant, Refusal, Role, Timestamp,
    body::Named, limits, people::Status, tenant::Settings,
};
use std::{collections::BTreeMap, time::Duration};

/// An agent's places, as locked by the transaction that decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat {
    pub open: u16,
    pub capacity: u16,
    pub status: Status,
}

impl Seat {
    /// May be offered or assigned one more.
    pub const fn free(self) -> bool {
        matches!(self.status, Status::Online) && self.open < self.capacity
    }
    /// May pull one more.
    pub const fn has_room(self) -> bool {
        !matches!(self.status, Status::Offline) && self.open < self.capacity
    }
}

/// What the transaction knows besides the state.
#[derive(Debug)]
pub struct Context<'a> {
    pub now: Timestamp,
    pub settings: &'a Settings,
    /// The tenant's activation epoch in force (C7).
    pub epoch: u64,
    /// Places of the agents the command names and of the caller.
    pub seats: &'a BTreeMap<AgentId, Seat>,
    /// Marks of this conversation. Loaded for `mark` only.
    pub marks: &'a Marks,
    /// The entry that an edit or recall is about.
    pub target: Option<&'a Entry>,
    /// Open conversations of the visitor. Loaded for `open` only.
    pub open_of_visitor: u32,
}

/// Decides `request` on `state`. Pure; the caller holds the rows locked.
pub fn decide(state: Option<&Conversation>, request: &Request, cx: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    match (&request.command, state) {
        (Command::Open { .. } | Command::LeaveMessage { .. }, None) => open(request, cx),
        (Command::Open { .. } | Command::LeaveMessage { .. }, Some(_)) => Err(Refusal::conflict("this id is taken")),
        (_, None) => Err(Refusal::not_found("conversation")),
        (Command::Route { epoch, attempt, decision, grant }, Some(c)) => {
            route(c, cx, *epoch, *attempt, *decision, grant)
        }
        (Command::Tick, Some(c)) => Ok(tick(c, cx)),
        (Command::Absent { agent, rule }, Some(c)) => Ok(absent(c, *agent, *rule)),
        (_, Some(c)) => {
            let caller = request.caller.as_ref().ok_or_else(|| Refusal::forbidden("this command needs a caller"))?;
            by_person(c, caller, &request.command, cx)
        }
    }
}

fn open(request: &Request, cx: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    match &request.command {
        Command::Open { channel, visitor, team, subject, language, priority, needs, properties } => {
            if cx.open_of_visitor >= cx.settings.open_per_visitor {
                return Err(Refusal::conflict(format!(
                    "a visitor has at most {} open conversations",
                    cx.settings.open_per_visitor
                )));
            }
            check_line("subject", subject.as_deref())?;
            check_properties(properties)?;
            Ok(vec![Event::Opened {
                channel: *channel,
                visitor: visitor.clone(),
                team: team.clone(),
                subject: subject.clone(),
                language: language.clone(),
                priority: (*priority).min(3),
                needs: needs.iter().take(limits::LABELS).cloned().collect(),
                properties: properties.clone(),
            }])
        }
        Command::LeaveMessage { channel, visitor, team, language, contact, message } => {
            message.check_sendable()?;
            check_line("contact", Some(contact))?;
            let author = Author::Visitor { id: visitor.id, name: visitor.name.clone() };
            Ok(vec![
                Event::Opened {
                    channel: *channel,
                    visitor: visitor.clone(),
                    team: team.clone(),
                    subject: None,
                    language: language.clone(),
                    priority: 1,
                    needs: Vec::new(),
                    properties: BTreeMap::new(),
                },
                Event::MessageLeft { author: author.clone(), contact: contact.clone(), message: message.clone() },
                Event::Closed { author: Author::System, reason: Some("message_left".into()) },
            ])
        }
        _ => Err(Refusal::not_found("conversation")),
    }
}

fn by_person(c: &Conversation, caller: &Caller, command: &Command, cx: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    may_see(c, caller)?;
    let author = author(caller);
    match command {
        Command::Send { body, audience } => send(c, caller, body, *audience),
        Command::Mark { delivered, read } => mark(c, caller, *delivered, *read, cx),
        Command::Edit { seq, body } => {
            body.check_sendable()?;
            let entry = own_entry(c, caller, *seq, cx)?;
            Ok(vec![Event::Edited { author, seq: *seq, audience: entry.audience, body: body.clone() }])
        }
        Command::Recall { seq } => {
            let entry = own_entry(c, caller, *seq, cx)?;
            Ok(vec![Event::Recalled { author, seq: *seq, audience: entry.audience }])
        }
        Command::Accept { offer, token } => {
            let offer = answered(c, caller, *offer, *token)?;
            if offer.expires_at <= cx.now {
                return Err(Refusal::new(Code::Expired, "the offer has ended"));
            }
            Ok(vec![Event::Assigned { author, agent: offer.agent.clone() }])
        }
        Command::Decline { offer, token, reason } => {
            check_line("reason", reason.as_deref())?;
            let offer = answered(c, caller, *offer, *token)?;
            Ok(vec![Event::Declined { agent: offer.agent.clone(), reason: reason.clone(), missed: false }])
        }
        Command::Take => take(c, caller, cx),
        Command::Transfer { to, note, terms } => transfer(c, caller, to, note.as_deref(), *terms, cx),
        Command::Invite { agent } => {
            open_only(c)?;
            member_or_supervisor(c, caller)?;
            if c.has(Participant::Agent(agent.id)) {
                return Err(Refusal::conflict("this agent takes part already"));
            }
            if c.members.len() >= limits::MEMBERS {
                return Err(Refusal::conflict(format!("at most {} agents are invited", limits::MEMBERS)));
            }
            Ok(vec![Event::Joined { author, agent: agent.clone() }])
        }
        Command::Leave => match caller.participant.agent() {
            Some(id) if c.has(caller.participant) => {
                open_only(c)?;
                Ok(vec![Event::Left { agent: Named { id, name: caller.name.clone() } }])
            }
            _ => Err(Refusal::wrong_state("only an agent who takes part can leave")),
        },
        Command::Close { reason } => {
            check_line("reason", reason.as_deref())?;
            open_only(c)?;
            member_or_supervisor(c, caller)?;
            Ok(vec![Event::Closed { author, reason: reason.clone() }])
        }
        Command::Reopen { .. } => match c.stage {
            Stage::Closed { .. } => Ok(vec![Event::Reopened { author }]),
            _ => Err(Refusal::wrong_state("the conversation is open")),
        },
        Command::Rate { score, comment } => {
            check_line("comment", comment.as_deref())?;
            if !(1..=5).contains(score) {
                return Err(Refusal::bad("score", "a score is 1 to 5"));
            }
            if c.rating.is_some() {
                return Err(Refusal::wrong_state("the conversation is rated already"));
            }
            Ok(vec![Event::Rated { author, score: *score, comment: comment.clone() }])
        }
        Command::Open { .. }
        | Command::LeaveMessage { .. }
        | Command::Route { .. }
        | Command::Tick
        | Command::Absent { .. } => Err(Refusal::forbidden("not a command for this conversation")),
    }
}

/// Another visitor's conversation does not exist for a visitor.
fn may_see(c: &Conversation, caller: &Caller) -> Result<(), Refusal> {
    match caller.participant {
        Participant::Visitor(id) if id != c.visitor.id => Err(Refusal::not_found("conversation")),
        _ => Ok(()),
    }
}

fn author(caller: &Caller) -> Author {
    match caller.participant {
        Participant::Visitor(id) => Author::Visitor { id, name: caller.name.clone() },
        Participant::Agent(id) => Author::Agent { id, name: caller.name.clone() },
    }
}

fn open_only(c: &Conversation) -> Result<(), Refusal> {
    if c.is_closed() { Err(Refusal::wrong_state("the conversation is closed")) } else { Ok(()) }
}

fn member_only(c: &Conversation, caller: &Caller) -> Result<(), Refusal> {
    if c.has(caller.participant) {
        Ok(())
    } else {
        Err(Refusal::forbidden("you do not take part in this conversation"))
    }
}

fn member_or_supervisor(c: &Conversation, caller: &Caller) -> Result<(), Refusal> {
    if caller.role >= Role::Supervisor { Ok(()) } else { member_only(c, caller) }
}

fn send(c: &Conversation, caller: &Caller, body: &Body, audience: Audience) -> Result<Vec<Event>, Refusal> {
    body.check_sendable()?;
    open_only(c)?;
    match audience {
        Audience::Agents if caller.role == Role::Visitor => {
            return Err(Refusal::forbidden("notes are for agents").field("audience"));
        }
        Audience::Agents if caller.role >= Role::Supervisor => {}
        _ => member_only(c, caller)?,
    }
    Ok(vec![Event::Sent { author: author(caller), audience, body: body.clone() }])
}

fn mark(
    c: &Conversation,
    caller: &Caller,
    delivered: Option<u64>,
    read: Option<u64>,
    cx: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    member_only(c, caller)?;
    let last = c.head.last_seq;
    if delivered.or(read).is_none() {
        return Err(Refusal::bad("delivered", "a mark has `delivered`, `read` or both"));
    }
    if delivered.unwrap_or(0) > last || read.unwrap_or(0) > last {
        return Err(Refusal::bad("delivered", format!("the last entry is {last}")));
    }
    let old = cx.marks.get(&caller.participant).copied().unwrap_or_default();
    let read = read.unwrap_or(0).max(old.read);
    let mark = Mark { delivered: delivered.unwrap_or(0).max(old.delivered).max(read), read };
    if mark == old { Ok(Vec::new()) } else { Ok(vec![Event::Marked { participant: caller.participant, mark }]) }
}

fn own_entry<'a>(c: &Conversation, caller: &Caller, seq: u64, cx: &Context<'a>) -> Result<&'a Entry, Refusal> {
    open_only(c)?;
    let entry = cx.target.filter(|e| e.seq == seq).ok_or_else(|| Refusal::not_found("entry").field("seq"))?;
    if entry.body.check_sendable().is_err() {
        return Err(Refusal::wrong_state("this entry cannot be changed").field("seq"));
    }
    if caller.role >= Role::Supervisor {
        return Ok(entry);
    }
    if entry.author.participant() != Some(caller.participant) {
        return Err(Refusal::forbidden("only own entries can be changed").field("seq"));
    }
    if cx.now.since(entry.at) > Duration::from_mins(1) * cx.settings.edit_minutes {
        return Err(Refusal::wrong_state(format!("entries can be changed for {} minutes", cx.settings.edit_minutes)));
    }
    Ok(entry)
}

fn answered<'a>(c: &'a Conversation, caller: &Caller, offer: crate::OfferId, token: u64) -> Result<&'a Offer, Refusal> {
    let gone = || Refusal::new(Code::Expired, "the offer has ended");
    let open = c.offer().filter(|o| o.id == offer).ok_or_else(gone)?;
    if Some(open.agent.id) != caller.participant.agent() {
        return Err(Refusal::not_found("offer"));
    }
    if open.token == token { Ok(open) } else { Err(gone().field("token")) }
}

fn take(c: &Conversation, caller: &Caller, cx: &Context<'_>) -> Result<Vec<Event>, Refusal> {
    let id = caller.participant.agent().ok_or_else(|| Refusal::forbidden("only agents take conversations"))?;
    let agent = Named { id, name: caller.name.clone() };
    open_only(c)?;
    if c.owner() == Some(id) {
        return Err(Refusal::wrong_state("you have it already"));
    }
    if !matches!(c.stage, Stage::Waiting)
        && caller.role < Role::Supervisor
        && c.offer().is_none_or(|o| o.agent.id != id)
    {
        return Err(Refusal::conflict("another agent has it"));
    }
    let held = c.holders().any(|h| h == id);
    if !held && !cx.seats.get(&id).is_some_and(|s| s.has_room()) {
        return Err(Refusal::conflict("you have no free place"));
    }
    Ok(vec![Event::Assigned { author: author(caller), agent }])
}

fn transfer(
    c: &Conversation,
    caller: &Caller,
    to: &HandoverTo,
    note: Option<&str>,
    terms: OfferTerms,
    cx: &Context<'_>,
) -> Result<Vec<Event>, Refusal> {
    open_only(c)?;
    check_line("note", note)?;
    let owns = c.owner().is_some_and(|owner| caller.participant == Participant::Agent(owner));
    if !owns && caller.role < Role::Supervisor {
        return Err(Refusal::forbidden("only its agent or a supervisor can hand a conversation over"));
    }
    let note = note.map(str::to_owned);
    match to {
        HandoverTo::Team(team) => {
            Ok(vec![Event::Transferred { author: author(caller), agent: None, team: Some(team.clone()), note }])
        }
        HandoverTo::Agent(agent) => {
            if c.holders().any(|h| h == agent.id) {
                return Err(Refusal::conflict("this agent has it already").field("to"));
            }
            if c.offer().is_some() {
                return Err(Refusal::conflict("it is being offered to another agent"));
            }
            if !cx.seats.get(&agent.id).is_some_and(|s| s.free()) {
                return Err(Refusal::conflict("this agent is not free").field("to"));
            }
            let offer = Offer {
                id: terms.offer,
                agent: agent.clone(),
                token: terms.token,
                expires_at: cx.now.plus(terms.lifetime),
                decision: DecisionId::from_bytes(terms.offer.to_bytes()),
            };
            Ok(vec![
                Event::Transferred { author: author(caller), agent: Some(agent.clone()), team: None, note },
                Event::Offered { offer },
            ])
        }
    }
}

fn check_line(field: &'static str, text: Option<&str>) -> Result<(), Refusal> {
    if text.is_some_and(|t| t.len() > limits::LINE_BYTES) {
        return Err(Refusal::new(Code::TooLarge, format!("at most {} bytes", limits::LINE_BYTES)).field(field));
    }
    Ok(())
}

/// Bounds of visitors' and conversations' properties.
pub fn check_properties(properties: &BTreeMap<String, String>) -> Result<(), Refusal> {
    let long = properties.iter().any(|(k, v)| k.len() > limits::PROPERTY_BYTES || v.len() > limits::PROPERTY_BYTES);
    if properties.len() > limits::PROPERTIES || long {
        let message = format!("at most {} properties of {} bytes", limits::PROPERTIES, limits::PROPERTY_BYTES);
        return Err(Refusal::new(Code::TooLarge, message).field("properties"));
    }
    Ok(())
}

//! The state machine over a loaded group, in memory: results for the senders, changes for the database.

use super::{
    load::{Known, Loaded, SeatKey, SeatRow, Slot, at, command_key},
    receipts,
};
use crate::{codec::Key, notifications::EventRow};
use model::{
    AgentId, Body, Code, Conversation, Entry, OfferId, Participant, Refusal, TenantId, VisitorId,
    catalogue::{self, ConversationPayload},
    conversation::{Command, Context, Event, Mark, Marks, Offer, Request, Seat, apply, decide},
    notification,
    plugin::DecisionRecord,
};
use ports::store::{CommitError, Write, Written};
use std::collections::{BTreeMap, BTreeSet};

/// First replies that are remembered per agent.
const FIRST_REPLIES: usize = 20;

/// A row of `offers`.
pub struct OfferRow {
    pub at: Key,
    pub offer: Offer,
    pub state: &'static str,
}

/// A row of `assignments`.
pub struct Assignment {
    pub at: Key,
    pub seq: u64,
    pub agent: AgentId,
    pub visitor: VisitorId,
    pub freed: bool,
}

/// What the group changes. Written in the order of the fields.
#[derive(Default)]
pub struct Changes {
    pub now: model::Timestamp,
    /// Every conversation of the group that changed, as the group leaves it.
    pub slots: BTreeMap<Key, Slot>,
    pub entries: Vec<(Key, Entry)>,
    /// Entries whose words are not to be served any more.
    pub recalled: BTreeSet<(Key, u64)>,
    pub marks: BTreeMap<(Key, Participant), Mark>,
    pub seats: BTreeMap<SeatKey, SeatRow>,
    pub offers: BTreeMap<(TenantId, OfferId), OfferRow>,
    /// Conversations whose stored assignment ends.
    pub freed: BTreeSet<Key>,
    pub assignments: Vec<Assignment>,
    pub decisions: Vec<(Key, DecisionRecord)>,
    /// Facts that somebody outside is told of.
    pub events: Vec<EventRow>,
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty() && self.marks.is_empty()
    }
}

/// Decides the writes in order; each sees what those before it did.
pub fn decide_all(loaded: Loaded, group: &[Write]) -> (Vec<Result<Written, CommitError>>, Changes) {
    let mut run = Run {
        changed: BTreeSet::new(),
        moved: BTreeSet::new(),
        changes: Changes { now: loaded.now, ..Changes::default() },
        loaded,
    };
    let outcome = group.iter().map(|write| run.decide(write).map_err(CommitError::Refused)).collect();
    let Run { mut loaded, mut changes, changed, moved } = run;
    changes.slots = changed.into_iter().filter_map(|k| Some((k, loaded.slots.remove(&k)?))).collect();
    changes.seats = moved.into_iter().filter_map(|k| Some((k, loaded.seats.remove(&k)?))).collect();
    (outcome, changes)
}

struct Run {
    loaded: Loaded,
    changes: Changes,
    changed: BTreeSet<Key>,
    moved: BTreeSet<SeatKey>,
}

/// One event, applied.
struct Step {
    event: Event,
    before: Option<Conversation>,
    after: Conversation,
    entry: Option<Entry>,
}

impl Step {
    /// Whether the state changes beyond the counters of its log.
    fn moves_the_case(&self) -> bool {
        match &self.event {
            Event::Sent { .. } => {
                self.before.as_ref().and_then(|c| c.awaiting_reply_since) != self.after.awaiting_reply_since
            }
            Event::Marked { .. } | Event::Edited { .. } | Event::Recalled { .. } => false,
            _ => true,
        }
    }
}

impl Run {
    fn decide(&mut self, write: &Write) -> Result<Written, Refusal> {
        let request = &write.request;
        if write.node.is_some_and(|node| !self.loaded.nodes.contains(&node)) {
            return Err(Refusal::new(Code::Unavailable, "this node's lease has ended").retry_after(1));
        }
        let command = command_key(write);
        if let Some(known) = command.as_ref().and_then(|key| self.loaded.known.get(key)) {
            return self.repeated(known, request);
        }
        let before = self.loaded.slots.get(&at(write)).and_then(|s| s.now.clone());
        let events = self.events(before.as_ref(), request)?;
        let steps = self.steps(before.clone(), request, events);
        self.move_places(before.as_ref(), steps.last().map(|s| &s.after))?;

        let mut written = Vec::with_capacity(steps.len());
        let mut entries = Vec::new();
        let mut after = before.clone();
        for step in steps {
            self.note(at(write), request, &step);
            if let (Some(key), Some(entry)) = (command, &step.entry)
                && entry.id.is_some()
            {
                self.loaded.known.insert(key, Known { at: at(write), entry: entry.clone() });
            }
            entries.extend(step.entry);
            written.push(step.event);
            after = Some(step.after);
        }
        let conversation = after.ok_or_else(|| Refusal::not_found("conversation"))?;
        if !written.is_empty() {
            self.note_decision(write, before.as_ref(), &conversation);
        }
        Ok(Written { conversation, before, events: written, entries, repeated: false })
    }

    fn repeated(&self, known: &Known, request: &Request) -> Result<Written, Refusal> {
        if !receipts::is_same(known, request) {
            return Err(Refusal::conflict("this id was used for another command").field("id"));
        }
        let now = self.loaded.slots.get(&known.at).and_then(|s| s.now.clone());
        let conversation = now.ok_or_else(|| Refusal::not_found("conversation"))?;
        Ok(Written {
            before: Some(conversation.clone()),
            conversation,
            events: Vec::new(),
            entries: vec![known.entry.clone()],
            repeated: true,
        })
    }

    fn events(&self, state: Option<&Conversation>, request: &Request) -> Result<Vec<Event>, Refusal> {
        let here = (request.tenant, request.conversation);
        let (settings, epoch) = self.loaded.tenants.get(&request.tenant).ok_or_else(|| Refusal::not_found("tenant"))?;
        let seats = self.seats(state, request);
        let marks = self.loaded.marks.get(&here);
        let none = Marks::new();
        let open_of_visitor = match &request.command {
            Command::Open { visitor, .. } => {
                self.loaded.open_of_visitor.get(&(request.tenant, visitor.id)).copied().unwrap_or(0)
            }
            _ => 0,
        };
        let cx = Context {
            now: self.loaded.now,
            settings,
            epoch: *epoch,
            seats: &seats,
            marks: marks.unwrap_or(&none),
            target: request.command.target().and_then(|seq| self.loaded.targets.get(&(here, seq))),
            open_of_visitor,
        };
        decide(state, request, &cx)
    }

    /// Places of the agents the command names, of the caller and of who holds the conversation.
    fn seats(&self, state: Option<&Conversation>, request: &Request) -> BTreeMap<AgentId, Seat> {
        let caller = request.caller.as_ref().and_then(|c| c.participant.agent());
        let holders = state.into_iter().flat_map(Conversation::holders);
        request
            .command
            .seats()
            .chain(caller)
            .chain(holders)
            .filter_map(|agent| Some((agent, self.loaded.seats.get(&(request.tenant, agent))?.seat())))
            .collect()
    }

    fn steps(&self, mut state: Option<Conversation>, request: &Request, events: Vec<Event>) -> Vec<Step> {
        let mut id = request.id;
        let mut steps = Vec::with_capacity(events.len());
        for event in events {
            let before = state.clone();
            let Some(after) = apply(state.take(), request, &event, self.loaded.now) else { break };
            let entry = event.entry().map(|(author, audience, body)| Entry {
                seq: after.head.last_seq,
                prev_public: before.as_ref().map_or(0, |c| c.head.last_public),
                at: self.loaded.now,
                // Only an entry of the caller's own carries the id: it is unique per author.
                id: if request.caller.as_ref().map(|c| c.participant) == author.participant() {
                    id.take()
                } else {
                    None
                },
                author,
                audience,
                body,
            });
            state = Some(after.clone());
            steps.push(Step { event, before, after, entry });
        }
        steps
    }

    /// Moves the ledger by the difference of the holders, or refuses (C5).
    fn move_places(&mut self, before: Option<&Conversation>, after: Option<&Conversation>) -> Result<(), Refusal> {
        let Some(after) = after else { return Ok(()) };
        let mut difference: BTreeMap<AgentId, i32> = BTreeMap::new();
        for agent in before.into_iter().flat_map(Conversation::holders) {
            *difference.entry(agent).or_default() -= 1;
        }
        for agent in after.holders() {
            *difference.entry(agent).or_default() += 1;
        }
        difference.retain(|_, n| *n != 0);
        let row = |run: &Self, agent| run.loaded.seats.get(&(after.tenant, agent)).cloned();
        for (agent, n) in &difference {
            let room = row(self, *agent).is_some_and(|r| i32::from(r.open) + n <= i32::from(r.capacity));
            if *n > 0 && !room {
                return Err(Refusal::conflict("this agent has no free place"));
            }
        }
        let now = self.loaded.now;
        for (agent, n) in difference {
            let Some(row) = self.loaded.seats.get_mut(&(after.tenant, agent)) else { continue };
            row.open = u16::try_from(i32::from(row.open) + n).unwrap_or(0);
            row.allowance = row.capacity.max(row.open);
            if n > 0 {
                row.last_assigned = Some(now);
            } else {
                row.last_freed = Some(now);
            }
            self.moved.insert((after.tenant, agent));
        }
        Ok(())
    }

    /// Takes one applied event over into the changes and into what later writes of the group see.
    fn note(&mut self, here: Key, request: &Request, step: &Step) {
        if let Event::Marked { participant, mark } = &step.event {
            self.changes.marks.insert((here, *participant), *mark);
            self.loaded.marks.entry(here).or_default().insert(*participant, *mark);
            return;
        }
        if let Some(entry) = &step.entry {
            self.changes.entries.push((here, entry.clone()));
            let target = (here, entry.seq);
            self.loaded.targets.insert(target, entry.clone());
        }
        if let Event::Recalled { seq, .. } = &step.event {
            self.changes.recalled.insert((here, *seq));
            if let Some(target) = self.loaded.targets.get_mut(&(here, *seq)) {
                target.body = Body::Erased;
            }
        }
        self.note_event(here, step);
        self.note_offer(here, step);
        self.note_owner(here, request, step);
        self.note_open(step);
        let slot = self.loaded.slots.entry(here).or_default();
        if let Some(owner) = step.after.owner() {
            slot.agent = Some(owner);
        } else if !step.after.is_closed() {
            slot.agent = None;
        }
        if step.entry.is_some() && slot.index_since.is_none() {
            slot.index_since = Some(self.loaded.now);
        }
        if step.before.as_ref().and_then(Conversation::due_at) != step.after.due_at() {
            slot.lease_until = None;
        }
        slot.moved |= step.moves_the_case();
        slot.now = Some(step.after.clone());
        self.changed.insert(here);
    }

    fn note_offer(&mut self, here: Key, step: &Step) {
        let before = step.before.as_ref().and_then(Conversation::offer);
        let after = step.after.offer();
        if before.map(|o| o.id) == after.map(|o| o.id) {
            return;
        }
        let mut put = |offer: &Offer, state| {
            self.changes.offers.insert((here.0, offer.id), OfferRow { at: here, offer: offer.clone(), state });
        };
        if let Some(offer) = before {
            put(
                offer,
                match &step.event {
                    Event::Assigned { agent, .. } if agent.id == offer.agent.id => "accepted",
                    Event::Declined { missed: true, .. } => "missed",
                    Event::Declined { .. } => "declined",
                    _ => "withdrawn",
                },
            );
        }
        if let Some(offer) = after {
            put(offer, "open");
        }
    }

    fn note_owner(&mut self, here: Key, request: &Request, step: &Step) {
        let before = step.before.as_ref().and_then(Conversation::owner);
        let after = step.after.owner();
        if before == after {
            return self.note_first_reply(request, step);
        }
        if before.is_some() {
            match self.changes.assignments.iter_mut().rfind(|a| a.at == here) {
                Some(assignment) => assignment.freed = true,
                None => drop(self.changes.freed.insert(here)),
            }
        }
        if let Some(agent) = after {
            self.changes.assignments.push(Assignment {
                at: here,
                seq: step.after.head.last_seq,
                agent,
                visitor: step.after.visitor.id,
                freed: false,
            });
        }
    }

    /// The fact as an event, if its tenant tells anybody.
    fn note_event(&mut self, here: Key, step: &Step) {
        let (Some(kind), Some(entry)) = (catalogue::kind(&step.event), &step.entry) else { return };
        if !self.loaded.listeners.contains(&here.0) {
            return;
        }
        match serde_json::to_value(ConversationPayload::of(&step.after, entry)) {
            Ok(payload) => {
                let id = catalogue::entry_event_id(here.1, entry.seq, entry.at);
                let event = notification::Event { id, kind, at: entry.at, conversation: Some(here.1), payload };
                self.changes.events.push(EventRow { tenant: here.0, event, seq: entry.seq });
            }
            Err(error) => {
                tracing::error!(%error, kind = kind.as_str(), "a fact that cannot be written is told to nobody");
            }
        }
    }

    fn note_first_reply(&mut self, request: &Request, step: &Step) {
        let since = step.before.as_ref().and_then(|c| c.awaiting_reply_since);
        let (Some(since), None, Some(owner)) = (since, step.after.awaiting_reply_since, step.after.owner()) else {
            return;
        };
        let took = self.loaded.now.since(since).as_millis();
        if let Some(row) = self.loaded.seats.get_mut(&(request.tenant, owner)) {
            let over = (row.first_replies.len() + 1).saturating_sub(FIRST_REPLIES);
            row.first_replies.drain(..over);
            row.first_replies.push(u64::try_from(took).unwrap_or(u64::MAX));
            self.moved.insert((request.tenant, owner));
        }
    }

    /// Keeps the count of the visitor's open conversations that later openings of the group see.
    fn note_open(&mut self, step: &Step) {
        let was = step.before.as_ref().is_some_and(|c| !c.is_closed());
        let is = !step.after.is_closed();
        if was != is
            && let Some(open) = self.loaded.open_of_visitor.get_mut(&(step.after.tenant, step.after.visitor.id))
        {
            *open = if is { *open + 1 } else { open.saturating_sub(1) };
        } else if is && !was {
            self.loaded.open_of_visitor.insert((step.after.tenant, step.after.visitor.id), 1);
        }
    }

    fn note_decision(&mut self, write: &Write, before: Option<&Conversation>, after: &Conversation) {
        let (Command::Route { .. }, Some(record)) = (&write.request.command, &write.decision) else { return };
        let had: Vec<AgentId> = before.into_iter().flat_map(Conversation::holders).collect();
        let got = after.holders().find(|a| !had.contains(a));
        let record = DecisionRecord { assigned: got.or(record.assigned), ..record.clone() };
        self.changes.decisions.push((at(write), record));
    }
}

//! This node's sessions, and what a committed change is to each of them.

use crate::{Encoded, Session, Summary, catch_up::offer_frame, summary::last_visible, watch::Watcher, wire::Event};
use bytes::Bytes;
use model::{
    AgentId, Conversation, ConversationId, Participant, Reader, SessionId, TeamId, TenantId, Timestamp, VisitorId,
    backlog::Eta, body::Named, conversation::Mark, people::Status,
};
use parking_lot::RwLock;
use ports::{
    hints::Committed,
    store::{Located, Place},
};
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

/// Live sessions of one visitor or agent on this node.
const SESSIONS_PER_PARTICIPANT: usize = 32;

/// The participant has too many live sessions.
#[derive(Debug, thiserror::Error)]
#[error("at most {SESSIONS_PER_PARTICIPANT} sessions at once")]
pub struct Full;

/// The sessions of one conversation on this node.
#[derive(Debug, Default)]
pub(crate) struct Topic {
    sessions: Vec<Arc<Session>>,
    /// Who gets the same and takes no part.
    pub watchers: Vec<Watcher>,
    /// Who takes part, here or elsewhere.
    participants: Vec<Participant>,
    /// The newest state that was heard of: a message that comes late does not turn back who takes part.
    version: AtomicU64,
    /// Until when it is believed that all participants are on this node (milliseconds, as `Timestamp`).
    alone_until: AtomicI64,
}

impl Topic {
    const fn is_empty(&self) -> bool {
        self.sessions.is_empty() && self.watchers.is_empty()
    }
}

/// Where a signal went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Sessions here that took it.
    pub sessions: u64,
    /// Until when it is believed that there is nobody elsewhere.
    pub alone_until: Timestamp,
}

#[derive(Debug, Default)]
pub(crate) struct Maps {
    sessions: HashMap<SessionId, Arc<Session>>,
    participants: HashMap<(TenantId, Participant), Vec<Arc<Session>>>,
    pub topics: HashMap<Located, Topic>,
    /// Who watches whole teams.
    pub teams: HashMap<(TenantId, TeamId), Vec<Arc<Session>>>,
}

/// This node's sessions: by id, by participant, by conversation. Locks are held for memory work only, the hub's before a
/// session's.
#[derive(Debug, Default)]
pub struct Hub {
    pub(crate) maps: RwLock<Maps>,
}

/// What happened to a conversation, besides its state.
struct Change<'a> {
    conversation: &'a Conversation,
    entries: Vec<Encoded<'a>>,
    marks: Vec<Bytes>,
    /// The summary changed.
    summary: bool,
    /// Read all anew: it is not known what was missed.
    verify: bool,
}

impl Hub {
    pub(crate) fn register(&self, session: &Arc<Session>) -> Result<(), Full> {
        let mut maps = self.maps.write();
        let own = maps.participants.entry((session.tenant(), session.participant())).or_default();
        if own.len() >= SESSIONS_PER_PARTICIPANT {
            return Err(Full);
        }
        own.push(Arc::clone(session));
        maps.sessions.insert(session.id, Arc::clone(session));
        Ok(())
    }

    pub(crate) fn remove(&self, session: &Session) {
        let mut maps = self.maps.write();
        if maps.sessions.get(&session.id).is_some_and(|s| is(s, session)) {
            maps.sessions.remove(&session.id);
        }
        if let Entry::Occupied(mut own) = maps.participants.entry((session.tenant(), session.participant())) {
            own.get_mut().retain(|s| !is(s, session));
            if own.get().is_empty() {
                own.remove();
            }
        }
        maps.teams.retain(|_, watching| {
            watching.retain(|s| !is(s, session));
            !watching.is_empty()
        });
        for conversation in session.mailbox.lock().conversations() {
            maps.unsubscribe(Located { tenant: session.tenant(), conversation }, session);
        }
    }

    /// The session gets what is committed to `c` from now on; false when its participant was heard to leave since `c` was read.
    pub(crate) fn subscribe(&self, session: &Arc<Session>, c: &Conversation) -> bool {
        self.maps.write().subscribe(session, c)
    }

    pub fn session(&self, id: SessionId) -> Option<Arc<Session>> {
        self.maps.read().sessions.get(&id).cloned()
    }
    pub fn sessions_of(&self, tenant: TenantId, who: Participant) -> Vec<Arc<Session>> {
        self.maps.read().participants.get(&(tenant, who)).cloned().unwrap_or_default()
    }
    /// Who takes part in a conversation that a session here follows.
    pub fn participants(&self, at: Located) -> Vec<Participant> {
        self.maps.read().topics.get(&at).map(|topic| topic.participants.clone()).unwrap_or_default()
    }
    /// All of them, for the directory and for a drain.
    pub fn sessions(&self) -> Vec<Arc<Session>> {
        self.maps.read().sessions.values().cloned().collect()
    }
    pub fn len(&self) -> usize {
        self.maps.read().sessions.len()
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Delivers a commit to whom it concerns here. Answers the frames that were queued.
    pub fn committed(&self, committed: &Committed) -> u64 {
        let c = &committed.conversation;
        let entries: Vec<_> = committed.entries.iter().map(|entry| Encoded::new(c.id, entry)).collect();
        let quiet = committed.departed.is_empty()
            && committed.offered.is_none()
            && committed.offer_ended.is_none()
            && committed.entries.iter().all(|e| e.body.is_message());
        let marks = committed.marks.iter().map(|(who, mark)| mark_frame(c.id, *who, *mark)).collect();
        let change = Change { conversation: c, entries, marks, summary: !quiet, verify: false };
        let mut queued = self.change(&change);
        if let Some((offer, reason)) = &committed.offer_ended {
            let frame = Event::OfferGone { offer: offer.id, reason }.frame();
            queued += self.offer(c.tenant, offer.agent.id, &frame);
        }
        if let Some(offer) = &committed.offered {
            queued += self.offered(c, offer.agent.id);
        }
        queued
    }

    /// Makes this node's sessions agree with the stored state `c`, of which it is not known what was delivered (C1).
    pub fn synchronise(&self, c: &Conversation) {
        self.change(&Change { conversation: c, entries: Vec::new(), marks: Vec::new(), summary: false, verify: true });
        if let Some(offer) = c.offer() {
            self.offered(c, offer.agent.id);
        }
    }

    fn change(&self, change: &Change<'_>) -> u64 {
        let c = change.conversation;
        let at = Located { tenant: c.tenant, conversation: c.id };
        if self.maps.read().is_missing_any(at, c) {
            self.maps.write().join(c);
        }
        self.watch_for_team(c);
        let (mut queued, mut departed) = (0, false);
        let mut summaries: [Option<Bytes>; 2] = [None, None];
        let maps = self.maps.read();
        let Some(topic) = maps.topics.get(&at) else { return 0 };
        let newest = topic.version.fetch_max(c.head.version, Ordering::Relaxed) <= c.head.version;
        let parties = topic.sessions.iter().map(|session| (session, !newest || c.has(session.participant())));
        let watchers = topic.watchers.iter().map(|w| (&w.session, !newest || w.stays(c)));
        for (session, stays) in parties.chain(watchers) {
            departed |= !stays;
            let summary = change.summary.then(|| {
                let slot = &mut summaries[usize::from(session.reader == Reader::Visitor)];
                &*slot.get_or_insert_with(|| {
                    Event::Conversation { conversation: &Summary::of(c, session.reader) }.frame()
                })
            });
            queued += deliver(session, change, summary, stays);
        }
        drop(maps);
        if departed {
            self.maps.write().part(at, c);
        }
        queued
    }

    fn offered(&self, c: &Conversation, agent: AgentId) -> u64 {
        offer_frame(c, agent).map_or(0, |frame| self.offer(c.tenant, agent, &frame))
    }

    fn offer(&self, tenant: TenantId, agent: AgentId, frame: &Bytes) -> u64 {
        let maps = self.maps.read();
        let sessions = maps.participants.get(&(tenant, Participant::Agent(agent))).map_or(&[][..], Vec::as_slice);
        for session in sessions {
            session.change(|mailbox| mailbox.offer(frame));
        }
        sessions.len() as u64
    }

    /// A signal to the other participants of a conversation, or to its agents only. `None` when `from` takes no part in it, as
    /// far as this node has heard.
    pub fn signal(&self, at: Located, from: Participant, agents_only: bool, frame: &Bytes) -> Option<Passed> {
        let maps = self.maps.read();
        let topic = maps.topics.get(&at).filter(|topic| topic.participants.contains(&from))?;
        let is_for = |s: &&Arc<Session>| s.participant() != from && !(agents_only && s.reader == Reader::Visitor);
        let watchers = topic.watchers.iter().map(|w| &w.session);
        let sessions = topic.sessions.iter().chain(watchers).filter(is_for).filter(|s| s.signal(frame)).count() as u64;
        Some(Passed { sessions, alone_until: Timestamp::from_ms(topic.alone_until.load(Ordering::Relaxed)) })
    }

    /// Notes until when it is believed that all participants of a conversation are here (`Timestamp::ZERO`: they are not).
    pub fn alone(&self, at: Located, until: Timestamp) {
        if let Some(topic) = self.maps.read().topics.get(&at) {
            topic.alone_until.store(until.as_ms(), Ordering::Relaxed);
        }
    }

    /// A waiting visitor's place.
    pub fn place(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        visitor: VisitorId,
        place: Place,
        eta: Option<Eta>,
    ) -> u64 {
        let maps = self.maps.read();
        let Some(sessions) = maps.participants.get(&(tenant, Participant::Visitor(visitor))) else { return 0 };
        let frame = Event::Backlog { conversation, position: place.position, ahead: place.ahead, eta }.frame();
        sessions.iter().filter(|s| s.signal(&frame)).count() as u64
    }

    /// An announcement, to the tenant's agents, or to its visitors too.
    pub fn notice(&self, tenant: TenantId, agents_only: bool, frame: &Bytes) -> u64 {
        let concerns = |s: &&Arc<Session>| s.tenant() == tenant && (!agents_only || s.participant().agent().is_some());
        self.sessions().iter().filter(concerns).filter(|s| s.signal(frame)).count() as u64
    }

    /// An agent's status, to the tenant's agents and to the visitors this agent serves.
    pub fn presence(&self, tenant: TenantId, agent: &Named<AgentId>, status: Status) -> u64 {
        let frame = Event::Presence { agent, status }.frame();
        let maps = self.maps.read();
        let agents =
            maps.participants.iter().filter(|((t, who), _)| *t == tenant && who.agent().is_some()).flat_map(|(_, s)| s);
        let served = maps
            .topics
            .iter()
            .filter(|(at, topic)| at.tenant == tenant && topic.participants.contains(&Participant::Agent(agent.id)));
        let visitors = served.flat_map(|(_, topic)| &topic.sessions).filter(|s| s.reader == Reader::Visitor);
        agents.chain(visitors).filter(|s| s.signal(&frame)).count() as u64
    }
}

/// By identity: a session that was adopted anew has the id of the one before.
fn is(held: &Arc<Session>, session: &Session) -> bool {
    std::ptr::eq(Arc::as_ptr(held), session)
}

fn mark_frame(conversation: ConversationId, participant: Participant, mark: Mark) -> Bytes {
    Event::Marks { conversation, participant, delivered: mark.delivered, read: mark.read }.frame()
}

/// One session's part of a change; one lock. Answers the frames that were queued.
fn deliver(session: &Session, change: &Change<'_>, summary: Option<&Bytes>, stays: bool) -> u64 {
    let (c, reader) = (change.conversation, session.reader);
    session.change(|mailbox| {
        let mut queued = 0;
        if let Some(frame) = summary {
            mailbox.summary(c.id, c.head.version, frame);
            queued += 1;
        }
        for entry in change.entries.iter().filter(|e| reader.sees(e.entry().audience)) {
            let (seq, prev) = (entry.entry().seq, entry.entry().prev(reader));
            queued += u64::from(mailbox.entry(c.id, seq, prev, entry.frame(reader)));
        }
        mailbox.reach(c.id, last_visible(c, reader), if change.verify { c.head.version } else { 0 });
        queued += change.marks.iter().filter(|frame| mailbox.signal(frame)).count() as u64;
        if !stays {
            mailbox.leave(c.id);
        }
        queued
    })
}

impl Maps {
    fn subscribe(&mut self, session: &Arc<Session>, c: &Conversation) -> bool {
        let topic = self.topics.entry(Located { tenant: c.tenant, conversation: c.id }).or_default();
        if *topic.version.get_mut() <= c.head.version {
            *topic.version.get_mut() = c.head.version;
            topic.participants = c.participants().collect();
        }
        let takes_part = topic.participants.contains(&session.participant());
        if takes_part && !topic.sessions.iter().any(|s| is(s, session)) {
            topic.watchers.retain(|w| !is(&w.session, session));
            topic.sessions.push(Arc::clone(session));
        }
        takes_part
    }

    pub fn watch(&mut self, watcher: Watcher, c: &Conversation) {
        let topic = self.topics.entry(Located { tenant: c.tenant, conversation: c.id }).or_default();
        if *topic.version.get_mut() <= c.head.version {
            *topic.version.get_mut() = c.head.version;
            topic.participants = c.participants().collect();
        }
        let id = watcher.session.id;
        if !topic.sessions.iter().chain(topic.watchers.iter().map(|w| &w.session)).any(|s| s.id == id) {
            topic.watchers.push(watcher);
        }
    }

    pub fn unwatch(&mut self, at: Located, session: SessionId) {
        if let Entry::Occupied(mut topic) = self.topics.entry(at) {
            topic.get_mut().watchers.retain(|w| w.session.id != session);
            if topic.get().is_empty() {
                topic.remove();
            }
        }
    }

    pub fn forget_team(&mut self, session: &Session, team: TeamId) {
        if let Entry::Occupied(mut watching) = self.teams.entry((session.tenant(), team)) {
            watching.get_mut().retain(|s| !is(s, session));
            if watching.get().is_empty() {
                watching.remove();
            }
        }
    }

    fn unsubscribe(&mut self, at: Located, session: &Session) {
        if let Entry::Occupied(mut topic) = self.topics.entry(at) {
            topic.get_mut().sessions.retain(|s| !is(s, session));
            topic.get_mut().watchers.retain(|w| !is(&w.session, session));
            if topic.get().is_empty() {
                topic.remove();
            }
        }
    }

    fn present(&self, c: &Conversation) -> impl Iterator<Item = &Arc<Session>> {
        c.participants().filter_map(|who| self.participants.get(&(c.tenant, who))).flatten()
    }

    /// Whether `join` has something to do.
    fn is_missing_any(&self, at: Located, c: &Conversation) -> bool {
        let topic = self.topics.get(&at);
        if topic.is_some_and(|t| t.version.load(Ordering::Relaxed) > c.head.version) {
            return false;
        }
        topic.is_some_and(|t| !t.participants.iter().copied().eq(c.participants()))
            || self.present(c).any(|s| !topic.is_some_and(|t| t.sessions.iter().any(|of| Arc::ptr_eq(of, s))))
    }

    /// Subscribes the sessions of all participants. Who is new reads the log from its beginning.
    fn join(&mut self, c: &Conversation) {
        let present: Vec<_> = self.present(c).cloned().collect();
        for session in present {
            if !self.subscribe(&session, c) {
                continue;
            }
            session.change(|mailbox| {
                if !mailbox.follows(c.id) {
                    mailbox.follow(c.id, 0, 0, true);
                    mailbox.reach(c.id, last_visible(c, session.reader), c.head.version);
                }
            });
        }
    }

    /// Unsubscribes the sessions of who takes part no more.
    fn part(&mut self, at: Located, c: &Conversation) {
        if let Entry::Occupied(mut topic) = self.topics.entry(at) {
            if *topic.get_mut().version.get_mut() > c.head.version {
                return;
            }
            topic.get_mut().sessions.retain(|s| c.has(s.participant()));
            topic.get_mut().watchers.retain(|w| w.stays(c));
            if topic.get().is_empty() {
                topic.remove();
            }
        }
    }
}

//! The state machine against arbitrary sequences of commands, played as the store plays them.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use std::{collections::BTreeMap, time::Duration};
use weft_model::{
    AgentId, Audience, Author, Body, Caller, ChannelId, CommandId, Conversation, ConversationId, DecisionId, Entry,
    OfferId, Participant, Reader, Role, TeamId, TenantId, Timestamp, VisitorId,
    body::Named,
    conversation::{
        Command, Context, Event, Grant, HandoverTo, Marks, OfferTerms, Request, Seat, Stage, apply, decide,
    },
    limits,
    people::Status,
    tenant::Settings,
};

const AGENTS: u128 = 4;
const EPOCH: u64 = 7;

fn agent(n: u128) -> Named<AgentId> {
    Named { id: AgentId::from_parts(1, n % AGENTS), name: format!("agent {}", n % AGENTS) }
}

fn visitor(n: u128) -> Named<VisitorId> {
    Named { id: VisitorId::from_parts(2, n % 2), name: format!("visitor {}", n % 2) }
}

fn team(n: u128) -> Named<TeamId> {
    Named { id: TeamId::from_parts(3, n % 2), name: format!("team {}", n % 2) }
}

/// One throw of the dice: which command, by whom, about what.
type Throw = (u8, u8, u8);

/// Plays the store: locks, decides, applies, writes.
struct World {
    state: Option<Conversation>,
    log: Vec<Entry>,
    seats: BTreeMap<AgentId, Seat>,
    marks: Marks,
    now: Timestamp,
    made: u128,
    /// Offers that have ended: their tokens must never work again.
    ended: Vec<(AgentId, OfferId, u64)>,
}

impl World {
    fn new() -> Self {
        let seat = |n| Seat { open: 0, capacity: n as u16, status: Status::Online };
        Self {
            state: None,
            log: Vec::new(),
            seats: (0..AGENTS).map(|n| (agent(n).id, seat(n))).collect(),
            marks: Marks::new(),
            now: Timestamp::from_ms(1_000_000),
            made: 0,
            ended: Vec::new(),
        }
    }

    fn fresh(&mut self) -> u128 {
        self.made += 1;
        self.made
    }

    fn terms(&mut self, lifetime: u64) -> OfferTerms {
        let n = self.fresh();
        OfferTerms { offer: OfferId::from_parts(4, n), token: n as u64, lifetime: Duration::from_secs(lifetime) }
    }

    fn request(&mut self, (what, who, about): Throw) -> Request {
        let n = u128::from(about);
        let person = u128::from(who);
        let offer = self.state.as_ref().and_then(Conversation::offer).cloned();
        let (offer, token) = offer.map_or((OfferId::from_parts(4, n), n as u64), |o| (o.id, o.token));
        let text = |t: &str| Body::Text { text: t.into() };
        let seq = n as u64 % (self.log.len() as u64 + 2);
        let command = match what % 20 {
            0 => Command::Open {
                channel: ChannelId::from_parts(5, 0),
                visitor: visitor(0),
                team: team(n),
                subject: None,
                language: None,
                priority: about,
                needs: Vec::new(),
                properties: BTreeMap::new(),
            },
            1 | 2 => Command::Send {
                body: text("hello"),
                audience: if n.is_multiple_of(3) { Audience::Agents } else { Audience::All },
            },
            3 => Command::Mark {
                delivered: (!n.is_multiple_of(2)).then_some(seq),
                read: (!n.is_multiple_of(3)).then_some(seq),
            },
            4 => Command::Edit { seq, body: text("edited") },
            5 => Command::Recall { seq },
            6 => Command::Accept { offer, token },
            7 => Command::Decline { offer, token, reason: None },
            8 => Command::Take,
            9 => Command::Transfer {
                to: if n.is_multiple_of(3) { HandoverTo::Team(team(n)) } else { HandoverTo::Agent(agent(n)) },
                note: None,
                terms: self.terms(20),
            },
            10 => Command::Invite { agent: agent(n) },
            11 => Command::Leave,
            12 => Command::Close { reason: None },
            13 => Command::Reopen { team: team(n) },
            14 => Command::Rate { score: about % 7, comment: None },
            15 => Command::Tick,
            _ => self.routed(n),
        };
        let host = matches!(command, Command::Route { .. } | Command::Tick);
        let caller = (!host).then(|| {
            let (participant, role) = match person % 6 {
                0 => (Participant::Visitor(visitor(0).id), Role::Visitor),
                1 => (Participant::Visitor(visitor(1).id), Role::Visitor),
                2 => (Participant::Agent(agent(0).id), Role::Supervisor),
                p => (Participant::Agent(agent(p - 2).id), Role::Agent),
            };
            Caller { tenant: TenantId::from_parts(6, 0), participant, role, name: "somebody".into() }
        });
        Request {
            tenant: TenantId::from_parts(6, 0),
            conversation: ConversationId::from_parts(7, 0),
            id: caller.as_ref().map(|_| CommandId::from_parts(8, n)),
            caller,
            command,
        }
    }

    fn routed(&mut self, n: u128) -> Command {
        let attempt = self.state.as_ref().map_or(0, |c| c.backlog.attempt);
        let grant = match n % 8 {
            0 => Grant::Wait { rank: n as i32, again_in: Some(Duration::from_secs(9)) },
            1 => Grant::MoveTo { team: team(n / 8) },
            2 => Grant::AskMessage,
            3 if n > 200 => Grant::Refuse { reason: "no".into() },
            4 => Grant::Assign { agents: vec![agent(n / 8), agent(n / 8 + 1)], terms: self.terms(0) },
            _ => Grant::Assign { agents: vec![agent(n / 8), agent(n / 8 + 1)], terms: self.terms(30) },
        };
        Command::Route {
            epoch: if n == 255 { EPOCH - 1 } else { EPOCH },
            attempt: if n == 254 { attempt + 1 } else { attempt },
            decision: DecisionId::from_parts(9, n),
            grant,
        }
    }

    /// What the store does with one write; `None` when it was refused.
    fn commit(&mut self, request: &Request) -> Option<Vec<Event>> {
        let settings = Settings::default();
        let cx = Context {
            now: self.now,
            settings: &settings,
            epoch: EPOCH,
            seats: &self.seats,
            marks: &self.marks,
            target: request.command.target().and_then(|seq| self.log.get((seq as usize).checked_sub(1)?)),
            open_of_visitor: 0,
        };
        let decided = decide(self.state.as_ref(), request, &cx);
        assert_eq!(decided, decide(self.state.as_ref(), request, &cx), "decide is a function");
        let events = decided.ok()?;
        let before = self.state.clone();
        let mut entries = Vec::new();
        let mut state = before.clone();
        for event in &events {
            let public = state.as_ref().map_or(0, |c| c.head.last_public);
            state = apply(state, request, event, self.now);
            let seq = state.as_ref().unwrap().head.last_seq;
            if let Some((author, audience, body)) = event.entry() {
                entries.push(Entry { seq, prev_public: public, at: self.now, author, id: None, audience, body });
            }
        }
        let after = state?;
        if !self.move_places(before.as_ref(), &after) {
            return None;
        }
        for event in &events {
            if let Event::Marked { participant, mark } = event {
                self.marks.insert(*participant, *mark);
            }
        }
        if let Some(offer) = before.as_ref().and_then(Conversation::offer)
            && after.offer().is_none_or(|o| o.id != offer.id)
        {
            self.ended.push((offer.agent.id, offer.id, offer.token));
        }
        self.log.extend(entries);
        self.state = Some(after);
        Some(events)
    }

    fn move_places(&mut self, before: Option<&Conversation>, after: &Conversation) -> bool {
        let mut seats = self.seats.clone();
        for held in before.into_iter().flat_map(Conversation::holders) {
            seats.get_mut(&held).unwrap().open -= 1;
        }
        for held in after.holders() {
            seats.get_mut(&held).unwrap().open += 1;
        }
        let over = seats.values().any(|s| s.open > s.capacity);
        if !over {
            self.seats = seats;
        }
        !over
    }

    fn check(&self, before: Option<&Conversation>, request: &Request, events: Option<&[Event]>) {
        let Some(c) = &self.state else { return };
        self.check_log(c);
        for (agent, seat) in &self.seats {
            let held = c.holders().filter(|h| h == agent).count();
            assert_eq!(usize::from(seat.open), held, "the ledger counts what is held");
            assert!(held <= 1, "one conversation, one place");
        }
        for mark in self.marks.values() {
            assert!(mark.read <= mark.delivered && mark.delivered <= c.head.last_seq, "{mark:?}");
        }
        let mut members: Vec<_> = c.members.iter().map(|m| m.id).collect();
        members.sort_unstable();
        members.dedup();
        assert_eq!(members.len(), c.members.len(), "nobody is a member twice");
        assert!(members.len() <= limits::MEMBERS && c.owner().is_none_or(|o| !members.contains(&o)));
        if c.is_closed() {
            assert!(c.holders().next().is_none() && c.due_at().is_none() && c.members.is_empty());
        }
        if c.state() == weft_model::conversation::State::Waiting && c.backlog.attempt == 0 {
            assert!(c.due_at().is_some(), "nobody waits without a decision and without a due time");
        }
        match (before, events) {
            (Some(before), None) => assert_eq!(before, c, "a refused command leaves nothing"),
            (Some(before), Some(events)) => {
                let changes =
                    events.iter().filter(|e| !matches!(e, Event::Marked { .. } | Event::Watched { .. })).count();
                assert_eq!(c.head.version, before.head.version + changes as u64);
                if before.is_closed() && !events.iter().all(leaves_it_closed) {
                    assert!(matches!(events, [Event::Reopened { .. }]), "closed means closed: {events:?}");
                }
            }
            _ => {}
        }
        if let (Some(Caller { participant: Participant::Visitor(id), .. }), Some(_)) = (&request.caller, events) {
            assert_eq!(*id, c.visitor.id, "a visitor moves only their own conversation");
        }
    }

    fn check_log(&self, c: &Conversation) {
        let mut public = 0;
        for (entry, seq) in self.log.iter().zip(1..) {
            assert_eq!(entry.seq, seq, "seq is gapless");
            assert_eq!(entry.prev_public, public, "prev_public is the last public one before");
            assert_eq!(entry.prev(Reader::Agent), seq - 1);
            if entry.audience == Audience::All {
                public = seq;
            }
            if matches!(entry.author, Author::Visitor { .. }) {
                assert_eq!(entry.audience, Audience::All, "visitors write no notes");
            }
        }
        assert_eq!((c.head.last_seq, c.head.last_public), (self.log.len() as u64, public));
    }

    /// Every token that has ended is refused, whoever tries.
    fn check_fences(&mut self) {
        for (agent, offer, token) in self.ended.clone() {
            for command in [Command::Accept { offer, token }, Command::Decline { offer, token, reason: None }] {
                let caller = Caller {
                    tenant: TenantId::from_parts(6, 0),
                    participant: Participant::Agent(agent),
                    role: Role::Agent,
                    name: "late".into(),
                };
                let request = Request {
                    tenant: TenantId::from_parts(6, 0),
                    conversation: ConversationId::from_parts(7, 0),
                    caller: Some(caller),
                    id: None,
                    command,
                };
                assert!(self.commit(&request).is_none(), "an offer that ended was answered");
            }
        }
    }
}

const fn leaves_it_closed(event: &Event) -> bool {
    matches!(event, Event::Marked { .. } | Event::Rated { .. })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_commands_breaks_an_invariant(
        throws in proptest::collection::vec((any::<Throw>(), 0_u16..20_000), 1..120)
    ) {
        let mut world = World::new();
        let first = world.request((0, 0, 0));
        prop_assert!(world.commit(&first).is_some());
        for (throw, pause) in throws {
            world.now = world.now.plus(Duration::from_millis(pause.into()));
            let request = world.request(throw);
            let before = world.state.clone();
            let events = world.commit(&request);
            world.check(before.as_ref(), &request, events.as_deref());
        }
        world.check_fences();
    }

    #[test]
    fn an_offer_that_is_not_answered_ends_and_frees_its_place(lifetime in 1_u64..100) {
        let mut world = World::new();
        let open = world.request((0, 0, 0));
        world.commit(&open);
        let terms = world.terms(lifetime);
        let route = Request {
            caller: None,
            id: None,
            command: Command::Route {
                epoch: EPOCH,
                attempt: 0,
                decision: DecisionId::from_parts(9, 1),
                grant: Grant::Assign { agents: vec![agent(3)], terms },
            },
            ..open
        };
        prop_assert!(world.commit(&route).is_some());
        prop_assert_eq!(world.seats[&agent(3).id].open, 1);
        let tick = Request { command: Command::Tick, ..route };
        world.now = world.now.plus(Duration::from_secs(lifetime).saturating_sub(Duration::from_millis(1)));
        prop_assert_eq!(world.commit(&tick), Some(vec![]), "not before its time");
        world.now = world.now.plus(Duration::from_millis(1));
        let missed = matches!(world.commit(&tick).as_deref(), Some([Event::Declined { missed: true, .. }]));
        prop_assert!(missed);
        prop_assert_eq!(world.commit(&tick), Some(vec![]), "once");
        prop_assert_eq!(world.seats[&agent(3).id].open, 0);
        let waits = matches!(world.state.as_ref().map(|c| &c.stage), Some(Stage::Waiting));
        prop_assert!(waits);
        world.check_fences();
    }
}

//! Rules of single commands, by example.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::needless_pass_by_value, reason = "shorter to read")]

use std::{collections::BTreeMap, time::Duration};
use weft_model::{
    AgentId, Audience, Author, Body, Caller, ChannelId, Code, Conversation, ConversationId, DecisionId, Entry, OfferId,
    Participant, Refusal, Role, TeamId, TenantId, Timestamp, VisitorId,
    body::Named,
    conversation::{
        Command, Context, Event, Grant, HandoverTo, Mark, Marks, OfferTerms, Request, Seat, State, apply, decide,
    },
    limits,
    people::Status,
    tenant::Settings,
};

const NOW: Timestamp = Timestamp::from_ms(1_000_000);
const EPOCH: u64 = 3;

fn agent(n: u128) -> Named<AgentId> {
    Named { id: AgentId::from_parts(1, n), name: format!("agent {n}") }
}

fn by(role: Role, n: u128) -> Caller {
    let participant = match role {
        Role::Visitor => Participant::Visitor(VisitorId::from_parts(2, n)),
        _ => Participant::Agent(agent(n).id),
    };
    Caller { tenant: TenantId::from_parts(3, 0), participant, role, name: "somebody".into() }
}

/// Agents 1 and 2 are online with a free place, 3 is full, 4 is away.
struct Case {
    state: Option<Conversation>,
    entry: Option<Entry>,
    marks: Marks,
    now: Timestamp,
    open_of_visitor: u32,
}

impl Case {
    /// Visitor 1 waits.
    fn waiting() -> Self {
        let mut case = Self { state: None, entry: None, marks: Marks::new(), now: NOW, open_of_visitor: 0 };
        case.ok(Some(by(Role::Visitor, 1)), open(None));
        case
    }

    /// Agent 1 has it.
    fn assigned() -> Self {
        let mut case = Self::waiting();
        case.ok(None, route(0, assign(1, 0)));
        case
    }

    fn attempt(&self, caller: Option<Caller>, command: Command) -> Result<Vec<Event>, Refusal> {
        let seat = |open, status| Seat { open, capacity: 2, status };
        let seats = BTreeMap::from([
            (agent(1).id, seat(0, Status::Online)),
            (agent(2).id, seat(1, Status::Online)),
            (agent(3).id, seat(2, Status::Online)),
            (agent(4).id, seat(0, Status::Away)),
        ]);
        let cx = Context {
            now: self.now,
            settings: &Settings::default(),
            epoch: EPOCH,
            seats: &seats,
            marks: &self.marks,
            target: self.entry.as_ref(),
            open_of_visitor: self.open_of_visitor,
        };
        decide(self.state.as_ref(), &request(caller, command), &cx)
    }

    fn ok(&mut self, caller: Option<Caller>, command: Command) -> Vec<Event> {
        let events = self.attempt(caller.clone(), command.clone()).unwrap();
        for event in &events {
            self.state = apply(self.state.take(), &request(caller.clone(), command.clone()), event, self.now);
        }
        events
    }

    fn no(&self, caller: Option<Caller>, command: Command) -> Code {
        self.attempt(caller, command).unwrap_err().code
    }

    fn state(&self) -> &Conversation {
        self.state.as_ref().unwrap()
    }
}

fn request(caller: Option<Caller>, command: Command) -> Request {
    let (tenant, conversation) = (TenantId::from_parts(3, 0), ConversationId::from_parts(4, 0));
    Request { tenant, conversation, caller, id: None, command }
}

fn open(subject: Option<String>) -> Command {
    Command::Open {
        channel: ChannelId::from_parts(5, 0),
        visitor: Named { id: VisitorId::from_parts(2, 1), name: "Vera".into() },
        team: team(1),
        subject,
        language: None,
        priority: 9,
        needs: vec![],
        properties: BTreeMap::new(),
    }
}

fn team(n: u128) -> Named<TeamId> {
    Named { id: TeamId::from_parts(6, n), name: format!("team {n}") }
}

fn route(attempt: u32, grant: Grant) -> Command {
    Command::Route { epoch: EPOCH, attempt, decision: DecisionId::from_parts(7, 0), grant }
}

fn assign(n: u128, seconds: u64) -> Grant {
    Grant::Assign { agents: vec![agent(n)], terms: terms(seconds) }
}

fn terms(seconds: u64) -> OfferTerms {
    OfferTerms { offer: OfferId::from_parts(8, 0), token: 5, lifetime: Duration::from_secs(seconds) }
}

fn text(text: &str) -> Body {
    Body::Text { text: text.into() }
}

fn send(audience: Audience) -> Command {
    Command::Send { body: text("hello"), audience }
}

#[test]
fn a_visitor_has_a_bounded_number_of_open_conversations() {
    let mut case = Case::waiting();
    assert_eq!(case.state().priority, 3, "the greatest there is");
    case.state = None;
    assert_eq!(case.no(Some(by(Role::Visitor, 1)), open(Some("x".repeat(limits::LINE_BYTES + 1)))), Code::TooLarge);
    case.open_of_visitor = Settings::default().open_per_visitor;
    assert_eq!(case.no(Some(by(Role::Visitor, 1)), open(None)), Code::Conflict);
}

#[test]
fn who_takes_part_may_send_and_a_supervisor_may_note() {
    let case = Case::assigned();
    assert!(case.attempt(Some(by(Role::Visitor, 1)), send(Audience::All)).is_ok());
    assert!(case.attempt(Some(by(Role::Agent, 1)), send(Audience::Agents)).is_ok());
    assert_eq!(case.no(Some(by(Role::Visitor, 1)), send(Audience::Agents)), Code::Forbidden);
    assert_eq!(case.no(Some(by(Role::Visitor, 2)), send(Audience::All)), Code::NotFound);
    assert_eq!(case.no(Some(by(Role::Agent, 2)), send(Audience::All)), Code::Forbidden);
    assert!(case.attempt(Some(by(Role::Supervisor, 2)), send(Audience::Agents)).is_ok());
    assert_eq!(case.no(Some(by(Role::Supervisor, 2)), send(Audience::All)), Code::Forbidden);
}

#[test]
fn the_first_answer_of_the_owner_ends_the_wait_for_it() {
    let mut case = Case::assigned();
    assert!(case.state().awaiting_reply_since.is_some());
    case.ok(Some(by(Role::Visitor, 1)), send(Audience::All));
    assert!(case.state().awaiting_reply_since.is_some());
    case.ok(Some(by(Role::Agent, 1)), send(Audience::All));
    assert!(case.state().awaiting_reply_since.is_none());
}

#[test]
fn marks_only_move_forward_and_read_is_delivered() {
    let mut case = Case::assigned();
    let vera = || Some(by(Role::Visitor, 1));
    let mark = |delivered, read| Command::Mark { delivered, read };
    assert_eq!(case.no(vera(), mark(Some(3), None)), Code::BadFrame, "there are two entries");
    assert_eq!(case.no(vera(), mark(None, None)), Code::BadFrame);
    let events = case.ok(vera(), mark(None, Some(2)));
    let at = Mark { delivered: 2, read: 2 };
    assert_eq!(events, [Event::Marked { participant: by(Role::Visitor, 1).participant, mark: at }]);
    case.marks.insert(by(Role::Visitor, 1).participant, at);
    assert_eq!(case.ok(vera(), mark(Some(1), Some(1))), [], "not back");
    assert_eq!(case.no(Some(by(Role::Supervisor, 2)), mark(Some(1), None)), Code::Forbidden);
}

#[test]
fn own_entries_can_be_changed_for_a_while_and_any_by_a_supervisor() {
    let mut case = Case::assigned();
    let recall = Command::Recall { seq: 3 };
    assert_eq!(case.no(Some(by(Role::Visitor, 1)), recall.clone()), Code::NotFound);
    case.entry = Some(Entry {
        seq: 3,
        prev_public: 2,
        at: NOW,
        author: Author::Visitor { id: VisitorId::from_parts(2, 1), name: "Vera".into() },
        id: None,
        audience: Audience::All,
        body: text("hello"),
    });
    assert!(case.attempt(Some(by(Role::Visitor, 1)), recall.clone()).is_ok());
    assert_eq!(case.no(Some(by(Role::Agent, 1)), recall.clone()), Code::Forbidden);
    case.now = NOW.plus(Duration::from_mins(16));
    assert_eq!(case.no(Some(by(Role::Visitor, 1)), recall.clone()), Code::WrongState);
    assert!(case.attempt(Some(by(Role::Supervisor, 2)), recall.clone()).is_ok());
    case.entry.as_mut().unwrap().body = Body::Reopened;
    assert_eq!(case.no(Some(by(Role::Supervisor, 2)), recall), Code::WrongState, "what the system wrote stays");
}

#[test]
fn a_decision_counts_only_on_the_state_and_the_plugin_set_it_was_made_for() {
    let case = Case::waiting();
    assert_eq!(case.no(None, route(1, assign(1, 0))), Code::WrongState, "an older attempt");
    let late = Command::Route { epoch: 2, attempt: 0, decision: DecisionId::from_parts(7, 0), grant: assign(1, 0) };
    assert_eq!(case.no(None, late), Code::Conflict);
    assert_eq!(case.no(None, route(0, assign(3, 0))), Code::Conflict, "full");
    assert_eq!(case.no(None, route(0, assign(4, 0))), Code::Conflict, "away");
    assert_eq!(case.no(None, route(0, Grant::MoveTo { team: team(1) })), Code::Conflict, "there already");
    assert_eq!(Case::assigned().no(None, route(0, assign(2, 0))), Code::WrongState, "it does not wait");
}

#[test]
fn the_first_wait_is_announced_and_who_declined_is_asked_again_after_it() {
    let mut case = Case::waiting();
    case.ok(None, route(0, assign(1, 30)));
    let decline = Command::Decline { offer: terms(0).offer, token: 5, reason: None };
    assert_eq!(case.no(Some(by(Role::Agent, 2)), decline.clone()), Code::NotFound, "another's offer");
    case.ok(Some(by(Role::Agent, 1)), decline);
    assert_eq!(case.state().backlog.declined, [agent(1).id]);
    let wait = || Grant::Wait { rank: 1, again_in: Some(Duration::from_secs(9)) };
    let announced = |events: &[Event]| matches!(events, [Event::Queued { announce, .. }] if *announce);
    assert!(announced(&case.ok(None, route(1, wait()))));
    assert!(!announced(&case.ok(None, route(2, wait()))));
    assert_eq!(case.ok(None, Command::Tick), [], "not due");
    case.now = NOW.plus(Duration::from_secs(9));
    assert_eq!(case.ok(None, Command::Tick), [Event::Woken]);
    assert!(case.state().backlog.declined.is_empty());
    assert_eq!(case.state().due_at(), Some(case.now.plus(limits::ROUTE_GRACE)), "until it is decided");
}

#[test]
fn an_assigned_conversation_is_closed_when_nobody_has_said_anything_for_as_long_as_the_tenant_wants() {
    let idle = Duration::from_mins(Settings::default().close_after_idle_minutes.into());
    let mut case = Case::assigned();
    assert_eq!(case.ok(None, Command::Tick), [], "not due");
    case.now = NOW.plus(Duration::from_mins(4));
    case.ok(Some(by(Role::Visitor, 1)), Command::Send { body: text("hello?"), audience: Audience::All });
    let (said_at, version) = (case.now, case.state().head.version);
    case.now = NOW.plus(limits::IDLE_LOOK);
    assert_eq!(case.state().due_at(), Some(case.now));
    assert_eq!(case.ok(None, Command::Tick), [Event::Watched { look_at: said_at.plus(idle) }]);
    assert_eq!(case.state().head.version, version, "nobody sees that it was looked at");
    assert_eq!(case.ok(None, Command::Tick), [], "once");
    case.now = said_at.plus(idle);
    let closed = Event::Closed { author: Author::System, reason: Some("idle".into()) };
    assert_eq!(case.ok(None, Command::Tick), [closed]);
    assert!(case.state().is_closed() && case.state().due_at().is_none());
}

#[test]
fn an_agent_takes_what_waits_and_a_supervisor_what_another_has() {
    let case = Case::waiting();
    assert!(case.attempt(Some(by(Role::Agent, 4)), Command::Take).is_ok(), "away, but it is their own choice");
    assert_eq!(case.no(Some(by(Role::Agent, 3)), Command::Take), Code::Conflict, "full");
    let mut case = Case::assigned();
    assert_eq!(case.no(Some(by(Role::Agent, 1)), Command::Take), Code::WrongState);
    assert_eq!(case.no(Some(by(Role::Agent, 2)), Command::Take), Code::Conflict);
    case.ok(Some(by(Role::Supervisor, 2)), Command::Take);
    assert_eq!(case.state().owner(), Some(agent(2).id));
}

#[test]
fn a_hand_over_keeps_the_owner_until_it_is_accepted() {
    let mut case = Case::assigned();
    let to = |n| Command::Transfer { to: HandoverTo::Agent(agent(n)), note: None, terms: terms(20) };
    assert_eq!(case.no(Some(by(Role::Agent, 2)), to(2)), Code::Forbidden);
    assert_eq!(case.no(Some(by(Role::Agent, 1)), to(3)), Code::Conflict, "full");
    assert_eq!(case.no(Some(by(Role::Agent, 1)), to(1)), Code::Conflict);
    case.ok(Some(by(Role::Agent, 1)), to(2));
    assert_eq!(case.state().holders().collect::<Vec<_>>(), [agent(1).id, agent(2).id]);
    assert_eq!(case.no(Some(by(Role::Agent, 1)), to(2)), Code::Conflict, "one offer at a time");
    case.now = NOW.plus(Duration::from_secs(20));
    let accept = Command::Accept { offer: terms(0).offer, token: 5 };
    assert_eq!(case.no(Some(by(Role::Agent, 2)), accept), Code::Expired);
    case.ok(None, Command::Tick);
    assert_eq!(case.state().holders().collect::<Vec<_>>(), [agent(1).id], "missed: it stays with the owner");
    let to_team = Command::Transfer { to: HandoverTo::Team(team(2)), note: None, terms: terms(20) };
    case.ok(Some(by(Role::Agent, 1)), to_team);
    assert_eq!((case.state().state(), &case.state().team), (State::Waiting, &team(2)));
}

#[test]
fn members_close_rate_once_and_open_again() {
    let mut case = Case::assigned();
    let close = || Command::Close { reason: None };
    let rate = |score| Command::Rate { score, comment: None };
    let vera = || Some(by(Role::Visitor, 1));
    assert_eq!(case.no(Some(by(Role::Agent, 2)), close()), Code::Forbidden);
    assert_eq!(case.no(Some(by(Role::Agent, 2)), Command::Invite { agent: agent(2) }), Code::Forbidden);
    case.ok(Some(by(Role::Agent, 1)), Command::Invite { agent: agent(2) });
    assert_eq!(case.no(Some(by(Role::Agent, 1)), Command::Invite { agent: agent(2) }), Code::Conflict);
    case.ok(Some(by(Role::Agent, 2)), Command::Leave);
    case.ok(vera(), close());
    assert_eq!(case.no(vera(), close()), Code::WrongState);
    assert_eq!(case.no(vera(), rate(6)), Code::BadFrame);
    case.ok(vera(), rate(5));
    assert_eq!(case.no(vera(), rate(1)), Code::WrongState);
    case.ok(vera(), Command::Reopen { team: team(1) });
    assert_eq!(case.state().state(), State::Waiting);
    assert_eq!(case.no(vera(), Command::Reopen { team: team(1) }), Code::WrongState);
}

#[test]
fn a_body_is_bounded_and_only_the_system_writes_what_happened() {
    let refused = |body: Body| body.check_sendable().unwrap_err().code;
    assert_eq!(refused(text("  ")), Code::BadFrame);
    assert_eq!(refused(text(&"x".repeat(limits::TEXT_BYTES + 1))), Code::TooLarge);
    assert_eq!(refused(Body::Reopened), Code::Unsupported);
    assert_eq!(refused(Body::Location { latitude: 91.0, longitude: 0.0, label: None }), Code::BadFrame);
    let action = weft_model::body::CardAction { label: "go".into(), url: "javascript:alert(1)".into() };
    assert_eq!(refused(Body::Card { title: "t".into(), fields: vec![], actions: vec![action] }), Code::BadFrame);
    assert!(text(&"x".repeat(limits::TEXT_BYTES)).check_sendable().is_ok());
}

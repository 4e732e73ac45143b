//! 200 visitors open at once for 12 agents with 3 seats each, while the agents come and go.

use parking_lot::Mutex;
use rand::Rng;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use weft_tests::{
    Admin, Agent, Plan, Session, Via, Visitor, now_ms,
    seats::{Change, Step, replay, steps},
};

const VISITORS: usize = 200;
const AGENTS: usize = 12;
const CAPACITY: u16 = 3;
/// Of one chat; each is asked after the answer to the one before.
const QUESTIONS: usize = 4;
const THINKING: Duration = Duration::from_millis(100);
const FAST: &str = "100000";
const SERVED_WITHIN: Duration = Duration::from_mins(2);
/// DESIGN.md C5: no freed place beside a waiting visitor for longer.
const BESIDE_MS: i64 = 2000;

/// When agents came and went.
#[derive(Clone, Default)]
struct Attendance(Arc<Mutex<Vec<Step>>>);

impl Attendance {
    fn note(&self, change: Change) {
        self.0.lock().push(Step::new(now_ms() as i64, "", change));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_visitors_share_thirty_six_seats() {
    let _alone = crate::ALONE.lock().await;
    // They are quicker than people: what a session may send per second would be all that is measured.
    let plan = Plan::new("contention").key("sessions.commands_per_second", FAST).key("sessions.command_burst", FAST);
    plan.tenant("crowd").await;
    let node = plan.start().await;
    let admin = Admin::sign_in(&node, "crowd").await;
    admin.setting("offer_seconds", 2).await;
    let channel = admin.channel_key().await;
    let mut agents = Vec::new();
    for n in 0..AGENTS {
        agents.push(admin.agent(&format!("Agent{n}"), CAPACITY, &[]).await);
    }
    let mut sessions = Vec::new();
    for n in 0..VISITORS {
        sessions.push(Visitor::enter(&node, &channel, &format!("Visitor {n}")).await.session(Via::Socket).await);
    }

    let attendance = Attendance::default();
    let desks: Vec<_> = agents.into_iter().map(|agent| tokio::spawn(serve(agent, attendance.clone()))).collect();
    let visits: Vec<_> = sessions.into_iter().map(|session| tokio::spawn(visit(session))).collect();
    let mut chats = Vec::new();
    for visit in visits {
        chats.push(visit.await.unwrap());
    }
    for desk in &desks {
        assert!(!desk.is_finished(), "a desk gave up");
        desk.abort();
    }

    let mut all = attendance.0.lock().clone();
    for chat in &chats {
        all.extend(steps(chat, &admin.log(chat).await));
    }
    let found = replay(all, CAPACITY.into());
    println!("{VISITORS} visitors served; longest wait beside a free seat {} ms", found.longest_beside.took);
    assert!(found.over_capacity.is_empty(), "{:?}", found.over_capacity);
    assert!(found.two_owners.is_empty(), "{:?}", found.two_owners);
    let beside = &found.longest_beside;
    if beside.took > BESIDE_MS {
        println!("{beside:?}\n{:#?}", admin.log(&beside.conversation).await);
    }
    assert!(beside.took <= BESIDE_MS, "{beside:?}");
    let violations = node.metric("weft_violations").await;
    assert!(violations.abs() < f64::EPSILON, "the node's own audit found {violations}");
    for agent in admin.rest.all("/v1/agents").await {
        assert_eq!(agent["open"], 0, "{agent}");
    }
}

/// Opens, asks when somebody is there, and waits until they have closed.
async fn visit(session: Session) -> String {
    let chat = Visitor::open(&session, "me first").await;
    for n in 0..QUESTIONS {
        let reply = if n == 0 { None } else { Some(format!("answer {}", n - 1)) };
        let replied = |f: &Value| match &reply {
            None => f["body"]["kind"] == "assigned",
            Some(text) => f["body"]["text"] == **text,
        };
        shown(&session, &chat, replied).await;
        // waits: a person reads and types; without it a node that shares its cores is only measured against what else runs
        tokio::time::sleep(THINKING).await;
        session.say(&chat, &format!("question {n}")).await;
    }
    shown(&session, &chat, |f| f["body"]["kind"] == "closed").await;
    chat
}

async fn shown(session: &Session, chat: &str, fits: impl Fn(&Value) -> bool) {
    let entry = |f: &Value| f["type"] == "entry" && f["conversation"] == *chat && fits(f);
    let found = session.inbox.find(SERVED_WITHIN, |r| r.frames.iter().any(entry).then_some(())).await;
    assert!(found.is_some(), "a visitor was not served within {SERVED_WITHIN:?}");
}

/// Serves for ever: accepts most offers, declines or misses some, answers and closes, and is away or cut off now and then.
async fn serve(agent: Agent, attendance: Attendance) {
    loop {
        let session = agent.online(Via::Socket).await;
        attendance.note(Change::Comes(agent.id.clone()));
        let rounds = rand::rng().random_range(5..25);
        shift(&agent, &session, rounds, &attendance).await;
        attendance.note(Change::Goes(agent.id.clone()));
        // Half of the time the line is cut without a word.
        if rand::rng().random_bool(0.5) {
            let _ = Agent::status(&session, "away").await;
        }
    }
}

async fn shift(agent: &Agent, session: &Session, rounds: usize, attendance: &Attendance) {
    let (mut at, mut done) = (0, 0);
    while done < rounds {
        let Some(frame) = session.inbox.next(&mut at).await else { return };
        match frame["type"].as_str() {
            Some("entry") => done += usize::from(answer(session, &frame).await),
            Some("offer") => {
                let mood = rand::rng().random_range(0..12);
                // One in twelve is declined, one is left to lapse.
                if mood != 1 {
                    let _ = Agent::answer(session, if mood == 0 { "decline" } else { "accept" }, &frame).await;
                }
            }
            _ => {}
        }
        if rand::rng().random_ratio(1, 100) {
            attendance.note(Change::Goes(agent.id.clone()));
            let _ = Agent::status(session, "busy").await;
            let _ = Agent::status(session, "online").await;
            attendance.note(Change::Comes(agent.id.clone()));
        }
    }
}

/// Answers a question, and closes after the last one. What another session of this agent has answered already is answered again
/// or refused: both do no harm.
async fn answer(session: &Session, entry: &Value) -> bool {
    let Some(number) = entry["body"]["text"].as_str().and_then(|t| t.strip_prefix("question ")) else { return false };
    let chat = &entry["conversation"];
    let body = json!({"kind": "text", "text": format!("answer {number}")});
    let _ = session.command("send", json!({"conversation": chat, "body": body})).await;
    number == (QUESTIONS - 1).to_string() && session.command("close", json!({"conversation": chat})).await.is_ok()
}

//! What people do, from an intent to the log.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use model::{Audience, Body, Code, Role, conversation::State, people::Status, tenant::Settings};
use ports::{Hint, hints::Committed};
use std::sync::Arc;
use support::{Desk, command, offered_to, open, say};
use weft_conversation::{Handover, Intent};

fn at_once() -> Settings {
    Settings { offer_seconds: 0, ..Settings::default() }
}

fn committed(hints: &[Hint]) -> Vec<Arc<Committed>> {
    hints.iter().filter_map(|h| if let Hint::Committed(c) = h { Some(c.clone()) } else { None }).collect()
}

#[tokio::test]
async fn a_visitor_and_an_agent_talk_from_open_to_close() {
    let desk = Desk::new(Settings::default()).await;
    let (ana, vera) = (desk.agent("Ana", 2, Role::Agent).await, desk.visitor("Vera").await);
    let id = desk.open(&vera).await;
    let offer = desk.offer(id).await;
    assert!(offered_to(&offer, &ana));
    assert!(offer.token < 1 << 53, "exact in every client's numbers");
    desk.accept(&ana, &offer).await.unwrap();
    assert_eq!(desk.accept(&ana, &offer).await.unwrap_err().code, Code::Expired);
    desk.say(&vera, id, "hello").await.unwrap();
    let answer = desk.say(&ana, id, "good day").await.unwrap();
    let read = Intent::Mark { conversation: id, delivered: answer.seq, read: answer.seq };
    assert_eq!(desk.run(&vera, read).await.unwrap().seq, None, "a mark is no entry");
    desk.run(&ana, Intent::Close { conversation: id, reason: None }).await.unwrap();
    assert_eq!(desk.say(&vera, id, "wait").await.unwrap_err().code, Code::WrongState);
    desk.run(&vera, Intent::Rate { conversation: id, score: 5, comment: None }).await.unwrap();

    let log = desk.log(id).await;
    assert!(log.iter().zip(1..).all(|(e, seq)| e.seq == seq));
    let hints = committed(&desk.heard.0.lock());
    let told: Vec<u64> = hints.iter().flat_map(|h| h.entries.iter().map(|e| e.seq)).collect();
    assert_eq!(told, log.iter().map(|e| e.seq).collect::<Vec<_>>(), "each entry is hinted once, in order");
    let last = hints.iter().find(|h| h.conversation.is_closed()).unwrap();
    assert_eq!(last.departed, vec![ana.participant], "who leaves hears of it last");
    assert!(hints.iter().any(|h| h.offered.as_ref().is_some_and(|o| o.id == offer.id)));
    assert!(
        hints.iter().any(|h| h.offer_ended.as_ref().is_some_and(|(o, how)| o.id == offer.id && *how == "accepted"))
    );
}

#[tokio::test]
async fn the_same_command_id_gives_the_same_receipt_and_one_entry() {
    let desk = Desk::new(at_once()).await;
    let vera = desk.visitor("Vera").await;
    let id = command();
    let (a, b) =
        tokio::join!(desk.conversations.execute(&vera, id, open()), desk.conversations.execute(&vera, id, open()));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_eq!(a, b);
    let conversation = a.conversation.unwrap();
    let id = command();
    let first = desk.conversations.execute(&vera, id, say(conversation, "once")).await.unwrap();
    let many = (0..10).map(|_| desk.conversations.execute(&vera, id, say(conversation, "once")));
    for again in futures(many).await {
        assert_eq!(again.unwrap(), first);
    }
    let other = desk.conversations.execute(&vera, id, say(conversation, "other")).await;
    assert_eq!(other.unwrap_err().code, Code::Conflict);
    let said = desk.log(conversation).await.into_iter().filter(|e| matches!(e.body, Body::Text { .. })).count();
    assert_eq!(said, 1);
}

async fn futures<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut done = Vec::new();
    for one in all {
        done.push(one.await);
    }
    done
}

#[tokio::test]
async fn a_command_whose_caller_went_away_is_done_and_hinted() {
    let desk = Desk::at_rest(at_once()).await;
    let vera = desk.visitor("Vera").await;
    let id = command();
    {
        let asked = desk.conversations.execute(&vera, id, open());
        tokio::pin!(asked);
        let gone = tokio::time::timeout(std::time::Duration::from_millis(100), &mut asked).await;
        assert!(gone.is_err(), "nobody commits yet");
    }
    desk.conversations.run(&desk.tasks, desk.stop.clone());
    let entries = desk.heard.until(|hints| committed(hints).first().map(|c| c.entries.clone())).await;
    assert_eq!(entries[0].id, Some(id));
    let receipt = desk.conversations.execute(&vera, id, open()).await.unwrap();
    assert_eq!(receipt.seq, Some(1), "and its receipt is there for who asks again");
}

#[tokio::test]
async fn what_was_taken_on_is_committed_before_the_tasks_end() {
    let desk = Desk::new(at_once()).await;
    let vera = desk.visitor("Vera").await;
    let id = desk.open(&vera).await;
    let sends: Vec<_> = (0..50)
        .map(|n| {
            let (conversations, vera) = (desk.conversations.clone(), vera.clone());
            tokio::spawn(async move { conversations.execute(&vera, command(), say(id, &format!("{n}"))).await })
        })
        .collect();
    tokio::task::yield_now().await;
    desk.halt().await;
    let mut done = 0;
    for send in sends {
        match send.await.unwrap() {
            Ok(_) => done += 1,
            Err(refusal) => assert_eq!(refusal.code, Code::Unavailable),
        }
    }
    let said = desk.log(id).await.into_iter().filter(|e| matches!(e.body, Body::Text { .. })).count();
    assert_eq!(said, done, "acknowledged is in the log; refused is not");
    assert_eq!(desk.say(&vera, id, "late").await.unwrap_err().code, Code::Unavailable);
}

#[tokio::test]
async fn nobody_reaches_what_is_not_theirs() {
    let desk = Desk::new(at_once()).await;
    let (vera, other) = (desk.visitor("Vera").await, desk.visitor("Otto").await);
    let id = desk.open(&vera).await;
    desk.until(id, |c| c.backlog.announced).await;
    let stranger = desk.outsider("Stan", 3, Role::Agent).await;
    let boss = desk.outsider("Bea", 3, Role::Supervisor).await;
    let mut foreign = boss.clone();
    foreign.tenant = support::ids().tenant();
    let code = async |caller, intent| desk.run(caller, intent).await.err().map(|r| r.code);
    let close = || Intent::Close { conversation: id, reason: None };
    let take = || Intent::Take { conversation: id };
    assert_eq!(code(&other, say(id, "hi")).await, Some(Code::NotFound), "another visitor's does not exist");
    assert_eq!(code(&foreign, take()).await, Some(Code::NotFound), "another tenant's does not exist");
    assert_eq!(code(&foreign, say(id, "hi")).await, Some(Code::NotFound));
    assert_eq!(code(&stranger, take()).await, Some(Code::NotFound), "not of the team");
    assert_eq!(code(&stranger, close()).await, Some(Code::Forbidden));
    assert_eq!(code(&stranger, say(id, "hi")).await, Some(Code::Forbidden));
    assert_eq!(code(&vera, Intent::Status { status: Status::Online }).await, Some(Code::Forbidden));
    let note = Intent::Send { conversation: id, body: Body::Text { text: "n".into() }, audience: Audience::Agents };
    assert_eq!(code(&vera, note).await, Some(Code::Forbidden));
    assert!(!desk.conversations.may_read(&stranger, &desk.state(id).await).await.unwrap());
    assert!(desk.conversations.may_read(&boss, &desk.state(id).await).await.unwrap());
    assert!(!desk.conversations.may_read(&foreign, &desk.state(id).await).await.unwrap());
    assert!(desk.conversations.may_read(&vera, &desk.state(id).await).await.unwrap());
    assert_eq!(code(&boss, take()).await, None, "a supervisor takes over");
}

#[tokio::test]
async fn a_conversation_is_handed_over_to_an_agent_and_to_a_team() {
    let desk = Desk::new(Settings::default()).await;
    let (ana, vera) = (desk.agent("Ana", 2, Role::Agent).await, desk.visitor("Vera").await);
    let id = desk.open(&vera).await;
    let offer = desk.offer(id).await;
    desk.accept(&ana, &offer).await.unwrap();
    let ben = desk.agent("Ben", 1, Role::Agent).await;
    let to = Handover::Agent(ben.participant.agent().unwrap());
    desk.run(&ana, Intent::Transfer { conversation: id, to, note: Some("knows tea".into()) }).await.unwrap();
    let offer = desk.offer(id).await;
    assert!(
        offered_to(&offer, &ben) && desk.state(id).await.owner() == ana.participant.agent(),
        "Ana keeps it till then"
    );
    desk.accept(&ben, &offer).await.unwrap();
    assert_eq!(desk.state(id).await.owner(), ben.participant.agent());
    let to = Handover::Team(desk.team);
    desk.run(&ben, Intent::Transfer { conversation: id, to, note: None }).await.unwrap();
    let offer = desk.offer(id).await;
    assert!(offered_to(&offer, &ana) || offered_to(&offer, &ben), "routed anew");
}

#[tokio::test]
async fn a_message_is_left_and_a_closed_conversation_is_opened_again() {
    let desk = Desk::new(at_once()).await;
    let vera = desk.visitor("Vera").await;
    let body = Body::Text { text: "call me".into() };
    let left = Intent::Message { team: None, body, contact: "vera@example.com".into(), language: None };
    let id = desk.run(&vera, left).await.unwrap().conversation.unwrap();
    assert!(desk.state(id).await.is_closed());
    let ana = desk.agent("Ana", 1, Role::Agent).await;
    desk.run(&vera, Intent::Reopen { conversation: id }).await.unwrap();
    let state = desk.until(id, |c| c.state() == State::Assigned).await;
    assert_eq!(state.owner(), ana.participant.agent());
}

//! A plugin is uploaded, bound and put in force while 50 chats run; none of them notices.

use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use weft_tests::{Admin, Agent, Plan, Session, Via, Visitor, component, eventually};

const CHATS: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_chats_do_not_notice_an_activation() {
    // The chats go as fast as they are answered.
    let fast = "1000";
    let plan =
        Plan::new("hot-activation").key("sessions.commands_per_second", fast).key("sessions.command_burst", fast);
    plan.tenant("busy").await;
    let node = plan.start().await;
    let admin = Admin::sign_in(&node, "busy").await;
    let channel = admin.channel_key().await;
    let ana = admin.agent("Ana", 100, &["chinese"]).await;
    let desk = Arc::new(ana.online(Via::Socket).await);

    let (over, said) = (Arc::new(AtomicBool::new(false)), Arc::new(std::sync::atomic::AtomicUsize::new(0)));
    let mut chats = Vec::new();
    for n in 0..CHATS {
        let visitor = Visitor::enter(&node, &channel, &format!("Visitor {n}")).await;
        let session = visitor.session(Via::Socket).await;
        let chat = Visitor::open(&session, "busy day").await;
        Agent::accept(&desk, &chat).await;
        let (over, said) = (over.clone(), said.clone());
        chats.push(tokio::spawn(async move {
            let mut texts = Vec::new();
            while !over.load(Ordering::Acquire) {
                let text = format!("text {} of chat {n}", texts.len());
                session.say(&chat, &text).await;
                session.text(&chat, &text).await;
                texts.push(text);
                said.fetch_add(1, Ordering::AcqRel);
            }
            (session, chat, texts)
        }));
    }

    let before = said.load(Ordering::Acquire);
    let digest = admin.upload(component("plugins/dist/skills.wasm")).await;
    let epoch = admin.activate(&digest, &json!({})).await;
    let after = said.load(Ordering::Acquire);
    assert!(after > before, "the chats stood still during the activation");
    eventually("the chats go on", async || (said.load(Ordering::Acquire) > after + CHATS).then_some(())).await;

    let late = Visitor::enter(&node, &channel, "Late").await.session(Via::Socket).await;
    let chat = Visitor::open(&late, "after the activation").await;
    Agent::accept(&desk, &chat).await;
    let decision = &admin.decisions(&chat).await[0];
    assert_eq!((&decision["epoch"], &decision["plugin"]["name"]), (&json!(epoch), &json!("skills")));

    over.store(true, Ordering::Release);
    for chat in chats {
        let (session, chat, texts) = chat.await.unwrap();
        undisturbed(&session, &desk, &chat, &texts).await;
    }
}

/// Everything once and in order, on both sides, on the sockets of before.
async fn undisturbed(session: &Session, desk: &Session, chat: &str, texts: &[String]) {
    assert!(session.is_open() && desk.is_open());
    if let Some(last) = texts.last() {
        desk.text(chat, last).await;
    }
    assert_eq!(session.texts(chat), texts);
    assert_eq!(desk.texts(chat), texts);
}

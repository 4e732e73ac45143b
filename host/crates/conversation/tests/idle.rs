//! Conversations in which nobody says anything any more.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use model::{
    Conversation, Role,
    conversation::{Stage, State},
    limits,
    tenant::Settings,
};
use std::time::Duration;
use support::Desk;

/// Longer than the first look, and shorter than what is idle.
const A_WHILE: Duration = Duration::from_mins(20);

#[tokio::test]
async fn is_closed_after_the_tenants_minutes_without_a_word_and_frees_the_place() {
    let settings = Settings { offer_seconds: 0, ..Settings::default() };
    let idle = Duration::from_mins(settings.close_after_idle_minutes.into());
    let desk = Desk::new(settings).await;
    desk.agent("Ana", 1, Role::Agent).await;
    let vera = desk.visitor("Vera").await;
    let id = desk.open(&vera).await;
    desk.until(id, |c| c.state() == State::Assigned).await;
    desk.clock.advance(A_WHILE);
    desk.say(&vera, id, "are you still there?").await.unwrap();
    desk.clock.advance(A_WHILE);
    // It was looked at, and is looked at again when its last word is old enough.
    let said_at = desk.state(id).await.head.changed_at;
    let watched = desk.until(id, |c| c.due_at() == Some(said_at.plus(idle))).await;
    assert_eq!(watched.state(), State::Assigned);
    desk.clock.advance(idle.checked_sub(A_WHILE).unwrap());
    let closed = desk.until(id, Conversation::is_closed).await;
    assert!(matches!(closed.stage, Stage::Closed { reason: Some(reason), .. } if reason == "idle"));
    assert_eq!(desk.store.holders(10).await.unwrap(), [], "her place is free");
    assert_eq!(desk.store.audit().await.unwrap(), vec![]);
}

#[tokio::test]
async fn stays_open_where_the_tenant_wants_that() {
    let settings = Settings { offer_seconds: 0, close_after_idle_minutes: 0, ..Settings::default() };
    let desk = Desk::new(settings).await;
    desk.agent("Ana", 1, Role::Agent).await;
    let id = desk.open(&desk.visitor("Vera").await).await;
    desk.until(id, |c| c.state() == State::Assigned).await;
    desk.clock.advance(Duration::from_hours(24));
    let now = desk.store.now().await.unwrap();
    let watched = desk.until(id, |c| c.due_at() > Some(now)).await;
    assert_eq!(watched.state(), State::Assigned);
    assert_eq!(watched.due_at(), Some(now.plus(limits::IDLE_LOOK_RARELY)));
}

//! A good history passes; for each rule, one that breaks it is caught.

use super::{Event, Logs, Reader, Seen, Violation, check};
use proptest::prelude::*;

const HERE: &str = "conversation";

fn seen(seq: u64, prev: u64, id: Option<&str>, content: &str) -> Seen {
    Seen { seq, prev, id: id.map(str::to_owned), for_agents: content.starts_with("note"), content: content.into() }
}

fn invoked(command: &str, content: &str) -> Event {
    let sender = if content.starts_with("note") { "ana" } else { "vera" };
    Event::Invoked {
        command: command.into(),
        sender: sender.into(),
        conversation: HERE.into(),
        content: content.into(),
    }
}

fn acknowledged(command: &str, seq: u64) -> Event {
    Event::Acknowledged { command: command.into(), seq }
}

fn shown(session: u64, entry: Seen) -> Event {
    Event::Shown { session, conversation: HERE.into(), entry }
}

fn followed(session: u64, reader: Reader, after: u64, recovered: bool) -> Event {
    Event::Followed { session, reader, conversation: HERE.into(), after, recovered }
}

/// opened, "text one", "note two" (for agents), "text three"; session 0 is the visitor's, 1 its resumption, 2 the agent's.
fn good() -> (Vec<Event>, Logs) {
    let log = vec![
        seen(1, 0, Some("o"), "opened"),
        seen(2, 1, Some("a"), "text one"),
        seen(3, 2, Some("b"), "note two"),
        seen(4, 3, Some("c"), "text three"),
    ];
    let mut events = vec![
        followed(0, Reader::Visitor, 0, true),
        shown(0, seen(1, 0, Some("o"), "opened")),
        invoked("a", "text one"),
        acknowledged("a", 2),
        shown(0, seen(2, 1, Some("a"), "text one")),
        invoked("b", "note two"),
        acknowledged("b", 3),
        invoked("c", "text three"),
        // The first answer was lost with the connection; the same command again.
        followed(1, Reader::Visitor, 2, true),
        acknowledged("c", 4),
        shown(1, seen(4, 2, Some("c"), "text three")),
        acknowledged("c", 4),
        // Never answered, never done.
        invoked("d", "text four"),
        followed(2, Reader::Agent, 0, false),
    ];
    events.extend(log.iter().cloned().map(|entry| shown(2, entry)));
    events.extend([1, 2].map(|session| Event::Settled { session }));
    (events, Logs::from([(HERE.to_owned(), log)]))
}

/// What is found when `spoil` is done to the good history.
fn found(spoil: impl FnOnce(&mut Vec<Event>, &mut Vec<Seen>)) -> Vec<Violation> {
    let (mut events, mut logs) = good();
    spoil(&mut events, logs.get_mut(HERE).unwrap());
    check(&events, &logs)
}

fn at(session: u64, at: u64) -> (u64, String, u64) {
    (session, HERE.into(), at)
}

#[test]
fn a_good_history_passes() {
    assert_eq!(found(|_, _| {}), []);
}

#[test]
fn a_lost_entry_is_found() {
    let found = found(|events, log| {
        log.truncate(3);
        events.retain(|e| !matches!(e, Event::Shown { entry, .. } if entry.seq == 4));
    });
    // Once for each receipt.
    assert_eq!(found, [Violation::Lost { id: "c".into() }, Violation::Lost { id: "c".into() }]);
}

#[test]
fn a_doubled_entry_is_found() {
    let found = found(|_, log| log.push(seen(5, 4, Some("a"), "text one")));
    assert!(found.contains(&Violation::Doubled { id: "a".into() }), "{found:?}");
}

#[test]
fn a_receipt_that_changes_is_found() {
    let found = found(|events, _| events.push(acknowledged("c", 5)));
    assert_eq!(found, [Violation::Displaced { id: "c".into() }]);
}

#[test]
fn a_refused_command_that_was_done_is_found() {
    let found = found(|events, _| events.push(Event::Refused { command: "b".into() }));
    assert_eq!(found, [Violation::RefusedButDone { id: "b".into() }]);
}

#[test]
fn an_altered_text_is_found() {
    let found = found(|events, log| {
        log[1].content = "text won".into();
        for event in events {
            if let Event::Shown { entry, .. } = event
                && entry.seq == 2
            {
                entry.content = "text won".into();
            }
        }
    });
    assert_eq!(found, [Violation::Altered { id: "a".into() }]);
}

#[test]
fn a_text_that_nobody_sent_is_found() {
    let found = found(|events, _| events.retain(|e| !matches!(e, Event::Invoked { command, .. } if command == "a")));
    assert_eq!(found, [Violation::Invented { id: "a".into() }]);
}

#[test]
fn a_senders_disorder_is_found() {
    let found = found(|events, _| {
        let at = |events: &[Event], id| {
            events.iter().position(|e| matches!(e, Event::Invoked { command, .. } if command == id)).unwrap()
        };
        let (a, c) = (at(events, "a"), at(events, "c"));
        events.swap(a, c);
    });
    assert_eq!(found, [Violation::Disordered { id: "a".into() }]);
}

#[test]
fn a_hole_in_the_log_is_found() {
    let found = found(|_, log| log[3].seq = 5);
    assert!(found.contains(&Violation::Hole { conversation: HERE.into(), at: 5 }), "{found:?}");
}

#[test]
fn a_wrong_prev_in_the_log_is_found() {
    let found = found(|_, log| log[2].prev = 1);
    assert_eq!(found, [Violation::BrokenChain { session: None, conversation: HERE.into(), at: 3 }]);
}

#[test]
fn a_wrong_prev_in_a_session_is_found() {
    let found = found(|events, _| {
        for event in events {
            if let Event::Shown { session: 1, entry, .. } = event {
                entry.prev = 3;
            }
        }
    });
    assert_eq!(found, [Violation::BrokenChain { session: Some(1), conversation: HERE.into(), at: 4 }]);
}

#[test]
fn an_entry_that_a_session_skips_is_found() {
    let found = found(|events, _| {
        events.retain(|e| !matches!(e, Event::Shown { session: 2, entry, .. } if entry.seq == 3));
    });
    assert_eq!(found, [Violation::BrokenChain { session: Some(2), conversation: HERE.into(), at: 4 }]);
}

#[test]
fn an_entry_shown_twice_is_found() {
    let found = found(|events, _| events.push(shown(1, seen(4, 2, Some("c"), "text three"))));
    let (session, conversation, at) = at(1, 4);
    assert_eq!(found, [Violation::ShownTwice { session, conversation, at }]);
}

#[test]
fn an_entry_that_is_not_in_the_log_is_found() {
    let found = found(|events, _| events.push(shown(1, seen(5, 4, Some("e"), "text five"))));
    let (session, conversation, at) = at(1, 5);
    assert_eq!(found, [Violation::NotInLog { session, conversation, at }]);
}

#[test]
fn a_note_shown_to_a_visitor_is_found() {
    let found = found(|events, _| {
        let place = events.iter().position(|e| matches!(e, Event::Shown { session: 1, .. })).unwrap();
        events.insert(place, shown(1, seen(3, 2, Some("b"), "note two")));
    });
    let (session, conversation, at) = at(1, 3);
    assert!(found.contains(&Violation::Leaked { session, conversation, at }), "{found:?}");
}

#[test]
fn a_recovery_that_is_not_whole_is_found() {
    let found = found(|events, _| events.retain(|e| !matches!(e, Event::Shown { session: 1, .. })));
    let (session, conversation, at) = at(1, 4);
    assert_eq!(found, [Violation::Incomplete { session, conversation, at }]);
}

proptest! {
    /// Whatever is left out of what a settled session was shown is noticed.
    #[test]
    fn nothing_can_be_left_out(missing in 1_u64..=4) {
        let found = found(|events, _| {
            events.retain(|e| !matches!(e, Event::Shown { session: 2, entry, .. } if entry.seq == missing));
            events.retain(|e| !matches!(e, Event::Followed { session: 2, .. }));
            events.insert(0, followed(2, Reader::Agent, 0, true));
        });
        prop_assert!(!found.is_empty());
    }
}

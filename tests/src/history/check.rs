//! The rules. Each is a function that adds what it finds.

use super::{Event, Logs, Reader, Seen};
use std::collections::{BTreeMap, HashMap, HashSet};

/// A broken promise. `id` is a command, `at` a seq.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Acknowledged, and not in the log.
    Lost { id: String },
    /// More than one entry of one command.
    Doubled { id: String },
    /// Acknowledged twice with different places, or with a place that holds something else.
    Displaced { id: String },
    /// Refused for good, and in the log all the same.
    RefusedButDone { id: String },
    /// In the log with a text that its sender did not send.
    Altered { id: String },
    /// In the log, though nobody sent it.
    Invented { id: String },
    /// A sender's later text stands before an earlier one.
    Disordered { id: String },
    /// The log skips or repeats a seq.
    Hole { conversation: String, at: u64 },
    /// `prev` is not the entry before for this reader.
    BrokenChain { session: Option<u64>, conversation: String, at: u64 },
    /// A session was shown an entry again.
    ShownTwice { session: u64, conversation: String, at: u64 },
    /// A session was shown what the log does not hold.
    NotInLog { session: u64, conversation: String, at: u64 },
    /// A visitor was shown a note.
    Leaked { session: u64, conversation: String, at: u64 },
    /// A session that was recovered and lived to the end was not shown everything.
    Incomplete { session: u64, conversation: String, at: u64 },
}

/// Everything that is wrong; empty when all promises were kept.
pub fn check(events: &[Event], logs: &Logs) -> Vec<Violation> {
    let mut found = Vec::new();
    whole_logs(logs, &mut found);
    let places = places(logs, &mut found);
    commands(events, logs, &places, &mut found);
    order_of_senders(events, &places, &mut found);
    sessions(events, logs, &mut found);
    found
}

type Places<'a> = HashMap<&'a str, (&'a str, &'a Seen)>;

fn whole_logs(logs: &Logs, found: &mut Vec<Violation>) {
    for (conversation, log) in logs {
        for (expected, entry) in (1..).zip(log) {
            let (conversation, at) = (conversation.clone(), entry.seq);
            if entry.seq != expected {
                found.push(Violation::Hole { conversation, at });
                break;
            }
            if entry.prev != expected - 1 {
                found.push(Violation::BrokenChain { session: None, conversation, at });
            }
        }
    }
}

/// Where each command's entry stands.
fn places<'a>(logs: &'a Logs, found: &mut Vec<Violation>) -> Places<'a> {
    let mut places = Places::new();
    for (conversation, log) in logs {
        for entry in log {
            if let Some(id) = &entry.id
                && places.insert(id, (conversation, entry)).is_some()
            {
                found.push(Violation::Doubled { id: id.clone() });
            }
        }
    }
    places
}

fn commands(events: &[Event], logs: &Logs, places: &Places<'_>, found: &mut Vec<Violation>) {
    let mut sent = HashMap::new();
    let mut acknowledged: HashMap<&str, u64> = HashMap::new();
    for event in events {
        match event {
            Event::Invoked { command, conversation, content, .. } => {
                sent.insert(command.as_str(), (conversation, content));
            }
            Event::Acknowledged { command, seq } => {
                let first = *acknowledged.entry(command).or_insert(*seq);
                let place = places.get(command.as_str()).map(|(_, entry)| entry.seq);
                if place.is_none() && first == *seq {
                    found.push(Violation::Lost { id: command.clone() });
                } else if first != *seq || place != Some(*seq) {
                    found.push(Violation::Displaced { id: command.clone() });
                }
            }
            Event::Refused { command } if places.contains_key(command.as_str()) => {
                found.push(Violation::RefusedButDone { id: command.clone() });
            }
            _ => {}
        }
    }
    for (id, (conversation, entry)) in places {
        match sent.get(id) {
            Some((to, content)) if to != conversation || **content != entry.content => {
                found.push(Violation::Altered { id: (*id).to_owned() });
            }
            // Commands that are no texts (open, accept …) are not noted.
            None if is_text(entry) => found.push(Violation::Invented { id: (*id).to_owned() }),
            _ => {}
        }
    }
    for entry in logs.values().flatten().filter(|e| e.id.is_none() && is_text(e)) {
        found.push(Violation::Invented { id: entry.content.clone() });
    }
}

/// Texts of a run hold a space; kinds do not.
fn is_text(entry: &Seen) -> bool {
    entry.content.contains(' ')
}

fn order_of_senders(events: &[Event], places: &Places<'_>, found: &mut Vec<Violation>) {
    let mut last: HashMap<(&str, &str), u64> = HashMap::new();
    for event in events {
        let Event::Invoked { command, sender, conversation, .. } = event else { continue };
        let Some((_, entry)) = places.get(command.as_str()) else { continue };
        let last = last.entry((sender, conversation)).or_default();
        if entry.seq < *last {
            found.push(Violation::Disordered { id: command.clone() });
        }
        *last = entry.seq.max(*last);
    }
}

struct Following {
    reader: Reader,
    recovered: bool,
    have: u64,
    shown: HashSet<u64>,
}

fn sessions(events: &[Event], logs: &Logs, found: &mut Vec<Violation>) {
    let mut followings: BTreeMap<(u64, &str), Following> = BTreeMap::new();
    let mut settled = HashSet::new();
    for event in events {
        match event {
            Event::Followed { session, reader, conversation, after, recovered } => {
                let following =
                    Following { reader: *reader, recovered: *recovered, have: *after, shown: HashSet::new() };
                followings.insert((*session, conversation), following);
            }
            Event::Shown { session, conversation, entry } => {
                if let Some(following) = followings.get_mut(&(*session, conversation.as_str())) {
                    shown(following, *session, conversation, entry, logs, found);
                }
            }
            Event::Settled { session } => {
                settled.insert(*session);
            }
            _ => {}
        }
    }
    for ((session, conversation), following) in followings {
        if !following.recovered || !settled.contains(&session) {
            continue;
        }
        let log = logs.get(conversation).map_or(&[][..], Vec::as_slice);
        if let Some(last) = log.iter().rev().find(|e| sees(following.reader, e))
            && following.have < last.seq
        {
            found.push(Violation::Incomplete { session, conversation: conversation.into(), at: last.seq });
        }
    }
}

fn shown(
    following: &mut Following,
    session: u64,
    conversation: &str,
    entry: &Seen,
    logs: &Logs,
    found: &mut Vec<Violation>,
) {
    let (conversation, at) = (conversation.to_owned(), entry.seq);
    if !following.shown.insert(entry.seq) || entry.seq <= following.have {
        found.push(Violation::ShownTwice { session, conversation, at });
        return;
    }
    let in_log = logs.get(&conversation).and_then(|log| log.get((entry.seq as usize).checked_sub(1)?));
    if !sees(following.reader, entry) {
        found.push(Violation::Leaked { session, conversation, at });
    } else if in_log.is_none_or(|l| l.id != entry.id || l.content != entry.content) {
        found.push(Violation::NotInLog { session, conversation, at });
    } else if entry.prev != following.have {
        found.push(Violation::BrokenChain { session: Some(session), conversation, at });
    }
    following.have = entry.seq;
}

fn sees(reader: Reader, entry: &Seen) -> bool {
    reader == Reader::Agent || !entry.for_agents
}

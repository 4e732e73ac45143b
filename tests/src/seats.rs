//! Who held which seat when, from the logs of all conversations: never over capacity, never two owners, no freed seat beside a
//! waiting visitor for long.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Milliseconds since 1970.
type Moment = i64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The conversation waits from now on; this agent has declined it, if somebody has.
    Waits(Option<String>),
    /// It takes a seat of this agent, as an offer or as theirs.
    Takes(String),
    /// It is over, or nobody's.
    Leaves,
    /// The agent could be given a conversation from now on.
    Comes(String),
    /// The agent may be unreachable or away from now on.
    Goes(String),
}

#[derive(Clone, Debug)]
pub struct Step {
    pub at: Moment,
    /// Within one moment: seats are given up before they are taken, but a conversation's own steps keep their order.
    pub rank: u8,
    pub conversation: String,
    pub change: Change,
}

#[derive(Debug, Default)]
pub struct Found {
    /// Agent and how many seats they had taken.
    pub over_capacity: Vec<(String, usize)>,
    /// Conversations that were given to somebody while somebody else had them.
    pub two_owners: Vec<String>,
    /// The longest that a visitor waited beside an agent with a free seat who had not declined them.
    pub longest_beside: Beside,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Beside {
    /// Milliseconds.
    pub took: Moment,
    pub until: Moment,
    pub conversation: String,
    pub agent: String,
}

/// The steps of one conversation's log.
pub fn steps(conversation: &str, log: &[Value]) -> Vec<Step> {
    let mut holder = None;
    let step = |entry: &Value| {
        let agent = || entry["body"]["agent"]["id"].as_str().unwrap_or_default().to_owned();
        let change = match entry["body"]["kind"].as_str()? {
            "declined" => Change::Waits(Some(agent())),
            "opened" | "moved" | "reopened" => Change::Waits(None),
            "offered" | "assigned" => Change::Takes(holder.insert(agent()).clone()),
            // An absent agent leaves what they own; a member who leaves had no seat.
            "left" if holder.as_ref() == Some(&agent()) => Change::Waits(None),
            "closed" => Change::Leaves,
            _ => return None,
        };
        let at = entry["at"].as_str()?.parse::<jiff::Timestamp>().ok()?.as_millisecond();
        Some(Step::new(at, conversation, change))
    };
    let mut steps: Vec<_> = log.iter().filter_map(step).collect();
    for n in 1..steps.len() {
        if steps[n].at == steps[n - 1].at {
            steps[n].rank = steps[n].rank.max(steps[n - 1].rank + 1);
        }
    }
    steps
}

impl Step {
    pub fn new(at: Moment, conversation: &str, change: Change) -> Self {
        let rank = u8::from(matches!(change, Change::Takes(_)));
        Self { at, rank, conversation: conversation.to_owned(), change }
    }
}

/// Replays all steps in the order of time.
pub fn replay(mut steps: Vec<Step>, capacity: usize) -> Found {
    steps.sort_by_key(|s| (s.at, s.rank));
    let mut found = Found::default();
    let (mut holder, mut waiting) = (BTreeMap::<String, String>::new(), BTreeMap::<String, Moment>::new());
    let mut declined = BTreeSet::new();
    let (mut present, mut free) = (BTreeSet::new(), BTreeMap::<String, Moment>::new());
    for Step { at, conversation, change, .. } in steps {
        found.longest_beside = beside(&waiting, &free, &declined, at).max(found.longest_beside);
        match change {
            Change::Waits(by) => {
                declined.extend(by.map(|agent| (conversation.clone(), agent)));
                holder.remove(&conversation);
                waiting.entry(conversation).or_insert(at);
            }
            Change::Takes(agent) => {
                waiting.remove(&conversation);
                if holder.insert(conversation.clone(), agent.clone()).is_some_and(|before| before != agent) {
                    found.two_owners.push(conversation);
                }
                let taken = holder.values().filter(|a| **a == agent).count();
                if taken > capacity {
                    found.over_capacity.push((agent, taken));
                }
            }
            Change::Leaves => {
                holder.remove(&conversation);
                waiting.remove(&conversation);
            }
            Change::Comes(agent) => drop(present.insert(agent)),
            Change::Goes(agent) => drop(present.remove(&agent)),
        }
        let has_seat = |agent: &String| holder.values().filter(|a| *a == agent).count() < capacity;
        free.retain(|agent, _| present.contains(agent) && has_seat(agent));
        for agent in present.iter().filter(|a| has_seat(a)) {
            free.entry(agent.clone()).or_insert(at);
        }
    }
    found
}

/// How long somebody has waited beside somebody free until `now`.
fn beside(
    waiting: &BTreeMap<String, Moment>,
    free: &BTreeMap<String, Moment>,
    declined: &BTreeSet<(String, String)>,
    now: Moment,
) -> Beside {
    let pairs = waiting.iter().flat_map(|w| free.iter().map(move |f| (w, f)));
    let open = pairs.filter(|((c, _), (a, _))| !declined.contains(&((*c).clone(), (*a).clone())));
    let spans = open.map(|((conversation, waits), (agent, free))| (now - waits.max(free), conversation, agent));
    let longest =
        spans.max().map(|(took, c, a)| Beside { took, until: now, conversation: c.clone(), agent: a.clone() });
    longest.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(at: Moment, conversation: &str, change: Change) -> Step {
        Step::new(at, conversation, change)
    }
    fn takes() -> Change {
        Change::Takes("ana".into())
    }

    #[test]
    fn who_leaves_what_they_own_gives_up_its_seat() {
        let entry = |kind: &str, ms: u32| serde_json::json!({"at": format!("2026-11-24T10:00:00.{ms:03}Z"), "body": {"kind": kind, "agent": {"id": "ana"}}});
        let log = [entry("opened", 0), entry("assigned", 1), entry("left", 2), entry("left", 3), entry("assigned", 4)];
        let seats = steps("a", &log).into_iter().map(|s| s.change).collect::<Vec<_>>();
        let waits = Change::Waits(None);
        assert_eq!(seats, [waits.clone(), takes(), waits.clone(), waits, takes()]);
    }

    #[test]
    fn each_breach_is_found() {
        let good = [at(0, "", Change::Comes("ana".into())), at(5, "a", Change::Waits(None)), at(9, "a", takes())];
        let found = replay(good.to_vec(), 1);
        assert!(found.over_capacity.is_empty() && found.two_owners.is_empty());
        assert_eq!(found.longest_beside.took, 4);

        let over = replay([&good[..], &[at(10, "b", takes())]].concat(), 1);
        assert_eq!(over.over_capacity, [("ana".to_owned(), 2)]);
        let two = replay([&good[..], &[at(10, "a", Change::Takes("ben".into()))]].concat(), 1);
        assert_eq!(two.two_owners, ["a"]);
        let freed = [at(10, "b", Change::Waits(None)), at(20, "a", Change::Leaves), at(95, "b", takes())];
        assert_eq!(replay([&good[..], &freed].concat(), 1).longest_beside.took, 75);
        let away =
            [at(10, "b", Change::Waits(None)), at(15, "", Change::Goes("ana".into())), at(20, "a", Change::Leaves)];
        let back = [at(90, "", Change::Comes("ana".into())), at(95, "b", takes())];
        assert_eq!(replay([&good[..], &away, &back].concat(), 1).longest_beside.took, 5);
    }
}

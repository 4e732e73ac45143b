//! Which plugin set was in force when, held against what was decided: no assignment carries an epoch other than the one in force at
//! its commit (C7).
//!
//! All moments are the store's. An assignment takes its moment while it holds the tenant's epoch, an activation while nobody holds
//! it: so the moments of both are in the order of their commits, whatever the nodes' clocks say, and only equal ones prove nothing.

use crate::Admin;
use serde_json::Value;
use std::collections::BTreeMap;

/// Milliseconds since 1970.
type Moment = i64;

/// A set that came in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    pub epoch: u64,
    pub since: Moment,
    /// It still is.
    pub active: bool,
}

/// A place that was given to a conversation: an offer, or straight away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    pub conversation: String,
    pub seq: u64,
    pub at: Moment,
    /// Of its decision; none when no decision was kept.
    pub epoch: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Breach {
    /// Nobody can say why it was given.
    Unexplained { conversation: String, seq: u64 },
    /// Decided with a set that never came in force.
    NeverInForce { conversation: String, seq: u64, epoch: u64 },
    /// Decided with a set before it came in force.
    TooEarly { conversation: String, seq: u64, epoch: u64 },
    /// Decided with a set after another had taken its place.
    TooLate { conversation: String, seq: u64, epoch: u64 },
    /// A set came in force before one with a lower number.
    Backwards { epoch: u64 },
    /// Not the newest alone is in force.
    NotOneActive { epochs: Vec<u64> },
}

/// Everything that is wrong; empty when every assignment was decided with the set in force.
pub fn check(sets: &[InForce], given: &[Given]) -> Vec<Breach> {
    let mut sets = sets.to_vec();
    sets.sort_by_key(|set| set.epoch);
    let mut found = Vec::new();
    for pair in sets.windows(2).filter(|pair| pair[1].since < pair[0].since) {
        found.push(Breach::Backwards { epoch: pair[1].epoch });
    }
    let active: Vec<u64> = sets.iter().filter(|set| set.active).map(|set| set.epoch).collect();
    if active != sets.last().map(|set| set.epoch).into_iter().collect::<Vec<_>>() {
        found.push(Breach::NotOneActive { epochs: active });
    }
    // Before the first activation what ships is in force, under epoch 0.
    let mut spans = BTreeMap::from([(0, (Moment::MIN, Moment::MAX))]);
    for set in &sets {
        if let Some(mut last) = spans.last_entry() {
            last.get_mut().1 = set.since;
        }
        spans.insert(set.epoch, (set.since, Moment::MAX));
    }
    found.extend(given.iter().filter_map(|given| breach(given, &spans)));
    found
}

fn breach(given: &Given, spans: &BTreeMap<u64, (Moment, Moment)>) -> Option<Breach> {
    let (conversation, seq) = (given.conversation.clone(), given.seq);
    let Some(epoch) = given.epoch else { return Some(Breach::Unexplained { conversation, seq }) };
    let Some((since, until)) = spans.get(&epoch) else {
        return Some(Breach::NeverInForce { conversation, seq, epoch });
    };
    if given.at < *since {
        return Some(Breach::TooEarly { conversation, seq, epoch });
    }
    (given.at > *until).then_some(Breach::TooLate { conversation, seq, epoch })
}

/// The tenant's sets that came in force, as a node tells them.
pub async fn sets_of(admin: &Admin) -> Vec<InForce> {
    let all = admin.rest.all("/v1/activations").await;
    let in_force = |set: &Value| {
        let active = set["state"] == "active";
        let was = active || set["state"] == "retired";
        let epoch = set["epoch"].as_u64().expect("a set has an epoch");
        was.then(|| InForce { epoch, since: moment(&set["activated_at"]), active })
    };
    all.iter().filter_map(in_force).collect()
}

/// What a conversation was given, from its log and its decisions; in a tenant whose agents get offers, which name their decision.
pub async fn given_of(admin: &Admin, conversation: &str) -> Vec<Given> {
    let decisions = admin.decisions(conversation).await;
    let epoch = |entry: &Value| decisions.iter().find(|d| d["id"] == entry["body"]["decision"])?["epoch"].as_u64();
    let log = admin.log(conversation).await;
    let offered = log.iter().filter(|entry| entry["body"]["kind"] == "offered");
    let given = |entry: &Value| Given {
        conversation: conversation.to_owned(),
        seq: entry["seq"].as_u64().expect("an entry has a seq"),
        at: moment(&entry["at"]),
        epoch: epoch(entry),
    };
    offered.map(given).collect()
}

fn moment(value: &Value) -> Moment {
    let text = value.as_str().unwrap_or_default();
    let at: jiff::Timestamp = text.parse().unwrap_or_else(|e| panic!("a moment of the store: {e}: {value}"));
    at.as_millisecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(epoch: u64, since: Moment) -> InForce {
        InForce { epoch, since, active: false }
    }
    /// 1 from 100, 4 from 200 on; 2 and 3 never.
    fn sets() -> Vec<InForce> {
        vec![InForce { active: true, ..set(4, 200) }, set(1, 100)]
    }
    fn given(at: Moment, epoch: impl Into<Option<u64>>) -> Given {
        Given { conversation: "a".into(), seq: 2, at, epoch: epoch.into() }
    }
    fn one(at: Moment, epoch: impl Into<Option<u64>>) -> Vec<Breach> {
        check(&sets(), &[given(at, epoch)])
    }

    #[test]
    fn what_was_in_force_is_no_breach() {
        for (at, epoch) in [(50, 0), (100, 0), (100, 1), (150, 1), (200, 1), (200, 4), (900, 4)] {
            assert_eq!(one(at, epoch), [], "{epoch} at {at}");
        }
        assert_eq!(check(&[], &[given(1, 0)]), [], "nothing was activated");
    }

    #[test]
    fn each_breach_is_found() {
        let conversation = || "a".to_owned();
        let late = |epoch| vec![Breach::TooLate { conversation: conversation(), seq: 2, epoch }];
        assert_eq!(one(101, 0), late(0));
        assert_eq!(one(201, 1), late(1));
        assert_eq!(one(199, 4), [Breach::TooEarly { conversation: conversation(), seq: 2, epoch: 4 }]);
        assert_eq!(one(150, 2), [Breach::NeverInForce { conversation: conversation(), seq: 2, epoch: 2 }]);
        assert_eq!(one(150, None), [Breach::Unexplained { conversation: conversation(), seq: 2 }]);
    }

    #[test]
    fn a_history_that_cannot_be_is_found() {
        let backwards = [set(1, 100), InForce { active: true, ..set(2, 99) }];
        assert_eq!(check(&backwards, &[]), [Breach::Backwards { epoch: 2 }]);
        let [last, first] = [set(4, 200), InForce { active: true, ..set(1, 100) }];
        assert_eq!(check(&[last, first], &[]), [Breach::NotOneActive { epochs: vec![1] }]);
        let both = sets().into_iter().map(|set| InForce { active: true, ..set }).collect::<Vec<_>>();
        assert_eq!(check(&both, &[]), [Breach::NotOneActive { epochs: vec![1, 4] }]);
    }
}

use super::plan::Plan;
use crate::breaker;
use model::{
    Timestamp,
    notification::{Failed, Fault, TargetHealth, Verdict},
};
use std::{cmp::Reverse, collections::BinaryHeap, time::Duration};

/// Of a simulation.
const MOST_NOTIFICATIONS: u32 = 10_000;
/// Of a notification: a rule that never gives up ends here.
const MOST_ATTEMPTS: usize = 1000;
/// How long an attempt waits that gets no answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is sent, to a target that behaves as planned.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub plan: Plan,
    /// "webhook", "email", "push".
    pub channel: String,
    /// When the plan begins, and the first notification is made.
    pub begins_at: Timestamp,
    /// How many, at most 10 000, and how far apart they are made.
    pub notifications: u32,
    pub apart: Duration,
    /// Decides who is hit by an error, and is what the rule's own chance comes from.
    pub seed: u64,
}

/// What became of one notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    pub made_at: Timestamp,
    pub steps: Vec<Step>,
    pub end: End,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub at: Timestamp,
    /// Fault and status, and what the rule said to it; none when it succeeded.
    pub failed: Option<(Fault, u16, Verdict)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    Sent,
    Dead(String),
    Dropped(String),
    /// The rule had not given up after 1 000 attempts.
    Unfinished,
}

/// A notification that is under way.
#[derive(Clone)]
struct Open {
    made_at: Timestamp,
    steps: Vec<Step>,
    first_at: Option<Timestamp>,
    previous_delay: u64,
}

/// Makes all attempts as `send` makes them: the target's breaker rests between them, and gives up after days.
pub fn simulate(scenario: &Scenario, rule: &mut dyn FnMut(&Failed) -> Verdict) -> Vec<Course> {
    let count = scenario.notifications.min(MOST_NOTIFICATIONS);
    let made_at = |n: u32| scenario.begins_at.plus(scenario.apart.saturating_mul(n));
    let mut open: Vec<Open> = (0..count)
        .map(|n| Open { made_at: made_at(n), steps: Vec::new(), first_at: None, previous_delay: 0 })
        .collect();
    let mut ends = vec![End::Unfinished; open.len()];
    let mut due: BinaryHeap<Reverse<(Timestamp, usize)>> =
        (0..count).map(|n| Reverse((made_at(n), n as usize))).collect();
    let mut health = TargetHealth::default();

    while let Some(Reverse((at, n))) = due.pop() {
        if let Some(rests_until) = health.rests_until.filter(|until| *until > at) {
            due.push(Reverse((rests_until, n)));
        } else if breaker::is_given_up(health, at) {
            ends[n] = End::Dead("the target has failed for days".into());
        } else if open[n].steps.len() < MOST_ATTEMPTS {
            match attempt(scenario, &mut open[n], (n, at), &mut health, rule) {
                Ok(again_at) => due.push(Reverse((again_at, n))),
                Err(end) => ends[n] = end,
            }
        }
    }
    open.into_iter().zip(ends).map(|(it, end)| Course { made_at: it.made_at, steps: it.steps, end }).collect()
}

/// When it is tried again, or how it ended.
fn attempt(
    scenario: &Scenario,
    it: &mut Open,
    (n, at): (usize, Timestamp),
    health: &mut TargetHealth,
    rule: &mut dyn FnMut(&Failed) -> Verdict,
) -> Result<Timestamp, End> {
    let made = u32::try_from(it.steps.len() + 1).unwrap_or(u32::MAX);
    let chance = mix(scenario.seed ^ mix(n as u64) ^ u64::from(made));
    let outcome = scenario.plan.at(at.since(scenario.begins_at)).fault((chance % 100) as u8);
    let now = if matches!(outcome, Some((Fault::TimedOut, ..))) { at.plus(PATIENCE) } else { at };
    *health = breaker::after(*health, outcome.is_none(), now);
    let Some((fault, status, retry_after)) = outcome else {
        it.steps.push(Step { at, failed: None });
        return Err(End::Sent);
    };
    let failed = Failed {
        now: now.as_ms().cast_unsigned(),
        seed: mix(chance),
        channel: scenario.channel.clone(),
        made,
        first_at: it.first_at.get_or_insert(now).as_ms().cast_unsigned(),
        expires_at: 0,
        previous_delay: it.previous_delay,
        fault,
        status,
        retry_after,
        streak: health.streak,
    };
    let verdict = rule(&failed);
    it.steps.push(Step { at, failed: Some((fault, status, verdict.clone())) });
    match verdict {
        Verdict::AgainIn(ms) => {
            it.previous_delay = ms;
            Ok(now.plus(Duration::from_millis(ms)))
        }
        Verdict::DeadLetter(cause) => Err(End::Dead(cause)),
        Verdict::Drop(cause) => Err(End::Dropped(cause)),
    }
}

/// SplitMix64's output function: neighbours become strangers.
const fn mix(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

//! The retry lab: plans are read with precise complaints, and what is drawn is what would happen.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use model::{
    Timestamp,
    notification::{Failed, Fault, Verdict},
    retry_builtin::{DELAYS, builtin_exponential},
};
use proptest::prelude::*;
use std::time::Duration;
use weft_notification::simulate::{Behaviour, Course, End, Plan, Scenario, parse_span, show_span, simulate, svg, text};

const HOUR: Duration = Duration::from_hours(1);

fn scenario(plan: &[&str]) -> Scenario {
    Scenario {
        plan: Plan::parse(plan).unwrap(),
        channel: "webhook".into(),
        begins_at: Timestamp::from_ms(1_795_519_012_345),
        notifications: 1,
        apart: Duration::ZERO,
        seed: 7,
    }
}

/// Milliseconds after the beginning.
fn at(scenario: &Scenario, course: &Course) -> Vec<u128> {
    course.steps.iter().map(|step| step.at.since(scenario.begins_at).as_millis()).collect()
}

#[test]
fn six_hours_down_are_outlived() {
    let scenario = scenario(&["down 6h", "up"]);
    let course = simulate(&scenario, &mut builtin_exponential).remove(0);
    assert_eq!(course.end, End::Sent);
    let at = at(&scenario, &course);
    assert_eq!((at.len(), at[0]), (6, 0));
    for (n, pair) in at.windows(2).enumerate() {
        let delay = u128::from(DELAYS[n]);
        let rest = if n == 4 { 5000 } else { 0 };
        assert!((delay..=(delay * 12 / 10).max(rest)).contains(&(pair[1] - pair[0])), "{n}: {at:?}");
    }
    assert!(at[4] < HOUR.as_millis() * 6 && at[5] > HOUR.as_millis() * 6);
}

#[test]
fn the_rule_is_asked_what_send_would_ask_it() {
    let mut asked: Vec<Failed> = Vec::new();
    let scenario = scenario(&["slow 1m", "throttled after 90s 2m", "refused"]);
    let course = simulate(&scenario, &mut |failed: &Failed| {
        asked.push(failed.clone());
        match failed.fault {
            Fault::Refused => Verdict::Drop("no".into()),
            _ => Verdict::AgainIn(failed.retry_after.unwrap_or(60_000)),
        }
    })
    .remove(0);
    assert_eq!(course.end, End::Dropped("no".into()));
    assert_eq!(
        at(&scenario, &course),
        [0, 70_000, 160_000, 250_000],
        "ten seconds of patience, then the rule's delays"
    );
    let seen: Vec<_> = asked.iter().map(|it| (it.made, it.fault, it.status, it.retry_after, it.streak)).collect();
    assert_eq!(
        seen,
        [
            (1, Fault::TimedOut, 0, None, 1),
            (2, Fault::Throttled, 429, Some(90_000), 2),
            (3, Fault::Throttled, 429, Some(90_000), 3),
            (4, Fault::Refused, 400, None, 4),
        ]
    );
    assert_eq!(asked[1].previous_delay, 60_000);
    assert!(asked.iter().all(|it| it.first_at == asked[0].now));
}

#[test]
fn a_target_that_fails_rests() {
    let hasty = |_: &Failed| Verdict::AgainIn(1);
    let scenario = Scenario { notifications: 100, ..scenario(&["down 1h"]) };
    let courses = simulate(&scenario, &mut hasty.clone());
    assert!(courses.iter().all(|course| course.end == End::Sent));
    let during: usize = courses.iter().map(|course| course.steps.len() - 1).sum();
    assert!(during < 30, "an hour of rests of up to five minutes: {during} attempts, not millions");
}

#[test]
fn complaints_name_the_place() {
    let wrong = |phases: &[&str]| Plan::parse(phases).unwrap_err().to_string();
    for (phases, complaint) in [
        (&["down 6x"][..], "phase 1, at byte 6: expected a unit: d, h, m, s or ms in `6x`"),
        (&["down 6h", "130% errors"], "phase 2, at byte 0: a share is a whole number from 0 to 100, found `130`"),
        (&["down 6h", "20% trouble"], "phase 2, at byte 4: expected `errors` after the share"),
        (
            &["sideways 6h"],
            "phase 1, at byte 0: expected up, down, slow, refused, throttled or `N% errors`, found `sideways`",
        ),
        (
            &["down", "up"],
            "phase 1, at byte 4: only the last phase may last for ever: say how long, for instance `down 6h`",
        ),
        (&["down 6h now"], "phase 1, at byte 8: expected the end, found `now`"),
        (&["down 0s"], "phase 1, at byte 5: a phase must last longer than nothing"),
        (&["down 5m2h"], "phase 1, at byte 8: units go from the longest to the shortest, each once in `5m2h`"),
        (&["throttled after"], "phase 1, at byte 15: expected a number in ``"),
        (&["down 9999999d"], "phase 1, at byte 5: longer than ten years in `9999999d`"),
        (&[], "phase 0, at byte 0: there must be one to 32 phases"),
    ] {
        assert_eq!(wrong(phases), complaint);
    }
}

#[test]
fn phases_follow_each_other() {
    let plan: Plan = "down for 6h, then 20% errors 1h30m, throttled".parse().unwrap();
    assert_eq!(plan, Plan::parse(&["down 6h", "20% errors for 1h30m", "throttled"]).unwrap());
    assert_eq!(plan.at(Duration::ZERO), Behaviour::Down);
    assert_eq!(plan.at(HOUR * 6), Behaviour::Errors(20));
    assert_eq!(plan.at(HOUR * 100), Behaviour::Throttled { retry_after: None });
    assert_eq!(Plan::parse(&["down 1h"]).unwrap().at(HOUR), Behaviour::Up);
}

#[test]
fn drawings_show_what_happened() {
    let scenario =
        Scenario { notifications: 60, apart: Duration::from_mins(10), ..scenario(&["down 6h", "20% errors"]) };
    let courses = simulate(&scenario, &mut builtin_exponential);
    let drawn = text(&scenario, &courses);
    for wanted in ["█ down", "▒ 20% errors", "60 notifications", "60 sent", "Unreachable 0", "again in 5s", "#20"] {
        assert!(drawn.contains(wanted), "{wanted} is not in\n{drawn}");
    }
    assert!(drawn.lines().all(|line| line.chars().count() <= 90), "{drawn}");
    let drawn = svg(&scenario, &courses);
    let steps: usize = courses.iter().take(50).map(|course| course.steps.len()).sum();
    assert_eq!(drawn.matches("<circle").count(), steps);
    assert!(drawn.starts_with("<svg ") && drawn.ends_with("</svg>\n"));
}

fn behaviour() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("up".to_owned()),
        Just("down".to_owned()),
        Just("slow".to_owned()),
        Just("refused".to_owned()),
        (0..=100u8).prop_map(|percent| format!("{percent}% errors")),
        (1..5000u64).prop_map(|s| format!("throttled after {s}s")),
    ]
}

proptest! {
    #[test]
    fn any_plan_and_rule_end(
        phases in prop::collection::vec((behaviour(), 1..100_000u64), 1..6),
        delays in prop::collection::vec(0..10_000_000u64, 1..12),
        (notifications, apart, seed) in (1..30u32, 0..600u64, any::<u64>()),
    ) {
        let phases: Vec<String> = phases.iter().map(|(behaviour, s)| format!("{behaviour} {s}s")).collect();
        let scenario = Scenario {
            plan: Plan::parse(&phases).unwrap(),
            notifications,
            apart: Duration::from_secs(apart),
            seed,
            ..scenario(&["up"])
        };
        let mut rule = |failed: &Failed| match delays.get(failed.made as usize - 1) {
            Some(ms) => Verdict::AgainIn(*ms),
            None => Verdict::DeadLetter("enough".into()),
        };
        let courses = simulate(&scenario, &mut rule);
        prop_assert_eq!(courses.len(), notifications as usize);
        for course in &courses {
            prop_assert!(course.steps.first().is_none_or(|step| step.at >= course.made_at));
            prop_assert!(course.steps.is_sorted_by_key(|step| step.at));
            prop_assert!(course.steps.len() <= delays.len() + 1);
            let successes = course.steps.iter().filter(|step| step.failed.is_none()).count();
            prop_assert_eq!(successes, usize::from(course.end == End::Sent), "one success at most, and it is the end");
            for step in &course.steps {
                let chance = matches!(scenario.plan.at(step.at.since(scenario.begins_at)), Behaviour::Errors(_));
                let up = scenario.plan.at(step.at.since(scenario.begins_at)) == Behaviour::Up;
                prop_assert!(chance || up == step.failed.is_none());
            }
            for pair in course.steps.windows(2) {
                if let Some((_, _, Verdict::AgainIn(ms))) = pair[0].failed {
                    prop_assert!(pair[1].at.since(pair[0].at) >= Duration::from_millis(ms));
                }
            }
        }
        prop_assert_eq!(&simulate(&scenario, &mut rule), &courses, "the same again is the same");
        prop_assert!(!text(&scenario, &courses).is_empty() && svg(&scenario, &courses).ends_with("</svg>\n"));
    }

    #[test]
    fn a_span_is_read_as_it_is_shown(ms in 0..100_000_000u64) {
        let shown = show_span(Duration::from_millis(ms));
        let read = parse_span(&shown.replace(' ', ""));
        if ms == 0 {
            prop_assert!(read.is_err(), "a unit is wanted");
        } else {
            let read = read.unwrap();
            let cut = Duration::from_millis(ms).checked_sub(read);
            prop_assert!(cut.is_some_and(|cut| cut < HOUR), "{shown}");
        }
    }

    #[test]
    fn no_text_makes_the_parser_stumble(text in ".{0,40}") {
        if let Err(error) = text.parse::<Plan>() {
            prop_assert!(error.at <= text.len());
        }
    }
}

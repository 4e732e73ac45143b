//! The time axis of both drawings.

use super::run::{Course, Scenario};
use std::time::Duration;

/// Steps between the marks of an axis, in seconds: what a clock or a calendar has.
const MARKS: [u64; 17] =
    [1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000, 31_536_000];
/// On an axis.
const MOST_MARKS: u64 = 8;

/// From the plan's beginning to a little after the last attempt.
pub(super) fn length(scenario: &Scenario, courses: &[Course]) -> Duration {
    let last = courses.iter().flat_map(|course| &course.steps).map(|step| step.at).max();
    let length = last.map_or(Duration::ZERO, |at| at.since(scenario.begins_at));
    (length + length / 20).max(Duration::from_secs(1))
}

/// Where the axis is marked.
pub(super) fn marks(length: Duration) -> Vec<Duration> {
    let seconds = length.as_secs().max(1);
    let step = MARKS.into_iter().find(|step| seconds / step <= MOST_MARKS).unwrap_or(MARKS[MARKS.len() - 1]);
    (0..=seconds / step).take(64).map(|n| Duration::from_secs(n * step)).collect()
}

/// The place of a moment on an axis of this width.
pub(super) fn place(at: Duration, length: Duration, width: u32) -> u32 {
    let share = at.as_secs_f64() / length.as_secs_f64();
    ((share * f64::from(width)) as u32).min(width.saturating_sub(1))
}

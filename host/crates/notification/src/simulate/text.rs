use super::{
    plan::Behaviour,
    run::{Course, End, Scenario, Step},
    scale::{length, marks, place},
    span::show_span,
};
use model::notification::Verdict;
use std::fmt::Write as _;

/// Columns of the axis, and of what stands before it.
const WIDTH: u32 = 72;
const MARGIN: usize = 8;
/// Notifications that are drawn; the others are counted.
const ROWS: usize = 20;

/// The simulation as a chart of characters and the first notification as a table.
pub fn text(scenario: &Scenario, courses: &[Course]) -> String {
    let length = length(scenario, courses);
    let column = |at| place(at, length, WIDTH) as usize;
    let mut out = String::new();

    let mut axis = vec![' '; WIDTH as usize + MARGIN];
    for mark in marks(length) {
        for (n, c) in show_span(mark).chars().enumerate() {
            if let Some(free) = axis.get_mut(column(mark) + n) {
                *free = c;
            }
        }
    }
    line(&mut out, "", &axis);

    let mut phases = vec![' '; WIDTH as usize];
    let spans = scenario.plan.spans(length);
    for (behaviour, begin, end) in &spans {
        phases[column(*begin)..=column(*end)].fill(shade(*behaviour));
    }
    line(&mut out, "plan", &phases);

    for (n, course) in courses.iter().take(ROWS).enumerate() {
        let mut row = vec![' '; WIDTH as usize];
        for step in &course.steps {
            row[column(step.at.since(scenario.begins_at))] = mark(step);
        }
        line(&mut out, &format!("#{}", n + 1), &row);
    }
    out += "\n        x failed   ● sent   † dead   ∅ dropped";
    for (behaviour, ..) in &spans {
        let _ = write!(out, "   {} {behaviour}", shade(*behaviour));
    }
    out.push('\n');
    out += &summary(courses);
    if let Some(first) = courses.first() {
        out += &table(scenario, first);
    }
    out
}

fn line(out: &mut String, name: &str, columns: &[char]) {
    let columns: String = columns.iter().collect();
    let _ = writeln!(out, "{}", format!("{name:<MARGIN$}{columns}").trim_end());
}

const fn shade(behaviour: Behaviour) -> char {
    match behaviour {
        Behaviour::Up => '·',
        Behaviour::Down => '█',
        Behaviour::Slow => '▓',
        Behaviour::Errors(_) => '▒',
        Behaviour::Throttled { .. } => '░',
        Behaviour::Refused => '▚',
    }
}

const fn mark(step: &Step) -> char {
    match &step.failed {
        None => '●',
        Some((_, _, Verdict::AgainIn(_))) => 'x',
        Some((_, _, Verdict::DeadLetter(_))) => '†',
        Some((_, _, Verdict::Drop(_))) => '∅',
    }
}

fn summary(courses: &[Course]) -> String {
    let count = |wanted: fn(&End) -> bool| courses.iter().filter(|course| wanted(&course.end)).count();
    let attempts: usize = courses.iter().map(|course| course.steps.len()).sum();
    format!(
        "\n{} notifications, {attempts} attempts: {} sent, {} dead, {} dropped, {} unfinished\n",
        courses.len(),
        count(|end| *end == End::Sent),
        count(|end| matches!(end, End::Dead(_))),
        count(|end| matches!(end, End::Dropped(_))),
        count(|end| *end == End::Unfinished),
    )
}

fn table(scenario: &Scenario, course: &Course) -> String {
    let mut out = String::from("\n#1  attempt  after         outcome           then\n");
    for (n, step) in course.steps.iter().take(ROWS).enumerate() {
        let after = show_span(step.at.since(scenario.begins_at));
        let (outcome, then) = match &step.failed {
            None => ("sent".to_owned(), String::new()),
            Some((fault, status, verdict)) => (format!("{fault:?} {status}"), said(verdict)),
        };
        let _ = writeln!(out, "{}", format!("    {:<9}{after:<14}{outcome:<18}{then}", n + 1).trim_end());
    }
    out
}

fn said(verdict: &Verdict) -> String {
    match verdict {
        Verdict::AgainIn(ms) => format!("again in {}", show_span(std::time::Duration::from_millis(*ms))),
        Verdict::DeadLetter(cause) => format!("dead: {cause}"),
        Verdict::Drop(cause) => format!("dropped: {cause}"),
    }
}

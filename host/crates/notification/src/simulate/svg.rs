use super::{
    plan::Behaviour,
    run::{Course, Scenario, Step},
    scale::{length, marks, place},
    span::show_span,
};
use model::notification::Verdict;
use std::fmt::Write as _;

/// In pixels.
const WIDTH: u32 = 720;
const MARGIN: u32 = 40;
const ROW: u32 = 16;
/// Notifications that are drawn.
const ROWS: usize = 50;

/// The simulation as an SVG document. All text in it is ours: nothing of a plugin's can break out.
pub fn svg(scenario: &Scenario, courses: &[Course]) -> String {
    let length = length(scenario, courses);
    let x = |at| MARGIN + place(at, length, WIDTH);
    let rows = u32::try_from(courses.len().min(ROWS)).unwrap_or(u32::MAX);
    let bottom = ROW * (rows + 2);
    let (width, height) = (WIDTH + 2 * MARGIN, bottom + 2 * ROW);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
         font-size=\"10\" role=\"img\">\n<title>Attempts of {} notifications</title>\n",
        courses.len()
    );
    for (behaviour, begin, end) in scenario.plan.spans(length) {
        let (left, right) = (x(begin), x(end));
        let _ = writeln!(
            out,
            "<rect x=\"{left}\" y=\"{ROW}\" width=\"{}\" height=\"{}\" fill=\"{}\"><title>{behaviour}, {} to {}</title></rect>",
            (right - left).max(1),
            bottom - ROW,
            colour(behaviour),
            show_span(begin),
            show_span(end),
        );
    }
    for mark in marks(length) {
        let at = x(mark);
        let _ = writeln!(out, "<line x1=\"{at}\" y1=\"{ROW}\" x2=\"{at}\" y2=\"{bottom}\" stroke=\"#0002\"/>");
        let _ =
            writeln!(out, "<text x=\"{at}\" y=\"{}\" text-anchor=\"middle\">{}</text>", bottom + ROW, show_span(mark));
    }
    for (n, course) in (0..).zip(courses.iter().take(ROWS)) {
        for step in &course.steps {
            let after = step.at.since(scenario.begins_at);
            let (fill, what) = dot(step);
            let _ = writeln!(
                out,
                "<circle cx=\"{}\" cy=\"{}\" r=\"4\" fill=\"{fill}\"><title>#{} after {}: {what}</title></circle>",
                x(after),
                ROW * (n + 2),
                n + 1,
                show_span(after),
            );
        }
    }
    out + "</svg>\n"
}

const fn colour(behaviour: Behaviour) -> &'static str {
    match behaviour {
        Behaviour::Up => "#e6f4ea",
        Behaviour::Down => "#f6c7c3",
        Behaviour::Slow => "#e4d7f5",
        Behaviour::Errors(_) => "#fde7c8",
        Behaviour::Throttled { .. } => "#d7e3fc",
        Behaviour::Refused => "#dcdcdc",
    }
}

fn dot(step: &Step) -> (&'static str, String) {
    match &step.failed {
        None => ("#188038", "sent".into()),
        Some((fault, status, Verdict::AgainIn(_))) => ("#e37400", format!("{fault:?} {status}")),
        Some((fault, status, Verdict::DeadLetter(_))) => ("#202124", format!("{fault:?} {status}, dead")),
        Some((fault, status, Verdict::Drop(_))) => ("#9aa0a6", format!("{fault:?} {status}, dropped")),
    }
}

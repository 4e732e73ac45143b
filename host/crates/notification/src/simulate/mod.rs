//! The retry lab: what a retry rule would do in an outage, in virtual time.
//!
//! `plan` says how the other side behaves, `run` makes the attempts, `text` and `svg` draw them. Nothing here waits, and nothing is
//! random: the same scenario and rule give the same picture.

mod plan;
mod run;
mod scale;
mod span;
mod svg;
mod text;

pub use plan::{Behaviour, Phase, Plan, PlanError, Problem};
pub use run::{Course, End, Scenario, Step, simulate};
pub use span::{SpanError, parse_span, show_span};
pub use svg::svg;
pub use text::text;

//! The retry lab: what a retry rule would do in an outage, in virtual time.

use crate::{
    edge::App,
    extract::{Auth, Json},
    problem::Problem,
};
use axum::extract::State;
use model::{
    Code, Refusal, Timestamp,
    notification::{Failed, Fault, Verdict},
    permission::Action,
    plugin::{Digest, Hook},
    retry_builtin::builtin_exponential,
};
use notification::simulate::{
    Behaviour, Course, End, Plan, PlanError, Scenario, Step, parse_span, simulate as run, svg,
};
use ports::Prepared;
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use utoipa::ToSchema;

/// Of one simulation: as many as a drawing has rows.
const NOTIFICATIONS: u32 = 50;
const CHANNEL: &str = "webhook";

/// An outage, and the rule that is to cope with it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Outage {
    /// A retry rule's release; the built-in rule when not given.
    #[schema(value_type = Option<String>)]
    release: Option<Digest>,
    #[serde(default = "no_settings")]
    #[schema(value_type = Object)]
    settings: serde_json::Value,
    /// `webhook` when not given.
    channel: Option<String>,
    /// How the other side behaves, one after the other: `down 6h`, `20% errors for 2h`, `throttled after 30s 1h`, `slow 10m`, `up`.
    phases: Vec<String>,
    /// 1 to 50; 1 when not given.
    notifications: Option<u32>,
    /// How far apart they are made, for instance `10m`; all at once when not given.
    apart: Option<String>,
    /// Another one is another course of chance.
    #[serde(default)]
    seed: u64,
}

fn no_settings() -> serde_json::Value {
    serde_json::json!({})
}

/// What would happen. Times are milliseconds after the beginning.
#[derive(Serialize, ToSchema)]
pub(crate) struct Simulation {
    rule: Rule,
    /// Until a little after the last attempt.
    length_ms: u64,
    spans: Vec<Span>,
    courses: Vec<CourseView>,
    /// How often the rule did not answer, and the built-in one did instead.
    faults: u32,
    /// The first of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    /// All of it drawn, an SVG document.
    svg: String,
}

#[derive(Serialize, ToSchema)]
struct Rule {
    name: String,
    version: String,
}

#[derive(Serialize, ToSchema)]
struct Span {
    behaviour: String,
    begin_ms: u64,
    end_ms: u64,
}

#[derive(Serialize, ToSchema)]
struct CourseView {
    made_ms: u64,
    steps: Vec<StepView>,
    /// `sent`, `dead`, `dropped` or `unfinished`.
    end: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct StepView {
    at_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    fault: Option<Fault>,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    verdict: Option<Verdict>,
}

/// What a retry rule would do in an outage; nothing is sent
#[utoipa::path(post, path = "/retry/simulate", tag = "notifications", request_body = Outage, responses((status = 200, body = Simulation)))]
pub(crate) async fn simulate(
    State(app): State<App>,
    auth: Auth,
    Json(outage): Json<Outage>,
) -> Result<axum::Json<Simulation>, Problem> {
    let caller = auth.may(Action::ManageTargets)?;
    let scenario = outage.scenario(app.parts.clock.now())?;
    let rule = match outage.release {
        Some(release) => Some(app.parts.rollout.trial(caller.tenant, Hook::Retry, release, outage.settings).await?),
        None => None,
    };
    // Thousands of calls of the plugin: not on a thread that others wait for.
    let simulated = tokio::task::spawn_blocking(move || simulated(&scenario, rule.as_ref())).await;
    simulated.map(axum::Json).map_err(|_| Refusal::new(Code::Internal, "this failed on our side").into())
}

impl Outage {
    fn scenario(&self, begins_at: Timestamp) -> Result<Scenario, Refusal> {
        let notifications = self.notifications.unwrap_or(1);
        if !(1..=NOTIFICATIONS).contains(&notifications) {
            return Err(Refusal::bad("notifications", format!("1 to {NOTIFICATIONS}")));
        }
        let apart = self.apart.as_deref().map_or(Ok(Duration::ZERO), parse_span);
        Ok(Scenario {
            plan: Plan::parse(&self.phases).map_err(|wrong| misread(&wrong))?,
            channel: self.channel.clone().unwrap_or_else(|| CHANNEL.into()),
            begins_at,
            notifications,
            apart: apart.map_err(|wrong| Refusal::bad("apart", format!("{wrong}, for instance `10m`")))?,
            seed: self.seed,
        })
    }
}

fn misread(wrong: &PlanError) -> Refusal {
    Refusal::bad(format!("phases.{}", wrong.phase.saturating_sub(1)), wrong.to_string())
}

fn simulated(scenario: &Scenario, rule: Option<&Arc<dyn Prepared>>) -> Simulation {
    let mut faults = Vec::new();
    let mut judge = |failed: &Failed| match rule.map(|rule| rule.judge(failed)) {
        Some(Ok(answer)) => answer.output,
        Some(Err(fault)) => {
            faults.push(fault.to_string());
            builtin_exponential(failed)
        }
        None => builtin_exponential(failed),
    };
    let courses = run(scenario, &mut judge);
    let after = |at: Timestamp| ms(at.since(scenario.begins_at));
    let last = courses.iter().flat_map(|course| &course.steps).map(|step| after(step.at)).max().unwrap_or(0);
    let length_ms = (last + last / 20).max(1000);
    let named = |name: &str, version: &str| Rule { name: name.to_owned(), version: version.to_owned() };
    Simulation {
        rule: rule.map_or_else(|| named("exponential", "built-in"), |rule| named(rule.name(), rule.version())),
        length_ms,
        spans: spans(scenario, length_ms),
        svg: svg(scenario, &courses),
        courses: courses.into_iter().map(|course| view(course, &after)).collect(),
        faults: u32::try_from(faults.len()).unwrap_or(u32::MAX),
        fault: faults.into_iter().next(),
    }
}

fn spans(scenario: &Scenario, length_ms: u64) -> Vec<Span> {
    let spans = scenario.plan.spans(Duration::from_millis(length_ms));
    let view = |(behaviour, begin, end): (Behaviour, Duration, Duration)| Span {
        behaviour: behaviour.to_string(),
        begin_ms: ms(begin),
        end_ms: ms(end),
    };
    spans.into_iter().map(view).collect()
}

fn view(course: Course, after: &impl Fn(Timestamp) -> u64) -> CourseView {
    let step = |step: Step| {
        let (fault, status, verdict) = match step.failed {
            Some((fault, status, verdict)) => (Some(fault), status, Some(verdict)),
            None => (None, 200, None),
        };
        StepView { at_ms: after(step.at), fault, status, verdict }
    };
    let (end, cause) = match course.end {
        End::Sent => ("sent", None),
        End::Dead(cause) => ("dead", Some(cause)),
        End::Dropped(cause) => ("dropped", Some(cause)),
        End::Unfinished => ("unfinished", None),
    };
    CourseView { made_ms: after(course.made_at), steps: course.steps.into_iter().map(step).collect(), end, cause }
}

fn ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

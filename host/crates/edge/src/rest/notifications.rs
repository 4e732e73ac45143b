//! What was told to whom, how that went, and what is to be told again.

use crate::{
    edge::App,
    extract::{Auth, Json, List, PageQuery, Path, Query},
    problem::Problem,
};
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use model::{
    ConversationId, EventId, NotificationId, Refusal, Timestamp, catalogue,
    notification::{Attempt, EventKind, Notification, NotificationState},
    permission::Action,
};
use ports::store::{DeadEvent, NotificationFilter, Page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Notifications that one request drives again, and how fast at most.
const REDRIVEN: u32 = 10_000;
const PER_SECOND_MAX: u32 = 1000;

/// Which of them.
#[derive(Deserialize, IntoParams, ToSchema)]
pub(crate) struct Which {
    /// `due`, `sent`, `dead` or `dropped`
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>)]
    state: Option<NotificationState>,
    /// Name of the target
    target: Option<String>,
    /// For instance `conversation.closed`
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>)]
    kind: Option<EventKind>,
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>)]
    conversation: Option<ConversationId>,
    /// What the cause begins with
    cause: Option<String>,
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>)]
    from: Option<Timestamp>,
    #[param(value_type = Option<String>)]
    #[schema(value_type = Option<String>)]
    until: Option<Timestamp>,
}

impl From<Which> for NotificationFilter {
    fn from(w: Which) -> Self {
        Self {
            id: None,
            state: w.state,
            target: w.target,
            kind: w.kind,
            conversation: w.conversation,
            cause: w.cause,
            from: w.from,
            until: w.until,
        }
    }
}

/// A notification with all its attempts.
#[derive(Serialize)]
pub(crate) struct Whole {
    #[serde(flatten)]
    notification: Notification,
    tried: Vec<Attempt>,
}

async fn page_of(
    app: &App,
    auth: &Auth,
    filter: NotificationFilter,
    page: PageQuery,
) -> Result<axum::Json<List<Notification>>, Problem> {
    let limit = page.limit()?;
    let page = Page { after: page.after()?, limit };
    let items = app.parts.store.notifications(auth.caller().tenant, &filter, page).await?;
    Ok(axum::Json(List::page(items, limit, |notification| notification.id.to_string())))
}

async fn whole(app: &App, auth: &Auth, id: NotificationId) -> Result<Whole, Problem> {
    let (store, tenant) = (&app.parts.store, auth.caller().tenant);
    let notification = store.notification(tenant, id).await?.ok_or_else(|| Refusal::not_found("notification"))?;
    Ok(Whole { notification, tried: store.attempts(tenant, id).await? })
}

/// Notifications, newest first
#[utoipa::path(get, path = "/notifications", tag = "notifications", params(Which, PageQuery), responses((status = 200, body = List<Object>)))]
pub(crate) async fn list(
    State(app): State<App>,
    auth: Auth,
    Query(which): Query<Which>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<List<Notification>>, Problem> {
    auth.may(Action::ReadNotifications)?;
    page_of(&app, &auth, which.into(), page).await
}

/// One notification with its attempts
#[utoipa::path(get, path = "/notifications/{id}", tag = "notifications", params(("id" = String, Path)), responses((status = 200, body = Object)))]
pub(crate) async fn get(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<NotificationId>,
) -> Result<axum::Json<Whole>, Problem> {
    auth.may(Action::ReadNotifications)?;
    Ok(axum::Json(whole(&app, &auth, id).await?))
}

/// Dead letters, newest first
#[utoipa::path(get, path = "/dead-letters", tag = "notifications", params(Which, PageQuery), responses((status = 200, body = List<Object>)))]
pub(crate) async fn dead(
    State(app): State<App>,
    auth: Auth,
    Query(which): Query<Which>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<List<Notification>>, Problem> {
    auth.may(Action::ReadNotifications)?;
    let filter = NotificationFilter { state: Some(NotificationState::Dead), ..which.into() };
    page_of(&app, &auth, filter, page).await
}

/// What every kind of event tells: a JSON Schema, `properties` has one per kind
#[utoipa::path(get, path = "/events/schema", tag = "notifications", responses((status = 200, body = Object, content_type = "application/schema+json")))]
pub(crate) async fn schema(auth: Auth) -> Result<Response, Problem> {
    auth.may(Action::ReadNotifications)?;
    Ok(([(header::CONTENT_TYPE, "application/schema+json")], catalogue::SCHEMA).into_response())
}

/// What to send again: the filter's fields, and how fast.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Redrive {
    #[serde(flatten)]
    which: Which,
    /// One dead letter; then the filter is not looked at.
    #[schema(value_type = Option<String>)]
    id: Option<NotificationId>,
    /// Dead letters per second; 50 when not given.
    per_second: Option<u32>,
    /// At most so many; 10 000 when not given.
    limit: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Redriven {
    redriven: u32,
}

/// Send dead letters again, each with the id that it had
#[utoipa::path(post, path = "/dead-letters/redrive", tag = "notifications", request_body = Redrive, responses((status = 200, body = Redriven)))]
pub(crate) async fn redrive(
    State(app): State<App>,
    auth: Auth,
    Json(redrive): Json<Redrive>,
) -> Result<axum::Json<Redriven>, Problem> {
    let caller = auth.may(Action::Redrive)?;
    let per_second = redrive.per_second.unwrap_or(50);
    if !(1..=PER_SECOND_MAX).contains(&per_second) {
        return Err(Refusal::bad("per_second", format!("1 to {PER_SECOND_MAX}")).into());
    }
    let limit = redrive.limit.unwrap_or(REDRIVEN).min(REDRIVEN);
    let filter = NotificationFilter { id: redrive.id, ..redrive.which.into() };
    let redriven = app.parts.store.redrive(caller.tenant, &filter, per_second, limit).await?;
    if redrive.id.is_some() && redriven == 0 {
        return Err(Refusal::not_found("dead letter").into());
    }
    let detail = serde_json::json!({ "redriven": redriven, "per_second": per_second });
    app.parts.tenancy.audit(caller, "dead_letters.redriven", detail).await;
    app.parts.notifications.look();
    Ok(axum::Json(Redriven { redriven }))
}

/// An event that no handler answered.
#[derive(Serialize)]
pub(crate) struct DeadEventView {
    #[serde(flatten)]
    event: model::notification::Event,
    cause: String,
}

/// Events that could not be handled, newest first
#[utoipa::path(get, path = "/dead-letters/events", tag = "notifications", params(PageQuery), responses((status = 200, body = List<Object>)))]
pub(crate) async fn dead_events(
    State(app): State<App>,
    auth: Auth,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<List<DeadEventView>>, Problem> {
    let caller = auth.may(Action::ReadNotifications)?;
    let limit = page.limit()?;
    let found = app.parts.store.dead_events(caller.tenant, Page { after: page.after()?, limit }).await?;
    let view = |DeadEvent { event, cause }| DeadEventView { event, cause };
    Ok(axum::Json(List::page(found.into_iter().map(view).collect(), limit, |view| view.event.id.to_string())))
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct Again {
    #[schema(value_type = Vec<String>)]
    events: Vec<EventId>,
}

/// Handle dead events again
#[utoipa::path(post, path = "/dead-letters/events/redrive", tag = "notifications", request_body = Again, responses((status = 200, body = Redriven)))]
pub(crate) async fn handle_again(
    State(app): State<App>,
    auth: Auth,
    Json(Again { events }): Json<Again>,
) -> Result<axum::Json<Redriven>, Problem> {
    let caller = auth.may(Action::Redrive)?;
    if events.is_empty() || events.len() > REDRIVEN as usize {
        return Err(Refusal::bad("events", format!("1 to {REDRIVEN} ids")).into());
    }
    let redriven = app.parts.store.handle_again(caller.tenant, &events).await?;
    app.parts.notifications.look();
    Ok(axum::Json(Redriven { redriven }))
}

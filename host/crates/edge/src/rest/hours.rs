//! Business hours of teams: `{time_zone, week: [{day, from, to}]}`. A team without hours is always open.

use super::resources::{View, created, listed, shown};
use crate::{
    edge::App,
    extract::{Auth, IfMatch, Json, List, PageQuery, Path, Query},
    problem::Problem,
};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use model::{
    TeamId,
    hours::{Hours, TeamHours},
    permission::Action,
};
use ports::store::Page;

/// Hours of all teams that have some
#[utoipa::path(get, path = "/hours", tag = "tenant", params(PageQuery), responses((status = 200, body = List<Object>)))]
pub(crate) async fn list(
    State(app): State<App>,
    auth: Auth,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<List<View<TeamHours>>>, Problem> {
    let caller = auth.may(Action::ReadHours)?;
    let limit = page.limit()?;
    Ok(listed(app.parts.tenancy.all_hours(caller.tenant, Page { after: page.after()?, limit }).await?, limit))
}

/// Hours of a team
#[utoipa::path(get, path = "/hours/{team}", tag = "tenant", params(("team" = String, Path)), responses((status = 200, body = Object)))]
pub(crate) async fn get(State(app): State<App>, auth: Auth, Path(team): Path<TeamId>) -> Result<Response, Problem> {
    let caller = auth.may(Action::ReadHours)?;
    Ok(shown(app.parts.tenancy.hours_of(caller.tenant, team).await?))
}

/// Set a team's hours: the first ones with `If-None-Match: *`, others with the `If-Match` of what was read
#[utoipa::path(put, path = "/hours/{team}", tag = "tenant",
    params(("team" = String, Path), ("If-Match" = Option<String>, Header), ("If-None-Match" = Option<String>, Header)),
    request_body = Object, responses((status = 200, body = Object), (status = 201, body = Object)))]
pub(crate) async fn put(
    State(app): State<App>,
    auth: Auth,
    Path(team): Path<TeamId>,
    headers: HeaderMap,
    version: Result<IfMatch, Problem>,
    Json(hours): Json<Hours>,
) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManageHours)?;
    let tenancy = &app.parts.tenancy;
    if headers.get(header::IF_NONE_MATCH).is_some_and(|tag| tag == "*") {
        return Ok(created(tenancy.set_hours(caller, team, 0, hours).await?));
    }
    let IfMatch(version) = version?;
    Ok(shown(tenancy.set_hours(caller, team, version, hours).await?))
}

/// Take a team's hours away: it is always open
#[utoipa::path(delete, path = "/hours/{team}", tag = "tenant", params(("team" = String, Path), ("If-Match" = String, Header)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(app): State<App>,
    auth: Auth,
    Path(team): Path<TeamId>,
    IfMatch(version): IfMatch,
) -> Result<StatusCode, Problem> {
    let caller = auth.may(Action::ManageHours)?;
    app.parts.tenancy.delete_hours(caller, team, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

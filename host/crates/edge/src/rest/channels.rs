use super::etag::tagged;
use crate::{
    edge::App,
    extract::{Auth, IfMatch, Json, List, Path},
    problem::Problem,
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use model::{ChannelId, TeamId, people::Channel, permission::Action};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tenancy::ChannelChange;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[schema(as = Channel)]
pub(crate) struct ChannelView {
    #[schema(value_type = String)]
    id: ChannelId,
    /// Public; the widget carries it.
    key: String,
    name: String,
    #[schema(value_type = String)]
    team: TeamId,
    /// Exact origins whose pages may use the key; empty = any.
    allowed_origins: Vec<String>,
    /// Whether the site's server can prove who a visitor is. The secret itself is never shown.
    identity: bool,
    /// What `If-Match` takes.
    version: u64,
}

impl From<Channel> for ChannelView {
    fn from(c: Channel) -> Self {
        let identity = c.identity_secret.is_some();
        let Channel { id, key, name, team, allowed_origins, version, .. } = c;
        Self { id, key, name, team, allowed_origins, identity, version }
    }
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct NewChannel {
    name: String,
    #[schema(value_type = String)]
    team: TeamId,
    #[serde(default)]
    allowed_origins: Vec<String>,
}

/// What is not given stays as it is.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ChangedChannel {
    name: Option<String>,
    #[schema(value_type = Option<String>)]
    team: Option<TeamId>,
    allowed_origins: Option<Vec<String>>,
    /// Key of identity proofs; empty takes it away.
    #[schema(value_type = Option<String>)]
    identity_secret: Option<SecretString>,
}

/// Channels of the tenant
#[utoipa::path(get, path = "/channels", tag = "people", responses((status = 200, body = List<ChannelView>)))]
pub(crate) async fn list(State(app): State<App>, auth: Auth) -> Result<axum::Json<List<ChannelView>>, Problem> {
    let caller = auth.may(Action::ManageChannels)?;
    let channels = app.parts.tenancy.channels(caller.tenant).await?;
    Ok(axum::Json(List::all(channels.into_iter().map(ChannelView::from).collect())))
}

/// Add a channel
#[utoipa::path(post, path = "/channels", tag = "people", request_body = NewChannel, responses((status = 201, body = ChannelView)))]
pub(crate) async fn add(State(app): State<App>, auth: Auth, Json(new): Json<NewChannel>) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManageChannels)?;
    let channel = app.parts.tenancy.add_channel(caller, None, &new.name, new.team, &new.allowed_origins).await?;
    Ok((StatusCode::CREATED, tagged(channel.version, ChannelView::from(channel))).into_response())
}

/// One channel
#[utoipa::path(get, path = "/channels/{id}", tag = "people", params(("id" = String, Path)), responses((status = 200, body = ChannelView)))]
pub(crate) async fn get(State(app): State<App>, auth: Auth, Path(id): Path<ChannelId>) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManageChannels)?;
    let channel = app.parts.tenancy.channel(caller.tenant, id).await?;
    Ok(tagged(channel.version, ChannelView::from(channel)))
}

/// Change a channel
#[utoipa::path(patch, path = "/channels/{id}", tag = "people", params(("id" = String, Path), ("If-Match" = String, Header)),
    request_body = ChangedChannel, responses((status = 200, body = ChannelView)))]
pub(crate) async fn change(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<ChannelId>,
    IfMatch(version): IfMatch,
    Json(changed): Json<ChangedChannel>,
) -> Result<Response, Problem> {
    let caller = auth.may(Action::ManageChannels)?;
    let ChangedChannel { name, team, allowed_origins, identity_secret } = changed;
    let change = ChannelChange { name, team, allowed_origins, identity_secret };
    let channel = app.parts.tenancy.change_channel(caller, id, version, change).await?;
    Ok(tagged(channel.version, ChannelView::from(channel)))
}

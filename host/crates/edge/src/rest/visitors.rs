use crate::{
    edge::App,
    extract::{Anybody, Json, origin},
    problem::Problem,
    request::note_foreign_origin,
};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use model::{ChannelId, TeamId, TenantId, Timestamp, VisitorId, body::Named, hours::Standing};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tenancy::{Enter, Identity};
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
pub(crate) struct NewVisitor {
    /// Public; the widget carries it.
    channel_key: String,
    name: Option<String>,
    language: Option<String>,
    #[serde(default)]
    properties: BTreeMap<String, String>,
    /// Of an earlier visit: the same visitor again.
    visitor_token: Option<String>,
    identity: Option<IdentityProof>,
}

/// Who the visitor is to the site, signed by the site's server.
#[derive(Deserialize, ToSchema)]
pub(crate) struct IdentityProof {
    external_id: String,
    /// 0 is nobody special; signed with the id.
    #[serde(default)]
    vip: u8,
    /// Hex of HMAC-SHA-256 with the channel's identity secret over `external_id`, or over `external_id`, a line feed and the
    /// decimal `vip` when that is not 0.
    signature: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct VisitorIn {
    token: String,
    #[schema(value_type = Object)]
    visitor: Named<VisitorId>,
    tenant: TenantRef,
    channel: ChannelRef,
    #[schema(value_type = String)]
    expires_at: Timestamp,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TenantRef {
    #[schema(value_type = String)]
    pub id: TenantId,
    pub slug: String,
    pub name: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ChannelRef {
    #[schema(value_type = String)]
    id: ChannelId,
    name: String,
    #[schema(value_type = Object)]
    team: Named<TeamId>,
    /// Within the team's business hours now. When it is not, a visitor may still open, or leave a `message`.
    open: bool,
    /// When it opens next, if that is within the next weeks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    opens_at: Option<Timestamp>,
}

/// Come in through a channel
#[utoipa::path(post, path = "/visitors", tag = "people", request_body = NewVisitor, security(()),
    responses((status = 201, body = VisitorIn)))]
pub(crate) async fn enter(
    State(app): State<App>,
    _anybody: Anybody,
    headers: HeaderMap,
    Json(new): Json<NewVisitor>,
) -> Result<(StatusCode, axum::Json<VisitorIn>), Problem> {
    let tenancy = &app.parts.tenancy;
    let identity = new.identity.map(|proof| Identity {
        external_id: proof.external_id,
        vip: proof.vip,
        signature: proof.signature,
    });
    let entered = tenancy
        .enter(Enter {
            channel_key: new.channel_key,
            origin: origin(&headers).map(str::to_owned),
            name: new.name,
            language: new.language,
            properties: new.properties,
            visitor_token: new.visitor_token,
            identity,
        })
        .await
        .inspect_err(|refusal| {
            if refusal.field.as_deref() == Some("origin") {
                note_foreign_origin();
            }
        })?;
    let tenant = tenancy.tenant(entered.tenant).await?;
    let team = tenancy.team(entered.tenant, entered.channel.team).await?;
    let standing = tenancy.standing(entered.tenant, team.id).await?;
    Ok((
        StatusCode::CREATED,
        axum::Json(VisitorIn {
            token: entered.token,
            visitor: Named { id: entered.visitor, name: entered.name },
            tenant: TenantRef { id: tenant.id, slug: tenant.slug.clone(), name: tenant.name.clone() },
            channel: ChannelRef {
                id: entered.channel.id,
                name: entered.channel.name.clone(),
                team: Named { id: team.id, name: team.name },
                open: standing == Standing::Open,
                opens_at: match standing {
                    Standing::Open => None,
                    Standing::Closed { opens_at } => opens_at,
                },
            },
            expires_at: entered.expires_at,
        }),
    ))
}

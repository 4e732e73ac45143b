use super::visitors::TenantRef;
use crate::{
    edge::App,
    extract::{Json, List, Operator, PageQuery, Query},
    problem::Problem,
};
use axum::{extract::State, http::StatusCode};
use model::{Role, tenant::Settings};
use ports::store::Page;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tenancy::NewPerson;
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
pub(crate) struct NewTenant {
    /// Lower-case letters, digits and dashes; what people type at sign-in.
    slug: String,
    name: String,
    /// Of the first team; `Support` when not given.
    team: Option<String>,
    admin: NewAdmin,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct NewAdmin {
    email: String,
    name: String,
    #[schema(value_type = String)]
    password: SecretString,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct TenantMade {
    tenant: TenantRef,
    channel_key: String,
}

/// Tenants of this installation (operator)
#[utoipa::path(get, path = "/tenants", tag = "operator", params(PageQuery), responses((status = 200, body = List<TenantRef>)))]
pub(crate) async fn list(
    State(app): State<App>,
    _operator: Operator,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<List<TenantRef>>, Problem> {
    let limit = page.limit()?;
    let tenants = app.parts.tenancy.tenants(Page { after: page.after()?, limit }).await?;
    let items = tenants.into_iter().map(|t| TenantRef { id: t.id, slug: t.slug, name: t.name }).collect();
    Ok(axum::Json(List::page(items, limit, |t| t.id.to_string())))
}

/// Make a tenant with a team, a channel and an admin (operator)
#[utoipa::path(post, path = "/tenants", tag = "operator", request_body = NewTenant, responses((status = 201, body = TenantMade)))]
pub(crate) async fn add(
    State(app): State<App>,
    _operator: Operator,
    Json(new): Json<NewTenant>,
) -> Result<(StatusCode, axum::Json<TenantMade>), Problem> {
    let tenancy = &app.parts.tenancy;
    let founded = tenancy
        .add_tenant(tenancy::NewTenant {
            slug: new.slug,
            channel: new.name.clone(),
            name: new.name,
            settings: Settings::default(),
            team: new.team.unwrap_or_else(|| "Support".into()),
            channel_key: None,
        })
        .await?;
    let admin = NewPerson {
        email: new.admin.email,
        name: new.admin.name,
        role: Role::Admin,
        password: new.admin.password,
        capacity: None,
        skills: Vec::new(),
        tier: 0,
        weight: None,
    };
    tenancy.add_person(founded.tenant.id, admin, Some(&[])).await?;
    let tenant = TenantRef { id: founded.tenant.id, slug: founded.tenant.slug, name: founded.tenant.name };
    Ok((StatusCode::CREATED, axum::Json(TenantMade { tenant, channel_key: founded.channel.key })))
}

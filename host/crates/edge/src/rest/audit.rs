use crate::{
    edge::App,
    extract::{Auth, List, PageQuery, Query},
    problem::Problem,
};
use axum::extract::State;
use model::{AuditId, Participant, Timestamp, permission::Action};
use ports::store::Page;
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[schema(as = AuditRecord)]
pub(crate) struct AuditView {
    #[schema(value_type = String)]
    id: AuditId,
    #[schema(value_type = String)]
    at: Timestamp,
    /// Who; null is the operator or the node itself.
    #[schema(value_type = Option<Object>)]
    by: Option<Participant>,
    /// For instance `plugin.activated`.
    action: String,
    detail: serde_json::Value,
}

/// Who changed what, newest first
#[utoipa::path(get, path = "/audit", tag = "tenant", params(PageQuery), responses((status = 200, body = List<AuditView>)))]
pub(crate) async fn list(
    State(app): State<App>,
    auth: Auth,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<List<AuditView>>, Problem> {
    let caller = auth.may(Action::ReadAudit)?;
    let limit = page.limit()?;
    let records = app.parts.tenancy.audit_records(caller.tenant, Page { after: page.after()?, limit }).await?;
    let items = records
        .into_iter()
        .map(|r| AuditView { id: r.id, at: r.at, by: r.by, action: r.action, detail: r.detail })
        .collect();
    Ok(axum::Json(List::page(items, limit, |r| r.id.to_string())))
}

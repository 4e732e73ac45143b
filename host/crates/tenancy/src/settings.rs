use crate::{
    Tenancy,
    refusals::{stale, unavailable},
};
use model::{
    Caller, Refusal, TenantId, limits,
    tenant::{Settings, Tenant},
};

/// An offer waits at most this long: the visitor waits with it.
const OFFER_SECONDS: u32 = 600;
const EDIT_MINUTES: u32 = 7 * 24 * 60;
const OPEN_PER_VISITOR: u32 = 100;
const ABSENT_SECONDS: u32 = 24 * 60 * 60;
const IDLE_MINUTES: u32 = 30 * 24 * 60;

impl Tenancy {
    /// As it is now, for a change.
    pub async fn fresh_tenant(&self, id: TenantId) -> Result<Tenant, Refusal> {
        self.store.tenant(id).await.map_err(unavailable)?.ok_or_else(|| Refusal::not_found("tenant"))
    }

    pub async fn change_settings(&self, by: &Caller, version: u64, settings: &Settings) -> Result<Tenant, Refusal> {
        check(settings)?;
        if !self.store.set_settings(by.tenant, settings, version).await.map_err(unavailable)? {
            return Err(stale());
        }
        self.tenants.invalidate(&by.tenant).await;
        self.audit(by, "settings.changed", serde_json::json!(settings)).await;
        self.fresh_tenant(by.tenant).await
    }
}

fn check(settings: &Settings) -> Result<(), Refusal> {
    let at_most = |field: &'static str, value: u32, most: u32| {
        if value > most { Err(Refusal::bad(field, format!("at most {most}"))) } else { Ok(()) }
    };
    at_most("offer_seconds", settings.offer_seconds, OFFER_SECONDS)?;
    at_most("edit_minutes", settings.edit_minutes, EDIT_MINUTES)?;
    at_most("open_per_visitor", settings.open_per_visitor, OPEN_PER_VISITOR)?;
    at_most("absent_after_seconds", settings.absent_after_seconds, ABSENT_SECONDS)?;
    at_most("close_after_idle_minutes", settings.close_after_idle_minutes, IDLE_MINUTES)?;
    let least = u32::try_from(limits::IDLE_LOOK.as_secs() / 60).unwrap_or(u32::MAX);
    if (1..least).contains(&settings.close_after_idle_minutes) {
        return Err(Refusal::bad("close_after_idle_minutes", format!("0, or at least {least}")));
    }
    if settings.open_per_visitor == 0 {
        return Err(Refusal::bad("open_per_visitor", "at least 1"));
    }
    Ok(())
}

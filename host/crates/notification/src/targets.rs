//! Where a tenant lets notifications go.

use crate::Notifications;
use model::{Refusal, TenantId, notification::Target};
use ports::{
    Failure, Parcel, PortResult, Sent,
    store::{Administration, Page, RESOURCES, ResourceKind},
};
use secrecy::SecretString;
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};

/// Of one target at once, per node.
const CONCURRENCY_MAX: u32 = 64;
const RATE_MAX: u32 = 1000;

/// What came of a test.
#[derive(Clone, Debug, Serialize)]
pub struct Tested {
    pub sent: bool,
    pub status: u16,
    pub took_ms: u32,
    /// What the other side said, or what went wrong.
    pub answer: String,
}

impl Notifications {
    /// By name; as they were a moment ago.
    pub(crate) async fn targets(&self, tenant: TenantId) -> PortResult<Arc<BTreeMap<String, Target>>> {
        if let Some(known) = self.targets.get(&tenant) {
            return Ok(known);
        }
        let page = Page { after: None, limit: RESOURCES };
        let store: &dyn ports::Store = self.parts.store.as_ref();
        let found = Administration::resources(store, tenant, ResourceKind::Target, page).await?;
        let read = found.into_iter().map(|resource| serde_json::from_value::<Target>(resource.body));
        let targets: Vec<Target> =
            read.collect::<Result<_, _>>().map_err(|e| ports::PortError::failed("the store", e))?;
        let targets: Arc<BTreeMap<_, _>> = Arc::new(targets.into_iter().map(|t| (t.name.clone(), t)).collect());
        self.targets.insert(tenant, Arc::clone(&targets));
        Ok(targets)
    }

    /// Whether a target may be as an admin wants it.
    pub fn check_target(&self, target: &Target) -> Result<(), Refusal> {
        let Some(notifier) = self.notifiers.get(target.channel.as_str()) else {
            let known: Vec<_> = self.channels().collect();
            return Err(Refusal::bad("channel", format!("this installation sends by {}", known.join(", "))));
        };
        if !(1..=CONCURRENCY_MAX).contains(&target.concurrency) {
            return Err(Refusal::bad("concurrency", format!("1 to {CONCURRENCY_MAX}")));
        }
        if !(1..=RATE_MAX).contains(&target.rate) {
            return Err(Refusal::bad("rate", format!("1 to {RATE_MAX}")));
        }
        notifier.check(&target.address).map_err(|refusal| {
            let field = if refusal.field.is_empty() { "address".into() } else { format!("address.{}", refusal.field) };
            Refusal::bad("address", format!("{field}: {}", refusal.message))
        })
    }

    /// For a new target or a rotation; none where the channel signs nothing.
    pub fn new_secret(&self, channel: &str) -> Option<SecretString> {
        self.notifiers.get(channel)?.new_secret()
    }

    /// One attempt at once, kept nowhere.
    pub async fn test(&self, tenant: TenantId, target: &Target) -> Result<Tested, Refusal> {
        self.check_target(target)?;
        let Some(notifier) = self.notifiers.get(target.channel.as_str()) else {
            return Err(Refusal::not_found("channel"));
        };
        let now = self.parts.clock.now();
        let body = serde_json::json!({"type": "test", "timestamp": now, "data": {"target": target.name}});
        let parcel = Parcel {
            tenant,
            id: self.parts.ids.as_ref().notification().to_string(),
            target: target.name.clone(),
            address: target.address.clone(),
            secrets: secrets(target),
            at: now,
            attempt: 1,
            content_type: "application/json".into(),
            body: body.to_string(),
        };
        Ok(match notifier.send(&parcel).await {
            Ok(Sent { status, took_ms, answer }) => Tested { sent: true, status, took_ms, answer: text(&answer) },
            Err(failure) => {
                Tested { sent: false, status: failure.status, took_ms: failure.took_ms, answer: said(&failure) }
            }
        })
    }
}

pub(crate) fn secrets(target: &Target) -> Vec<SecretString> {
    target.secrets.iter().map(|secret| SecretString::from(secret.clone())).collect()
}

pub(crate) fn text(answer: &[u8]) -> String {
    String::from_utf8_lossy(answer).into_owned()
}

/// What went wrong, and what the other side said to it.
pub(crate) fn said(failure: &Failure) -> String {
    if failure.answer.is_empty() {
        return failure.message.clone();
    }
    format!("{}: {}", failure.message, text(&failure.answer))
}

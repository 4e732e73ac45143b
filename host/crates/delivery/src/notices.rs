//! Announcements: to whoever of a tenant is connected now, on every node. Never stored.

use crate::{Delivery, frame::Item, outbox::Outgoing};
use async_trait::async_trait;
use model::{Code, Refusal, TenantId, limits};
use ports::{Failure, Notifier, Parcel, Sent, TargetRefusal};
use serde::Deserialize;
use serde_json::Value;
use session::wire::{Event, Level};
use std::sync::Arc;

/// What is announced.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    #[serde(default)]
    pub level: Level,
    /// 1 to 512 bytes of plain text.
    pub text: String,
    /// Agents only, unless visitors are to see it too.
    #[serde(default)]
    pub visitors: bool,
}

impl Delivery {
    /// Shows a notice to all who are connected. Two with one id are one to a client.
    pub fn notice(&self, tenant: TenantId, id: &str, notice: &Notice) -> Result<(), Refusal> {
        if notice.text.trim().is_empty() {
            return Err(Refusal::bad("text", "not empty"));
        }
        if notice.text.len() > limits::LINE_BYTES {
            let message = format!("at most {} bytes", limits::LINE_BYTES);
            return Err(Refusal::new(Code::TooLarge, message).field("text"));
        }
        let agents_only = !notice.visitors;
        let frame = Event::Notice { id, level: notice.level, text: &notice.text }.frame();
        self.counters.deliveries.increment(self.parts.hub.notice(tenant, agents_only, &frame));
        let frame = String::from_utf8_lossy(&frame).into_owned();
        self.pass_on(Outgoing::Everywhere(Item::Notice { tenant, agents_only, frame }));
        Ok(())
    }
}

/// The channel `notice`: what a notification says is shown in the console of every agent who is connected. Its address is
/// `{"level": "info" | "warning" | "critical"}`.
pub struct Notices(pub Arc<Delivery>);

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    #[serde(default)]
    level: Level,
}

#[async_trait]
impl Notifier for Notices {
    fn channel(&self) -> &'static str {
        "notice"
    }

    fn check(&self, address: &Value) -> Result<(), TargetRefusal> {
        serde_json::from_value::<Shown>(address.clone())
            .map(drop)
            .map_err(|error| TargetRefusal::new("level", error.to_string()))
    }

    async fn send(&self, parcel: &Parcel) -> Result<Sent, Failure> {
        let shown: Shown = serde_json::from_value(parcel.address.clone()).unwrap_or_default();
        let notice = Notice { level: shown.level, text: one_line(parcel), visitors: false };
        self.0.notice(parcel.tenant, &parcel.id, &notice).map_err(|refusal| Failure {
            fault: model::notification::Fault::Refused,
            status: 0,
            took_ms: 0,
            retry_after_ms: None,
            answer: Vec::new(),
            message: refusal.message.into_owned(),
        })?;
        Ok(Sent { status: 0, took_ms: 0, answer: Vec::new() })
    }
}

/// Plain text as it is; of JSON its `text`, or what happened; cut where a notice ends.
fn one_line(parcel: &Parcel) -> String {
    let json = serde_json::from_str::<Value>(&parcel.body).ok().filter(|_| parcel.content_type.contains("json"));
    let said = json.as_ref().map(|json| json["text"].as_str().or(json["type"].as_str()).unwrap_or(&parcel.target));
    let text = said.unwrap_or(&parcel.body).split_whitespace().collect::<Vec<_>>().join(" ");
    text[..text.floor_char_boundary(limits::LINE_BYTES)].to_owned()
}

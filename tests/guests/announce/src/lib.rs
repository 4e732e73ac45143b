//! A notification plugin for tests: one delivery for each event that it did not see yet.

use weft_plugin::{
    Deserialize,
    notification::{Delivery, Event, Notification, store},
};

/// Milliseconds for which an event is remembered.
const MEMORY: u64 = 86_400_000;

#[derive(Deserialize)]
pub struct Settings {
    #[serde(default = "target")]
    target: String,
}

fn target() -> String {
    "desk".into()
}

pub struct Announce(Settings);

impl Notification for Announce {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn handle(&self, event: &Event) -> Result<Vec<Delivery>, String> {
        if store::get(&event.id).is_some() || !store::set(&event.id, "", MEMORY) {
            return Ok(Vec::new());
        }
        Ok(vec![Delivery {
            target: self.0.target.clone(),
            dedupe: event.id.clone(),
            delay: 0,
            content_type: "application/json".into(),
            body: event.payload.clone(),
        }])
    }
}

weft_plugin::notification_plugin!(Announce);

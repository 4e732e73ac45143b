#![doc = include_str!("../README.md")]

use weft_plugin::{
    Deserialize,
    notification::{Delivery, Event, Notification},
    serde_json::{self, Value},
};

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    target: String,
}

pub struct Rule(Settings);

impl Notification for Rule {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn handle(&self, event: &Event) -> Result<Vec<Delivery>, String> {
        if self.0.target.is_empty() || event.kind != "conversation.closed" {
            return Ok(Vec::new());
        }
        let payload: Value = serde_json::from_str(&event.payload).map_err(|e| e.to_string())?;
        Ok(vec![Delivery {
            target: self.0.target.clone(),
            // The event's id: handled again, it is told once.
            dedupe: event.id.clone(),
            delay: 0,
            content_type: "text/plain; charset=utf-8".into(),
            body: sentence(&payload),
        }])
    }
}

fn sentence(payload: &Value) -> String {
    let visitor = payload["conversation"]["visitor"]["name"]
        .as_str()
        .unwrap_or("a visitor");
    format!("The conversation with {visitor} is closed.")
}

weft_plugin::notification_plugin!(Rule);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_visitor_is_named() {
        let payload = serde_json::json!({"conversation": {"visitor": {"name": "Vera"}}});
        assert_eq!(sentence(&payload), "The conversation with Vera is closed.");
    }

    #[test]
    fn without_a_name_it_is_a_visitor() {
        assert_eq!(
            sentence(&Value::Null),
            "The conversation with a visitor is closed."
        );
    }
}

//! A notification rule: a target hears of a conversation's urgency once, however often things happen in it.

use weft_plugin::{
    Deserialize,
    notification::{Delivery, Event, Notification},
    serde_json::{self, Value},
};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Name of the target; nobody is told when it is empty.
    target: String,
    /// 0 low, 1 normal, 2 high, 3 urgent.
    from_priority: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { target: String::new(), from_priority: 2 }
    }
}

pub struct SayOnce(Settings);

impl Notification for SayOnce {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn handle(&self, event: &Event) -> Result<Vec<Delivery>, String> {
        let payload: Value = serde_json::from_str(&event.payload).map_err(|e| e.to_string())?;
        let conversation = &payload["conversation"];
        let (Some(id), Some(priority)) = (conversation["id"].as_str(), conversation["priority"].as_u64()) else {
            return Ok(Vec::new());
        };
        if self.0.target.is_empty() || priority < self.0.from_priority {
            return Ok(Vec::new());
        }
        Ok(vec![Delivery {
            target: self.0.target.clone(),
            // Two deliveries to a target with one key are one: the host drops the second.
            dedupe: format!("urgent/{id}"),
            delay: 0,
            content_type: "application/json".into(),
            body: event.payload.clone(),
        }])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weft_plugin::notification::{Context, Event};

    fn event(id: &str, priority: u64) -> Event {
        let payload = serde_json::json!({"conversation": {"id": "c", "priority": priority}}).to_string();
        let context = Context { now: 1, seed: 7 };
        Event { context, id: id.into(), kind: "entry.added".into(), at: 1, attributes: Vec::new(), payload }
    }

    #[test]
    fn one_key_for_a_conversation() {
        let rule = SayOnce::new(Settings { target: "crm".into(), ..Settings::default() }).unwrap();
        let keys: Vec<String> =
            ["a", "b"].iter().flat_map(|id| rule.handle(&event(id, 3)).unwrap()).map(|d| d.dedupe).collect();
        assert_eq!(keys, ["urgent/c", "urgent/c"]);
        assert!(rule.handle(&event("a", 1)).unwrap().is_empty());
    }
}

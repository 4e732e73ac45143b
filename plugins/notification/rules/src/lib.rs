#![doc = include_str!("../README.md")]

use serde_json::Value;
use weft_plugin::{
    Deserialize,
    notification::{Delivery, Event, Notification, store},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    #[serde(default)]
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    events: Vec<String>,
    target: String,
    team: Option<String>,
    priority: Option<u64>,
    #[serde(default)]
    notes: bool,
    every_ms: Option<u64>,
    text: Option<String>,
}

pub struct Rules(Settings);

impl Notification for Rules {
    type Settings = Settings;

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn handle(&self, event: &Event) -> Result<Vec<Delivery>, String> {
        let payload: Value = serde_json::from_str(&event.payload).map_err(|e| e.to_string())?;
        let mut deliveries = Vec::new();
        for (number, rule) in self.0.rules.iter().enumerate() {
            if rule.wants(&event.kind, &payload) && rule.is_time(number, &payload) {
                deliveries.push(rule.delivery(number, event, &payload));
            }
        }
        Ok(deliveries)
    }
}

impl Rule {
    fn wants(&self, kind: &str, payload: &Value) -> bool {
        let conversation = &payload["conversation"];
        self.events.iter().any(|event| event == kind)
            && self.team.as_ref().is_none_or(|team| conversation["team"]["name"] == **team)
            && self.priority.is_none_or(|least| conversation["priority"].as_u64().is_some_and(|p| p >= least))
            && (self.notes || payload["entry"]["audience"] != "agents")
    }

    /// Whether the last one of this rule and conversation is long enough ago.
    fn is_time(&self, number: usize, payload: &Value) -> bool {
        let (Some(every), Some(id)) = (self.every_ms, payload["conversation"]["id"].as_str()) else { return true };
        let key = format!("{number}/{id}");
        if store::get(&key).is_some() {
            return false;
        }
        // A full store must not silence anybody.
        store::set(&key, "", every);
        true
    }

    fn delivery(&self, number: usize, event: &Event, payload: &Value) -> Delivery {
        let (content_type, body) = match &self.text {
            Some(text) => ("text/plain; charset=utf-8", filled(text, &event.kind, payload)),
            None => ("application/json", event.payload.clone()),
        };
        Delivery {
            target: self.target.clone(),
            dedupe: format!("{}/{number}", event.id),
            delay: 0,
            content_type: content_type.into(),
            body,
        }
    }
}

/// Words in braces are replaced once: what is filled in is not looked at again.
fn filled(text: &str, kind: &str, payload: &Value) -> String {
    let conversation = &payload["conversation"];
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((word, behind)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        let value = match word {
            "kind" => Some(kind),
            "visitor" => conversation["visitor"]["name"].as_str(),
            "team" => conversation["team"]["name"].as_str(),
            "agent" => conversation["agent"]["name"].as_str(),
            "subject" => conversation["subject"].as_str(),
            "words" => payload["entry"]["body"]["text"].as_str(),
            _ => {
                out.push('{');
                rest = after;
                continue;
            }
        };
        out.push_str(value.unwrap_or_default());
        rest = behind;
    }
    out.push_str(rest);
    out
}

weft_plugin::notification_plugin!(Rules);

#[cfg(test)]
mod tests {
    use super::*;

    fn payload() -> Value {
        serde_json::from_str(
            r#"{"conversation": {"id": "c", "team": {"name": "Billing"}, "visitor": {"name": "Vera {team}"}, "priority": 2},
                "entry": {"audience": "all", "body": {"text": "Hi"}}}"#,
        )
        .unwrap()
    }

    fn rule(json: &str) -> Rule {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_rule_wants_what_it_names() {
        let wants = |json: &str| rule(json).wants("entry.added", &payload());
        assert!(wants(r#"{"events": ["entry.added"], "target": "t", "team": "Billing", "priority": 2}"#));
        assert!(!wants(r#"{"events": ["entry.added"], "target": "t", "priority": 3}"#));
        assert!(!wants(r#"{"events": ["entry.added"], "target": "t", "team": "Support"}"#));
        assert!(!wants(r#"{"events": ["conversation.closed"], "target": "t"}"#));
    }

    #[test]
    fn notes_are_told_only_when_asked_for() {
        let mut note = payload();
        note["entry"]["audience"] = "agents".into();
        assert!(!rule(r#"{"events": ["entry.added"], "target": "t"}"#).wants("entry.added", &note));
        assert!(rule(r#"{"events": ["entry.added"], "target": "t", "notes": true}"#).wants("entry.added", &note));
    }

    #[test]
    fn what_is_filled_in_is_not_looked_at_again() {
        let text = filled("{visitor} → {team}: {words} {nothing} {", "entry.added", &payload());
        assert_eq!(text, "Vera {team} → Billing: Hi {nothing} {");
    }
}

//! Subject and text of an e-mail, from a notification's body.

use ports::Parcel;
use serde_json::Value;

/// Of a subject, in characters.
const LONGEST_SUBJECT: usize = 200;

/// Plain: the first line is the subject, what follows the text. JSON: its `subject` and `text`; without them the event's `kind`, and the
/// JSON itself, laid out.
pub fn subject_and_text(parcel: &Parcel) -> (String, String) {
    let json = is_json(&parcel.content_type).then(|| serde_json::from_str::<Value>(&parcel.body).ok()).flatten();
    let (subject, text) = json.map_or_else(|| of_plain(&parcel.body), |json| of_json(&json));
    (one_line(&subject), text)
}

fn of_json(json: &Value) -> (String, String) {
    let field = |name: &str| json.get(name).and_then(Value::as_str).map(str::to_owned);
    let subject = field("subject").or_else(|| field("kind")).unwrap_or_default();
    (subject, field("text").unwrap_or_else(|| format!("{json:#}")))
}

fn of_plain(body: &str) -> (String, String) {
    let (subject, text) = body.split_once('\n').unwrap_or((body, ""));
    (subject.to_owned(), text.trim_start_matches(['\r', '\n']).to_owned())
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// A subject must not end its header.
fn one_line(subject: &str) -> String {
    let line: String = subject.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_SUBJECT).collect();
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;

    fn of(content_type: &str, body: &str) -> (String, String) {
        let parcel = Parcel {
            tenant: model::TenantId::from_bytes([0; 16]),
            id: "1".into(),
            target: "desk".into(),
            address: Value::Null,
            secrets: Vec::new(),
            at: Timestamp::ZERO,
            attempt: 1,
            content_type: content_type.into(),
            body: body.into(),
        };
        subject_and_text(&parcel)
    }
    fn pair(subject: &str, text: &str) -> (String, String) {
        (subject.into(), text.into())
    }

    #[test]
    fn plain_json_and_events() {
        assert_eq!(of("text/plain", "Ana waits\r\n\r\nfor you"), pair("Ana waits", "for you"));
        assert_eq!(of("text/plain", "Ana waits"), pair("Ana waits", ""));
        let json = r#"{"subject":"Ana waits","text":"for you"}"#;
        assert_eq!(of("application/json; charset=utf-8", json), pair("Ana waits", "for you"));
        assert_eq!(of("text/plain", json), pair(json, ""));
        assert_eq!(of("application/json", "not JSON\nafter all"), pair("not JSON", "after all"));
        let (subject, text) = of("application/json", r#"{"kind":"offer.missed","payload":{"seq":7}}"#);
        assert_eq!(subject, "offer.missed");
        assert!(text.contains("\"seq\": 7"), "{text}");
    }

    #[test]
    fn a_subject_is_one_line() {
        let json = r#"{"subject":"Hi\r\nBcc: eve@example.com","text":""}"#;
        assert_eq!(of("application/json", json).0, "Hi  Bcc: eve@example.com");
        assert_eq!(of("text/plain", &"x".repeat(999)).0.len(), LONGEST_SUBJECT);
    }
}

//! Reading a target's address.

use ports::TargetRefusal;
use serde_json::{Map, Value};

/// The address as an object that has no other fields than `known`.
pub fn object<'a>(address: &'a Value, known: &[&str]) -> Result<&'a Map<String, Value>, TargetRefusal> {
    let Value::Object(fields) = address else {
        return Err(TargetRefusal::new("", format!("must be an object with {}", known.join(", "))));
    };
    match fields.keys().find(|field| !known.contains(&field.as_str())) {
        Some(stranger) => Err(TargetRefusal::new(stranger, format!("is not known; there is {}", known.join(", ")))),
        None => Ok(fields),
    }
}

/// A field that must be there.
pub fn text<'a>(fields: &'a Map<String, Value>, field: &str) -> Result<&'a str, TargetRefusal> {
    match fields.get(field) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(_) => Err(TargetRefusal::new(field, "must be a text")),
        None => Err(TargetRefusal::new(field, "is missing")),
    }
}

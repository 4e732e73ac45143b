//! What a plugin says of itself: `plugin.toml`, and the same as JSON inside the component.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Lower-case letters, digits and dashes.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// `routing`, `notification` or `retry`.
    pub hook: String,
    /// One sentence for the administrator.
    pub description: String,
    /// JSON Schema of the tenant's settings. Without one, settings are `{}`.
    #[serde(default = "no_settings")]
    pub settings: serde_json::Value,
    /// Reason codes that a decision may carry, with their meaning.
    #[serde(default)]
    pub reasons: BTreeMap<String, String>,
    /// Keys of visitors' and conversations' properties that are sent.
    #[serde(default)]
    pub properties: Vec<String>,
    /// Limits of a call that it asks for. A host whose operator allows less refuses it, with both numbers.
    #[serde(default)]
    pub limits: Limits,
    /// Golden vectors: every node must answer them alike before the plugin is activated.
    #[serde(default)]
    pub vectors: Vec<Vector>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    pub name: String,
    /// The request as JSON; in `plugin.toml` a string or a table.
    #[serde(deserialize_with = "json_or_table")]
    pub request: serde_json::Value,
    /// The whole answer.
    #[serde(deserialize_with = "json_or_table")]
    pub expect: serde_json::Value,
}

fn no_settings() -> serde_json::Value {
    serde_json::json!({ "type": "object", "additionalProperties": false })
}

fn json_or_table<'de, D: serde::Deserializer<'de>>(d: D) -> Result<serde_json::Value, D::Error> {
    match serde_json::Value::deserialize(d)? {
        serde_json::Value::String(text) => serde_json::from_str(&text).map_err(serde::de::Error::custom),
        value => Ok(value),
    }
}

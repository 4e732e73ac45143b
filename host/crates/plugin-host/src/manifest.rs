//! The manifest inside a component.

use crate::{limits, refusal::refuse};
use model::plugin::Hook;
use ports::plugins::UploadRefusal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub const SECTION: &str = "weft:manifest";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub name: String,
    pub version: String,
    pub hook: Hook,
    pub description: String,
    pub settings: serde_json::Value,
    #[serde(default)]
    pub reasons: BTreeMap<String, String>,
    #[serde(default)]
    pub properties: Vec<String>,
    #[serde(default)]
    pub limits: Asked,
    #[serde(default)]
    pub vectors: Vec<Vector>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vector {
    pub name: String,
    pub request: serde_json::Value,
    pub expect: serde_json::Value,
}

impl Manifest {
    pub fn read(section: &[u8]) -> Result<Self, UploadRefusal> {
        let manifest: Self =
            serde_json::from_slice(section).map_err(|e| refuse("bad_manifest", format!("section {SECTION}: {e}")))?;
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), UploadRefusal> {
        let bad = |what: String| Err(refuse("bad_manifest", what));
        if self.name.is_empty()
            || self.name.len() > 64
            || !self.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        {
            return bad(format!("name {:?}: 1 to 64 lower-case letters, digits and dashes", self.name));
        }
        if self.version.split('.').count() != 3 || self.version.len() > 64 {
            return bad(format!("version {:?} is not a semantic version", self.version));
        }
        if self.vectors.len() > limits::VECTORS {
            return bad(format!("{} vectors; at most {}", self.vectors.len(), limits::VECTORS));
        }
        if self.properties.len() > model::limits::PROPERTIES {
            return bad(format!(
                "{} properties asked for; at most {}",
                self.properties.len(),
                model::limits::PROPERTIES
            ));
        }
        jsonschema::validator_for(&self.settings)
            .map(drop)
            .or_else(|e| bad(format!("settings is not a JSON Schema: {e}")))
    }

    /// Settings against the schema; every mistake with its JSON pointer.
    pub fn check_settings(&self, settings: &serde_json::Value) -> Result<(), UploadRefusal> {
        let schema = jsonschema::validator_for(&self.settings).map_err(|e| refuse("bad_manifest", e.to_string()))?;
        let errors: Vec<(String, String)> =
            schema.iter_errors(settings).map(|e| (e.instance_path().to_string(), e.to_string())).collect();
        if errors.is_empty() {
            return Ok(());
        }
        let message = format!("the settings of {} have {} mistake(s)", self.name, errors.len());
        Err(UploadRefusal { code: "invalid_settings".into(), message, errors })
    }
}

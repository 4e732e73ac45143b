//! `weft plugin build`: from the crate to the component that is uploaded, checked as an upload is checked.

use crate::{
    answer::{Answer, Voice, bytes, table},
    complaint::Complaint,
    folder::Folder,
    question::settings,
};
use plugin_harness::Plugin;
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Build {
    /// The plugin's folder.
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Settings to bind it with, as JSON, when it cannot be bound without.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
}

pub(crate) fn build(arguments: &Build, voice: Voice) -> Result<Answer, Complaint> {
    let folder = Folder::open(&arguments.dir)?;
    let settings = settings(arguments.settings.as_deref())?;
    voice.say(&format!("building {} {}", folder.manifest.name, folder.manifest.version));
    let bytes = folder.build(voice)?;
    voice.say("checking it as an upload is checked");
    let plugin = Plugin::bind(bytes.into(), &settings)?;
    let mut vectors = Vec::new();
    for vector in &folder.manifest.vectors {
        vectors.push((vector.name.clone(), plugin.ask(&vector.request)?.fuel));
    }
    let component = Component { file: folder.component(), plugin, vectors };
    Ok(Answer::new(component.text(), component.json()))
}

/// A built component and what the host found.
struct Component {
    file: PathBuf,
    plugin: Plugin,
    /// Each vector's name and fuel.
    vectors: Vec<(String, u64)>,
}

impl Component {
    fn text(&self) -> String {
        let found = self.plugin.inspection();
        let mut rows = vec![
            vec!["component".into(), self.file.display().to_string()],
            vec!["digest".into(), found.digest.to_string()],
            vec!["size".into(), format!("{} bytes", bytes(found.size))],
            vec!["world".into(), format!("{} {}", found.hook.as_str(), found.wit_version)],
            vec!["imports".into(), found.imports.join(", ")],
            vec!["memory".into(), format!("{} bytes", bytes(self.plugin.memory_peak()))],
            vec!["prepared".into(), format!("in {} ms (each node, once per activation)", self.millis())],
        ];
        for (name, fuel) in &self.vectors {
            rows.push(vec!["vector".into(), format!("{name}: {} fuel", bytes(*fuel))]);
        }
        table(&rows)
    }

    fn json(&self) -> Value {
        let found = self.plugin.inspection();
        let vectors: Vec<Value> = self.vectors.iter().map(|(name, fuel)| json!({"name": name, "fuel": fuel})).collect();
        json!({
            "file": self.file, "digest": found.digest, "size": found.size, "name": found.name, "version": found.version,
            "hook": found.hook, "wit_version": found.wit_version, "imports": found.imports,
            "memory_bytes": self.plugin.memory_peak(), "prepared_in_ms": self.millis(), "vectors": vectors,
        })
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.plugin.prepared_in().as_millis()).unwrap_or(u64::MAX)
    }
}

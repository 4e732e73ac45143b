//! `weft plugin test`: the rule as plain Rust, then its vectors in the real host, each twice.

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
pub struct Test {
    /// The plugin's folder.
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Settings to bind it with, as JSON. With other settings than the defaults the vectors need not answer what is expected, only
    /// the same each time.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
}

/// One vector and what it came to.
struct Tried {
    name: String,
    fuel: u64,
    as_expected: bool,
}

pub(crate) fn test(arguments: &Test, voice: Voice) -> Result<Answer, Complaint> {
    let folder = Folder::open(&arguments.dir)?;
    let settings = settings(arguments.settings.as_deref())?;
    voice.say("the rule's own tests, as plain Rust");
    folder.test_natively(voice)?;
    voice.say("the vectors, in the host");
    let component = folder.build(voice)?;
    // A vector that fails is a refusal that names it, with both answers.
    let plugin = Plugin::bind(component.into(), &settings)?;
    let mut tried = Vec::new();
    for vector in &folder.manifest.vectors {
        let first = plugin.ask(&vector.request)?;
        let second = plugin.ask(&vector.request)?;
        if (&first.output, first.fuel) != (&second.output, second.fuel) {
            let message = format!("vector {:?} was answered differently the second time", vector.name);
            return Err(Complaint::new("not_deterministic", message));
        }
        let as_expected = first.output == vector.expect;
        tried.push(Tried { name: vector.name.clone(), fuel: first.fuel, as_expected });
    }
    Ok(Answer::new(text(&tried), json(&tried)))
}

fn text(tried: &[Tried]) -> String {
    let row = |t: &Tried| {
        let how = if t.as_expected { "as expected" } else { "otherwise than with the default settings" };
        vec![t.name.clone(), format!("{} fuel", bytes(t.fuel)), format!("{how}, the same twice")]
    };
    let rows: Vec<_> = tried.iter().map(row).collect();
    format!("{}native tests passed, {} vectors passed\n", table(&rows), tried.len())
}

fn json(tried: &[Tried]) -> Value {
    let vectors: Vec<Value> = tried
        .iter()
        .map(|t| json!({"name": t.name, "fuel": t.fuel, "as_expected": t.as_expected, "same_twice": true}))
        .collect();
    json!({"native": "passed", "vectors": vectors})
}

//! `weft plugin run`: one call in the real host, and all that came of it.

use crate::{
    answer::{Answer, bytes, table},
    complaint::Complaint,
    question::{read_json, requests_in, settings},
};
use plugin_harness::{HarnessError, Plugin};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

#[derive(Debug, clap::Args)]
pub struct Run {
    /// The component.
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,
    /// The request as JSON, or a record with one inside: a golden vector, a kept decision (`weft plugin logs --json`), an attempt, a
    /// quarantined input. `-` is standard input.
    #[arg(short, long, value_name = "FILE")]
    input: PathBuf,
    /// Settings to bind it with, as JSON.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Run) -> Result<Answer, Complaint> {
    let plugin = load(&arguments.file, &settings(arguments.settings.as_deref())?)?;
    let file = read_json(&arguments.input)?;
    let begun = Instant::now();
    let answer = first_that_fits(&plugin, &file)?;
    let took_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    let found = plugin.inspection();
    let memory = plugin.memory_peak();
    let json = json!({
        "plugin": {"name": found.name, "version": found.version, "hook": found.hook, "digest": found.digest},
        "answer": answer.output, "fuel": answer.fuel, "memory_bytes": memory, "took_us": took_us, "logs": answer.logs,
    });
    let mut rows = vec![
        vec!["plugin".into(), format!("{} {} ({})", found.name, found.version, found.hook.as_str())],
        vec!["fuel".into(), bytes(answer.fuel)],
        vec!["memory".into(), format!("{} bytes", bytes(memory))],
        vec!["took".into(), format!("{took_us} µs")],
    ];
    for reason in answer.output["reasons"].as_array().into_iter().flatten() {
        let (code, detail) = (&reason["code"], reason["detail"].as_str().unwrap_or_default());
        let meaning = code.as_str().and_then(|code| found.manifest["reasons"][code].as_str()).unwrap_or_default();
        rows.push(vec!["reason".into(), format!("{}: {meaning} {detail}", code.as_str().unwrap_or_default())]);
    }
    rows.extend(answer.logs.iter().map(|line| vec!["log".into(), line.clone()]));
    let shown = serde_json::to_string_pretty(&answer.output).unwrap_or_default();
    Ok(Answer::new(format!("{shown}\n\n{}", table(&rows)), json))
}

/// A component, as an upload would take it.
pub(crate) fn load(file: &Path, settings: &Value) -> Result<Plugin, Complaint> {
    let component = fs::read(file).map_err(|e| Complaint::file(file, e))?;
    Ok(Plugin::bind(component.into(), settings)?)
}

/// Asks what the file means: the first place in it that holds a request of the plugin's hook.
fn first_that_fits(plugin: &Plugin, file: &Value) -> Result<ports::Answer<Value>, Complaint> {
    let mut nearest = None;
    for request in requests_in(file) {
        match plugin.ask(request) {
            Err(HarnessError::Request(error)) => nearest = Some(error),
            Err(other) => return Err(other.into()),
            Ok(answer) => return Ok(answer),
        }
    }
    let hook = plugin.inspection().hook.as_str();
    let complaint = Complaint::new("bad_request", format!("there is no request of the hook {hook} in the input"))
        .advice("request.json of `weft plugin new` is one; docs/plugins/reference.md has every field");
    Err(match nearest {
        Some(error) => complaint.because(error),
        None => complaint,
    })
}

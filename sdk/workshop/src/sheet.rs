//! The permission sheet of a component: what it sees, what it may do, what it may use.

use crate::answer::{bytes, table};
use model::plugin::Hook;
use ports::Inspection;
use serde_json::Value;

/// What each hook decides, and what each import gives.
const MAY: [(Hook, &str); 3] = [
    (Hook::Routing, "say who gets a conversation, or that it waits, moves, becomes a message or is refused"),
    (Hook::Notification, "say which of the tenant's targets are told what; it sees names of targets, no addresses"),
    (Hook::Retry, "say when a failed delivery is tried again"),
];
const GIVES: [(&str, &str); 3] = [
    ("weft:plugin/log", "lines for the author, kept with the call (8 KiB)"),
    ("weft:plugin/store", "values of its own, per tenant (64 KiB, 1 000 keys)"),
    ("weft:plugin/types", "words of the interface; nothing to call"),
];

pub(crate) fn sheet(found: &Inspection) -> String {
    let manifest = &found.manifest;
    let mut rows = vec![
        row("digest", found.digest.to_string()),
        row("size", format!("{} bytes", bytes(found.size))),
        row("may", MAY.iter().find(|(hook, _)| *hook == found.hook).map_or("", |(_, what)| what)),
    ];
    for import in &found.imports {
        let name = import.split('@').next().unwrap_or(import);
        let gives = GIVES.iter().find(|(import, _)| *import == name).map_or("", |(_, what)| what);
        rows.push(row("uses", format!("{import}: {gives}")));
    }
    rows.push(row("cannot", "reach the network, files, clock, chance or another tenant: there is no import for it"));
    rows.push(row("sees", properties(manifest)));
    rows.push(row("fuel", asked(&manifest["limits"]["fuel"], "per call")));
    rows.push(row("memory", asked(&manifest["limits"]["memory_bytes"], "bytes")));
    rows.extend(settings(manifest).into_iter().map(|setting| row("setting", setting)));
    for (code, meaning) in manifest["reasons"].as_object().into_iter().flatten() {
        rows.push(row("reason", format!("{code}: {}", meaning.as_str().unwrap_or_default())));
    }
    let vectors = manifest["vectors"].as_array().map_or(0, Vec::len);
    rows.push(row("vectors", format!("{vectors}, answered alike by every node before it is in force")));
    let head = format!("{} {} ({}, interface {})", found.name, found.version, found.hook.as_str(), found.wit_version);
    format!("{head}\n{}\n\n{}", manifest["description"].as_str().unwrap_or_default(), table(&rows))
}

fn row(name: &str, text: impl Into<String>) -> Vec<String> {
    vec![name.to_owned(), text.into()]
}

fn properties(manifest: &Value) -> String {
    let asked: Vec<&str> = manifest["properties"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if asked.is_empty() { "no property of visitors".into() } else { format!("properties: {}", asked.join(", ")) }
}

fn asked(limit: &Value, unit: &str) -> String {
    limit.as_u64().map_or_else(|| "what the operator gives".into(), |n| format!("asks for {} {unit}", bytes(n)))
}

fn settings(manifest: &Value) -> Vec<String> {
    let schema = &manifest["settings"];
    let required = |name: &str| {
        schema["required"].as_array().is_some_and(|required| required.iter().any(|r| r.as_str() == Some(name)))
    };
    let shown = |(name, about): (&String, &Value)| {
        let kind = about["type"].as_str().unwrap_or("any");
        let default = match &about["default"] {
            Value::Null => String::new(),
            default => format!(", {default} when not set"),
        };
        let must = if required(name) { ", required" } else { "" };
        format!("{name} ({kind}{default}{must}): {}", about["description"].as_str().unwrap_or_default())
    };
    schema["properties"].as_object().into_iter().flatten().map(shown).collect()
}

//! `docs/plugins/reference.md` is what `wit/v1` and the manifest's type say.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::{collections::BTreeSet, fmt::Write as _, fs, path::PathBuf};
use weft_plugin_pack::Manifest;

/// Between these lines stands what is generated.
const BEGIN: &str = "<!-- from wit/v1, by sdk/pack/tests/reference.rs: do not edit -->";
const END: &str = "<!-- end of what is generated -->";

/// In the order of the document.
const FILES: [&str; 4] = ["types", "routing", "notification", "retry"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_reference_is_what_the_interface_says() {
    let file = root().join("docs/plugins/reference.md");
    let text = fs::read_to_string(&file).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let wit = |name: &&str| fs::read_to_string(root().join(format!("wit/v1/{name}.wit"))).unwrap();
    let generated: String = FILES.iter().map(|name| section(&wit(name))).collect();
    let fresh = format!("{before}{BEGIN}\n{generated}\n{END}{after}");
    if std::env::var_os("WRITE_REFERENCE").is_some() {
        fs::write(file, &fresh).unwrap();
        return;
    }
    assert!(text == fresh, "wit/v1 has changed: run `WRITE_REFERENCE=1 cargo test --workspace --test reference`");
}

#[test]
fn every_key_of_the_manifest_is_in_the_reference_and_no_other() {
    let toml = "name = \"a\"\nversion = \"1.0.0\"\nhook = \"retry\"\ndescription = \"d\"\n[limits]\nfuel = 1\n\
        memory_bytes = 1\n[[vectors]]\nname = \"v\"\nrequest = \"{}\"\nexpect = \"{}\"\n";
    let manifest = serde_json::to_value(toml::from_str::<Manifest>(toml).unwrap()).unwrap();
    let mut keys: BTreeSet<String> = manifest.as_object().unwrap().keys().cloned().collect();
    keys.extend(manifest["limits"].as_object().unwrap().keys().map(|key| format!("limits.{key}")));
    keys.extend(manifest["vectors"][0].as_object().unwrap().keys().map(|key| format!("vectors.{key}")));
    let text = fs::read_to_string(root().join("docs/plugins/reference.md")).unwrap();
    let (_, table) = text.split_once("## `plugin.toml`").unwrap();
    let table = table.split("\n## ").next().unwrap();
    let named = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next().map(str::to_owned));
    assert_eq!(named.collect::<BTreeSet<_>>(), keys);
}

/// One WIT file as Markdown: its doc comments, in the order of the file.
fn section(wit: &str) -> String {
    let mut out = String::new();
    let mut doc = String::new();
    let mut inside: Vec<&str> = Vec::new();
    for line in wit.lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("///") {
            let _ = write!(doc, "{} ", words.trim());
            continue;
        }
        let said = std::mem::take(&mut doc);
        let bare = line.trim_end_matches([';', ',']);
        match (line.split_whitespace().next(), inside.last().copied()) {
            (None | Some("package" | "use"), _) => {}
            (Some(kind @ ("interface" | "record" | "enum" | "variant" | "world")), _) => {
                open(&mut out, kind, line.split([' ', '{']).nth(1).unwrap(), &said);
                match line.split_once('{') {
                    Some((_, cases)) if line.ends_with('}') => {
                        cases.trim_end_matches('}').split(',').for_each(|case| row(&mut out, kind, case.trim(), ""));
                    }
                    _ => inside.push(kind),
                }
            }
            (Some("}"), _) => drop(inside.pop()),
            (Some("type"), _) => paragraph(&mut out, bare, &said),
            (_, Some(kind @ ("record" | "enum" | "variant"))) => row(&mut out, kind, bare, &said),
            _ => paragraph(&mut out, bare, &said),
        }
    }
    let lines: Vec<&str> = out.lines().map(str::trim_end).collect();
    lines.join("\n").replace("\n\n\n", "\n\n").trim_end().to_owned() + "\n"
}

fn open(out: &mut String, kind: &str, name: &str, said: &str) {
    let level = if matches!(kind, "interface" | "world") { "###" } else { "####" };
    let _ = write!(out, "\n{level} {kind} `{name}`\n\n{}\n\n", said.trim());
    match kind {
        "record" => out.push_str("| field | type | |\n|---|---|---|\n"),
        "enum" | "variant" => out.push_str("| case | with | |\n|---|---|---|\n"),
        _ => {}
    }
}

fn paragraph(out: &mut String, code: &str, said: &str) {
    let _ = write!(out, "\n`{code}`\n\n{}\n", said.trim());
}

/// JSON and Rust write `waiting-since` as `waiting_since`.
fn row(out: &mut String, kind: &str, line: &str, said: &str) {
    let (name, of) = match kind {
        "record" => line.split_once(": ").unwrap_or((line, "")),
        _ => line.trim_end_matches(')').split_once('(').unwrap_or((line, "")),
    };
    let of = if of.is_empty() { String::new() } else { format!("`{of}`") };
    let _ = writeln!(out, "| `{}` | {of} | {} |", name.replace('-', "_"), said.trim());
}

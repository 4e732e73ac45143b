//! Every dependency stands in one place, says why it is there, and is used.

use crate::repository::{Repository, verdict};
use std::collections::BTreeMap;

/// `(line, key, rest)` of each line of the tables that `wanted` names.
fn entries(manifest: &str, wanted: fn(&str) -> bool) -> Vec<(usize, &str, &str)> {
    let mut inside = false;
    let mut found = Vec::new();
    for (n, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            inside = wanted(line.trim_matches(['[', ']']));
        } else if let Some((key, rest)) = line.split_once('=').filter(|_| inside && !line.starts_with('#')) {
            found.push((n + 1, key.trim(), rest));
        }
    }
    found
}

fn name(key: &str) -> &str {
    key.split('.').next().unwrap_or(key)
}

#[test]
fn every_dependency_has_a_reason() {
    let repository = Repository::open();
    let mut complaints = Vec::new();
    for file in ["Cargo.toml", "plugins/Cargo.toml"] {
        let manifest = repository.read(file);
        let entries = entries(&manifest, |table| table == "workspace.dependencies");
        assert!(!entries.is_empty(), "{file} has no [workspace.dependencies]");
        for (line, key, rest) in entries {
            // Our own crates say in their README why they exist.
            if !rest.contains("path =") && !rest.contains(" # ") {
                complaints.push(format!("{file}:{line}: `{key}`: end the line with `# why it is here`"));
            }
        }
    }
    verdict("Every dependency has a reason.", &complaints);
}

#[test]
fn versions_stand_in_the_workspace_only() {
    let repository = Repository::open();
    let mut complaints = Vec::new();
    for file in repository.ending(&["/Cargo.toml"]) {
        let manifest = repository.read(file);
        for (line, key, rest) in
            entries(&manifest, |table| !table.starts_with("workspace") && table.ends_with("dependencies"))
        {
            if !key.ends_with(".workspace") && !rest.contains("workspace = true") && !rest.contains("path =") {
                complaints.push(format!(
                    "{file}:{line}: `{key}`: write `{}.workspace = true`, its version stands in the workspace",
                    name(key)
                ));
            }
        }
    }
    verdict("A version stands in one place.", &complaints);
}

#[test]
fn every_dependency_is_used() {
    let repository = Repository::open();
    let manifests: BTreeMap<_, _> =
        repository.ending(&["/Cargo.toml"]).into_iter().map(|f| (f, repository.read(f))).collect();
    let rust = repository.rust();
    let mut complaints = Vec::new();
    let mut asked = Vec::new();
    for (file, manifest) in &manifests {
        let folder = file.trim_end_matches("Cargo.toml");
        let own: Vec<_> = rust.iter().filter(|f| f.path.starts_with(folder)).collect();
        for (line, key, _) in
            entries(manifest, |table| !table.starts_with("workspace") && table.ends_with("dependencies"))
        {
            let crate_name = name(key).replace('-', "_");
            asked.push(name(key).to_owned());
            // A crate that names itself switches a feature on for its own tests.
            let itself = manifest.contains(&format!("name = \"{}\"", name(key)));
            // What serde derives names it.
            let names = |text: &str| {
                text == crate_name || (crate_name == "serde" && ["Serialize", "Deserialize"].contains(&text))
            };
            if !itself && !own.iter().any(|f| f.code.iter().any(|c| names(&c.text))) {
                complaints.push(format!("{file}:{line}: `{}` is not used", name(key)));
            }
        }
    }
    for file in ["Cargo.toml", "plugins/Cargo.toml"] {
        for (line, key, _) in entries(&repository.read(file), |table| table == "workspace.dependencies") {
            if !asked.iter().any(|a| a == name(key)) {
                complaints.push(format!("{file}:{line}: no crate uses `{}`", name(key)));
            }
        }
    }
    verdict("Every dependency is used.", &complaints);
}

//! Every crate says in its README what it is for.

use crate::repository::{Repository, verdict};

/// Guests of one folder share its README: they are fixtures.
const SHARED: &str = "tests/guests/";

#[test]
fn every_crate_has_a_readme() {
    let repository = Repository::open();
    let mut complaints = Vec::new();
    for manifest in repository.ending(&["/Cargo.toml", "/package.json"]) {
        let is_crate = manifest.ends_with(".json") || repository.read(manifest).contains("[package]");
        let folder = manifest.rsplit_once('/').map_or("", |(folder, _)| folder);
        let readme =
            if manifest.starts_with(SHARED) { format!("{SHARED}README.md") } else { format!("{folder}/README.md") };
        if is_crate && !repository.has(&readme) {
            complaints.push(format!("{folder}: has no {readme}"));
        }
    }
    verdict("Every crate has a README: purpose, flow, how to extend.", &complaints);
}

#[test]
fn the_readme_is_the_crate_doc() {
    let repository = Repository::open();
    let libraries = repository.ending(&["/src/lib.rs"]);
    let ours = libraries.into_iter().filter(|f| f.starts_with("host/crates/") || f.starts_with("sdk/"));
    let without = ours.filter(|f| !repository.read(f).contains("include_str!(\"../README.md\")"));
    let complaints: Vec<_> =
        without.map(|f| format!("{f}:1: start with #![doc = include_str!(\"../README.md\")]")).collect();
    verdict("What the README says is what `cargo doc` shows.", &complaints);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let repository = Repository::open();
    let mut complaints = Vec::new();
    for file in repository.ending(&[".md"]) {
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (n, line) in repository.read(file).lines().enumerate() {
            for target in line.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next()) {
                let external = target.is_empty() || target.contains("://") || target.starts_with("mailto:");
                if !external && !exists(&repository, folder, target) {
                    complaints.push(format!("{file}:{}: `{target}` leads nowhere", n + 1));
                }
            }
        }
    }
    verdict("A link leads somewhere.", &complaints);
}

fn exists(repository: &Repository, folder: &str, target: &str) -> bool {
    let mut parts: Vec<_> = folder.split('/').filter(|p| !p.is_empty()).collect();
    for part in target.split('/').filter(|p| !p.is_empty() && *p != ".") {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    let path = parts.join("/");
    path.is_empty() || repository.has(&path) || repository.files().iter().any(|f| f.starts_with(&format!("{path}/")))
}

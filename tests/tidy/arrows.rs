//! Arrows between crates go down only, and what a crate hides stays in it.

use crate::repository::{Repository, verdict};

/// A crate and the crates it may use; those of the map in ARCHITECTURE.md. A new crate takes its place here.
const MAY_USE: [(&str, &[&str]); 23] = [
    ("weft-model", &[]),
    ("weft-ports", &["weft-model"]),
    ("weft-trace", &["weft-model"]),
    ("weft-tenancy", &["weft-model", "weft-ports"]),
    ("weft-session", &["weft-model", "weft-ports"]),
    ("weft-conversation", &["weft-model", "weft-ports", "weft-trace"]),
    ("weft-delivery", &["weft-model", "weft-ports", "weft-trace", "weft-session"]),
    ("weft-notification", &["weft-model", "weft-ports"]),
    ("weft-rollout", &["weft-model", "weft-ports"]),
    (
        "weft-edge",
        &[
            "weft-model",
            "weft-ports",
            "weft-tenancy",
            "weft-session",
            "weft-conversation",
            "weft-delivery",
            "weft-notification",
            "weft-rollout",
        ],
    ),
    ("weft-store-sql", &["weft-model", "weft-ports"]),
    ("weft-embedded", &["weft-model", "weft-ports"]),
    ("weft-plugin-host", &["weft-model", "weft-ports"]),
    ("weft-bus-artemis", &["weft-model", "weft-ports"]),
    ("weft-presence-redis", &["weft-model", "weft-ports"]),
    ("weft-search-elastic", &["weft-model", "weft-ports"]),
    ("weft-notifiers", &["weft-model", "weft-ports"]),
    ("weft-services", &[]),
    ("weft-plugin-pack", &[]),
    ("weft-plugin-harness", &["weft-model", "weft-ports", "weft-plugin-host", "weft-plugin-pack"]),
    ("weft-workshop", &["weft-model", "weft-ports", "weft-notification", "weft-plugin-harness", "weft-plugin-pack"]),
    ("xtask", &["weft-plugin-pack", "weft-services"]),
    ("weft", ALL),
];

const ALL: &[&str] = &["*"];

/// Crates that implement ports. A crate's own tests may run on them.
const ADAPTERS: [&str; 7] = [
    "weft-store-sql",
    "weft-embedded",
    "weft-plugin-host",
    "weft-bus-artemis",
    "weft-presence-redis",
    "weft-search-elastic",
    "weft-notifiers",
];

/// Packages under `tests/` may use everything: nothing uses them.
const TESTS: &str = "tests/";

/// A dependency and the crates that see it; `tests/` may see everything.
const HIDDEN: [(&str, &[&str]); 10] = [
    ("fe2o3-amqp", &["weft-bus-artemis"]),
    ("redis", &["weft-presence-redis"]),
    ("elasticsearch", &["weft-search-elastic"]),
    ("opentelemetry", &["weft-trace"]),
    ("sqlx", &["weft-store-sql"]),
    ("wasmtime", &["weft-plugin-host"]),
    ("wasmtime-wizer", &["weft-plugin-host"]),
    ("axum", &["weft-edge"]),
    ("utoipa", &["weft-edge"]),
    ("anyhow", &["weft", "xtask"]),
];

/// `model` is pure.
const NOT_IN_MODEL: [&str; 5] = ["tokio", "async-trait", "rand", "tracing", "reqwest"];

struct Arrow {
    from: String,
    from_tests: bool,
    to: String,
    ours: bool,
    for_tests: bool,
    manifest: String,
}

#[test]
fn arrows_go_down() {
    let arrows = arrows();
    let mut complaints = Vec::new();
    for arrow in arrows.iter().filter(|a| a.ours && !a.from_tests && a.from != a.to) {
        match MAY_USE.iter().find(|(from, _)| *from == arrow.from) {
            None => complaints.push(format!(
                "{}: `{}` has no place yet: give it one in tests/tidy/arrows.rs and in ARCHITECTURE.md",
                arrow.manifest, arrow.from
            )),
            Some(_) if arrow.for_tests && ADAPTERS.contains(&arrow.to.as_str()) => {}
            Some((_, allowed)) if *allowed == ALL || allowed.contains(&arrow.to.as_str()) => {}
            Some(_) => complaints
                .push(format!("{}: `{}` may not use `{}`: arrows go down only", arrow.manifest, arrow.from, arrow.to)),
        }
    }
    verdict(
        "host → adapters → ports → model; edge → the services → ports → model; only host and tests name an adapter.",
        &complaints,
    );
}

#[test]
fn what_a_crate_hides_stays_in_it() {
    let mut complaints = Vec::new();
    for arrow in arrows().iter().filter(|a| !a.ours && !a.from_tests) {
        if let Some((hidden, sees)) =
            HIDDEN.iter().find(|(to, sees)| *to == arrow.to && !sees.contains(&arrow.from.as_str()))
        {
            complaints.push(format!("{}: only {} may see `{hidden}`", arrow.manifest, sees.join(", ")));
        }
        if arrow.from == "weft-model" && NOT_IN_MODEL.contains(&arrow.to.as_str()) {
            complaints.push(format!("{}: `model` is pure, it has no use for `{}`", arrow.manifest, arrow.to));
        }
    }
    verdict("One crate knows each technology.", &complaints);
}

fn arrows() -> Vec<Arrow> {
    let metadata = Repository::open().metadata();
    let root = metadata["workspace_root"].as_str().unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let mut arrows = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let manifest = text(&package["manifest_path"]).trim_start_matches(root).trim_start_matches('/').to_owned();
        for dependency in package["dependencies"].as_array().unwrap() {
            arrows.push(Arrow {
                from: text(&package["name"]),
                // A test may put an adapter under a port.
                from_tests: manifest.starts_with(TESTS) || dependency["kind"] == "dev",
                to: text(&dependency["name"]),
                ours: dependency["path"].is_string(),
                for_tests: dependency["kind"] == "dev",
                manifest: manifest.clone(),
            });
        }
    }
    assert!(arrows.iter().any(|a| a.ours), "cargo metadata shows no arrow between our crates");
    arrows
}

//! The files that `deploy/` ships are well-formed, fit together, and speak of what exists.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test")]

use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use weft_services::{ServiceError, Software, promtool, root};

/// What pip is asked for.
const KUBERNETES_VALIDATE: &str = "kubernetes-validate==1.37.0";

/// All files of `deploy/` with this ending.
fn shipped(ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&root().join("deploy"), ending, &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            collect(&path, ending, found);
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The documents of a YAML file, `<<` resolved.
fn documents(text: &str) -> Vec<Value> {
    use serde::Deserialize as _;
    let document = |de| {
        let mut yaml = serde_yaml_ng::Value::deserialize(de).unwrap();
        yaml.apply_merge().unwrap();
        serde_json::to_value(yaml).unwrap()
    };
    serde_yaml_ng::Deserializer::from_str(text).map(document).collect()
}

#[test]
fn yaml_and_json_can_be_read() {
    for path in shipped("yaml") {
        let text = fs::read_to_string(&path).unwrap();
        assert!(documents(&text).iter().all(Value::is_object), "{}", path.display());
    }
    for path in shipped("json") {
        let read = serde_json::from_str::<Value>(&fs::read_to_string(&path).unwrap());
        assert!(read.is_ok_and(|json| json.is_object()), "{}", path.display());
    }
}

/// Names of metrics in the sources of the host, and the one that Prometheus itself makes.
fn counted() -> BTreeSet<String> {
    let mut sources = Vec::new();
    collect(&root().join("host"), "rs", &mut sources);
    let mut names = BTreeSet::from(["up".to_owned()]);
    for source in sources {
        let text = fs::read_to_string(source).unwrap();
        for kind in ["counter!(", "gauge!(", "histogram!("] {
            let calls = text.split(kind).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
            names.extend(calls.filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        }
    }
    names
}

/// Names of ours in a PromQL expression.
fn asked(expression: &str) -> impl Iterator<Item = &str> {
    expression.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| word.starts_with("weft_"))
}

#[test]
fn alerts_and_dashboard_ask_for_metrics_that_nodes_have_and_the_runbook_explains_each() {
    let counted = counted();
    let runbook = read("docs/operations.md");
    let alerts = &documents(&read("deploy/monitoring/alerts.yaml"))[0];
    let rules = alerts["groups"][0]["rules"].as_array().unwrap();
    assert!(!rules.is_empty());
    for rule in rules {
        let (name, expression) = (rule["alert"].as_str().unwrap(), rule["expr"].as_str().unwrap());
        assert!(["page", "ticket"].contains(&rule["labels"]["severity"].as_str().unwrap()), "{name}");
        assert!(rule["annotations"]["summary"].is_string(), "{name}");
        assert!(runbook.contains(name), "docs/operations.md does not explain {name}");
        asked(expression).for_each(|metric| assert!(counted.contains(metric), "{name}: nobody counts {metric}"));
    }
    let dashboard: Value = serde_json::from_str(&read("deploy/monitoring/grafana.json")).unwrap();
    for panel in dashboard["panels"].as_array().unwrap() {
        let expression = panel["targets"][0]["expr"].as_str().unwrap();
        asked(expression).for_each(|metric| assert!(counted.contains(metric), "{}: no {metric}", panel["title"]));
    }
}

#[test]
fn the_runbook_says_what_each_metric_counts() {
    let runbook = read("docs/operations.md");
    let silent: Vec<_> =
        counted().into_iter().filter(|name| name != "up" && !runbook.contains(&format!("`{name}"))).collect();
    assert!(silent.is_empty(), "docs/operations.md does not explain {silent:?}");
}

/// Variables of the environment that the configuration knows.
fn keys() -> BTreeSet<String> {
    let defaults = read("host/config.default.toml");
    let mut section = String::new();
    let mut keys = BTreeSet::new();
    for line in defaults.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').into();
        } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            keys.insert(format!("WEFT_{section}_{key}").replace('.', "_").to_uppercase());
        }
    }
    keys
}

#[test]
fn every_variable_is_a_key_of_the_configuration() {
    let keys = keys();
    let files =
        ["deploy/compose.yaml", "deploy/Dockerfile", "deploy/k8s/config.yaml", "deploy/k8s/secret.example.yaml"];
    for file in files.into_iter().chain(["deploy/k8s/weft.yaml", "deploy/systemd/weft.service"]) {
        let text = read(file);
        for word in text
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| word.len() > 5 && word.starts_with("WEFT_"))
        {
            assert!(keys.contains(word), "{file}: {word} is no key");
        }
    }
}

#[test]
fn compose_waits_for_what_it_needs_and_nginx_knows_its_nodes() {
    let compose = &documents(&read("deploy/compose.yaml"))[0];
    let services = compose["services"].as_object().unwrap();
    let mut nodes = BTreeSet::new();
    for (name, service) in services {
        let Some(needs) = service["depends_on"].as_object() else { continue };
        for (needed, how) in needs {
            assert_eq!(how["condition"], "service_healthy", "{name} needs {needed}");
            // A node's own check is in the image.
            assert!(services[needed]["healthcheck"].is_object() || needed.starts_with("node"), "{needed} has no check");
        }
        if name.starts_with("node") {
            nodes.insert(service["networks"]["weft"]["ipv4_address"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(nodes.len(), 3);
    let nginx = read("deploy/nginx/weft.conf");
    let scraped = read("deploy/monitoring/prometheus.yaml");
    for node in nodes {
        for port in [9003, 9885] {
            assert!(nginx.contains(&format!("server {node}:{port} ")), "nginx does not know {node}:{port}");
        }
        assert!(scraped.contains(&format!("{node}:8000")), "{node} is not scraped");
    }
}

#[test]
fn kubernetes_selects_the_pods_and_the_ports_that_there_are() {
    let all = documents(&read("deploy/k8s/weft.yaml"));
    let of_kind = |kind: &str| all.iter().filter(|d| d["kind"] == kind).collect::<Vec<_>>();
    let set = of_kind("StatefulSet")[0];
    let pod = &set["spec"]["template"];
    let labels = &pod["metadata"]["labels"];
    let container = &pod["spec"]["containers"][0];
    let ports: BTreeSet<_> =
        container["ports"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(&set["spec"]["selector"]["matchLabels"], labels);
    for service in of_kind("Service") {
        assert_eq!(&service["spec"]["selector"], labels);
        for port in service["spec"]["ports"].as_array().unwrap() {
            assert!(ports.contains(port["targetPort"].as_str().unwrap()), "{port}");
        }
    }
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        assert_eq!(container[probe]["httpGet"]["port"], "management");
    }
    assert_eq!(&of_kind("PodDisruptionBudget")[0]["spec"]["selector"]["matchLabels"], labels);
    let ingress = &documents(&read("deploy/k8s/ingress.yaml"))[0];
    for path in ingress["spec"]["rules"][0]["http"]["paths"].as_array().unwrap() {
        let port = path["backend"]["service"]["port"]["name"].as_str().unwrap();
        assert!(ports.contains(port), "{port}");
    }
}

/// Python's `kubernetes-validate`, which brings the schemas of each release of Kubernetes; in a folder of its own.
fn kubernetes_validate() -> Result<PathBuf, String> {
    let folder = root().join("target/services/kubernetes-validate");
    let program = folder.join("bin/kubernetes-validate");
    let run = |command: &mut Command| match command.output() {
        Ok(done) if done.status.success() => Ok(()),
        Ok(done) => Err(String::from_utf8_lossy(&done.stderr).into_owned()),
        Err(error) => Err(error.to_string()),
    };
    if !program.is_file() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        run(Command::new(folder.join("bin/pip")).args(["install", "--quiet", KUBERNETES_VALIDATE]))?;
    }
    Ok(program)
}

#[test]
fn kubernetes_knows_every_field_where_its_schemas_can_be_had() {
    let program = match kubernetes_validate() {
        Ok(program) => program,
        Err(missing) => return println!("not checked by the schemas of Kubernetes: {missing}"),
    };
    for file in ["config", "ingress", "secret.example", "weft"] {
        let file = root().join(format!("deploy/k8s/{file}.yaml"));
        let checked = Command::new(&program).arg("--strict").arg(file).output().unwrap();
        let said = [checked.stdout, checked.stderr].concat();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&said));
    }
}

#[test]
fn nginx_accepts_the_shipped_file() {
    let folder = root().join("target/tests/nginx-test");
    fs::create_dir_all(&folder).unwrap();
    let around = "pid nginx.pid; error_log stderr; events {} http { access_log off; include weft.conf; }";
    fs::write(folder.join("nginx.conf"), around).unwrap();
    fs::copy(root().join("deploy/nginx/weft.conf"), folder.join("weft.conf")).unwrap();
    Software::Nginx.install(&mut |_| ()).unwrap();
    let path = format!("{}:/usr/sbin:/usr/local/sbin", std::env::var("PATH").unwrap());
    let mut nginx = Command::new("nginx");
    nginx.env("PATH", path).args(["-t", "-e", "stderr", "-p"]).arg(&folder).arg("-c").arg(folder.join("nginx.conf"));
    let checked = nginx.output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
fn promtool_accepts_the_alerts_and_the_scrape_file_where_it_can_be_had() {
    let promtool = match promtool() {
        Ok(promtool) => promtool,
        Err(missing @ ServiceError::Missing { .. }) => return println!("not checked by promtool: {missing}"),
        Err(error) => panic!("{error}"),
    };
    for (what, file) in [("rules", "alerts.yaml"), ("config", "prometheus.yaml")] {
        let file = root().join("deploy/monitoring").join(file);
        let checked = Command::new(&promtool).args(["check", what]).arg(file).output().unwrap();
        let said = [checked.stdout, checked.stderr].concat();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&said));
    }
}

#[test]
fn scripts_and_the_unit_are_accepted_by_who_runs_them() {
    for script in shipped("sh") {
        let checked = Command::new("bash").arg("-n").arg(&script).output().unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    }
    // Where there is systemd. It wants the program of the unit to exist, and says nothing else of a good one.
    let unit = root().join("deploy/systemd/weft.service");
    let Ok(verified) = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(unit).output() else { return };
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    let complaints: Vec<_> =
        said.lines().filter(|line| line.contains("weft.service") && !line.contains("/usr/bin/weft")).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
}

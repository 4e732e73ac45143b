//! Configuration: the default file < the operator's file < environment < flags. Every mistake is reported at once.

mod keys;
mod sections;

use keys::{KEYS, Kind};
pub use sections::*;
use std::{collections::BTreeMap, fmt};
use toml::{Table, Value};

/// Every key with its meaning: what `weft config defaults` prints and what the defaults are read from.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

/// Every mistake that was found, each with the place it comes from.
#[derive(Debug, thiserror::Error)]
pub struct ConfigErrors(pub Vec<String>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the configuration has {} mistake(s):", self.0.len())?;
        self.0.iter().try_for_each(|line| writeln!(f, "  - {line}"))
    }
}

/// Where values come from, before they are looked at.
#[derive(Debug, Default)]
pub struct Sources {
    /// Name and text of the operator's file.
    pub file: Option<(String, String)>,
    pub environment: BTreeMap<String, String>,
    /// Key and text, from flags.
    pub flags: Vec<(&'static str, String)>,
}

/// Variables that begin with `WEFT_` and are no keys.
const OTHER_VARIABLES: [&str; 8] = [
    "WEFT_CONFIG",
    "WEFT_PASSWORD",
    "WEFT_PROFILE",
    "WEFT_PROFILES",
    "WEFT_SERVER",
    "WEFT_TOKEN",
    "WEFT_CA",
    "WEFT_SDK",
];

/// A value and where it was set.
struct Setting {
    value: Value,
    origin: String,
}

/// The effective configuration.
pub struct Loaded {
    settings: BTreeMap<&'static str, Setting>,
}

impl Sources {
    pub fn load(&self) -> Result<Loaded, ConfigErrors> {
        let mut errors = Vec::new();
        let mut settings = BTreeMap::new();
        overlay(&mut settings, &mut errors, "default", DEFAULTS);
        if let Some((name, text)) = &self.file {
            overlay(&mut settings, &mut errors, name, text);
        }
        for (variable, text) in self.environment.iter().filter(|(v, _)| v.starts_with("WEFT_")) {
            if OTHER_VARIABLES.contains(&variable.as_str()) {
                continue;
            }
            match KEYS.iter().find(|(path, _)| variable_of(path) == *variable) {
                Some((path, kind)) => {
                    settings.insert(*path, Setting { value: kind.value_of(text), origin: variable.clone() });
                }
                None => errors.push(format!("{variable}: no such key (see `weft config defaults`)")),
            }
        }
        for (path, text) in &self.flags {
            if let Some((path, kind)) = KEYS.iter().find(|(p, _)| p == path) {
                settings.insert(*path, Setting { value: kind.value_of(text), origin: "flag".into() });
            }
        }
        for (path, kind) in KEYS {
            if let Some(setting) = settings.get(path)
                && let Err(message) = kind.check(&setting.value)
            {
                errors.push(format!("{path} ({}): {message}", setting.origin));
            }
        }
        errors.extend(alone(&settings));
        if errors.is_empty() { Ok(Loaded { settings }) } else { Err(ConfigErrors(errors)) }
    }
}

impl Loaded {
    /// The typed configuration.
    pub fn config(&self) -> Result<Config, ConfigErrors> {
        let mut root = Table::new();
        for (path, setting) in &self.settings {
            place(&mut root, path, setting.value.clone());
        }
        root.try_into().map_err(|e: toml::de::Error| ConfigErrors(vec![e.to_string()]))
    }

    /// One line per key: value (secrets masked) and where it was set.
    pub fn show(&self) -> String {
        let line = |(path, kind): &(&str, Kind)| {
            let Setting { value, origin } = self.settings.get(path)?;
            Some(format!("{path} = {}  # {origin}\n", kind.shown(value)))
        };
        KEYS.iter().filter_map(line).collect()
    }
}

/// Puts a value where its path says, in the sections that it names.
fn place(table: &mut Table, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            table.insert(path.into(), value);
        }
        Some((section, rest)) => {
            let entry = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = entry {
                place(inner, rest, value);
            }
        }
    }
}

/// Nodes that share a broker need its address, and a directory of who is where: one that knows only its own sessions would take
/// chats from agents who are on another node.
fn alone(settings: &BTreeMap<&'static str, Setting>) -> Vec<String> {
    let Some(mode) = settings.get("artemis.mode").filter(|s| s.value.as_str() == Some("native")) else {
        return Vec::new();
    };
    let none = |key: &str| settings.get(key).is_none_or(|s| s.value.as_array().is_some_and(Vec::is_empty));
    [("artemis.urls", "there is no broker to go to"), ("redis.urls", "the nodes have no directory in common")]
        .into_iter()
        .filter(|(key, _)| none(key))
        .map(|(key, lacks)| format!("{key}: artemis.mode is \"native\" ({}) and {lacks}", mode.origin))
        .collect()
}

fn variable_of(path: &str) -> String {
    format!("WEFT_{}", path.replace('.', "_").to_uppercase())
}

fn overlay(settings: &mut BTreeMap<&'static str, Setting>, errors: &mut Vec<String>, origin: &str, text: &str) {
    let root: Table = match text.parse() {
        Ok(root) => root,
        Err(e) => {
            errors.push(format!("{origin}: {e}"));
            return;
        }
    };
    for (section, value) in root {
        let Some(table) = value.as_table() else {
            errors.push(format!("{section} ({origin}): a key outside any section"));
            continue;
        };
        for (path, value) in leaves(&section, table) {
            match KEYS.iter().find(|(p, _)| *p == path) {
                Some((path, _)) => {
                    settings.insert(*path, Setting { value: value.clone(), origin: origin.into() });
                }
                None => errors.push(format!("{path} ({origin}): no such key{}", nearest(&path))),
            }
        }
    }
}

/// Every value below a section, with its whole path.
fn leaves<'a>(section: &str, table: &'a Table) -> Vec<(String, &'a Value)> {
    let mut found = Vec::new();
    for (key, value) in table {
        let path = format!("{section}.{key}");
        match value.as_table() {
            Some(inner) => found.extend(leaves(&path, inner)),
            None => found.push((path, value)),
        }
    }
    found
}

/// A key that differs little, for people who mistype.
fn nearest(path: &str) -> String {
    let tail = path.rsplit('.').next().unwrap_or(path);
    KEYS.iter()
        .find(|(p, _)| {
            p.ends_with(tail) || p.split_once('.').is_some_and(|(_, k)| k.starts_with(&tail[..tail.len().min(4)]))
        })
        .map_or_else(String::new, |(p, _)| format!("; did you mean {p}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_file_names_every_key_and_no_other() {
        let root: Table = DEFAULTS.parse().unwrap();
        let sections = root.iter().map(|(section, table)| leaves(section, table.as_table().unwrap()));
        let mut in_file: Vec<String> = sections.flatten().map(|(path, _)| path).collect();
        let mut known: Vec<String> = KEYS.iter().map(|(p, _)| (*p).to_owned()).collect();
        in_file.sort();
        known.sort();
        assert_eq!(in_file, known);
        Sources::default().load().unwrap().config().unwrap();
    }

    #[test]
    fn every_mistake_is_reported_at_once_with_its_origin() {
        let sources = Sources {
            file: Some((
                "weft.toml".into(),
                "[listen]\nrest = \"nowhere\"\nport = 1\n[log]\nformat = \"xml\"\n[artemis]\nmode = \"native\"\n[artemis.listener]\ncredit = 0\n[plugins]\nmax_fuel = 1\nmax_memory_bytes = \"much\"\n"
                    .into(),
            )),
            environment: [("WEFT_STORE_CONNECTIONS", "many"), ("WEFT_LISTEN_PORTS", "1"), ("WEFT_PLUGINS_DEADLINE_MS", "0"), ("WEFT_REDIS_URLS", "redis://a,hush@b"), ("PATH", "/bin")]
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .into(),
            flags: vec![("listen.socket", "x".into())],
        };
        let ConfigErrors(errors) = sources.load().err().unwrap();
        for part in [
            "listen.rest (weft.toml)",
            "listen.port (weft.toml): no such key",
            "log.format",
            "WEFT_STORE_CONNECTIONS",
            "WEFT_LISTEN_PORTS: no such key",
            "listen.socket (flag)",
            "redis.urls (WEFT_REDIS_URLS): expected redis://… or rediss://…",
            "artemis.urls: artemis.mode is \"native\"",
            "artemis.listener.credit (weft.toml)",
            "plugins.max_fuel (weft.toml)",
            "plugins.max_memory_bytes (weft.toml)",
            "plugins.deadline_ms (WEFT_PLUGINS_DEADLINE_MS)",
        ] {
            assert!(errors.iter().any(|e| e.contains(part)), "{part} not in {errors:#?}");
        }
        assert_eq!(errors.len(), 12);
        assert!(errors.iter().all(|e| !e.contains("hush")), "{errors:#?}");
    }

    #[test]
    fn nodes_on_one_broker_share_a_directory() {
        let with = |redis: &str| Sources {
            file: Some((
                "f".into(),
                format!("[artemis]\nmode = \"native\"\nurls = [\"amqp://b\"]\n[redis]\nurls = [{redis}]"),
            )),
            environment: BTreeMap::new(),
            flags: vec![],
        };
        let ConfigErrors(errors) = with("").load().err().unwrap();
        assert!(
            errors.len() == 1 && errors[0].starts_with("redis.urls: artemis.mode is \"native\" (f)"),
            "{errors:#?}"
        );
        assert!(with("\"redis://r\"").load().is_ok());
    }

    #[test]
    fn later_sources_win_and_secrets_are_not_shown() {
        let sources = Sources {
            file: Some(("f".into(), "[management]\ntoken = \"hush\"\n[store]\nurl = \"mysql://weft:hush@db:3306/weft\"\n[log]\nfilter = \"debug\"".into())),
            environment: [("WEFT_LOG_FILTER".to_owned(), "warn".to_owned())].into(),
            flags: vec![("listen.rest", "127.0.0.1:0".into())],
        };
        let loaded = sources.load().unwrap();
        let shown = loaded.show();
        assert!(!shown.contains("hush") && shown.contains("mysql://weft:…@db:3306/weft"), "{shown}");
        let config = loaded.config().unwrap();
        assert_eq!((config.log.filter.as_str(), config.listen.rest.port()), ("warn", 0));
    }
}

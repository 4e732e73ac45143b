//! The keys, and what each may hold.

use edge::Network;
use notifiers::http::AllowList;
use std::net::SocketAddr;
use toml::Value;

/// What a key may hold.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    Secret,
    /// A URL with one of these schemes, or nothing; its password is not shown.
    Url(&'static [&'static str]),
    /// A list of such.
    Urls(&'static [&'static str]),
    Address,
    /// A list of addresses and ranges of addresses.
    Networks,
    /// A list of host names, addresses and ranges of addresses.
    Destinations,
    Number {
        least: i64,
        most: i64,
    },
    OneOf(&'static [&'static str]),
    LogFilter,
    /// Of how many: 0 to 1.
    Share,
}

/// In the order in which they are shown.
pub(super) const KEYS: [(&str, Kind); 49] = [
    ("node.name", Kind::Text),
    ("node.data", Kind::Text),
    ("listen.rest", Kind::Address),
    ("listen.socket", Kind::Address),
    ("listen.management", Kind::Address),
    ("listen.connections", Kind::Number { least: 1, most: 1_000_000 }),
    ("listen.silent_sockets", Kind::Number { least: 1, most: 1_000_000 }),
    ("listen.trusted_proxies", Kind::Networks),
    ("listen.requests_per_second", Kind::Number { least: 1, most: 1_000_000 }),
    ("listen.request_burst", Kind::Number { least: 1, most: 1_000_000 }),
    ("listen.upload_bytes", Kind::Number { least: 1, most: 1 << 30 }),
    ("management.token", Kind::Secret),
    ("store.url", Kind::Url(&["sqlite", "mysql"])),
    ("store.connections", Kind::Number { least: 1, most: 1000 }),
    ("artemis.mode", Kind::OneOf(&["embedded", "native"])),
    ("artemis.urls", Kind::Urls(&["amqp", "amqps"])),
    ("artemis.listener.concurrency", Kind::Number { least: 0, most: 1000 }),
    ("artemis.listener.max_concurrency", Kind::Number { least: 0, most: 1000 }),
    ("artemis.listener.credit", Kind::Number { least: 1, most: 100_000 }),
    ("artemis.listener.redelivery", Kind::Number { least: 1, most: 1000 }),
    ("artemis.reconnect.first_ms", Kind::Number { least: 1, most: 60_000 }),
    ("artemis.reconnect.most_ms", Kind::Number { least: 1, most: 600_000 }),
    ("redis.urls", Kind::Urls(&["redis", "rediss"])),
    ("tls.authorities", Kind::Text),
    ("elasticsearch.url", Kind::Url(&["http", "https"])),
    ("elasticsearch.index", Kind::Text),
    ("elasticsearch.replicas", Kind::Number { least: 0, most: 10 }),
    ("uploads.place", Kind::OneOf(&["auto", "files", "store"])),
    ("sessions.heartbeat_seconds", Kind::Number { least: 1, most: 3600 }),
    ("sessions.commands_per_second", Kind::Number { least: 1, most: 1_000_000 }),
    ("sessions.command_burst", Kind::Number { least: 1, most: 1_000_000 }),
    ("sessions.previews_per_second", Kind::Number { least: 1, most: 1_000_000 }),
    ("plugins.instances", Kind::Number { least: 1, most: 10_000 }),
    ("plugins.compile", Kind::OneOf(&["child", "in-process"])),
    ("plugins.max_component_bytes", Kind::Number { least: 256 << 10, most: model::limits::PLUGIN_BYTES as i64 }),
    ("plugins.max_fuel", Kind::Number { least: 500_000, most: 100_000_000 }),
    ("plugins.max_memory_bytes", Kind::Number { least: 1 << 20, most: 256 << 20 }),
    ("plugins.max_output_bytes", Kind::Number { least: 4 << 10, most: 1 << 20 }),
    ("plugins.max_log_bytes", Kind::Number { least: 0, most: 1 << 20 }),
    ("plugins.deadline_ms", Kind::Number { least: 5, most: 1000 }),
    ("notifications.allow", Kind::Destinations),
    ("notifications.smtp_url", Kind::Url(&["smtp", "smtps"])),
    ("notifications.email_from", Kind::Text),
    ("notifications.push_key", Kind::Secret),
    ("notifications.push_contact", Kind::Text),
    ("log.format", Kind::OneOf(&["human", "json"])),
    ("log.filter", Kind::LogFilter),
    ("telemetry.otlp.url", Kind::Url(&["http"])),
    ("telemetry.otlp.ratio", Kind::Share),
];

impl Kind {
    /// A value that was given as text: a variable or a flag.
    pub fn value_of(self, text: &str) -> Value {
        match self {
            Self::Number { .. } => text.parse().map_or_else(|_| Value::String(text.into()), Value::Integer),
            Self::Networks | Self::Destinations | Self::Urls(_) => {
                let parts = text.split(',').filter(|t| !t.is_empty());
                Value::Array(parts.map(|t| Value::String(t.trim().into())).collect())
            }
            Self::Share => text.parse().map_or_else(|_| Value::String(text.into()), Value::Float),
            _ => Value::String(text.into()),
        }
    }

    pub fn check(self, value: &Value) -> Result<(), String> {
        let text = || value.as_str().ok_or_else(|| format!("expected text, found {}", value.type_str()));
        match self {
            Self::Text | Self::Secret => text().map(drop),
            Self::Url(schemes) => match text()? {
                "" => Ok(()),
                url => has_scheme(url, schemes),
            },
            Self::Urls(schemes) => {
                let all = value.as_array().ok_or("expected a list of URLs")?;
                all.iter().try_for_each(|v| has_scheme(v.as_str().unwrap_or_default(), schemes))
            }
            Self::Address => {
                let text = text()?;
                text.parse::<SocketAddr>()
                    .map(drop)
                    .map_err(|_| format!("{text:?} is not an address and port, as 127.0.0.1:9003"))
            }
            Self::Networks => {
                let all = value.as_array().ok_or("expected a list of IP addresses and ranges")?;
                all.iter().try_for_each(|v| {
                    let text = v.as_str().unwrap_or_default();
                    text.parse::<Network>().map(drop).map_err(|e| format!("{text:?}: {e}"))
                })
            }
            Self::Destinations => {
                let all = value.as_array().ok_or("expected a list of names and addresses")?;
                let all: Option<Vec<&str>> = all.iter().map(Value::as_str).collect();
                let all = all.ok_or("expected a list of names and addresses")?;
                AllowList::parse(&all).map(drop).map_err(|e| e.to_string())
            }
            Self::Number { least, most } => match value.as_integer() {
                Some(n) if (least..=most).contains(&n) => Ok(()),
                _ => Err(format!("expected a whole number from {least} to {most}")),
            },
            Self::OneOf(all) => {
                let text = text()?;
                all.contains(&text).then_some(()).ok_or_else(|| format!("{text:?} is none of {}", all.join(", ")))
            }
            Self::Share => {
                let number = value.as_float().or_else(|| value.as_integer().map(|n| n as f64));
                number
                    .is_some_and(|n| (0.0..=1.0).contains(&n))
                    .then_some(())
                    .ok_or_else(|| "expected a number from 0 to 1".into())
            }
            Self::LogFilter => {
                tracing_subscriber::EnvFilter::try_new(text()?).map(drop).map_err(|e| format!("not a log filter: {e}"))
            }
        }
    }

    pub fn shown(self, value: &Value) -> String {
        match (self, value.as_str()) {
            (Self::Secret, Some(text)) if !text.is_empty() => "\"…\"".into(),
            (Self::Url(_), Some(text)) => format!("\"{}\"", without_password(text)),
            (Self::Urls(_), _) => {
                let all = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                let shown: Vec<_> = all.map(|url| format!("\"{}\"", without_password(url))).collect();
                format!("[{}]", shown.join(", "))
            }
            _ => value.to_string(),
        }
    }
}

fn has_scheme(url: &str, schemes: &[&str]) -> Result<(), String> {
    let known = url.split_once("://").is_some_and(|(scheme, rest)| schemes.contains(&scheme) && !rest.is_empty());
    let expected = || schemes.iter().map(|s| format!("{s}://…")).collect::<Vec<_>>().join(" or ");
    // What was found is not repeated: it may hold a password.
    known.then_some(()).ok_or_else(|| format!("expected {}", expected()))
}

/// `mysql://name:password@host` as `mysql://name:…@host`.
fn without_password(url: &str) -> String {
    let parts = || {
        let (scheme, rest) = url.split_once("://")?;
        let (credentials, host) = rest.rsplit_once('@')?;
        let (name, _) = credentials.split_once(':')?;
        Some(format!("{scheme}://{name}:…@{host}"))
    };
    parts().unwrap_or_else(|| url.to_owned())
}

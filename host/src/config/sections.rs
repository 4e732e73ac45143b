//! The sections of the configuration, as they are read.

use secrecy::SecretString;
use serde::Deserialize;
use std::{net::SocketAddr, path::PathBuf};

#[derive(Debug, Deserialize)]
pub struct Config {
    pub node: Node,
    pub listen: Listen,
    pub management: Management,
    pub store: Store,
    pub artemis: Artemis,
    pub redis: Redis,
    pub tls: Tls,
    pub elasticsearch: Elasticsearch,
    pub uploads: Uploads,
    pub sessions: Sessions,
    pub plugins: Plugins,
    pub notifications: Notifications,
    pub log: Log,
    pub telemetry: Telemetry,
}

#[derive(Debug, Deserialize)]
pub struct Node {
    pub name: String,
    pub data: PathBuf,
}

#[derive(Debug, Deserialize)]
pub struct Listen {
    pub rest: SocketAddr,
    pub socket: SocketAddr,
    pub management: SocketAddr,
    pub connections: u32,
    pub silent_sockets: u32,
    pub trusted_proxies: Vec<String>,
    pub requests_per_second: u32,
    pub request_burst: u32,
    pub upload_bytes: usize,
}

#[derive(Debug, Deserialize)]
pub struct Management {
    pub token: SecretString,
}

#[derive(Debug, Deserialize)]
pub struct Store {
    pub url: SecretString,
    pub connections: u32,
}

#[derive(Debug, Deserialize)]
pub struct Artemis {
    pub mode: BrokerMode,
    pub urls: Vec<SecretString>,
    pub listener: Listener,
    pub reconnect: Reconnect,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BrokerMode {
    Embedded,
    Native,
}

/// How this node consumes shared work.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Listener {
    pub concurrency: u32,
    pub max_concurrency: u32,
    pub credit: u32,
    pub redelivery: u32,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Reconnect {
    pub first_ms: u32,
    pub most_ms: u32,
}

#[derive(Debug, Deserialize)]
pub struct Redis {
    pub urls: Vec<SecretString>,
}

/// Whose certificates the servers' are signed with.
#[derive(Debug, Deserialize)]
pub struct Tls {
    pub authorities: String,
}

impl Tls {
    /// A file in PEM; none for the public authorities.
    pub fn file(&self) -> Option<PathBuf> {
        (!self.authorities.is_empty()).then(|| PathBuf::from(&self.authorities))
    }
}

#[derive(Debug, Deserialize)]
pub struct Elasticsearch {
    pub url: SecretString,
    pub index: String,
    pub replicas: u32,
}

#[derive(Debug, Deserialize)]
pub struct Uploads {
    pub place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    Auto,
    Files,
    Store,
}

#[derive(Debug, Deserialize)]
pub struct Sessions {
    pub heartbeat_seconds: u32,
    pub commands_per_second: u32,
    pub command_burst: u32,
    pub previews_per_second: u32,
}

#[derive(Debug, Deserialize)]
pub struct Plugins {
    pub instances: u32,
    pub compile: Compile,
    pub max_component_bytes: usize,
    pub max_fuel: u64,
    pub max_memory_bytes: usize,
    pub max_output_bytes: usize,
    pub max_log_bytes: usize,
    pub deadline_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compile {
    Child,
    InProcess,
}

/// Where tenants may send notifications besides the public internet.
#[derive(Debug, Deserialize)]
pub struct Notifications {
    pub allow: Vec<String>,
    pub smtp_url: SecretString,
    pub email_from: String,
    pub push_key: SecretString,
    pub push_contact: String,
}

#[derive(Debug, Deserialize)]
pub struct Log {
    pub format: LogFormat,
    pub filter: String,
}

#[derive(Debug, Deserialize)]
pub struct Telemetry {
    pub otlp: Otlp,
}

/// Where traces are sent, and of how many messages.
#[derive(Debug, Deserialize)]
pub struct Otlp {
    pub url: SecretString,
    pub ratio: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    Human,
    Json,
}

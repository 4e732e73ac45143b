use crate::Network;
use secrecy::SecretString;
use std::time::Duration;

/// What an operator may set of the edge.
#[derive(Clone, Debug)]
pub struct Config {
    /// How people know this node.
    pub node_name: String,
    /// Between two pings; a peer that is silent for twice as long is gone.
    pub heartbeat: Duration,
    /// How long a socket may wait with its `hello`.
    pub hello_within: Duration,
    /// Sockets that have not said hello yet.
    pub silent_sockets: usize,
    pub commands_per_second: u32,
    pub command_burst: u32,
    pub previews_per_second: u32,
    /// Requests of one caller (or of one address without a token).
    pub requests_per_second: u32,
    pub request_burst: u32,
    /// Bytes of one upload.
    pub upload_bytes: usize,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Credential of the management port and of `/v1/tenants`. `None`: the port answers loopback peers only, `/v1/tenants` nobody.
    pub management_token: Option<SecretString>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            node_name: "weft".into(),
            heartbeat: Duration::from_secs(25),
            hello_within: Duration::from_secs(5),
            silent_sockets: 2000,
            commands_per_second: model::limits::COMMANDS_PER_SECOND,
            command_burst: model::limits::COMMAND_BURST,
            previews_per_second: model::limits::PREVIEWS_PER_SECOND,
            requests_per_second: 50,
            request_burst: 200,
            upload_bytes: model::limits::UPLOAD_BYTES,
            trusted_proxies: Vec::new(),
            management_token: None,
        }
    }
}

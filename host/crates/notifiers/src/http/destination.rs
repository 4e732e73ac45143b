use std::{fmt, net::IpAddr};
use url::{Host, Url};

/// Of a URL, in bytes.
const LONGEST_URL: usize = 2048;
/// Below it only the two ports of the web: nobody's mail or database server is talked to.
const FIRST_FREE_PORT: u16 = 1024;

/// Where a request goes, taken apart by the rules that browsers use: `http://0x7f.1` is 127.0.0.1 here and at the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    pub(super) tls: bool,
    pub(super) host: Host<String>,
    pub(super) port: u16,
    /// With the query.
    pub(super) path: String,
}

/// Why a URL is not sent to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("is longer than {LONGEST_URL} bytes")]
    TooLong,
    #[error("has spaces, control characters or backslashes")]
    Ambiguous,
    #[error("is not a URL")]
    NotUrl(#[from] url::ParseError),
    #[error("must begin with https:// or http://")]
    Scheme,
    #[error("must not carry a name or a password")]
    Credentials,
    #[error("must go to port 80, 443, or one from {FIRST_FREE_PORT} on")]
    Port,
    #[error("has a host with a dot at its end")]
    TrailingDot,
    #[error("has a host that is a name of the own network")]
    LocalName,
    #[error("leads to {0}")]
    NotPublic(&'static str),
}

impl Destination {
    pub fn parse(text: &str) -> Result<Self, Unfit> {
        if text.len() > LONGEST_URL {
            return Err(Unfit::TooLong);
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
            return Err(Unfit::Ambiguous);
        }
        let url = Url::parse(text)?;
        let tls = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(Unfit::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() || has_at(text) {
            return Err(Unfit::Credentials);
        }
        let host = url.host().ok_or(url::ParseError::EmptyHost)?.to_owned();
        if matches!(&host, Host::Domain(name) if name.ends_with('.')) {
            return Err(Unfit::TrailingDot);
        }
        let port = url.port_or_known_default().ok_or(Unfit::Port)?;
        if port < FIRST_FREE_PORT && ![80, 443].contains(&port) {
            return Err(Unfit::Port);
        }
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        Ok(Self { tls, host, port, path: path.to_owned() })
    }

    /// The address, when the host is one and not a name; IPv4 as such, however it was dressed.
    pub fn literal(&self) -> Option<IpAddr> {
        match self.host {
            Host::Domain(_) => None,
            Host::Ipv4(v4) => Some(v4.into()),
            Host::Ipv6(v6) => Some(IpAddr::from(v6).to_canonical()),
        }
    }

    /// As the `host` header has it: without the scheme's own port.
    pub(super) fn authority(&self) -> String {
        if self.port == if self.tls { 443 } else { 80 } {
            self.host.to_string()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// `https://host`, as a push service wants to be addressed.
    pub(crate) fn origin(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.authority())
    }
}

/// An `@` before the path, even with nothing before it.
fn has_at(url: &str) -> bool {
    let authority = url.split_once("//").and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
    authority.is_some_and(|authority| authority.contains('@'))
}

/// Without path and query: they may be secrets.
impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin())
    }
}

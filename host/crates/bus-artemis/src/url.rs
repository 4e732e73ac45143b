//! `amqp://NAME:PASSWORD@HOST:PORT`, read once and never shown with its password.

use secrecy::{ExposeSecret, SecretString};
use std::{fmt, str::FromStr};

const PORT: u16 = 5672;
const PORT_TLS: u16 = 5671;

/// Where a broker is and who asks.
#[derive(Clone)]
pub struct BrokerUrl {
    pub(crate) tls: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// None: anonymous.
    pub(crate) login: Option<(String, SecretString)>,
}

/// What is wrong with a URL. The URL is not repeated: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("expected amqp://… or amqps://…")]
    Scheme,
    #[error("expected a host, and a port from 1 to 65535 if there is one")]
    Host,
    #[error("expected NAME:PASSWORD before the @, percent-encoded")]
    Login,
}

impl BrokerUrl {
    /// The broker of a secret setting.
    pub fn from_secret(url: &SecretString) -> Result<Self, UrlError> {
        url.expose_secret().parse()
    }
}

impl FromStr for BrokerUrl {
    type Err = UrlError;

    fn from_str(url: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = url.split_once("://").ok_or(UrlError::Scheme)?;
        let tls = match scheme {
            "amqp" => false,
            "amqps" => true,
            _ => return Err(UrlError::Scheme),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (login, place) = rest.rsplit_once('@').map_or((None, rest), |(login, place)| (Some(login), place));
        let login = login.map(read_login).transpose()?;
        let (host, port) = read_place(place).ok_or(UrlError::Host)?;
        let port = port.unwrap_or(if tls { PORT_TLS } else { PORT });
        Ok(Self { tls, host: host.into(), port, login })
    }
}

fn read_login(login: &str) -> Result<(String, SecretString), UrlError> {
    let (name, password) = login.split_once(':').ok_or(UrlError::Login)?;
    let decode = |text| decoded(text).ok_or(UrlError::Login);
    Ok((decode(name)?, decode(password)?.into()))
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`.
fn read_place(place: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match place.strip_prefix('[') {
        Some(v6) => {
            let (host, rest) = v6.split_once(']')?;
            (host, if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) })
        }
        None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
    };
    let port = port.map(|port| port.parse().ok().filter(|port| *port != 0)).map_or(Some(None), |p| p.map(Some))?;
    (!host.is_empty() && !host.contains(['/', '?', '#'])).then_some((host, port))
}

/// `%40` as `@`.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (code, after) = rest.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(str::from_utf8(code).ok()?, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

impl fmt::Display for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "amqps" } else { "amqp" };
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{scheme}://{open}{}{close}:{}", self.host, self.port)
    }
}

impl fmt::Debug for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_read_and_shown_without_its_password() {
        let url: BrokerUrl = "amqps://weft:p%40ss%3Aword@broker.example".parse().unwrap();
        let (name, password) = url.login.as_ref().unwrap();
        assert_eq!((name.as_str(), password.expose_secret()), ("weft", "p@ss:word"));
        assert_eq!(format!("{url} {url:?}"), "amqps://broker.example:5671 amqps://broker.example:5671");
        assert_eq!("amqp://[::1]:61616/".parse::<BrokerUrl>().unwrap().to_string(), "amqp://[::1]:61616");
        assert_eq!("amqp://127.0.0.1".parse::<BrokerUrl>().unwrap().port, PORT);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (url, expected) in [
            ("http://a", UrlError::Scheme),
            ("broker:5672", UrlError::Scheme),
            ("amqp://", UrlError::Host),
            ("amqp://a:0", UrlError::Host),
            ("amqp://a:99999", UrlError::Host),
            ("amqp://a/b", UrlError::Host),
            ("amqp://[::1", UrlError::Host),
            ("amqp://name@a", UrlError::Login),
            ("amqp://name:%zz@a", UrlError::Login),
            ("amqp://name:%4@a", UrlError::Login),
        ] {
            assert_eq!(url.parse::<BrokerUrl>().unwrap_err(), expected, "{url}");
        }
    }
}

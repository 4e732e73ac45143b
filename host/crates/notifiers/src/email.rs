//! E-mail through the operator's SMTP server.

use crate::{fields, mail_text::subject_and_text, smtp_fault, unsendable::unsendable};
use async_trait::async_trait;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{
        self,
        client::{Certificate, Tls, TlsParameters},
    },
};
use model::notification::Fault;
use ports::{Failure, Notifier, Parcel, Sent, TargetRefusal};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::{
    borrow::Cow,
    time::{Duration, UNIX_EPOCH},
};
use tokio::time::{Instant, timeout};

/// Of a notification's body, in bytes.
const MOST_SENT: usize = 256 * 1024;

/// Of an answer, in bytes.
const MOST_KEPT: usize = 1024;

/// Tells other machines not to answer this one (RFC 3834).
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");

/// The SMTP server that takes the mail.
#[derive(Clone, Debug)]
pub struct EmailConfig {
    /// `smtps://NAME:PASSWORD@HOST:PORT` for TLS from the start, `smtp://…?tls=required` for STARTTLS, `smtp://…` for none.
    pub url: SecretString,
    /// Whom it comes from: `Support <support@example.com>`.
    pub from: String,
    /// PEM of a certificate authority that counts besides the public ones.
    pub authority: Option<String>,
    /// All of an attempt, connecting included.
    pub answer_within: Duration,
}

/// A configuration that will not do.
#[derive(Debug, thiserror::Error)]
pub enum EmailSetupError {
    #[error("the mail server's URL is wrong")]
    Url(#[source] url::ParseError),
    #[error("the mail server cannot be used so")]
    Smtp(#[from] smtp::Error),
    #[error("the sender is not an e-mail address")]
    From(#[from] lettre::address::AddressError),
}

/// Address: `{"to": "ana@example.com"}`. See `mail_text` for what becomes subject and text.
pub struct Email {
    smtp: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    answer_within: Duration,
}

impl Email {
    pub fn new(config: &EmailConfig) -> Result<Self, EmailSetupError> {
        let url = config.url.expose_secret();
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?.timeout(Some(config.answer_within));
        if let Some(pem) = &config.authority
            && let Some(tls) = tls(url, pem)?
        {
            builder = builder.tls(tls);
        }
        Ok(Self { smtp: builder.build(), from: config.from.parse()?, answer_within: config.answer_within })
    }

    fn compose(&self, parcel: &Parcel) -> Result<Message, Unwritable> {
        if parcel.body.len() > MOST_SENT {
            return Err(Unwritable::TooBig);
        }
        let to = recipient(&parcel.address)?;
        let (subject, text) = subject_and_text(parcel);
        let at = UNIX_EPOCH + Duration::from_millis(parcel.at.as_ms().max(0).cast_unsigned());
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(if subject.is_empty() { parcel.target.clone() } else { subject })
            .date(at)
            .message_id(Some(format!("<{}@{}>", parcel.id, self.from.email.domain())))
            .raw_header(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".into()))
            .header(ContentType::TEXT_PLAIN)
            .body(text)?;
        Ok(message)
    }
}

#[async_trait]
impl Notifier for Email {
    fn channel(&self) -> &'static str {
        "email"
    }

    fn check(&self, address: &Value) -> Result<(), TargetRefusal> {
        recipient(address).map(drop)
    }

    async fn send(&self, parcel: &Parcel) -> Result<Sent, Failure> {
        let message = self.compose(parcel).map_err(|error| unsendable(&error))?;
        let begun = Instant::now();
        let sent = timeout(self.answer_within, self.smtp.send(message)).await;
        let took_ms = u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX);
        match sent {
            Ok(Ok(response)) => {
                let answer = response.message().collect::<Vec<_>>().join("\n");
                let answer = answer.into_bytes().into_iter().take(MOST_KEPT).collect();
                Ok(Sent { status: response.code().into(), took_ms, answer })
            }
            Ok(Err(error)) => Err(smtp_fault::failure(&error, took_ms)),
            Err(_) => Err(Failure {
                fault: Fault::TimedOut,
                status: 0,
                took_ms,
                retry_after_ms: None,
                answer: Vec::new(),
                message: format!("no answer within {:?}", self.answer_within),
            }),
        }
    }
}

/// Why there is no e-mail to send.
#[derive(Debug, thiserror::Error)]
enum Unwritable {
    #[error("the body is bigger than {MOST_SENT} bytes")]
    TooBig,
    #[error("the address is wrong: {0}")]
    Address(#[from] TargetRefusal),
    #[error("the e-mail cannot be written")]
    Message(#[from] lettre::error::Error),
}

fn recipient(address: &Value) -> Result<Address, TargetRefusal> {
    let to = fields::text(fields::object(address, &["to"])?, "to")?;
    to.parse().map_err(|_| TargetRefusal::new("to", "must be one e-mail address, without a name"))
}

/// As lettre reads the URL, with an authority of the operator's own. None when the URL wants no TLS.
fn tls(url: &str, authority: &str) -> Result<Option<Tls>, EmailSetupError> {
    let url = url::Url::parse(url).map_err(EmailSetupError::Url)?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let parameters =
        TlsParameters::builder(host).add_root_certificate(Certificate::from_pem(authority.as_bytes())?).build()?;
    let wanted: Option<Cow<'_, str>> = url.query_pairs().find(|(key, _)| key == "tls").map(|(_, value)| value);
    Ok(match (url.scheme(), wanted.as_deref()) {
        ("smtps", _) => Some(Tls::Wrapper(parameters)),
        (_, Some("required")) => Some(Tls::Required(parameters)),
        (_, Some("opportunistic")) => Some(Tls::Opportunistic(parameters)),
        _ => None,
    })
}

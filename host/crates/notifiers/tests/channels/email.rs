//! What a mail server gets, and what its answers mean.

use crate::{smtp::Smtp, tls::acceptor};
use base64::{Engine, prelude::BASE64_STANDARD};
use model::{Clock, notification::Fault};
use ports::{Failure, Notifier, Parcel, Sent, SystemClock};
use serde_json::json;
use std::time::Duration;
use weft_notifiers::{Email, EmailConfig, EmailSetupError};

fn config(url: &str) -> EmailConfig {
    EmailConfig {
        url: url.into(),
        from: "Support <support@shop.example>".into(),
        authority: None,
        answer_within: Duration::from_millis(800),
    }
}

fn parcel(body: &str) -> Parcel {
    Parcel {
        tenant: model::TenantId::from_bytes([0; 16]),
        id: "01KBTM3V7W7Y3J9Q0S8T5R2E1D".into(),
        target: "desk".into(),
        address: json!({ "to": "ana@example.com" }),
        secrets: Vec::new(),
        at: SystemClock.now(),
        attempt: 1,
        content_type: "text/plain".into(),
        body: body.into(),
    }
}

async fn send(answers: &'static [(&'static str, &'static str)]) -> Result<Sent, Failure> {
    let smtp = Smtp::start(answers).await;
    Email::new(&config(&format!("smtp://{}", smtp.at))).unwrap().send(&parcel("Hello\nthere")).await
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written() {
    let smtp = Smtp::start(&[]).await;
    let email = Email::new(&config(&format!("smtp://{}", smtp.at))).unwrap();
    let sent = email.send(&parcel("Ana waits\n\n.starts with a dot\nand ends")).await.unwrap();
    assert_eq!((sent.status, sent.answer.as_slice()), (250, b"taken as 4711".as_slice()));
    email.send(&parcel("Zoë wartet 😀\nGrüße")).await.unwrap();

    let mails = smtp.mails();
    assert_eq!(
        (mails[0].from.as_str(), mails[0].to.as_slice()),
        ("support@shop.example", &["ana@example.com".into()][..])
    );
    let (head, body) = mails[0].data.split_once("\r\n\r\n").unwrap();
    for line in [
        "From: Support <support@shop.example>",
        "To: ana@example.com",
        "Subject: Ana waits",
        "Message-ID: <01KBTM3V7W7Y3J9Q0S8T5R2E1D@shop.example>",
        "Auto-Submitted: auto-generated",
        "Content-Type: text/plain; charset=utf-8",
    ] {
        assert!(head.lines().any(|l| l == line), "{line} is not in\n{head}");
    }
    // A dot at a line's beginning is doubled on the way (RFC 5321, 4.5.2).
    assert_eq!(body, "..starts with a dot\r\nand ends\r\n.\r\n");

    let subject = mails[1].data.lines().find_map(|l| l.strip_prefix("Subject: ")).unwrap();
    assert_eq!(decoded(subject), "Zoë wartet 😀");
}

/// Encoded words (RFC 2047): the space between two of them is none.
fn decoded(header: &str) -> String {
    let mut text = String::new();
    let mut after_encoded = false;
    for word in header.split(' ') {
        let encoded = word.strip_prefix("=?utf-8?b?").and_then(|word| word.strip_suffix("?="));
        if !(text.is_empty() || after_encoded && encoded.is_some()) {
            text.push(' ');
        }
        match encoded {
            Some(encoded) => text += std::str::from_utf8(&BASE64_STANDARD.decode(encoded).unwrap()).unwrap(),
            None => text += word,
        }
        after_encoded = encoded.is_some();
    }
    text
}

#[tokio::test]
async fn what_an_answer_means() {
    for (answers, fault, status) in [
        (&[("RCPT", "550 no such mailbox")][..], Fault::Refused, 550),
        (&[("RCPT", "450 greylisted")], Fault::Throttled, 450),
        (&[("MAIL", "421 too many")], Fault::Throttled, 421),
        (&[("MAIL", "530 log in first")], Fault::Failed, 530),
        (&[(".", "552 too big")], Fault::Refused, 552),
        (&[(".", "")], Fault::TimedOut, 0),
        (&[("greeting", "")], Fault::TimedOut, 0),
        (&[("greeting", "554 not you")], Fault::Refused, 554),
    ] {
        let failure = send(answers).await.unwrap_err();
        assert_eq!((failure.fault, failure.status), (fault, status), "{answers:?}: {failure}");
    }
    assert_eq!(send(&[("RCPT", "550 no such mailbox")]).await.unwrap_err().answer, b"no such mailbox");

    let nobody = Email::new(&config("smtp://127.0.0.1:9")).unwrap();
    assert_eq!(nobody.send(&parcel("x")).await.unwrap_err().fault, Fault::Unreachable);
}

#[tokio::test]
async fn tls_is_for_the_servers_name() {
    let (acceptor, authority) = acceptor("localhost");
    let smtp = Smtp::start_tls(acceptor).await;
    let at = |host| format!("smtps://{host}:{}", smtp.at.port());
    let known = EmailConfig { authority: Some(authority), ..config(&at("localhost")) };
    assert_eq!(Email::new(&known).unwrap().send(&parcel("x")).await.unwrap().status, 250);

    for config in [config(&at("localhost")), EmailConfig { url: at("127.0.0.1").into(), ..known }] {
        let failure = Email::new(&config).unwrap().send(&parcel("x")).await.unwrap_err();
        assert_eq!(failure.fault, Fault::Unreachable, "{config:?}");
    }
    assert_eq!(smtp.mails().len(), 1);
}

#[tokio::test]
async fn an_address_is_one_mailbox() {
    let email = Email::new(&config("smtp://127.0.0.1:9")).unwrap();
    email.check(&json!({ "to": "ana.b+desk@mail.example.com" })).unwrap();
    for (address, field) in [
        (json!({}), "to"),
        (json!({ "to": "" }), "to"),
        (json!({ "to": "ana" }), "to"),
        (json!({ "to": "ana@example.com, eve@example.com" }), "to"),
        (json!({ "to": "Ana <ana@example.com>" }), "to"),
        (json!({ "to": "ana@example.com\r\nBcc: eve@example.com" }), "to"),
        (json!({ "to": "ana@example.com", "cc": "eve@example.com" }), "cc"),
    ] {
        assert_eq!(email.check(&address).unwrap_err().field, field, "{address}");
    }
}

#[tokio::test]
async fn a_wrong_configuration_is_told_at_the_start() {
    let from = EmailConfig { from: "Support".into(), ..config("smtp://127.0.0.1:9") };
    assert!(matches!(Email::new(&from), Err(EmailSetupError::From(_))));
    assert!(matches!(Email::new(&config("http://127.0.0.1")), Err(EmailSetupError::Smtp(_))));
}

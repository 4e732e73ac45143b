//! What a receiver gets, and what its answers mean.

use crate::{
    names::Names,
    receiver::{Receiver, Reply},
};
use model::{Clock, notification::Fault};
use ports::{Failure, Notifier, Parcel, Sent, SystemClock};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use weft_notifiers::{
    Webhook,
    http::{Http, HttpConfig, Resolver},
};

/// One that may reach this machine.
pub fn webhook(allow: &[&str], resolver: Arc<dyn Resolver>) -> Webhook {
    let config = HttpConfig {
        allow: allow.iter().map(ToString::to_string).collect(),
        connect_within: Duration::from_millis(500),
        answer_within: Duration::from_millis(800),
        ..HttpConfig::default()
    };
    Webhook::new(Arc::new(Http::new(&config, resolver).unwrap()))
}

pub fn parcel(url: &str) -> Parcel {
    Parcel {
        tenant: model::TenantId::from_bytes([0; 16]),
        id: "01KBTM3V7W7Y3J9Q0S8T5R2E1D".into(),
        target: "crm".into(),
        address: json!({ "url": url }),
        secrets: vec!["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into()],
        at: SystemClock.now(),
        attempt: 1,
        content_type: "application/json".into(),
        body: r#"{"kind":"conversation.closed","name":"Zoë 😀"}"#.into(),
    }
}

async fn answered(status: &str, headers: &str) -> (Result<Sent, Failure>, Receiver) {
    let reply = Reply::answer(status, headers, "why");
    let receiver = Receiver::start(move |_| reply.clone()).await;
    let sent = webhook(&["127.0.0.0/8"], Names::answering(&[])).send(&parcel(&receiver.url())).await;
    (sent, receiver)
}

#[tokio::test]
async fn the_receivers_own_library_verifies_what_is_sent() {
    let receiver = Receiver::start(|_| Reply::ok()).await;
    let hook = webhook(&["127.0.0.0/8"], Names::answering(&[]));
    let (new, old) = (hook.new_secret().unwrap(), hook.new_secret().unwrap());
    let parcel = Parcel { secrets: vec![new.clone(), old.clone()], ..parcel(&receiver.url()) };

    let sent = hook.send(&parcel).await.unwrap();

    assert_eq!((sent.status, sent.answer.as_slice()), (200, b"taken".as_slice()));
    let got = &receiver.got()[0];
    assert_eq!(got.line, "POST /hook?t=1 HTTP/1.1");
    assert_eq!(got.header("host"), receiver.at.to_string());
    assert_eq!(got.header("content-type"), "application/json");
    assert_eq!(got.header("webhook-id"), parcel.id);
    assert_eq!(got.body, parcel.body.as_bytes());
    let verifies = |secret: &SecretString| {
        standardwebhooks::Webhook::new(secret.expose_secret()).unwrap().verify(&got.body, &got.headers).is_ok()
    };
    assert!(verifies(&new), "who has the new secret");
    assert!(verifies(&old), "who still has the old one");
    assert!(!verifies(&hook.new_secret().unwrap()), "nobody else");
}

#[tokio::test]
async fn without_a_good_secret_nothing_is_sent() {
    let receiver = Receiver::start(|_| Reply::ok()).await;
    let hook = webhook(&["127.0.0.0/8"], Names::answering(&[]));
    for secrets in [vec![], vec!["plain".into()], vec!["whsec_%%%".into()]] {
        let failure = hook.send(&Parcel { secrets, ..parcel(&receiver.url()) }).await.unwrap_err();
        assert_eq!(failure.fault, Fault::Refused);
        assert!(failure.message.contains("secret"), "{failure}");
    }
    assert!(receiver.got().is_empty());
}

#[tokio::test]
async fn what_a_status_means() {
    for (status, headers, fault, retry_after_ms) in [
        ("500 No", "", Fault::Failed, None),
        ("503 No", "", Fault::Failed, None),
        ("503 No", "retry-after: 7\r\n", Fault::Throttled, Some(7000)),
        ("429 No", "retry-after: 120\r\n", Fault::Throttled, Some(120_000)),
        ("429 No", "", Fault::Throttled, None),
        ("408 No", "", Fault::TimedOut, None),
        ("400 No", "", Fault::Refused, None),
        ("410 No", "", Fault::Refused, None),
        ("304 No", "", Fault::Refused, None),
    ] {
        let (sent, _) = answered(status, headers).await;
        let failure = sent.unwrap_err();
        assert_eq!((failure.fault, failure.retry_after_ms), (fault, retry_after_ms), "{status} {headers}");
        assert_eq!(failure.status.to_string(), status[..3]);
        // A 304 has no body, whatever its head says.
        assert!(failure.answer == b"why" || failure.status == 304, "{status}");
    }
    for status in ["200 Yes", "201 Yes", "202 Yes"] {
        assert!(answered(status, "").await.0.is_ok(), "{status}");
    }
}

#[tokio::test]
async fn connections_are_used_again_and_replaced_when_closed() {
    let receiver = Receiver::start(|number| {
        if number == 2 { Reply::Last("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".into()) } else { Reply::ok() }
    })
    .await;
    let hook = webhook(&["127.0.0.0/8"], Names::answering(&[]));
    for _ in 0..5 {
        hook.send(&parcel(&receiver.url())).await.unwrap();
    }
    assert_eq!(receiver.connections(), 2);
    assert_eq!(receiver.got().len(), 5);
}

#[tokio::test]
async fn a_bad_address_names_its_field() {
    let hook = webhook(&[], Names::answering(&[]));
    for (address, field) in [
        (json!("https://example.com"), ""),
        (json!({}), "url"),
        (json!({ "url": 7 }), "url"),
        (json!({ "url": "ftp://example.com" }), "url"),
        (json!({ "url": "https://example.com", "headers": {} }), "headers"),
    ] {
        assert_eq!(hook.check(&address).unwrap_err().field, field, "{address}");
    }
    hook.check(&json!({ "url": "https://example.com:8443/hook?token=1" })).unwrap();
}

#[test]
fn a_parcel_prints_nothing_confidential() {
    let printed = format!("{:?}", parcel("https://example.com/secret-path"));
    for confidential in ["whsec", "MfKQ", "secret-path", "Zoë"] {
        assert!(!printed.contains(confidential), "{printed}");
    }
}

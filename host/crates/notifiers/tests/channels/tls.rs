//! Certificates count, and they count for the name that the tenant gave.

use crate::{
    names::Names,
    receiver::{Receiver, Reply},
    webhook::parcel,
};
use model::notification::Fault;
use ports::{Failure, Notifier, Sent};
use rustls::pki_types::PrivateKeyDer;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use weft_notifiers::{
    Webhook,
    http::{Http, HttpConfig},
};

/// Shows a certificate for one name, which is returned as PEM.
pub fn acceptor(name: &str) -> (TlsAcceptor, String) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), made.cert.pem())
}

/// A receiver with a certificate for one name; its port, and the certificate as PEM.
async fn receiver(name: &str) -> (u16, String) {
    let (acceptor, pem) = acceptor(name);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let inner = Receiver::start(|_| Reply::ok()).await;
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(tcp).await {
                inner.serve(&mut stream, &|_| Reply::ok()).await;
            }
        }
    });
    (port, pem)
}

async fn send(authorities: Option<String>, host: &str, port: u16) -> Result<Sent, Failure> {
    let config = HttpConfig { allow: vec!["127.0.0.1".into()], authorities, ..HttpConfig::default() };
    let http = Http::new(&config, Names::answering(&[&["127.0.0.1"]])).unwrap();
    Webhook::new(Arc::new(http)).send(&parcel(&format!("https://{host}:{port}/"))).await
}

#[tokio::test]
async fn a_certificate_is_for_its_name_and_from_somebody_known() {
    let (port, pem) = receiver("shop.example").await;
    assert_eq!(send(Some(pem.clone()), "shop.example", port).await.unwrap().status, 200);

    let other_name = send(Some(pem), "other.example", port).await.unwrap_err();
    assert_eq!(other_name.fault, Fault::Unreachable);
    assert!(other_name.message.contains("certificate"), "{other_name}");

    let not_known = send(None, "shop.example", port).await.unwrap_err();
    assert_eq!(not_known.fault, Fault::Unreachable);
}

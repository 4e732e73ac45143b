//! `amqps`, to a broker behind a gateway that ends TLS.

use crate::kit::{config, node, shared, start};
use ports::{Address, Bus, SystemClock};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::{path::Path, sync::Arc, time::Duration};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;
use weft_bus_artemis::Artemis;
use weft_services::certificate;

/// Ends TLS for the broker at `to`. Its port.
async fn gateway(folder: &Path, to: String) -> u16 {
    let certificate = CertificateDer::from_pem_file(folder.join("cert.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, to) = (acceptor.clone(), to.clone());
            tokio::spawn(async move {
                let Ok(mut inside) = acceptor.accept(stream).await else { return };
                let mut outside = TcpStream::connect(to).await.unwrap();
                let _ = copy_bidirectional(&mut inside, &mut outside).await;
            });
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_go_over_tls_to_a_broker_that_is_trusted() {
    let (broker, _turn) = shared().await;
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path()).unwrap();
    let place = broker.url().rsplit('@').next().unwrap().to_owned();
    let url = format!("amqps://weft:weft@localhost:{}", gateway(folder.path(), place).await);

    let mut trusted = config(&[&url], 1);
    trusted.authorities = Some(folder.path().join("cert.pem"));
    let artemis = start(trusted).await;
    let mut messages = artemis.subscribe(Address::Node(node(1))).await.unwrap();
    artemis.publish(Address::Node(node(1)), "secret".into()).await.unwrap();
    assert_eq!(messages.recv().await.unwrap().body, "secret");
    artemis.close().await;

    // The public authorities do not know it.
    let mut stranger = config(&[&url], 1);
    stranger.publish_within = Duration::from_millis(500);
    stranger.answer_within = Duration::from_millis(500);
    let artemis = Artemis::start(stranger, Arc::new(SystemClock));
    assert!(artemis.subscribe(Address::Cluster).await.is_err());
    assert!(!artemis.connected());
    artemis.close().await;
}

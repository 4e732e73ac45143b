//! TLS to the store, on a server that takes nothing else.
#![allow(clippy::unwrap_used, reason = "a test")]

use ports::{SystemClock, store::Conversations};
use std::sync::Arc;
use weft_services::{Server, certificate};
use weft_store_sql::{SqlStore, StoreConfig, StoreOpenError};

async fn open(url: String) -> Result<SqlStore, StoreOpenError> {
    SqlStore::open(&StoreConfig { url, connections: 2 }, Arc::new(SystemClock)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_trusted_by_its_authority_and_no_other_way() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path()).unwrap();
    let [pem, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
    let authority = pem.display().to_string();
    let server = tokio::task::spawn_blocking(move || Server::mariadb_over_tls(pem, key)).await.unwrap().unwrap();
    let url = server.url().replace("127.0.0.1", "localhost");

    let store = open(format!("{url}?ssl-mode=VERIFY_IDENTITY&ssl-ca={authority}")).await.unwrap();
    assert!(store.info().await.unwrap().epoch > 0);
    let stranger = open(format!("{url}?ssl-mode=VERIFY_IDENTITY")).await;
    assert!(matches!(stranger, Err(StoreOpenError::Open(_))), "an unknown authority");
    let in_the_clear = open(format!("{url}?ssl-mode=DISABLED")).await;
    assert!(matches!(in_the_clear, Err(StoreOpenError::Open(_))), "a connection without TLS");
}

//! `rediss`, to a server that speaks nothing else.

use crate::kit::{TENANT, at, config, node, open, until, visitor};
use ports::Directory;
use std::{
    collections::BTreeSet,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};
use weft_presence_redis::{OpenError, RedisDirectory};
use weft_services::certificate;

/// Killed when it is dropped.
struct Redis(Child);

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn start(folder: &Path) -> (Redis, u16) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let child = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--save", "", "--port", "0", "--tls-auth-clients", "no"])
        .args(["--tls-cert-file", "cert.pem", "--tls-key-file", "key.pem", "--tls-ca-cert-file", "cert.pem"])
        .args(["--tls-port", &port.to_string()])
        .current_dir(folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let redis = Redis(child);
    until("it listens", async || TcpStream::connect(("127.0.0.1", port)).is_ok()).await;
    (redis, port)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_trusted_by_its_authority_and_no_other_way() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path()).unwrap();
    let (_redis, port) = start(folder.path()).await;
    let url = format!("rediss://localhost:{port}");

    let mut trusting = config(std::slice::from_ref(&url));
    trusting.authorities = Some(folder.path().join("cert.pem"));
    let directory = open(trusting.clone()).await;
    directory.connect(TENANT, visitor(1), at(1, 1)).await.unwrap();
    assert_eq!(directory.nodes_of(TENANT, &[visitor(1)]).await.unwrap(), BTreeSet::from([node(1)]));

    // The public authorities do not know it.
    let stranger = RedisDirectory::open(config(&[url])).unwrap();
    // waits: the other was connected sooner, and nothing tells that one is not
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(stranger.nodes_of(TENANT, &[visitor(1)]).await.is_err());
    assert!(!stranger.figures().connected);

    trusting.authorities = Some(folder.path().join("nowhere.pem"));
    assert!(matches!(RedisDirectory::open(trusting), Err(OpenError::Authorities(_))));
}

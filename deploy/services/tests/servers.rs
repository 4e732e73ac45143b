//! Each kind of server is started for real, and lives and dies as it is told.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};
use weft_services::{NodeAddress, RedisCluster, Server, ServiceError};

const ANSWER_TIME_MAX: Duration = Duration::from_secs(1);

/// What the server at this port says to `request` within a second, all told.
fn exchange(port: u16, request: &[u8]) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(ANSWER_TIME_MAX))?;
    stream.write_all(request)?;
    let mut answer = vec![0; 4096];
    let read = stream.read(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer[..read]).into_owned())
}

fn killed_and_started_again(mut server: Server) {
    let (url, pid, folder) = (server.url().to_owned(), server.pid(), server.folder().to_owned());
    server.kill();
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, server.port(0))).is_err(), "killed is gone");
    server.start().unwrap();
    assert_eq!(server.url(), url);
    assert_ne!(server.pid(), pid);
    server.stop();
    server.start().unwrap();
    drop(server);
    assert!(!folder.exists(), "nothing is left of a server");
}

#[test]
fn artemis() {
    killed_and_started_again(Server::artemis().unwrap());
}

#[test]
fn mariadb() {
    killed_and_started_again(Server::mariadb().unwrap());
}

#[test]
fn mysql_where_there_is_one() {
    match Server::mysql() {
        Ok(server) => killed_and_started_again(server),
        Err(ServiceError::Missing { install, .. }) => assert!(install.contains("MYSQLD"), "{install}"),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn elasticsearch() {
    killed_and_started_again(Server::elasticsearch().unwrap());
}

#[test]
fn redis_frozen_keeps_still_and_killed_forgets() {
    let mut server = Server::redis().unwrap();
    assert_eq!(exchange(server.port(0), b"SET a 1\r\n").unwrap(), "+OK\r\n");
    server.freeze();
    assert!(exchange(server.port(0), b"GET a\r\n").is_err(), "it accepts and says nothing");
    server.thaw();
    assert_eq!(exchange(server.port(0), b"GET a\r\n").unwrap(), "$1\r\n1\r\n");
    server.freeze();
    server.kill();
    server.start().unwrap();
    assert_eq!(exchange(server.port(0), b"GET a\r\n").unwrap(), "$-1\r\n");
    killed_and_started_again(server);
}

#[test]
fn a_redis_cluster_is_whole_again_after_one_master_was_killed() {
    let mut cluster = RedisCluster::start().unwrap();
    assert_eq!(cluster.urls().len(), 3);
    let port = cluster.node(0).port(0);
    let slots = exchange(port, b"CLUSTER INFO\r\n").unwrap();
    assert!(slots.contains("cluster_slots_assigned:16384"), "{slots}");
    cluster.node(1).kill();
    cluster.node(1).start().unwrap();
    cluster.await_whole().unwrap();
}

#[test]
fn nginx_tries_the_next_node_and_names_none_when_all_are_away() {
    let nodes = [Server::toxiproxy().unwrap(), Server::toxiproxy().unwrap()];
    let addresses = nodes.each_ref().map(|node| {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, node.port(0)));
        NodeAddress { rest: address, socket: address }
    });
    let front = Server::nginx(&addresses).unwrap();
    let get = b"GET /version HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let [mut first, second] = nodes;
    first.kill();
    for _ in 0..4 {
        let answer = exchange(front.port(0), get).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    drop(second);
    assert!(exchange(front.port(0), get).unwrap().starts_with("HTTP/1.1 502"));
    assert!(exchange(front.port(1), get).unwrap().starts_with("HTTP/1.1 404"), "the socket's port has the socket only");
    killed_and_started_again(front);
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let mut server = Server::redis().unwrap();
    server.kill();
    let squatter = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, server.port(0))).unwrap();
    let error = server.start().unwrap_err().to_string();
    assert!(error.contains("it ended") && error.contains("Address already in use"), "{error}");
    drop(squatter);
    server.start().unwrap();
}

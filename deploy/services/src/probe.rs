//! Asking whether a server answers: one short exchange on a connection of its own.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

/// A server that is up answers a probe on loopback well within this.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(2);
/// Beginnings of answers are all that is looked at.
const ANSWER_BYTES_MAX: usize = 4096;

/// The beginning of what the server at `port` says to `request`; nothing when it does not answer. `enough` ends the reading.
pub(crate) fn ask(port: u16, request: &[u8], enough: impl Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, ANSWER_TIME_MAX).ok()?;
    stream.set_read_timeout(Some(ANSWER_TIME_MAX)).ok()?;
    stream.set_write_timeout(Some(ANSWER_TIME_MAX)).ok()?;
    stream.write_all(request).ok()?;
    let mut answer = Vec::new();
    let mut part = [0; 1024];
    while answer.len() < ANSWER_BYTES_MAX && !enough(&answer) {
        match stream.read(&mut part) {
            Ok(read) if read > 0 => answer.extend_from_slice(&part[..read]),
            _ => break,
        }
    }
    enough(&answer).then_some(answer)
}

/// Whether `GET path` is answered with 200.
pub(crate) fn http_ok(port: u16, path: &str) -> bool {
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    let status = ask(port, request.as_bytes(), |answer| answer.len() >= 12);
    status.is_some_and(|answer| answer.starts_with(b"HTTP/1.1 200"))
}

/// Whether somebody accepts connections.
pub(crate) fn accepts(port: u16) -> bool {
    TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), ANSWER_TIME_MAX).is_ok()
}

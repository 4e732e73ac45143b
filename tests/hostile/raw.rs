//! Bytes on a TCP connection, for what no client library would send.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A socket behind its upgrade, before any hello.
pub async fn upgraded(origin: &str) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(authority(origin)).await?;
    let request = format!(
        "GET /v1/socket HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: weft.v1\r\n\r\n",
        authority(origin)
    );
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    Ok(stream)
}

/// `HOST:PORT` of an origin.
pub fn authority(origin: &str) -> String {
    origin.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The close code that the node sends next, skipping its text frames; `None` when the connection ends without one.
pub async fn close_code(stream: &mut TcpStream) -> Option<u16> {
    loop {
        let opcode = stream.read_u8().await.ok()? & 0x0f;
        let length = match stream.read_u8().await.ok()? {
            126 => usize::from(stream.read_u16().await.ok()?),
            127 => usize::try_from(stream.read_u64().await.ok()?).ok()?,
            short => usize::from(short),
        };
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload).await.ok()?;
        if opcode == 8 {
            return Some(u16::from_be_bytes([*payload.first()?, *payload.get(1)?]));
        }
    }
}

/// A masked frame (with a mask of zeros) of any opcode and payload up to 64 KiB.
pub fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        short @ 0..126 => frame.push(0x80 | short as u8),
        long => {
            frame.push(0x80 | 127);
            frame.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

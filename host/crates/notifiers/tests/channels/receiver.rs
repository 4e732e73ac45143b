//! HTTP receivers that do what a script says, byte by byte.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// What a receiver does with a request.
#[derive(Clone)]
pub enum Reply {
    /// These bytes; then the connection stays for the next request.
    Bytes(String),
    /// These bytes, and the connection is closed.
    Last(String),
    /// Reads the request and says nothing.
    Silent,
    /// Reads the request and resets the connection.
    Reset,
    /// A head of success, then a body without end.
    Endless,
}

impl Reply {
    /// An answer with a status line, headers (each with its line end) and a body.
    pub fn answer(status: &str, headers: &str, body: &str) -> Self {
        Self::Bytes(format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()))
    }
    pub fn ok() -> Self {
        Self::answer("200 OK", "", "taken")
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Got {
    pub line: String,
    pub headers: http::HeaderMap,
    pub body: Vec<u8>,
}

impl Got {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

#[derive(Clone)]
pub struct Receiver {
    pub at: SocketAddr,
    got: Arc<Mutex<Vec<Got>>>,
    connections: Arc<AtomicUsize>,
    written: Arc<AtomicUsize>,
}

impl Receiver {
    /// On a free port of 127.0.0.1; the script is asked with the number of the request, from 0.
    pub async fn start(script: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::bind("127.0.0.1:0", script).await
    }

    pub async fn bind(at: &str, script: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(at).await.unwrap();
        let receiver = Self {
            at: listener.local_addr().unwrap(),
            got: Arc::default(),
            connections: Arc::default(),
            written: Arc::default(),
        };
        let (serving, script) = (receiver.clone(), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (serving, script) = (serving.clone(), Arc::clone(&script));
                serving.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move { serving.plain(tcp, &*script).await });
            }
        });
        receiver
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook?t=1", self.at)
    }
    pub fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
    /// Bytes that an endless body had when the other side left.
    pub fn written(&self) -> usize {
        self.written.load(Ordering::SeqCst)
    }

    async fn plain(&self, tcp: TcpStream, script: &(dyn Fn(usize) -> Reply + Send + Sync)) {
        let mut io = BufReader::new(tcp);
        if let Some(Reply::Reset) = self.serve(&mut io, script).await {
            io.get_ref().set_zero_linger().unwrap();
        }
    }

    /// Until the connection ends, or a reply says so.
    pub async fn serve<Io>(&self, io: &mut Io, script: &(dyn Fn(usize) -> Reply + Send + Sync)) -> Option<Reply>
    where
        Io: AsyncRead + AsyncWrite + Unpin,
    {
        while let Some(got) = read(io).await {
            let number = {
                let mut all = self.got.lock().unwrap();
                all.push(got);
                all.len() - 1
            };
            match script(number) {
                Reply::Bytes(bytes) => io.write_all(bytes.as_bytes()).await.ok()?,
                Reply::Last(bytes) => {
                    io.write_all(bytes.as_bytes()).await.ok()?;
                    io.shutdown().await.ok()?;
                    return None;
                }
                Reply::Silent => std::future::pending().await,
                Reply::Reset => return Some(Reply::Reset),
                Reply::Endless => {
                    io.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
                    while io.write_all(&[b'x'; 4096]).await.is_ok() {
                        self.written.fetch_add(4096, Ordering::SeqCst);
                    }
                    return None;
                }
            }
        }
        None
    }
}

async fn read<Io: AsyncRead + Unpin>(io: &mut Io) -> Option<Got> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(io.read_u8().await.ok()?);
    }
    let text = String::from_utf8(head).unwrap();
    let (line, rest) = text.split_once("\r\n").unwrap();
    let mut headers = http::HeaderMap::new();
    for (name, value) in rest.lines().filter_map(|line| line.split_once(": ")) {
        headers.insert(name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap());
    }
    let length = headers.get("content-length").map_or(0, |length| length.to_str().unwrap().parse().unwrap());
    let mut body = vec![0; length];
    io.read_exact(&mut body).await.ok()?;
    Some(Got { line: line.to_owned(), headers, body })
}

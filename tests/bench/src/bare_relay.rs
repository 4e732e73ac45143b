//! The control: axum's WebSockets and a channel between two of them, nothing else. Runs as a process of its own.

use axum::{
    Router,
    extract::{
        Path, State, WebSocketUpgrade,
        ws::{Message, Utf8Bytes, WebSocket},
    },
    response::Response,
    routing::get,
};
use std::{
    collections::HashMap,
    process::Stdio,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    sync::mpsc,
};

pub const NAME: &str = "bare-relay";
const BUFFER_BYTES: usize = 4 * 1024;

type Desks = Arc<Mutex<HashMap<usize, mpsc::UnboundedSender<Utf8Bytes>>>>;

/// The relay's process and where it listens.
pub struct BareRelay {
    pub child: Child,
    pub origin: String,
}

impl BareRelay {
    pub async fn start() -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut child = command.arg(NAME).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let line = BufReader::new(child.stdout.take().unwrap()).lines().next_line().await.unwrap();
        Self { child, origin: line.unwrap() }
    }
    pub fn process(&self) -> i32 {
        self.child.id().unwrap() as i32
    }
}

/// Prints its origin and relays until it is killed. `/desk/N` receives what `/visitor/N` sends.
pub async fn serve() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("ws://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/{side}/{number}", get(upgrade)).with_state(Desks::default());
    axum::serve(listener, router).await.unwrap();
}

async fn upgrade(
    State(desks): State<Desks>,
    Path((side, number)): Path<(String, usize)>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let upgrade = upgrade.read_buffer_size(BUFFER_BYTES).write_buffer_size(BUFFER_BYTES);
    upgrade.protocols(["weft.v1"]).on_upgrade(async move |socket| {
        if side == "desk" { desk(socket, &desks, number).await } else { visitor(socket, &desks, number).await }
    })
}

async fn desk(mut socket: WebSocket, desks: &Desks, number: usize) {
    let (sender, mut texts) = mpsc::unbounded_channel();
    desks.lock().unwrap().insert(number, sender);
    // As a session's welcome: the client knows that it is connected.
    let _ = socket.send(Message::Text("{\"type\":\"welcome\"}".into())).await;
    loop {
        let text = tokio::select! {
            text = texts.recv() => text,
            message = socket.recv() => match message { Some(Ok(_)) => continue, _ => return },
        };
        let Some(text) = text else { return };
        if socket.send(Message::Text(text)).await.is_err() {
            return;
        }
    }
}

async fn visitor(mut socket: WebSocket, desks: &Desks, number: usize) {
    let _ = socket.send(Message::Text("{\"type\":\"welcome\"}".into())).await;
    while let Some(Ok(message)) = socket.recv().await {
        let Message::Text(text) = message else { continue };
        let desk = desks.lock().unwrap().get(&number).cloned();
        if let Some(desk) = desk {
            let _ = desk.send(text);
        }
    }
}

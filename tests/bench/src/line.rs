//! A bare client: a WebSocket without any bookkeeping, so that the load costs little beside what is measured.

use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{ClientRequestBuilder, Message},
};

pub type Sender = SplitSink<WebSocketStream<MaybeTlsStream<TcpStream>>, Message>;
pub type Receiver = SplitStream<WebSocketStream<MaybeTlsStream<TcpStream>>>;

pub async fn connect(url: &str) -> (Sender, Receiver) {
    let request = ClientRequestBuilder::new(url.parse().unwrap()).with_sub_protocol("weft.v1");
    connect_async(request).await.unwrap_or_else(|e| panic!("{url}: {e}")).0.split()
}

/// A session of a node, behind its welcome.
pub async fn session(origin: &str, token: &str) -> (Sender, Receiver) {
    let (sender, receiver, _) = resume(origin, token, &json!([])).await;
    (sender, receiver)
}

/// A session that says what it has, behind its welcome, which comes along.
pub async fn resume(origin: &str, token: &str, points: &Value) -> (Sender, Receiver, String) {
    let (mut sender, mut receiver) = connect(&format!("{origin}/v1/socket")).await;
    let hello = json!({"type": "hello", "id": weft_tests::id(), "token": token, "resume": points,
        "client": {"name": "weft-bench", "version": "1"}});
    sender.send(Message::text(hello.to_string())).await.unwrap();
    let welcome = until(&mut receiver, "\"welcome\"").await;
    (sender, receiver, welcome)
}

/// The next text frame that holds `part`.
pub async fn until(receiver: &mut Receiver, part: &str) -> String {
    loop {
        match receiver.next().await {
            Some(Ok(Message::Text(text))) if text.contains(part) => return text.to_string(),
            Some(Ok(Message::Text(text))) if text.contains("\"type\":\"error\"") => panic!("refused: {text}"),
            Some(Ok(Message::Close(close))) => panic!("closed: {close:?}"),
            Some(Ok(_)) => {}
            other => panic!("the socket ended: {other:?}"),
        }
    }
}

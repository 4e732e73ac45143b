use super::{PATIENCE, id};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};

/// A client's socket.
pub struct Socket {
    pub stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// All that came.
    pub seen: Vec<Value>,
}

impl Socket {
    pub async fn send(&mut self, frame: &Value) {
        self.stream.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// Sends a command; its receipt or error.
    pub async fn command(&mut self, mut frame: Value) -> Value {
        if frame.get("id").is_none() {
            frame["id"] = id().into();
        }
        self.send(&frame).await;
        let id = frame["id"].clone();
        self.find(|f| (f["type"] == "receipt" || f["type"] == "error") && f["id"] == id).await
    }

    pub async fn until(&mut self, kind: &str) -> Value {
        self.find(|f| f["type"] == kind).await
    }

    /// A frame that fits, whether it came already (an entry may come before the receipt of its command) or is to come.
    pub async fn sees(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        match self.seen.iter().find(|frame| fits(frame)) {
            Some(frame) => frame.clone(),
            None => self.find(fits).await,
        }
    }

    /// The next frame that fits.
    pub async fn find(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        let looking = async {
            loop {
                let frame =
                    self.next().await.unwrap_or_else(|close| panic!("closed: {close:?}; seen {:#?}", self.seen));
                if fits(&frame) {
                    return frame;
                }
            }
        };
        tokio::time::timeout(PATIENCE, looking).await.expect("the frame did not come")
    }

    /// The next frame, or the close code.
    pub async fn next(&mut self) -> Result<Value, Option<u16>> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    let frame: Value = serde_json::from_str(text.as_str()).unwrap();
                    self.seen.push(frame.clone());
                    return Ok(frame);
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|f| f.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// Reads to the end; the close code.
    pub async fn closed(&mut self) -> Option<u16> {
        let reading = async {
            loop {
                if let Err(code) = self.next().await {
                    return code;
                }
            }
        };
        tokio::time::timeout(PATIENCE, reading).await.expect("the socket did not close")
    }
}

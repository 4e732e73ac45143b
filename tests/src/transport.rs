//! The two ways in which a session's frames travel.

use crate::{Inbox, Rest};
use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{ClientRequestBuilder, Message, http::Uri},
};

#[derive(Debug)]
pub(crate) enum Outgoing {
    Text(String),
    Binary(Vec<u8>),
    Close,
}

/// A WebSocket. A task moves frames until either side ends.
pub(crate) async fn socket(
    origin: &str,
    hello: &Value,
    inbox: Arc<Inbox>,
) -> Result<UnboundedSender<Outgoing>, String> {
    let uri: Uri = format!("{origin}/v1/socket").parse().map_err(|e| format!("{origin}: {e}"))?;
    let request = ClientRequestBuilder::new(uri).with_sub_protocol("weft.v1");
    let (mut socket, _) = connect_async(request).await.map_err(|e| e.to_string())?;
    socket.send(Message::text(hello.to_string())).await.map_err(|e| e.to_string())?;
    let (sender, mut outgoing) = unbounded_channel();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                message = socket.next() => match message {
                    Some(Ok(Message::Text(text))) => inbox.put(json_of(&text)),
                    Some(Ok(Message::Close(close))) => {
                        let (code, reason) = close.map_or((1005, String::new()), |c| (c.code.into(), c.reason.to_string()));
                        inbox.close(code, &reason);
                    }
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return inbox.close(0, &error.to_string()),
                    None => return inbox.close(0, "end of stream"),
                },
                next = outgoing.recv() => {
                    let message = match next {
                        Some(Outgoing::Text(text)) => Message::text(text),
                        Some(Outgoing::Binary(bytes)) => Message::binary(bytes),
                        Some(Outgoing::Close) => Message::Close(None),
                        None => return,
                    };
                    if let Err(error) = socket.send(message).await {
                        // What the node said before it closed is still there to be read.
                        while let Some(Ok(message)) = socket.next().await {
                            match message {
                                Message::Text(text) => inbox.put(json_of(&text)),
                                Message::Close(Some(c)) => inbox.close(c.code.into(), &c.reason),
                                _ => {}
                            }
                        }
                        return inbox.close(0, &error.to_string());
                    }
                }
            }
        }
    });
    Ok(sender)
}

/// A REST session: one task polls, one posts.
pub(crate) async fn poll(rest: &Rest, hello: &Value, inbox: Arc<Inbox>) -> Result<UnboundedSender<Outgoing>, String> {
    let opened = rest.attempt(Method::POST, "/v1/sessions", Some(hello), &[]).await.map_err(|e| e.to_string())?;
    if !opened.status.is_success() {
        return Err(format!("{}: {}", opened.status, opened.body));
    }
    let mut welcome = opened.body;
    let path = format!("/v1/sessions/{}", welcome["session"].as_str().ok_or("a welcome without a session")?);
    welcome["type"] = "welcome".into();
    let cursor = welcome["cursor"].as_str().ok_or("a welcome without a cursor")?.to_owned();
    inbox.put(welcome);
    let (sender, outgoing) = unbounded_channel();
    let poller = tokio::spawn(read(rest.clone(), path.clone(), cursor, inbox.clone()));
    let rest = rest.clone();
    tokio::spawn(async move {
        write(&rest, &path, outgoing, &inbox).await;
        poller.abort();
        inbox.close(1000, "done");
    });
    Ok(sender)
}

async fn read(rest: Rest, path: String, mut cursor: String, inbox: Arc<Inbox>) {
    loop {
        let url = format!("{path}/events?after={cursor}&wait=10");
        let reply = match rest.attempt(Method::GET, &url, None, &[]).await {
            Ok(reply) if reply.status.is_success() => reply,
            Ok(reply) => return inbox.close(reply.status.as_u16(), reply.problem()),
            Err(error) => return inbox.close(0, &error.to_string()),
        };
        reply.body["next"].as_str().unwrap_or_default().clone_into(&mut cursor);
        for event in reply.body["items"].as_array().into_iter().flatten() {
            inbox.put(event.clone());
        }
    }
}

async fn write(rest: &Rest, path: &str, mut outgoing: UnboundedReceiver<Outgoing>, inbox: &Inbox) {
    while let Some(next) = outgoing.recv().await {
        let Outgoing::Text(text) = next else { break };
        let command = json_of(&text);
        match rest.attempt(Method::POST, &format!("{path}/commands"), Some(&command), &[]).await {
            Ok(reply) if reply.status.is_success() => {
                let mut receipt = reply.body;
                receipt["type"] = "receipt".into();
                inbox.put(receipt);
            }
            // The session is gone, not what the command named.
            Ok(reply) if reply.body["detail"] == "no such session" => return inbox.close(404, reply.problem()),
            // Not a node's word but the balancer's: whether it was done is not known.
            Ok(reply) if reply.problem().is_empty() => inbox.put(json!({"type": "error", "id": command["id"],
                "code": "unavailable", "message": reply.status.to_string()})),
            Ok(reply) => inbox.put(json!({"type": "error", "id": command["id"], "code": reply.problem(),
                "message": reply.body["detail"]})),
            Err(error) => return inbox.close(0, &error.to_string()),
        }
    }
    let _ = rest.attempt(Method::DELETE, path, None, &[]).await;
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("a frame that is no JSON ({e}): {text}"))
}

//! Files: announced, sent, used, linked.

use crate::kit::{Node, node};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01rest";

async fn upload(node: &Node, token: &str, name: &str, bytes: &'static [u8]) -> (StatusCode, Value) {
    let ticket = node.post("/v1/uploads", token, json!({ "name": name, "size": bytes.len() })).await;
    let sent =
        node.request(Method::PUT, ticket["content"].as_str().unwrap(), Some(token)).body(bytes).send().await.unwrap();
    (sent.status(), sent.json().await.unwrap())
}

#[tokio::test]
async fn a_file_is_what_its_content_says_and_is_linked_for_a_while() {
    let node = node().await;
    let token = node.visitor(&node.tea).await;
    let (status, uploaded) = upload(&node, &token, "photo.txt", PNG).await;
    assert_eq!(
        (status, &uploaded["kind"], &uploaded["media_type"]),
        (StatusCode::CREATED, &json!("image"), &json!("image/png"))
    );
    let opened = node.post("/v1/conversations", &token, json!({})).await;
    let path = format!("/v1/conversations/{}/entries", opened["conversation"].as_str().unwrap());
    // What the client says of type and size does not count.
    let body = json!({ "kind": "file", "upload": uploaded["upload"], "name": "photo.txt", "media_type": "text/html", "size": 1 });
    node.post(&path, &token, json!({ "body": body })).await;
    let entries = node.get(&path, &node.tea.supervisor).await;
    let entry = entries["items"].as_array().unwrap().iter().find(|e| e["body"]["upload"].is_string()).unwrap().clone();
    assert_eq!(
        (&entry["body"]["kind"], &entry["body"]["media_type"], &entry["body"]["size"]),
        (&json!("image"), &json!("image/png"), &json!(PNG.len()))
    );

    let reference = entry["body"]["upload"].as_str().unwrap();
    let link = node.post(&format!("/v1/uploads/{reference}/link"), &node.tea.supervisor, json!({})).await;
    let file = node.request(Method::GET, link["url"].as_str().unwrap(), None).send().await.unwrap();
    assert_eq!(
        (file.status(), file.headers()["x-content-type-options"].to_str().unwrap()),
        (StatusCode::OK, "nosniff")
    );
    assert!(file.headers()["content-security-policy"].to_str().unwrap().contains("sandbox"));
    assert_eq!(file.bytes().await.unwrap(), PNG);
    let foreign = node
        .call(Method::POST, &format!("/v1/uploads/{reference}/link"), Some(&node.bikes.admin), Some(json!({})))
        .await;
    assert_eq!(foreign.0, StatusCode::NOT_FOUND);
    let as_link = node.request(Method::GET, &format!("/v1/files/{reference}"), None).send().await.unwrap();
    assert_eq!(as_link.status(), StatusCode::NOT_FOUND, "a reference is no link");
    let made_up = json!({ "body": { "kind": "file", "upload": "made.up", "name": "x", "media_type": "x", "size": 1 } });
    assert_eq!(node.call(Method::POST, &path, Some(&token), Some(made_up)).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_page_is_text_and_saved_and_a_bomb_is_refused() {
    let node = node().await;
    let token = node.visitor(&node.tea).await;
    let (_, page) = upload(&node, &token, "page.html", b"<html><script>alert(1)</script>").await;
    assert_eq!((&page["kind"], &page["media_type"]), (&json!("file"), &json!("text/plain; charset=utf-8")));
    let link = node.post(&format!("/v1/uploads/{}/link", page["upload"].as_str().unwrap()), &token, json!({})).await;
    let file = node.request(Method::GET, link["url"].as_str().unwrap(), None).send().await.unwrap();
    assert_eq!(file.headers()["content-disposition"], "attachment");
    let (status, _) = upload(&node, &token, "bomb.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff").await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let ticket = node.post("/v1/uploads", &token, json!({ "name": "a", "size": 3 })).await;
    let content = ticket["content"].as_str().unwrap();
    let more = node.request(Method::PUT, content, Some(&token)).body("more").send().await.unwrap();
    assert_eq!(more.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let huge = json!({ "name": "a", "size": 1_u64 << 40 });
    assert_eq!(node.call(Method::POST, "/v1/uploads", Some(&token), Some(huge)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}

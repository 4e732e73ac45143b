//! What a client is told when something is wrong, and the headers around it.

use crate::kit::{Node, Options, id, node};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn every_refusal_is_a_problem_with_the_id_of_its_request() {
    let node = node().await;
    let token = node.visitor(&node.tea).await;
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    let table = vec![
        (Method::GET, "/v1/nothing", None::<&str>, "", String::new(), StatusCode::NOT_FOUND, "not_found"),
        (Method::DELETE, "/v1/me", None, "", String::new(), StatusCode::METHOD_NOT_ALLOWED, "unsupported"),
        (Method::GET, "/v1/me", None, "", String::new(), StatusCode::UNAUTHORIZED, "unauthenticated"),
        (Method::GET, "/v1/conversations/no-id", Some(&token), "", String::new(), StatusCode::NOT_FOUND, "not_found"),
        (
            Method::POST,
            "/v1/conversations",
            Some(&token),
            "application/json",
            "{".into(),
            StatusCode::BAD_REQUEST,
            "bad_frame",
        ),
        (
            Method::POST,
            "/v1/conversations",
            Some(&token),
            "application/json",
            deep,
            StatusCode::BAD_REQUEST,
            "bad_frame",
        ),
        (
            Method::POST,
            "/v1/conversations",
            Some(&token),
            "text/xml",
            "{}".into(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported",
        ),
        (
            Method::POST,
            "/v1/conversations",
            Some(&token),
            "application/json",
            format!("{{\"x\":\"{}\"}}", "x".repeat(300_000)),
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
        ),
        (Method::GET, "/v1/agents", Some(&token), "", String::new(), StatusCode::FORBIDDEN, "forbidden"),
    ];
    for (method, path, token, kind, body, status, code) in table {
        let mut request = node.request(method, path, token).header("x-request-id", "my-request");
        if !kind.is_empty() {
            request = request.header("content-type", kind).body(body);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(response.headers()["content-type"], "application/problem+json", "{path}");
        assert_eq!(response.headers()["x-request-id"], "my-request");
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["type"], format!("urn:weft:problem:{code}"), "{path}");
        assert_eq!(
            (&problem["status"], &problem["instance"]),
            (&json!(status.as_u16()), &json!("urn:weft:request:my-request"))
        );
        assert!(problem["detail"].is_string() && problem["title"].is_string());
    }
}

#[tokio::test]
async fn a_wrong_field_is_pointed_at() {
    let node = node().await;
    let token = node.visitor(&node.tea).await;
    let opened = node.post("/v1/conversations", &token, json!({})).await;
    let path = format!("/v1/conversations/{}/entries", opened["conversation"].as_str().unwrap());
    let body = json!({ "body": { "kind": "text", "text": "" } });
    let (status, problem) = node.call(Method::POST, &path, Some(&token), Some(body)).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::BAD_REQUEST, &json!("/body/text")));
    let request = node.request(Method::POST, "/v1/conversations", Some(&token)).header("idempotency-key", "7");
    assert_eq!(request.send().await.unwrap().status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn too_many_requests_are_told_to_wait() {
    let mut options = Options::default();
    options.edge.request_burst = 10;
    options.edge.requests_per_second = 1;
    let node = Node::start(options).await;
    let token = &node.bikes.admin;
    let mut limited = None;
    for n in 0..20 {
        let response = node.request(Method::GET, "/v1/me", Some(token)).send().await.unwrap();
        assert_eq!(response.headers().contains_key("ratelimit-remaining"), response.status() == StatusCode::OK);
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            limited = Some((n, response.headers()["retry-after"].to_str().unwrap().to_owned()));
            break;
        }
    }
    let (n, wait) = limited.expect("limited");
    assert!((8..=12).contains(&n) && wait.parse::<u32>().unwrap() >= 1, "{n} {wait}");
}

#[tokio::test]
async fn other_sites_may_call_without_credentials_of_the_browser() {
    let node = node().await;
    let preflight = node
        .request(Method::OPTIONS, "/v1/visitors", None)
        .header("origin", "https://shop.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type,authorization")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.headers()["access-control-allow-origin"], "https://shop.example");
    assert!(!preflight.headers().contains_key("access-control-allow-credentials"));
}

#[tokio::test]
async fn who_sends_much_with_a_bad_token_reads_that_it_is_bad() {
    let node = node().await;
    for (token, size, status) in
        [("bad", 8 << 20, StatusCode::UNAUTHORIZED), (node.tea.agent.as_str(), 8 << 20, StatusCode::PAYLOAD_TOO_LARGE)]
    {
        let mut stream = tokio::net::TcpStream::connect(node.address).await.unwrap();
        let head = format!(
            "POST /v1/conversations HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {size}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // A client that writes all before it reads.
        stream.write_all(&vec![b' '; size]).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, format!("HTTP/1.1 {}", status.as_u16()).as_bytes());
    }
}

#[tokio::test]
async fn a_slow_head_is_cut_off_and_others_are_served() {
    let node = node().await;
    let mut slow = tokio::net::TcpStream::connect(node.address).await.unwrap();
    slow.write_all(b"GET /v1/me HTTP/1.1\r\nhost: x\r\n").await.unwrap();
    node.get("/v1/me", &node.tea.agent).await;
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(13), slow.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "still open");
}

#[tokio::test]
async fn the_interface_is_described() {
    let node = node().await;
    let (_, openapi) = node.call(Method::GET, "/v1/openapi.json", None, None).await;
    for path in
        ["/v1/visitors", "/v1/auth/login", "/v1/conversations/{id}/entries", "/v1/plugins", "/v1/sessions/{id}/events"]
    {
        assert!(openapi["paths"][path].is_object(), "{path}");
    }
    assert!(openapi["components"]["schemas"]["Problem"].is_object());
    let missing: Vec<_> =
        references(&openapi).into_iter().filter(|r| openapi.pointer(r.trim_start_matches('#')).is_none()).collect();
    assert_eq!(missing, Vec::<String>::new(), "references that lead nowhere");
    let viewer = node.request(Method::GET, "/docs", None).send().await.unwrap();
    assert_eq!(viewer.status(), StatusCode::OK);
    assert!(viewer.headers()["content-security-policy"].to_str().unwrap().contains("script-src 'self'"));
    let gone = node.request(Method::GET, &format!("/v1/files/{}", id()), None).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
}

fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, value)| match value {
                Value::String(text) if key == "$ref" => vec![text.clone()],
                other => references(other),
            })
            .collect(),
        Value::Array(all) => all.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

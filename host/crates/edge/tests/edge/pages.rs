//! The pages that are in the binary (none, when they were not built before).

use crate::kit::node;
use reqwest::{Method, StatusCode};

#[tokio::test]
async fn pages_are_tagged_and_cannot_run_what_is_not_theirs() {
    let node = node().await;
    let get = |path: &'static str| node.request(Method::GET, path, None).send();
    let home = get("/").await.unwrap();
    assert_eq!(
        (home.status(), &home.headers()["location"]),
        (StatusCode::TEMPORARY_REDIRECT, &"/console/".parse().unwrap())
    );
    assert_eq!(get("/demo/").await.unwrap().status(), StatusCode::NOT_FOUND, "no demo, no sign-in of the demo");
    node.edge.show_demo();
    assert_eq!(get("/console/assets/none.js").await.unwrap().status(), StatusCode::NOT_FOUND);
    for (path, framed) in [
        ("/console/", "frame-ancestors 'none'"),
        ("/console/chat/7", "frame-ancestors 'none'"),
        ("/demo/", "frame-ancestors 'self'"),
        ("/", "frame-ancestors 'self'"),
    ] {
        let page = get(path).await.unwrap();
        if page.status() == StatusCode::NOT_FOUND {
            continue;
        }
        let header = |name: &str| page.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(
            (header("content-type"), header("x-content-type-options")),
            ("text/html; charset=utf-8".into(), "nosniff".into())
        );
        let policy = header("content-security-policy");
        assert!(policy.contains("script-src 'self';") && policy.contains(framed), "{policy}");
        let again = node.request(Method::GET, path, None).header("if-none-match", header("etag")).send().await.unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }
    let widget = get("/widget.js").await.unwrap();
    if widget.status() == StatusCode::OK {
        assert_eq!(widget.headers()["access-control-allow-origin"], "*");
        assert_eq!(widget.headers()["content-type"], "text/javascript; charset=utf-8");
    }
}

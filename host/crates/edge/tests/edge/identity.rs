//! Who is who: visitors, sign-in, tokens.

use crate::kit::{Node, Options, PASSWORD, node};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn tokens_that_are_not_ours_open_nothing() {
    let node = node().await;
    let good = &node.tea.agent;
    let (head, signature) = good.rsplit_once('.').unwrap();
    let (_, claims) = head.split_once('.').unwrap();
    let none = format!("eyJhbGciOiJub25lIn0.{claims}.");
    let swapped = format!("{}.{}", head, node.bikes.agent.rsplit_once('.').unwrap().1);
    let cut = format!("{head}.{}", &signature[1..]);
    let api = "weft_0000000000000000000000000000000000000000000".to_owned();
    for token in [none, swapped, cut, api, String::new(), "x".into(), format!("{good}x")] {
        let (status, problem) = node.call(Method::GET, "/v1/me", Some(&token), None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{problem}");
        let mut socket = node.silent().await;
        socket.send(&json!({ "type": "hello", "token": token })).await;
        assert_eq!(socket.until("error").await["code"], "unauthenticated");
        assert_eq!(socket.closed().await, Some(4401));
    }
}

#[tokio::test]
async fn a_token_ends_on_a_live_socket_too() {
    let mut options = Options::default();
    options.tenancy.access = Duration::from_secs(3);
    let node = Node::start(options).await;
    let (mut socket, _) = node.socket(&node.tea.agent).await;
    assert_eq!(socket.closed().await, Some(4401));
    let (status, problem) = node.call(Method::GET, "/v1/me", Some(&node.tea.agent), None).await;
    assert_eq!((status, &problem["detail"]), (StatusCode::UNAUTHORIZED, &json!("the token has expired")));
}

#[tokio::test]
async fn a_refresh_token_that_comes_twice_ends_the_sign_in() {
    let node = node().await;
    let login = json!({ "tenant": "tea", "email": "Agent@tea.example", "password": PASSWORD });
    let (status, first) = node.call(Method::POST, "/v1/auth/login", None, Some(login)).await;
    assert_eq!((status, &first["me"]["teams"][0]["name"]), (StatusCode::OK, &json!("Support")));
    let refresh = async |token: &Value| {
        node.call(Method::POST, "/v1/auth/refresh", None, Some(json!({ "refresh_token": token }))).await
    };
    let (status, second) = refresh(&first["refresh_token"]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(refresh(&first["refresh_token"]).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(refresh(&second["refresh_token"]).await.0, StatusCode::UNAUTHORIZED, "the family is ended");

    let login = json!({ "tenant": "tea", "email": "agent@tea.example", "password": PASSWORD });
    let (_, third) = node.call(Method::POST, "/v1/auth/login", None, Some(login)).await;
    let access = third["access_token"].as_str().unwrap();
    assert_eq!(node.call(Method::POST, "/v1/auth/logout", Some(access), None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(refresh(&third["refresh_token"]).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn guessing_is_slowed_and_tells_nothing() {
    let node = node().await;
    let mut answers = Vec::new();
    for (tenant, email) in
        [("tea", "agent@tea.example"), ("tea", "nobody@tea.example"), ("nowhere", "agent@tea.example")]
    {
        let login = json!({ "tenant": tenant, "email": email, "password": "wrong-password" });
        let (status, mut problem) = node.call(Method::POST, "/v1/auth/login", None, Some(login)).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        problem.as_object_mut().unwrap().remove("instance");
        answers.push(problem);
    }
    assert!(answers.iter().all(|a| *a == answers[0]), "{answers:?}");
    let mut last = StatusCode::OK;
    for _ in 0..6 {
        let login = json!({ "tenant": "tea", "email": "agent@tea.example", "password": "wrong-password" });
        last = node.call(Method::POST, "/v1/auth/login", None, Some(login)).await.0;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_visitor_comes_back_and_is_proven_by_the_site() {
    let node = node().await;
    let enter = async |body: Value| node.call(Method::POST, "/v1/visitors", None, Some(body)).await;
    let key = &node.tea.key;
    let (_, first) = enter(json!({ "channel_key": key, "name": "Vera" })).await;
    let (_, again) = enter(json!({ "channel_key": key, "visitor_token": first["token"] })).await;
    assert_eq!(first["visitor"], again["visitor"]);
    let (_, other) = enter(json!({ "channel_key": node.bikes.key, "visitor_token": first["token"] })).await;
    assert_ne!(first["visitor"]["id"], other["visitor"]["id"], "another tenant's visitor is somebody else");
    assert_eq!(enter(json!({ "channel_key": "nothing" })).await.0, StatusCode::NOT_FOUND);

    let path = format!("/v1/channels/{}", node.tea.channel);
    let change = node.request(Method::PATCH, &path, Some(&node.tea.admin)).header("if-match", "\"1\"");
    let answer = change.json(&json!({ "identity_secret": "shared" })).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(!answer.text().await.unwrap().contains("shared"), "the secret is not shown");
    let sign = |text: &str| {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"shared").unwrap();
        mac.update(text.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    };
    let proven = json!({ "external_id": "7", "vip": 2, "signature": sign("7\n2") });
    let (status, one) = enter(json!({ "channel_key": key, "name": "V", "identity": proven })).await;
    assert_eq!(status, StatusCode::CREATED, "{one}");
    let (_, two) =
        enter(json!({ "channel_key": key, "identity": { "external_id": "7", "signature": sign("7") } })).await;
    assert_eq!(one["visitor"]["id"], two["visitor"]["id"]);
    for forged in [
        json!({ "external_id": "8", "signature": sign("7") }),
        json!({ "external_id": "7", "vip": 9, "signature": sign("7") }),
        json!({ "external_id": "7", "signature": "zz" }),
    ] {
        assert_eq!(enter(json!({ "channel_key": key, "identity": forged })).await.0, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_channel_is_used_from_its_own_pages() {
    let node = node().await;
    let before = node.visitor(&node.tea).await;
    let path = format!("/v1/channels/{}", node.tea.channel);
    let change = node.request(Method::PATCH, &path, Some(&node.tea.admin)).header("if-match", "\"1\"");
    change.json(&json!({ "allowed_origins": ["https://shop.example"] })).send().await.unwrap();
    for (origin, good) in [
        ("https://shop.example", true),
        ("https://shop.example.evil", false),
        ("https://shop.example:444", false),
        ("http://shop.example", false),
        ("https://SHOP.example", false),
        ("null", false),
    ] {
        let enter = node.request(Method::POST, "/v1/visitors", None).header("origin", origin);
        let entered = enter.json(&json!({ "channel_key": node.tea.key })).send().await.unwrap();
        assert_eq!(entered.status() == StatusCode::CREATED, good, "{origin}");
        assert_eq!(entered.headers().contains_key("access-control-allow-origin"), good, "{origin} may read it");
        // waits: the channel's list is believed for two seconds
        tokio::time::sleep(Duration::from_millis(if good { 2100 } else { 0 })).await;
        let me = node.request(Method::GET, "/v1/me", Some(&before)).header("origin", origin).send().await.unwrap();
        assert_eq!(me.status() == StatusCode::OK, good, "{origin}");
        assert_eq!(me.headers().contains_key("access-control-allow-origin"), good, "{origin} may read it");
        let mut socket = node.socket_from(Some(origin)).await;
        socket.send(&json!({ "type": "hello", "token": before })).await;
        let first = socket.next().await.unwrap();
        assert_eq!(first["type"] == "welcome", good, "{origin} {first}");
        if !good {
            assert_eq!(socket.closed().await, Some(1008));
        }
    }
}

//! Tokens that are not what they claim. (Expired ones are tested where the clock can be set: in the edge's own tests.)

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use reqwest::StatusCode;
use serde_json::json;
use weft_tests::{Agent, Node, Session, Via, Visitor};

#[tokio::test]
async fn no_forged_or_foreign_token_gets_in() {
    let node = Node::demo("tokens").await;
    let elsewhere = Node::demo("tokens-elsewhere").await;
    let ana = Agent::sign_in(&node.rest(), "tea", "ana@tea.example").await;
    let vera = Visitor::enter(&node, "demo-tea", "Vera").await;
    let foreign = Visitor::enter(&elsewhere, "demo-tea", "Vera").await;

    let (head, rest) = vera.rest.token().split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    let altered = {
        let mut claims: serde_json::Value = serde_json::from_slice(&BASE64.decode(claims).unwrap()).unwrap();
        claims["exp"] = 99_999_999_999_u64.into();
        BASE64.encode(claims.to_string())
    };
    let none = BASE64.encode(json!({"alg": "none", "typ": "JWT"}).to_string());
    let (_, agents) = ana.rest.token().split_once('.').unwrap();
    let table = [
        ("none at all", String::new()),
        ("noise", "x".repeat(5000)),
        ("of another installation", foreign.rest.token().to_owned()),
        ("with other claims", format!("{head}.{altered}.{signature}")),
        ("without a signature", format!("{head}.{claims}.")),
        ("with alg none", format!("{none}.{claims}.")),
        ("with alg none and a signature", format!("{none}.{claims}.{signature}")),
        (
            "a visitor's claims with an agent's signature",
            format!("{head}.{claims}.{}", agents.split_once('.').unwrap().1),
        ),
        ("a refresh token", ana.refresh_token.clone()),
    ];
    for (what, token) in table {
        let rest = node.rest().with_token(&token);
        let reply = rest.get("/v1/me").await;
        assert_eq!((reply.status, reply.problem()), (StatusCode::UNAUTHORIZED, "unauthenticated"), "{what}");
        for via in [Via::Socket, Via::Rest] {
            assert!(Session::resume(&rest, via, &[], None, None).await.is_err(), "{what} opened a session");
        }
    }
    Session::open(&vera.rest, Via::Socket).await;
}

#[tokio::test]
async fn a_refresh_token_is_good_once() {
    let node = Node::demo("refresh").await;
    let ana = Agent::sign_in(&node.rest(), "tea", "ana@tea.example").await;
    let refresh = |token: String| {
        let rest = node.rest();
        async move { rest.post("/v1/auth/refresh", &json!({"refresh_token": token})).await }
    };
    let next = refresh(ana.refresh_token.clone()).await.good();
    let next = next["refresh_token"].as_str().unwrap().to_owned();
    // Somebody else has the old one: neither is good any more.
    assert_eq!(refresh(ana.refresh_token.clone()).await.problem(), "unauthenticated");
    assert_eq!(refresh(next).await.problem(), "unauthenticated");
}

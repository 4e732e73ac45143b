//! Hours, holidays, canned replies and labels.

use crate::kit::{Node, id, node};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A change of a resource under a version; its status, tag and answer.
async fn put(node: &Node, path: &str, tag: (&str, &str), body: &Value) -> (StatusCode, String, Value) {
    let request = node.request(Method::PUT, path, Some(&node.tea.admin)).header(tag.0, tag.1);
    let answer = request.json(body).send().await.unwrap();
    let tag = answer.headers().get("etag").map(|t| t.to_str().unwrap().to_owned()).unwrap_or_default();
    (answer.status(), tag, answer.json().await.unwrap())
}

#[tokio::test]
async fn each_resource_is_made_read_changed_under_its_version_and_deleted() {
    let node = node().await;
    let (admin, team) = (&node.tea.admin, &node.tea.team);
    let kinds = [
        ("labels", json!({ "name": "late", "color": "#FF0000" }), json!({ "name": "later", "color": "#00ff00" })),
        (
            "canned-replies",
            json!({ "shortcut": "hi", "text": "您好！", "language": "zh-CN", "team": team }),
            json!({ "shortcut": "hello", "text": "Hello!" }),
        ),
        (
            "holidays",
            json!({ "date": "2026-12-25", "name": "Christmas" }),
            json!({ "date": "2026-12-26", "name": "Boxing Day" }),
        ),
    ];
    for (kind, first, second) in kinds {
        let list = format!("/v1/{kind}");
        let made = node.post(&list, admin, first.clone()).await;
        let path = format!("/v1/{kind}/{}", made["id"].as_str().unwrap());
        assert_eq!(node.get(&path, &node.tea.agent).await, made, "agents read {kind}");
        let (status, problem) = node.call(Method::POST, &list, Some(admin), Some(first.clone())).await;
        assert_eq!(status, StatusCode::CONFLICT, "the name is taken");
        assert!(problem["errors"][0]["pointer"].is_string(), "{problem}");
        let (status, tag, changed) = put(&node, &path, ("if-match", "\"1\""), &second).await;
        assert_eq!((status, tag.as_str(), &changed["version"]), (StatusCode::OK, "\"2\"", &json!(2)));
        assert_eq!(put(&node, &path, ("if-match", "\"1\""), &second).await.0, StatusCode::CONFLICT, "an older version");
        assert_eq!(put(&node, &path, ("x", "x"), &second).await.0, StatusCode::BAD_REQUEST, "which version?");

        let other = node.post(&list, admin, first).await;
        let page = node.get(&format!("{list}?limit=1"), admin).await;
        let rest = node.get(&format!("{list}?limit=1&after={}", page["next"].as_str().unwrap()), admin).await;
        assert_eq!((&page["items"][0], &rest["items"][0]), (&changed, &other));
        assert_eq!(node.get(&list, &node.bikes.admin).await["items"], json!([]), "another tenant's");
        assert_eq!(node.call(Method::GET, &path, Some(&node.bikes.admin), None).await.0, StatusCode::NOT_FOUND);

        let delete =
            |tag: &'static str| node.request(Method::DELETE, &path, Some(admin)).header("if-match", tag).send();
        assert_eq!(delete("\"1\"").await.unwrap().status(), StatusCode::CONFLICT);
        assert_eq!(delete("\"2\"").await.unwrap().status(), StatusCode::NO_CONTENT);
        assert_eq!(node.call(Method::GET, &path, Some(admin), None).await.0, StatusCode::NOT_FOUND);
    }
    let trail = node.get("/v1/audit", admin).await;
    let actions: Vec<_> = trail["items"].as_array().unwrap().iter().map(|r| r["action"].as_str().unwrap()).collect();
    for action in ["label.added", "canned_reply.changed", "holiday.deleted"] {
        assert!(actions.contains(&action), "{action} {actions:?}");
    }
}

#[tokio::test]
async fn what_does_not_fit_is_pointed_at() {
    let node = node().await;
    for (path, body, pointer) in [
        ("labels", json!({ "name": "", "color": "#000000" }), "/name"),
        ("labels", json!({ "name": "x", "color": "red" }), "/color"),
        ("canned-replies", json!({ "shortcut": "two words", "text": "x" }), "/shortcut"),
        ("canned-replies", json!({ "shortcut": "x", "text": " " }), "/text"),
        ("canned-replies", json!({ "shortcut": "x", "text": "x", "team": id() }), "/team"),
        ("holidays", json!({ "date": "2026-12-25", "name": "x", "team": id() }), "/team"),
    ] {
        let path = format!("/v1/{path}");
        let (status, problem) = node.call(Method::POST, &path, Some(&node.tea.admin), Some(body)).await;
        assert!(status.is_client_error(), "{path} {problem}");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    let hours = format!("/v1/hours/{}", node.tea.team);
    let opening = |from: &str, to: &str| json!([{ "day": "monday", "from": from, "to": to }]);
    for (body, pointer) in [
        (json!({ "time_zone": "Mars/Olympus", "week": [] }), "/time_zone"),
        (json!({ "time_zone": "UTC", "week": opening("18:00", "09:00") }), "/week/0/to"),
    ] {
        let (status, _, problem) = put(&node, &hours, ("if-none-match", "*"), &body).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::BAD_REQUEST, &json!(pointer)), "{problem}");
    }
    let nowhere = format!("/v1/hours/{}", id());
    let week = json!({ "time_zone": "UTC", "week": [] });
    assert_eq!(put(&node, &nowhere, ("if-none-match", "*"), &week).await.0, StatusCode::NOT_FOUND, "no such team");
}

#[tokio::test]
async fn outside_its_hours_a_team_is_closed_and_a_visitor_leaves_a_message() {
    let node = node().await;
    let hours = format!("/v1/hours/{}", node.tea.team);
    let enter = async || {
        let body = json!({ "channel_key": node.tea.key });
        node.call(Method::POST, "/v1/visitors", None, Some(body)).await.1
    };
    let visitor = enter().await;
    assert_eq!(visitor["channel"]["open"], true, "without hours always");
    let never = json!({ "time_zone": "Asia/Shanghai", "week": [] });
    let (status, tag, _) = put(&node, &hours, ("if-none-match", "*"), &never).await;
    assert_eq!((status, tag.as_str()), (StatusCode::CREATED, "\"1\""));
    assert_eq!(put(&node, &hours, ("if-none-match", "*"), &never).await.0, StatusCode::CONFLICT, "there are some");
    let closed = enter().await["channel"].clone();
    assert_eq!((&closed["open"], closed.get("opens_at")), (&json!(false), None));

    // Who opens all the same is asked for a message: nobody will come.
    let token = visitor["token"].as_str().unwrap();
    let (mut socket, _) = node.socket(token).await;
    socket.command(json!({ "type": "open" })).await;
    socket.sees(|f| f["body"]["kind"] == "message_asked").await;
    let text = json!({ "kind": "text", "text": "call me" });
    let left = socket
        .command(json!({ "type": "message", "team": node.tea.team, "body": text, "contact": "vera@example.com" }))
        .await;
    assert_eq!(left["type"], "receipt", "{left}");

    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let week: Vec<_> = days.iter().map(|day| json!({ "day": day, "from": "00:00", "to": "24:00" })).collect();
    let always = json!({ "time_zone": "Asia/Shanghai", "week": week });
    assert_eq!(put(&node, &hours, ("if-match", "\"1\""), &always).await.0, StatusCode::OK);
    assert_eq!(enter().await["channel"]["open"], true);
    let delete = node.request(Method::DELETE, &hours, Some(&node.tea.admin)).header("if-match", "\"2\"");
    assert_eq!(delete.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(node.call(Method::GET, &hours, Some(&node.tea.admin), None).await.0, StatusCode::NOT_FOUND);
}

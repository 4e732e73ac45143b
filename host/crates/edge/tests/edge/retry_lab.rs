//! The retry lab over REST.

use crate::kit::node;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const PATH: &str = "/v1/retry/simulate";

#[tokio::test]
async fn an_outage_is_simulated_and_drawn() {
    let node = node().await;
    let outage =
        json!({ "phases": ["down 6h", "20% errors for 2h"], "notifications": 3, "apart": "1h", "channel": "email" });
    let simulation = node.post(PATH, &node.tea.admin, outage.clone()).await;
    assert_eq!(simulation["rule"]["version"], "built-in");
    let courses = simulation["courses"].as_array().unwrap();
    assert_eq!(courses.len(), 3);
    assert_eq!(courses[2]["made_ms"], 7_200_000);
    for course in courses {
        assert_eq!(course["end"], "sent", "{course}");
        let steps = course["steps"].as_array().unwrap();
        assert!(steps.len() > 1 && steps[0]["fault"] == "unreachable", "{course}");
        assert!(steps[0]["verdict"]["again_in"].as_u64().is_some(), "{course}");
        assert_eq!(steps.last().unwrap()["fault"], Value::Null);
    }
    assert_eq!(simulation["spans"][0], json!({ "behaviour": "down", "begin_ms": 0, "end_ms": 21_600_000 }));
    assert!(simulation["svg"].as_str().unwrap().starts_with("<svg"));
    assert_eq!(simulation, node.post(PATH, &node.tea.admin, outage).await, "nothing is left to chance");
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_where_it_is() {
    let node = node().await;
    let wrong = [
        (json!({ "phases": ["down 6h", "sideways"] }), "/phases/1"),
        (json!({ "phases": ["down 6 parsecs"] }), "/phases/0"),
        (json!({ "phases": ["up"], "apart": "soon" }), "/apart"),
        (json!({ "phases": ["up"], "notifications": 51 }), "/notifications"),
    ];
    for (outage, pointer) in wrong {
        let (status, problem) = node.call(Method::POST, PATH, Some(&node.tea.admin), Some(outage)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    let (status, _) =
        node.call(Method::POST, PATH, Some(&node.tea.supervisor), Some(json!({ "phases": ["up"] }))).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let unknown = json!({ "phases": ["up"], "release": "0".repeat(64) });
    let (status, _) = node.call(Method::POST, PATH, Some(&node.tea.admin), Some(unknown)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

//! What could not be delivered, from a terminal: looked at, the target tried, sent again with the id that it had.

use reqwest::StatusCode;
use serde_json::{Value, json};
use weft_tests::{Admin, Author, Plan, Receiver, Via, Visitor, component, eventually};

/// What a command answers a program.
async fn said(author: &mut Author, line: &str) -> Value {
    let output = author.types(&format!("{line} --json")).await;
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{line}: {e}"))
}

#[tokio::test]
async fn dead_letters_are_sent_again_from_a_terminal() {
    let plan = Plan::new("dead-letters").key("notifications.allow", "127.0.0.1");
    plan.tenant("letters").await;
    let node = plan.start().await;
    let admin = Admin::sign_in(&node, "letters").await;
    let receiver = Receiver::start().await;
    for target in ["crm", "log"] {
        admin.webhook(target, &receiver.url(), &json!({"events": ["conversation.opened"]})).await;
    }
    let fixed = admin.upload(component("plugins/dist/fixed.wasm")).await;
    admin.bind("retry", &fixed, &json!({"attempts": 2, "interval_ms": 200})).await;
    receiver.answers(StatusCode::INTERNAL_SERVER_ERROR);
    let vera = Visitor::enter(&node, &admin.channel_key().await, "Vera").await.session(Via::Socket).await;
    Visitor::open(&vera, "A question").await;
    let dead = async || admin.rest.all("/v1/dead-letters").await;
    eventually("both are dead letters", async || (dead().await.len() == 2).then_some(())).await;

    let mut author = Author::new("dead-letters-home", node.addresses.rest());
    let profile = "weft profile add shop --server http://127.0.0.1:9003 --tenant letters --email admin@letters.example";
    author.types(profile).await;
    let listed = said(&mut author, "weft dead-letter list --target crm --cause 'no success'").await;
    let letters = listed["items"].as_array().unwrap();
    assert_eq!(letters.len(), 1, "{listed}");
    let id = letters[0]["id"].as_str().unwrap().to_owned();
    assert!(said(&mut author, "weft dead-letter list --cause refused").await["items"].as_array().unwrap().is_empty());

    let shown = author.types(&format!("weft dead-letter show {id}")).await;
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("attempt 2") && shown.contains("failed 500") && shown.contains("(by fixed)"), "{shown}");
    let targets = author.types("weft target list").await;
    assert!(String::from_utf8_lossy(&targets.stdout).contains("failures in a row"));

    receiver.answers(StatusCode::OK);
    said(&mut author, "weft target reset crm").await;
    assert_eq!(said(&mut author, "weft target test crm").await["sent"], true);
    assert_eq!(said(&mut author, &format!("weft dead-letter redrive {id}")).await["redriven"], 1);
    eventually("it arrives with the id that it had", async || receiver.distinct().contains_key(&id).then_some(()))
        .await;
    assert_eq!(said(&mut author, "weft dead-letter redrive --target log --rate 10").await["redriven"], 1);
    eventually("no dead letter is left", async || dead().await.is_empty().then_some(())).await;
}

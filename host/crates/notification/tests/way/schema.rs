use crate::kit::Kit;
use model::{
    Audience, Body, catalogue,
    conversation::Command,
    notification::{EventKind, Fault, NotificationState as State},
    people::Status,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

/// Real payloads are what the catalogue promises.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn payloads_are_as_the_schema_says() {
    let kit = Kit::new().await;
    let all: Vec<_> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
    kit.add_target("desk", json!({"events": all})).await;
    kit.add_target("broken", json!({"events": ["conversation.rated"]})).await;
    kit.receiver.answers(|p, _| if p.target == "broken" { Err((Fault::Refused, 410)) } else { Ok(()) });
    let world = &kit.world;
    let waiting = world.open().await;
    let declined = world.commit(world.route(&waiting, world.assign(&[0], Duration::from_secs(30)))).await.unwrap();
    let offer = declined.conversation.offer().unwrap().clone();
    let decline = Command::Decline { offer: offer.id, token: offer.token, reason: Some("lunch".into()) };
    world.act(waiting.id, &world.as_agent(0), decline).await;
    let c = world.open_with(0).await;
    for (body, audience) in [("Hello", Audience::All), ("a note", Audience::Agents)] {
        let body = Body::Text { text: body.into() };
        world.act(c.id, &world.as_agent(0), Command::Send { body, audience }).await;
    }
    world.act(c.id, &world.as_agent(0), Command::Close { reason: Some("done".into()) }).await;
    world.act(c.id, &world.as_visitor(), Command::Rate { score: 5, comment: None }).await;
    world.store.set_status(world.tenant, world.agents[0].id, Status::Away).await.unwrap();
    kit.until(State::Dead, 1).await;
    kit.pass(20, Duration::from_millis(100)).await;

    let schema: Value = serde_json::from_str(catalogue::SCHEMA).unwrap();
    let mut seen = BTreeSet::new();
    for parcel in kit.receiver.taken() {
        let body: Value = serde_json::from_str(&parcel.body).unwrap();
        let kind = body["type"].as_str().unwrap();
        let mut of_kind = schema["properties"][kind].clone();
        of_kind["$defs"] = schema["$defs"].clone();
        of_kind["$schema"] = schema["$schema"].clone();
        let valid = jsonschema::validate(&of_kind, &body["data"]);
        assert!(valid.is_ok(), "{kind}: {valid:?}\n{}", body["data"]);
        seen.insert(kind.to_owned());
    }
    let told = [
        "agent.status",
        "conversation.assigned",
        "conversation.closed",
        "conversation.opened",
        "conversation.rated",
        "delivery.dead",
        "entry.added",
        "offer.declined",
        "offer.made",
    ];
    assert!(told.iter().all(|kind| seen.contains(*kind)), "{seen:?}");
}

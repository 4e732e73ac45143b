//! The harness on a plugin that ships.

use model::routing::RoutingRequest;
use serde_json::json;
use weft_plugin_harness::{HarnessError, Plugin};

fn path(name: &str) -> String {
    format!("{}/../../plugins/dist/{name}.wasm", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn an_author_sees_answer_and_fuel_of_the_real_component() {
    let plugin = Plugin::load(path("round-robin"), &json!({})).unwrap();
    assert_eq!(plugin.inspection().name, "round-robin");
    let vector = &plugin.inspection().manifest["vectors"][0];
    let request: RoutingRequest = serde_json::from_value(vector["request"].clone()).unwrap();
    let answer = plugin.route(&request).unwrap();
    assert_eq!(serde_json::to_value(&answer.output).unwrap(), vector["expect"]);
    assert!(answer.fuel > 0 && answer.fuel <= plugin.golden().fuel_max);
}

#[test]
fn wrong_settings_are_refused_as_an_upload_would_be() {
    let refused = Plugin::load(path("round-robin"), &json!({"speed": 11})).err().unwrap();
    assert!(matches!(refused, HarnessError::Refused(r) if r.code == "invalid_settings"));
}

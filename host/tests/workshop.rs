//! `weft plugin …` as an author meets it, without a server: what it makes, and how it says what is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A folder of a test's own, empty.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("weft-workshop-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn weft(&self, arguments: &[&str]) -> Output {
        let mut weft = Command::new(env!("CARGO_BIN_EXE_weft"));
        for name in ["WEFT_SERVER", "WEFT_TOKEN", "WEFT_PROFILE", "WEFT_CA"] {
            weft.env_remove(name);
        }
        let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk");
        weft.current_dir(&self.0).env("WEFT_PROFILES", self.0.join("profiles.toml")).env("WEFT_SDK", sdk);
        weft.args(arguments).output().unwrap()
    }

    /// The document of a success.
    fn good(&self, arguments: &[&str]) -> Value {
        let output = self.weft(&[arguments, &["--json"]].concat());
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{arguments:?}: {said}");
        serde_json::from_str(&said).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {said}"))
    }

    /// The code of a failure, which is also said in words on standard error, with what to do.
    fn code(&self, arguments: &[&str]) -> String {
        let output = self.weft(&[arguments, &["--json"]].concat());
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{arguments:?}: {e}"));
        let code = said["error"]["code"].as_str().unwrap().to_owned();
        let told = self.weft(arguments);
        let words = String::from_utf8_lossy(&told.stderr).into_owned();
        assert!(words.contains(&format!("[{code}]")), "{arguments:?}: {words}");
        assert!(told.stdout.is_empty(), "{arguments:?} fails and says nothing on standard output");
        code
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn shipped(name: &str) -> String {
    format!("{}/../plugins/dist/{name}.wasm", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_crate_is_made_for_each_hook_and_never_over_another() {
    let place = Place::new("new");
    for hook in ["routing", "notification", "retry"] {
        let made = place.good(&["plugin", "new", &format!("my-{hook}"), "--hook", hook]);
        assert_eq!(made["hook"], hook);
        let folder = place.0.join(format!("my-{hook}"));
        let manifest = fs::read_to_string(folder.join("plugin.toml")).unwrap();
        assert!(manifest.contains(&format!("name = \"my-{hook}\"")), "{manifest}");
        let all = fs::read_to_string(folder.join("Cargo.toml")).unwrap() + &manifest;
        assert!(!all.contains("{{"), "everything is filled in: {all}");
        assert!(manifest.matches("[[vectors]]").count() >= 2 && manifest.contains("[settings]"));
    }
    assert_eq!(place.code(&["plugin", "new", "my-retry", "--hook", "retry"]), "exists");
    assert_eq!(place.code(&["plugin", "new", "My_Rule", "--hook", "retry"]), "bad_name");
    assert_eq!(place.code(&["plugin", "new", "a", "--hook", "retry", "--sdk", "nowhere"]), "no_sdk");
}

#[test]
fn a_call_shows_answer_fuel_memory_and_reasons() {
    let place = Place::new("run");
    let vector = &place.good(&["plugin", "inspect", &shipped("least-busy")])["manifest"]["vectors"][0].clone();
    let input = place.write("vector.json", vector.to_string());
    let ran = place.good(&["plugin", "run", &shipped("least-busy"), "-i", &input]);
    assert_eq!(ran["answer"], vector["expect"]);
    assert!(ran["fuel"].as_u64().unwrap() > 100 && ran["memory_bytes"].as_u64().unwrap() >= 65536, "{ran}");
    // A decision as REST tells it, with the request inside.
    let record = json!({"conversation": "c", "decision": {"request": vector["request"]}});
    let input = place.write("record.json", record.to_string());
    assert_eq!(place.good(&["plugin", "run", &shipped("least-busy"), "-i", &input])["answer"], vector["expect"]);
    let words = place.weft(&["plugin", "run", &shipped("least-busy"), "-i", &input]);
    assert!(String::from_utf8_lossy(&words.stdout).contains("least_busy: Fewest open"));
}

#[test]
fn what_is_wrong_has_a_code() {
    let place = Place::new("wrong");
    let least_busy = shipped("least-busy");
    let (request, text) = (place.write("request.json", "{}"), place.write("text.json", "not json"));
    let core = place.write("core.wasm", b"\0asm\x01\0\0\0");
    let settings = place.write("settings.json", r#"{"take_message_when_empty": 7}"#);
    for (arguments, code) in [
        (vec!["plugin", "run", "none.wasm", "-i", &request], "missing_file"),
        (vec!["plugin", "run", &least_busy, "-i", "none.json"], "missing_file"),
        (vec!["plugin", "run", &least_busy, "-i", &text], "not_json"),
        (vec!["plugin", "run", &least_busy, "-i", &request], "bad_request"),
        (vec!["plugin", "run", &least_busy, "-i", &request, "--settings", &settings], "invalid_settings"),
        (vec!["plugin", "run", &core, "-i", &request], "not_a_component"),
        (vec!["plugin", "inspect", &text], "not_wasm"),
        (vec!["plugin", "build"], "no_plugin"),
        (vec!["plugin", "simulate", "retry", &least_busy, "--down", "1h"], "wrong_hook"),
        (vec!["plugin", "simulate", "retry", "nobody", "--down", "1h"], "missing_file"),
        (vec!["plugin", "simulate", "retry"], "no_plan"),
        (vec!["plugin", "simulate", "retry", "--down", "6x"], "bad_plan"),
        (vec!["plugin", "simulate", "retry", "--down", "6h", "--apart", "soon"], "bad_span"),
        (vec!["plugin", "list"], "no_profile"),
        (vec!["plugin", "list", "--server", "http://127.0.0.1:9", "--token", "t"], "unreachable"),
        (vec!["plugin", "list", "--server", "https://127.0.0.1:9", "--token", "t"], "unreachable"),
        (vec!["plugin", "list", "--server", "ftp://a", "--token", "t"], "bad_server"),
        (vec!["dead-letter", "redrive", "--server", "http://127.0.0.1:9", "--token", "t"], "which"),
    ] {
        assert_eq!(place.code(&arguments), code, "{arguments:?}");
    }
}

#[test]
fn the_lab_draws_a_rule_that_ships_with_settings() {
    let place = Place::new("lab");
    let settings = place.write("s.json", r#"{"attempts": 3, "interval_ms": 3600000}"#);
    let lab = ["plugin", "simulate", "retry", "fixed", "--down", "90m", "--settings", &settings, "--svg", "lab.svg"];
    let drawn = place.good(&[&lab[..], &["--notifications", "1"]].concat());
    let first = &drawn["notifications"][0];
    let after: Vec<_> = first["attempts"].as_array().unwrap().iter().map(|a| a["after_ms"].as_u64().unwrap()).collect();
    assert_eq!(after, [0, 3_600_000, 7_200_000]);
    assert_eq!(first["end"], "sent");
    let svg = fs::read_to_string(place.0.join("lab.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
}

#[test]
fn tokens_lie_where_only_their_owner_reads() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new("profile");
    let weft = |arguments: &[&str], token: &str| {
        let mut weft = Command::new(env!("CARGO_BIN_EXE_weft"));
        weft.args(arguments).env("WEFT_PROFILES", place.0.join("profiles.toml")).env("WEFT_TOKEN", token);
        assert!(weft.output().unwrap().status.success(), "{arguments:?}");
    };
    weft(&["profile", "add", "a", "--server", "https://a.example"], "weft_secret");
    weft(&["profile", "add", "b", "--server", "https://b.example"], "weft_other");
    let file = place.0.join("profiles.toml");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let listed = place.good(&["profile", "list"]);
    assert_eq!(
        listed["items"][0],
        json!({"name": "a", "server": "https://a.example", "tenant": null, "default": true})
    );
    assert!(!listed.to_string().contains("secret"));
    place.good(&["profile", "use", "b"]);
    place.good(&["profile", "remove", "b"]);
    assert_eq!(place.code(&["plugin", "list"]), "no_profile");
    assert_eq!(place.code(&["plugin", "list", "--profile", "a", "--server", "https://c.example"]), "other_server");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(place.code(&["profile", "list"]), "open_profiles");
}

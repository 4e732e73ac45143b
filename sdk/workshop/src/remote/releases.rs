//! `weft plugin publish` and `list`: releases on a server.

use super::{At, Client};
use crate::{
    answer::{Answer, Voice, bytes, table},
    complaint::Complaint,
};
use model::plugin::{Digest, Release};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Hex digits that name a digest at least.
const PREFIX_MIN: usize = 6;
/// Hex digits of a digest that are shown in lists.
const PREFIX_SHOWN: usize = 12;

#[derive(Debug, clap::Args)]
pub struct Publish {
    /// The component.
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,
    #[command(flatten)]
    at: At,
}

pub(crate) fn publish(arguments: &Publish, voice: Voice) -> Result<Answer, Complaint> {
    let component = fs::read(&arguments.file).map_err(|e| Complaint::file(&arguments.file, e))?;
    let client = Client::of(&arguments.at)?;
    voice.say(&format!("publishing {}", arguments.file.display()));
    let release = upload(&client, component)?;
    let text = format!(
        "{} {} is release {}\n`weft plugin plan {}` shows what putting it in force would change\n",
        release.name, release.version, release.digest, release.name
    );
    Ok(Answer::new(text, json!(release)))
}

/// The same bytes again are the same release.
pub(super) fn upload(client: &Client, component: Vec<u8>) -> Result<Release, Complaint> {
    read(client.upload("/v1/plugins", component)?)
}

pub(crate) fn list(at: &At) -> Result<Answer, Complaint> {
    let client = Client::of(at)?;
    let releases = releases(&client)?;
    let row = |r: &Release| {
        let whose = if r.shipped { "ships with weft" } else { "" };
        let digest = short(r.digest);
        [&r.name, &r.version, r.hook.as_str(), &digest, &bytes(r.size), whose].map(str::to_owned).to_vec()
    };
    let rows: Vec<_> = releases.iter().map(row).collect();
    Ok(Answer::new(table(&rows), json!({"items": releases})))
}

/// The release that `what` names: a digest or its beginning, NAME (the newest of that name) or NAME@VERSION.
pub(crate) fn find_release(client: &Client, what: &str) -> Result<Release, Complaint> {
    if Path::new(what).extension().is_some_and(|e| e.eq_ignore_ascii_case("wasm")) {
        let complaint = Complaint::new("not_a_release", format!("{what} is a file, and this needs a release"));
        return Err(complaint.advice(format!("`weft plugin publish {what}` makes one")));
    }
    chosen(releases(client)?, what)
}

fn chosen(releases: Vec<Release>, what: &str) -> Result<Release, Complaint> {
    let digits = what.len() >= PREFIX_MIN && what.bytes().all(|b| b.is_ascii_hexdigit());
    let (name, version) = what.split_once('@').map_or((what, None), |(name, version)| (name, Some(version)));
    let by_name = |r: &Release| r.name == name && version.is_none_or(|version| r.version == version);
    let by_digest = |r: &Release| digits && r.digest.to_string().starts_with(&what.to_ascii_lowercase());
    let known: Vec<String> = releases.iter().map(|r| format!("{}@{}", r.name, r.version)).collect();
    // The newest of a name: a rule is published again and again while it is written.
    let newest = releases.into_iter().filter(|r| by_name(r) || by_digest(r)).max_by_key(|r| r.created_at);
    newest.ok_or_else(|| {
        let message = format!("there is no release {what:?} on the server; there are: {}", known.join(", "));
        Complaint::new("no_release", message).advice("`weft plugin publish FILE.wasm` makes one")
    })
}

pub(super) fn releases(client: &Client) -> Result<Vec<Release>, Complaint> {
    let mut answer = client.get("/v1/plugins")?;
    read(answer["items"].take())
}

pub(super) fn short(digest: Digest) -> String {
    let mut text = digest.to_string();
    text.truncate(PREFIX_SHOWN);
    text
}

fn read<T: serde::de::DeserializeOwned>(answer: Value) -> Result<T, Complaint> {
    serde_json::from_value(answer)
        .map_err(|e| Complaint::new("bad_answer", "the server's answer cannot be read").because(e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Timestamp, plugin::Hook};

    fn release(name: &str, version: &str, made: i64) -> Release {
        Release {
            digest: Digest::of(version.as_bytes()),
            hook: Hook::Routing,
            name: name.into(),
            version: version.into(),
            size: 1,
            manifest: Value::Null,
            shipped: false,
            created_at: Timestamp::from_ms(made),
        }
    }

    #[test]
    fn a_name_is_its_newest_release() {
        let all = || vec![release("a", "1.0.0", 1), release("a", "2.0.0", 2), release("b", "3.0.0", 3)];
        let found = |what: &str| chosen(all(), what).map(|r| r.version).map_err(|c| c.code);
        assert_eq!(found("a"), Ok("2.0.0".into()));
        assert_eq!(found("a@1.0.0"), Ok("1.0.0".into()));
        assert_eq!(found(&Digest::of(b"3.0.0").to_string()[..8]), Ok("3.0.0".into()));
        assert_eq!(found("c"), Err("no_release".into()));
    }
}

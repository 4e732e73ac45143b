//! `weft plugin inspect`: what a component may, here or on a server.

use crate::{
    answer::Answer,
    complaint::Complaint,
    remote::{At, Client, find_release},
    sheet::sheet,
};
use ports::Inspection;
use serde_json::json;
use std::{fs, path::Path};

#[derive(Debug, clap::Args)]
pub struct Inspect {
    /// A component file, or a release on the server: its digest (or how it begins), NAME or NAME@VERSION.
    #[arg(value_name = "FILE|RELEASE")]
    what: String,
    #[command(flatten)]
    at: At,
}

pub(crate) fn inspect(arguments: &Inspect) -> Result<Answer, Complaint> {
    let Inspect { what, at } = arguments;
    let file = Path::new(what);
    let found: Inspection = if file.is_file() || file.extension().is_some_and(|e| e.eq_ignore_ascii_case("wasm")) {
        let component = fs::read(file).map_err(|e| Complaint::file(file, e))?;
        plugin_harness::inspect(component.into())?
    } else {
        let client = Client::of(at)?;
        let release = find_release(&client, what)?;
        let found = client.get(&format!("/v1/plugins/{}/inspect", release.digest))?;
        serde_json::from_value(found)
            .map_err(|e| Complaint::new("bad_answer", "the server's inspection cannot be read").because(e))?
    };
    Ok(Answer::new(sheet(&found), json!(found)))
}

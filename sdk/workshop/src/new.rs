//! `weft plugin new`: a crate that builds, tests and lints at once.

use crate::{
    answer::{Answer, Voice},
    complaint::Complaint,
};
use model::plugin::Hook;
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Of a plugin's name, as an upload takes it.
const NAME_BYTES_MAX: usize = 64;

#[derive(Debug, clap::Args)]
pub struct New {
    /// Lower-case letters, digits and dashes; also the folder's name.
    name: String,
    #[arg(long, value_enum)]
    hook: HookName,
    /// Where the folder is made [default: here].
    #[arg(long, value_name = "DIR", default_value = ".", hide_default_value = true)]
    dir: PathBuf,
    /// The folder `sdk` of a checkout [default: of the checkout that this program is in, or was built from].
    #[arg(long, env = "WEFT_SDK", value_name = "PATH")]
    sdk: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum HookName {
    Routing,
    Notification,
    Retry,
}

impl From<HookName> for Hook {
    fn from(name: HookName) -> Self {
        match name {
            HookName::Routing => Self::Routing,
            HookName::Notification => Self::Notification,
            HookName::Retry => Self::Retry,
        }
    }
}

/// What a hook's crate begins with.
struct Template {
    rule: &'static str,
    manifest: &'static str,
    request: &'static str,
}

macro_rules! template {
    ($hook:literal) => {
        Template {
            rule: include_str!(concat!("../templates/", $hook, "/lib.rs")),
            manifest: include_str!(concat!("../templates/", $hook, "/plugin.toml")),
            request: include_str!(concat!("../templates/", $hook, "/request.json")),
        }
    };
}

const fn template(hook: HookName) -> Template {
    match hook {
        HookName::Routing => template!("routing"),
        HookName::Notification => template!("notification"),
        HookName::Retry => template!("retry"),
    }
}

pub(crate) fn new(arguments: &New, voice: Voice) -> Result<Answer, Complaint> {
    let New { name, hook, dir, sdk } = arguments;
    check_name(name)?;
    let sdk = find_sdk(sdk.as_deref())?;
    let folder = dir.join(name);
    if folder.exists() {
        let message = format!("{}: it is there already", folder.display());
        return Err(Complaint::new("exists", message).advice("choose another name, or another --dir"));
    }
    let template = template(*hook);
    let filled = |text: &str| {
        let plugin = sdk.join("plugin").display().to_string();
        text.replace("{{name}}", name).replace("{{hook}}", Hook::from(*hook).as_str()).replace("{{sdk}}", &plugin)
    };
    let mut files = vec![
        ("Cargo.toml", filled(include_str!("../templates/Cargo.template.toml"))),
        ("clippy.toml", filled(include_str!("../templates/clippy.template.toml"))),
        ("README.md", filled(include_str!("../templates/README.template.md"))),
        // Its own: a folder above it may have another style.
        ("rustfmt.toml", "edition = \"2024\"\n".to_owned()),
        (".gitignore", "target/\ndist/\n".to_owned()),
        ("plugin.toml", filled(template.manifest)),
        ("request.json", template.request.to_owned()),
        ("src/lib.rs", template.rule.to_owned()),
    ];
    // The versions that the SDK is built with: the same plugin everywhere, also where no registry can be asked.
    if let Ok(lock) = fs::read_to_string(sdk.join("../plugins/Cargo.lock")) {
        files.push(("Cargo.lock", lock));
    }
    for (file, text) in &files {
        write(&folder.join(file), text)?;
    }
    voice.say(&format!("made {}", folder.display()));
    let text = format!("cd {}\nweft plugin test\nweft plugin build\n", folder.display());
    let names: Vec<&str> = files.iter().map(|(file, _)| *file).collect();
    let json = json!({"name": name, "hook": Hook::from(*hook), "folder": folder, "sdk": sdk, "files": names});
    Ok(Answer::new(text, json))
}

fn write(path: &Path, text: &str) -> Result<(), Complaint> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(|e| Complaint::file(folder, e))?;
    fs::write(path, text).map_err(|e| Complaint::file(path, e))
}

/// As an upload checks it, and as cargo takes it.
fn check_name(name: &str) -> Result<(), Complaint> {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if name.len() <= NAME_BYTES_MAX && name.bytes().all(good) && name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Ok(());
    }
    let message = format!("{name:?} is no name for a plugin");
    let advice = format!("up to {NAME_BYTES_MAX} lower-case letters, digits and dashes, a letter first: my-rule");
    Err(Complaint::new("bad_name", message).advice(advice))
}

fn find_sdk(given: Option<&Path>) -> Result<PathBuf, Complaint> {
    let is_sdk = |folder: &Path| folder.join("plugin/Cargo.toml").is_file();
    let looked = |folder: &Path| is_sdk(folder).then(|| fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()));
    if let Some(given) = given {
        let message = || format!("{}: there is no plugin/Cargo.toml in it, so this is no SDK", given.display());
        return looked(given).ok_or_else(|| Complaint::new("no_sdk", message()));
    }
    let beside = std::env::current_exe().unwrap_or_default();
    let checkouts = beside.ancestors().map(|folder| folder.join("sdk"));
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned);
    checkouts.chain(built_from).find_map(|folder| looked(&folder)).ok_or_else(|| {
        let advice = "get a checkout of weft and give its folder `sdk` with --sdk or in WEFT_SDK";
        Complaint::new("no_sdk", "the SDK is not beside this program").advice(advice)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_an_upload_takes() {
        assert!(check_name("my-rule-2").is_ok());
        for wrong in ["", "My-Rule", "2fast", "a b", "-a", &"a".repeat(65)] {
            assert_eq!(check_name(wrong).unwrap_err().code, "bad_name", "{wrong:?}");
        }
    }
}

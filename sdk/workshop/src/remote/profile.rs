//! `weft profile`: servers and tokens under names, in a file that only its owner can read.

use super::{At, Client};
use crate::{
    answer::{Answer, Voice, table},
    complaint::Complaint,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, IsTerminal as _, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

/// Whoever may read the file is whom it names.
const OWNER_ONLY: u32 = 0o600;
const OTHERS: u32 = 0o077;

#[derive(Debug, clap::Subcommand)]
pub enum ProfileCommand {
    /// Keep a server and a token under a name. With --email it signs in (the password from standard input or WEFT_PASSWORD) and
    /// makes an API token; without, the API token is read from standard input.
    Add {
        name: String,
        /// For instance https://chat.example.
        #[arg(long, value_name = "URL")]
        server: String,
        /// The tenant's slug.
        #[arg(long, requires = "email")]
        tenant: Option<String>,
        /// An admin's.
        #[arg(long, requires = "tenant")]
        email: Option<String>,
        /// Certificate authorities (PEM) that count besides the public ones.
        #[arg(long, env = "WEFT_CA", value_name = "FILE")]
        ca: Option<PathBuf>,
    },
    /// List the profiles; tokens are not shown.
    List,
    /// Take a profile when none is named.
    Use { name: String },
    /// Forget a profile. Its API token stays good: delete it in the console.
    Remove { name: String },
}

#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Profiles {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    #[serde(default)]
    profiles: BTreeMap<String, Profile>,
}

/// It holds a token, so it cannot be printed.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    pub server: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    pub token: String,
}

pub(crate) fn profiles(command: &ProfileCommand, voice: Voice) -> Result<Answer, Complaint> {
    let path = path()?;
    let mut kept = Profiles::read(&path)?;
    match command {
        ProfileCommand::Add { name, server, tenant, email, ca } => {
            let token = match (tenant, email) {
                (Some(tenant), Some(email)) => sign_in(server, ca.as_ref(), tenant, email, voice)?,
                _ => secret("token", "WEFT_TOKEN", voice)?,
            };
            let profile = Profile { server: server.clone(), tenant: tenant.clone(), ca: ca.clone(), token };
            kept.profiles.insert(name.clone(), profile);
            kept.default.get_or_insert_with(|| name.clone());
            kept.write(&path)?;
            let text = format!("profile {name} is kept in {}\n", path.display());
            Ok(Answer::new(text, json!({"profile": name, "server": server, "tenant": tenant, "file": path})))
        }
        ProfileCommand::List => Ok(kept.listed()),
        ProfileCommand::Use { name } => {
            kept.get(name)?;
            kept.default = Some(name.clone());
            kept.write(&path)?;
            Ok(Answer::new(format!("{name} is the default\n"), json!({"default": name})))
        }
        ProfileCommand::Remove { name } => {
            kept.get(name)?;
            kept.profiles.remove(name);
            kept.default = kept.default.take().filter(|default| default != name);
            kept.write(&path)?;
            Ok(Answer::new(format!("{name} is forgotten\n"), json!({"removed": name})))
        }
    }
}

/// What flags and variables say, over what the profile says.
pub(crate) fn chosen(at: &At) -> Result<Profile, Complaint> {
    if let (None, Some(server), Some(token)) = (&at.profile, &at.server, &at.token) {
        return Ok(Profile { server: server.clone(), tenant: None, ca: at.ca.clone(), token: token.clone() });
    }
    let path = path()?;
    let kept = Profiles::read(&path)?;
    let Some(name) = at.profile.as_ref().or(kept.default.as_ref()) else {
        let complaint = Complaint::new("no_profile", "no server was named");
        return Err(complaint.advice(
            "`weft profile add NAME --server URL --tenant T --email E`, or --server and WEFT_TOKEN; then try again",
        ));
    };
    let mut profile = kept.get(name)?.clone();
    // A token goes to the server that it was made for, unless both are given.
    if let Some(server) = at.server.as_ref().filter(|server| **server != profile.server) {
        profile.server.clone_from(server);
        profile.token = at.token.clone().ok_or_else(|| {
            let message = format!("the token of profile {name} is for another server than {server}");
            Complaint::new("other_server", message).advice("give the token for it in WEFT_TOKEN")
        })?;
    }
    if let Some(token) = &at.token {
        profile.token.clone_from(token);
    }
    profile.ca = at.ca.clone().or(profile.ca);
    Ok(profile)
}

/// Signs in, makes an API token, and signs out: what is kept does not expire while somebody works.
fn sign_in(server: &str, ca: Option<&PathBuf>, tenant: &str, email: &str, voice: Voice) -> Result<String, Complaint> {
    let password = secret("password", "WEFT_PASSWORD", voice)?;
    let nobody = Client::new(server, None, ca)?;
    let signed = nobody.post("/v1/auth/login", &json!({"tenant": tenant, "email": email, "password": password}));
    let signed = signed.map_err(|complaint| match complaint.code.as_str() {
        "unauthenticated" => complaint.advice("look at tenant, e-mail and password"),
        _ => complaint,
    })?;
    let access = signed["access_token"].as_str().unwrap_or_default();
    let person = Client::new(server, Some(access), ca)?;
    let made = person.post("/v1/api-tokens", &json!({"name": format!("weft profile of {email}"), "role": "admin"}))?;
    person.post("/v1/auth/logout", &json!({}))?;
    let token = made["token"].as_str().map(str::to_owned);
    token.ok_or_else(|| Complaint::new("bad_answer", "the server made no token"))
}

/// From a variable or one line of standard input; never from an argument, which others on the machine could read.
fn secret(what: &str, variable: &str, voice: Voice) -> Result<String, Complaint> {
    if let Ok(secret) = env::var(variable) {
        return Ok(secret);
    }
    if io::stdin().is_terminal() {
        voice.say(&format!("{what}, then Enter:"));
    }
    let mut line = String::new();
    let reading = io::stdin().read_line(&mut line);
    reading.map_err(|e| Complaint::new("no_secret", format!("the {what} cannot be read")).because(e))?;
    let secret = line.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        let complaint = Complaint::new("no_secret", format!("there is no {what}"));
        return Err(complaint.advice(format!("give it on standard input or in {variable}")));
    }
    Ok(secret.to_owned())
}

fn path() -> Result<PathBuf, Complaint> {
    if let Some(path) = env::var_os("WEFT_PROFILES") {
        return Ok(path.into());
    }
    let config = env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".config")));
    let config = config.ok_or_else(|| {
        Complaint::new("no_home", "there is no home directory to keep profiles in")
            .advice("set WEFT_PROFILES to a file")
    })?;
    Ok(config.join("weft/profiles.toml"))
}

impl Profiles {
    /// None yet is no mistake; a file that others can read is one.
    fn read(path: &Path) -> Result<Self, Complaint> {
        let about = match fs::metadata(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            about => about.map_err(|e| Complaint::file(path, e))?,
        };
        if about.permissions().mode() & OTHERS != 0 {
            let message = format!("{}: it holds tokens, and others can read it", path.display());
            return Err(Complaint::new("open_profiles", message).advice(format!("chmod 600 {}", path.display())));
        }
        let text = fs::read_to_string(path).map_err(|e| Complaint::file(path, e))?;
        toml::from_str(&text)
            .map_err(|e| Complaint::new("bad_profiles", format!("{}: it cannot be read", path.display())).because(e))
    }

    /// Beside its place, then moved there: a killed process leaves the old file.
    fn write(&self, path: &Path) -> Result<(), Complaint> {
        let folder = path.parent().unwrap_or(path);
        fs::create_dir_all(folder).map_err(|e| Complaint::file(folder, e))?;
        let text = toml::to_string(self).map_err(|e| Complaint::new("bad_profiles", "cannot be written").because(e))?;
        let fresh = path.with_extension(format!("new-{}", std::process::id()));
        let writing = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(OWNER_ONLY).open(&fresh);
        writing
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .and_then(|()| fs::rename(&fresh, path))
            .map_err(|e| Complaint::file(path, e))
    }

    fn get(&self, name: &str) -> Result<&Profile, Complaint> {
        self.profiles.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
            let message = format!("there is no profile {name:?}; there are: {}", known.join(", "));
            Complaint::new("no_profile", message).advice("`weft profile add NAME --server URL` makes one")
        })
    }

    fn listed(&self) -> Answer {
        let is_default = |name: &String| self.default.as_ref() == Some(name);
        let rows: Vec<Vec<String>> = self
            .profiles
            .iter()
            .map(|(name, profile)| {
                let mark = if is_default(name) { "*" } else { "" };
                vec![mark.into(), name.clone(), profile.server.clone(), profile.tenant.clone().unwrap_or_default()]
            })
            .collect();
        let items: Vec<_> = self
            .profiles
            .iter()
            .map(|(name, p)| json!({"name": name, "server": p.server, "tenant": p.tenant, "default": is_default(name)}))
            .collect();
        let text = if rows.is_empty() { "no profiles yet\n".to_owned() } else { table(&rows) };
        Answer::new(text, json!({"items": items}))
    }
}

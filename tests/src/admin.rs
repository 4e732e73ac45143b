//! A tenant's admin over REST, and tenants of the tests' own.

use crate::{Agent, Door, Plan, Reply, Rest, agent::PASSWORD};
use reqwest::Method;
use serde_json::{Value, json};

#[derive(Clone, Debug)]
pub struct Admin {
    pub rest: Rest,
    pub tenant: String,
}

impl Plan {
    /// Makes a tenant with an admin, `admin@TENANT.example`, before the node starts.
    pub async fn tenant(&self, slug: &str) {
        self.run(&["tenant", "add", slug], "").await;
        let email = format!("admin@{slug}.example");
        self.run(&["user", "add", "--tenant", slug, "--email", &email, "--role", "admin"], PASSWORD).await;
    }
}

impl Admin {
    pub async fn sign_in(door: &impl Door, tenant: &str) -> Self {
        let admin = Agent::sign_in(&door.rest(), tenant, &format!("admin@{tenant}.example")).await;
        Self { rest: admin.rest, tenant: tenant.to_owned() }
    }

    /// The public key of the tenant's first channel.
    pub async fn channel_key(&self) -> String {
        let channels = self.rest.all("/v1/channels").await;
        channels[0]["key"].as_str().expect("a channel has a key").to_owned()
    }

    /// Makes an agent who joins every team, and signs them in.
    pub async fn agent(&self, name: &str, capacity: u16, skills: &[&str]) -> Agent {
        let email = format!("{}@{}.example", name.to_lowercase(), self.tenant);
        let body = json!({"email": email, "name": name, "role": "agent", "password": PASSWORD, "capacity": capacity,
            "skills": skills});
        let made = self.rest.post("/v1/agents", &body).await.good();
        for team in self.rest.all("/v1/teams").await {
            let mut members = team["members"].as_array().expect("a team has members").clone();
            members.push(made["id"].clone());
            let path = format!("/v1/teams/{}", team["id"].as_str().expect("a team has an id"));
            self.change(&path, &json!({"members": members})).await.good();
        }
        Agent::sign_in(&self.rest, &self.tenant, &email).await
    }

    /// Changes something that has an ETag, as it is now.
    pub async fn change(&self, path: &str, change: &Value) -> Reply {
        let etag = self.rest.get(path).await.etag();
        self.rest.send(Method::PATCH, path, Some(change), &[("if-match", &etag)]).await
    }

    /// Sets one of the tenant's settings, leaving the others.
    pub async fn setting(&self, name: &str, value: impl Into<Value>) {
        let current = self.rest.get("/v1/settings").await;
        let etag = current.etag();
        let mut settings = current.good();
        settings[name] = value.into();
        self.rest.send(Method::PUT, "/v1/settings", Some(&settings), &[("if-match", &etag)]).await.good();
    }

    /// Uploads a component; the release's digest.
    pub async fn upload(&self, component: Vec<u8>) -> String {
        let release = self.rest.upload("/v1/plugins", "application/wasm", component).await.good();
        release["digest"].as_str().expect("a release has a digest").to_owned()
    }

    /// Binds the routing hook to a release and activates it; the new epoch.
    pub async fn activate(&self, digest: &str, settings: &Value) -> u64 {
        self.try_activate(digest, settings).await.good()["epoch"].as_u64().expect("an activation has an epoch")
    }

    pub async fn try_activate(&self, digest: &str, settings: &Value) -> Reply {
        let change = json!({"hook": "routing", "release": digest, "settings": settings});
        self.rest.post("/v1/bindings/activate", &json!({"changes": [change]})).await
    }

    /// Binds any hook to a release and activates it.
    pub async fn bind(&self, hook: &str, digest: &str, settings: &Value) {
        let change = json!({"hook": hook, "release": digest, "settings": settings});
        self.rest.post("/v1/bindings/activate", &json!({"changes": [change]})).await.good();
    }

    /// Adds a webhook; the target as it was answered, with its secret.
    pub async fn webhook(&self, name: &str, url: &str, more: &Value) -> Value {
        let mut target = json!({"name": name, "channel": "webhook", "address": {"url": url}});
        let more = more.as_object().expect("fields of a target").clone();
        target.as_object_mut().expect("an object").extend(more);
        self.rest.post("/v1/targets", &target).await.good()
    }

    pub async fn roll_back(&self) -> u64 {
        let answer = self.rest.post("/v1/bindings/rollback", &json!({})).await.good();
        answer["epoch"].as_u64().expect("an activation has an epoch")
    }

    /// Every entry of a conversation, as an agent reads them.
    pub async fn log(&self, conversation: &str) -> Vec<Value> {
        self.rest.all(&format!("/v1/conversations/{conversation}/entries")).await
    }

    pub async fn decisions(&self, conversation: &str) -> Vec<Value> {
        self.rest.all(&format!("/v1/conversations/{conversation}/decisions")).await
    }

    pub async fn conversations(&self) -> Vec<Value> {
        self.rest.all("/v1/conversations").await
    }
}

/// A component that ships, from `plugins/dist`, or a guest of the tests, from `tests/guests/dist`.
pub fn component(path: &str) -> Vec<u8> {
    let file = crate::node::root().join(path);
    std::fs::read(&file).unwrap_or_else(|e| panic!("{}: {e}: run `cargo xtask plugins`", file.display()))
}

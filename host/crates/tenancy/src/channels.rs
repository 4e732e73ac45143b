use crate::{
    Tenancy,
    refusals::{line, lines, stale, unavailable},
    secret,
};
use model::{Caller, ChannelId, Refusal, TeamId, TenantId, people::Channel};
use secrecy::{ExposeSecret, SecretString};

const ORIGINS: usize = 64;

/// What of a channel may be changed; `None` stays as it is.
#[derive(Debug, Default)]
pub struct ChannelChange {
    pub name: Option<String>,
    pub team: Option<TeamId>,
    pub allowed_origins: Option<Vec<String>>,
    /// Key of identity proofs; an empty one takes it away.
    pub identity_secret: Option<SecretString>,
}

impl Tenancy {
    pub async fn channels(&self, tenant: TenantId) -> Result<Vec<Channel>, Refusal> {
        self.store.channels(tenant).await.map_err(unavailable)
    }

    pub async fn channel(&self, tenant: TenantId, id: ChannelId) -> Result<Channel, Refusal> {
        self.store.channel(tenant, id).await.map_err(unavailable)?.ok_or_else(|| Refusal::not_found("channel"))
    }

    /// `key` is public and made when not given.
    pub async fn add_channel(
        &self,
        by: &Caller,
        key: Option<String>,
        name: &str,
        team: TeamId,
        allowed_origins: &[String],
    ) -> Result<Channel, Refusal> {
        let origins = origins(allowed_origins)?;
        let channel = self.insert_channel(by.tenant, key, name, team, origins).await?;
        self.audit(by, "channel.added", serde_json::json!({ "channel": channel.id, "name": channel.name })).await;
        Ok(channel)
    }

    pub(crate) async fn insert_channel(
        &self,
        tenant: TenantId,
        key: Option<String>,
        name: &str,
        team: TeamId,
        allowed_origins: Vec<String>,
    ) -> Result<Channel, Refusal> {
        self.team(tenant, team).await.map_err(|e| e.field("team"))?;
        let channel = Channel {
            id: self.ids.channel(),
            key: match key {
                Some(key) => line("key", &key)?,
                None => secret::random(),
            },
            name: line("name", name)?,
            team,
            allowed_origins,
            identity_secret: None,
            version: 1,
        };
        if !self.store.add_channel(tenant, &channel).await.map_err(unavailable)? {
            return Err(Refusal::conflict("this key is taken").field("key"));
        }
        self.channel(tenant, channel.id).await
    }

    pub async fn change_channel(
        &self,
        by: &Caller,
        id: ChannelId,
        version: u64,
        change: ChannelChange,
    ) -> Result<Channel, Refusal> {
        let mut channel = self.channel(by.tenant, id).await?;
        channel.version = version;
        if let Some(name) = change.name {
            channel.name = line("name", &name)?;
        }
        if let Some(team) = change.team {
            channel.team = self.team(by.tenant, team).await.map_err(|e| e.field("team"))?.id;
        }
        if let Some(allowed) = change.allowed_origins {
            channel.allowed_origins = origins(&allowed)?;
        }
        if let Some(secret) = change.identity_secret {
            let bytes = secret.expose_secret().as_bytes();
            channel.identity_secret = (!bytes.is_empty()).then(|| bytes.to_vec());
        }
        if !self.store.update_channel(by.tenant, &channel).await.map_err(unavailable)? {
            return Err(stale());
        }
        self.channels.invalidate(&(by.tenant, id)).await;
        self.audit(by, "channel.changed", serde_json::json!({ "channel": id })).await;
        self.channel(by.tenant, id).await
    }
}

/// As a browser sends them: scheme, host, port if not the default; lower case, no path.
fn origins(all: &[String]) -> Result<Vec<String>, Refusal> {
    let all = lines("allowed_origins", all, ORIGINS)?;
    for origin in &all {
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://")).unwrap_or_default();
        let odd = |c: char| c.is_ascii_uppercase() || matches!(c, '/' | '?' | '#' | '*' | '@' | ' ');
        if host.is_empty() || host.contains(odd) {
            return Err(Refusal::bad("allowed_origins", "an origin is like https://shop.example, without a path"));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_exact() {
        let check = |origin: &str| origins(&[origin.to_owned()]).is_ok();
        assert!(check("https://shop.example") && check("http://localhost:8080"));
        for odd in [
            "shop.example",
            "https://",
            "https://shop.example/",
            "https://Shop.example",
            "https://*.example",
            "*",
            "null",
        ] {
            assert!(!check(odd), "{odd}");
        }
    }
}

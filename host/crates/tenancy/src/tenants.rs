//! Tenants as an operator makes them: with a team, a channel, and people.

use crate::{
    NewPerson, Tenancy,
    refusals::{line, stale, unavailable},
};
use model::{
    Refusal, TenantId,
    people::{Agent, Channel, Team},
    tenant::{Settings, Tenant},
};
use ports::store::Page;

const SLUG_BYTES: usize = 63;

#[derive(Clone, Debug)]
pub struct NewTenant {
    /// Lower-case letters, digits and dashes.
    pub slug: String,
    pub name: String,
    pub settings: Settings,
    /// Of the first team.
    pub team: String,
    /// Of the first channel; its key is made when not given.
    pub channel: String,
    pub channel_key: Option<String>,
}

/// A tenant that can be used at once.
#[derive(Clone, Debug)]
pub struct Founded {
    pub tenant: Tenant,
    pub team: Team,
    pub channel: Channel,
}

impl Tenancy {
    pub async fn add_tenant(&self, new: NewTenant) -> Result<Founded, Refusal> {
        let slug = slug(&new.slug)?;
        let tenant = Tenant {
            id: self.ids.tenant(),
            slug,
            name: line("name", &new.name)?,
            settings: new.settings,
            activation_epoch: 0,
            version: 1,
        };
        if !self.store.add_tenant(&tenant).await.map_err(unavailable)? {
            return Err(Refusal::conflict("this slug is taken").field("slug"));
        }
        let team = self.insert_team(tenant.id, &new.team, Vec::new()).await?;
        let channel = self.insert_channel(tenant.id, new.channel_key, &new.channel, team.id, Vec::new()).await?;
        self.audit_by(tenant.id, None, "tenant.added", serde_json::json!({ "slug": tenant.slug })).await;
        Ok(Founded { tenant, team, channel })
    }

    pub async fn tenants(&self, page: Page<TenantId>) -> Result<Vec<Tenant>, Refusal> {
        self.store.tenants(page).await.map_err(unavailable)
    }

    pub async fn tenant_by_slug(&self, slug: &str) -> Result<Tenant, Refusal> {
        self.store.tenant_by_slug(slug).await.map_err(unavailable)?.ok_or_else(|| Refusal::not_found("tenant"))
    }

    /// A person, by the operator: joins the `teams` named, or all when `None`.
    pub async fn add_person(
        &self,
        tenant: TenantId,
        person: NewPerson,
        teams: Option<&[String]>,
    ) -> Result<Agent, Refusal> {
        let all = self.teams(tenant).await?;
        let joined: Vec<Team> = match teams {
            None => all,
            Some(names) => names
                .iter()
                .map(|name| {
                    all.iter()
                        .find(|t| t.name == *name)
                        .cloned()
                        .ok_or_else(|| Refusal::not_found("team").field("team"))
                })
                .collect::<Result<_, _>>()?,
        };
        let agent = self.insert_agent(tenant, person).await?;
        for mut team in joined {
            team.members.push(agent.id);
            if !self.store.update_team(tenant, &team).await.map_err(unavailable)? {
                return Err(stale());
            }
        }
        self.audit_by(tenant, None, "agent.added", serde_json::json!({ "agent": agent.id, "role": agent.role })).await;
        Ok(agent)
    }
}

fn slug(text: &str) -> Result<String, Refusal> {
    let fits = (1..=SLUG_BYTES).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    if fits { Ok(text.to_owned()) } else { Err(Refusal::bad("slug", "1 to 63 lower-case letters, digits and dashes")) }
}

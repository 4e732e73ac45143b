//! Agents, supervisors and admins of a tenant.

use crate::{
    Tenancy,
    refusals::{line, lines, stale, unavailable},
};
use model::{AgentId, Caller, Code, Refusal, Role, TenantId, limits, people::Agent};
use ports::store::{NewAgent, Page};
use secrecy::SecretString;

/// The greatest capacity that makes sense: conversations of one person.
const CAPACITY: u16 = 1000;
const SKILLS: usize = 64;

/// A person as an admin makes one.
#[derive(Debug)]
pub struct NewPerson {
    pub email: String,
    pub name: String,
    pub role: Role,
    pub password: SecretString,
    /// `None`: the tenant's default.
    pub capacity: Option<u16>,
    pub skills: Vec<String>,
    pub tier: u8,
    /// `None`: a full share, 100.
    pub weight: Option<u16>,
}

/// What of an agent may be changed; `None` stays as it is.
#[derive(Debug, Default)]
pub struct AgentChange {
    pub name: Option<String>,
    pub role: Option<Role>,
    pub capacity: Option<u16>,
    pub skills: Option<Vec<String>>,
    pub tier: Option<u8>,
    pub weight: Option<u16>,
    pub disabled: Option<bool>,
    pub password: Option<SecretString>,
}

impl Tenancy {
    pub async fn agents(&self, tenant: TenantId, page: Page<AgentId>) -> Result<Vec<Agent>, Refusal> {
        self.store.agents(tenant, page).await.map_err(unavailable)
    }

    pub async fn agent(&self, tenant: TenantId, id: AgentId) -> Result<Agent, Refusal> {
        self.store.agent(tenant, id).await.map_err(unavailable)?.ok_or_else(|| Refusal::not_found("agent"))
    }

    pub async fn add_agent(&self, by: &Caller, person: NewPerson) -> Result<Agent, Refusal> {
        let agent = self.insert_agent(by.tenant, person).await?;
        self.audit(by, "agent.added", serde_json::json!({ "agent": agent.id, "role": agent.role })).await;
        Ok(agent)
    }

    /// Without an audit record: for the seed and for `add_agent`.
    pub(crate) async fn insert_agent(&self, tenant: TenantId, person: NewPerson) -> Result<Agent, Refusal> {
        check_role(person.role)?;
        let email = email(&person.email)?;
        let settings = self.tenant(tenant).await?.settings.clone();
        let new = NewAgent {
            id: self.ids.agent(),
            email,
            name: line("name", &person.name)?,
            role: person.role,
            capacity: check_capacity(person.capacity.unwrap_or(settings.agent_capacity))?,
            skills: lines("skills", &person.skills, SKILLS)?,
            tier: person.tier,
            weight: person.weight.unwrap_or(100),
            password_hash: self.passwords.hash(person.password).await?,
        };
        if !self.store.add_agent(tenant, &new).await.map_err(unavailable)? {
            return Err(Refusal::conflict("there is an agent with this e-mail").field("email"));
        }
        self.agent(tenant, new.id).await
    }

    pub async fn change_agent(
        &self,
        by: &Caller,
        id: AgentId,
        version: u64,
        change: AgentChange,
    ) -> Result<Agent, Refusal> {
        let mut agent = self.agent(by.tenant, id).await?;
        let role = change.role.unwrap_or(agent.role);
        check_role(role)?;
        let loses = agent.role == Role::Admin && (role != Role::Admin || change.disabled == Some(true));
        if loses && by.participant.agent() == Some(id) {
            return Err(Refusal::conflict("an admin cannot take this away from themselves"));
        }
        let password = match change.password {
            Some(password) => Some(self.passwords.hash(password).await?),
            None => None,
        };
        agent.version = version;
        agent.role = role;
        if let Some(name) = change.name {
            agent.name = line("name", &name)?;
        }
        agent.capacity = check_capacity(change.capacity.unwrap_or(agent.capacity))?;
        if let Some(skills) = change.skills {
            agent.skills = lines("skills", &skills, SKILLS)?;
        }
        agent.tier = change.tier.unwrap_or(agent.tier);
        agent.weight = change.weight.unwrap_or(agent.weight);
        agent.disabled = change.disabled.unwrap_or(agent.disabled);
        if !self.store.update_agent(by.tenant, &agent).await.map_err(unavailable)? {
            return Err(stale());
        }
        let ends = agent.disabled || password.is_some();
        if let Some(hash) = password {
            self.store.set_password(by.tenant, id, &hash).await.map_err(unavailable)?;
        }
        if ends {
            // Whoever was signed in with what is no longer true signs in again; a disabled agent who is enabled again, too.
            self.store.end_families_of(by.tenant, id).await.map_err(unavailable)?;
            self.families.invalidate_all();
        }
        self.forget_agent(by.tenant, id).await;
        self.audit(by, "agent.changed", serde_json::json!({ "agent": id, "role": role, "disabled": agent.disabled }))
            .await;
        self.agent(by.tenant, id).await
    }
}

fn check_role(role: Role) -> Result<(), Refusal> {
    match role {
        Role::Agent | Role::Supervisor | Role::Admin => Ok(()),
        Role::Visitor | Role::Operator => Err(Refusal::bad("role", "agent, supervisor or admin")),
    }
}

fn check_capacity(capacity: u16) -> Result<u16, Refusal> {
    if capacity > CAPACITY { Err(Refusal::bad("capacity", format!("at most {CAPACITY}"))) } else { Ok(capacity) }
}

/// Lower case; not more than a look, since only a mail that arrives proves an address.
fn email(text: &str) -> Result<String, Refusal> {
    let email = line("email", text)?.to_lowercase();
    let parts = email.split_once('@');
    if parts.is_none_or(|(name, host)| name.is_empty() || host.is_empty() || email.contains(char::is_whitespace)) {
        return Err(Refusal::bad("email", "not an e-mail address"));
    }
    if email.len() > limits::PROPERTY_BYTES {
        return Err(Refusal::new(Code::TooLarge, format!("at most {} bytes", limits::PROPERTY_BYTES)).field("email"));
    }
    Ok(email)
}

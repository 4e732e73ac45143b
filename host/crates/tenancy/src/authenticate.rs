//! From a bearer token to a caller.

use crate::{
    Tenancy,
    access::{Bearer, unknown},
    api_tokens,
    refusals::unavailable,
    secret,
};
use model::{
    AgentId, Caller, ChannelId, Code, Participant, Refusal, Role, TenantId, Timestamp, TokenId, people::Channel,
};
use std::sync::Arc;

/// A caller, and how long the token is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    pub caller: Caller,
    /// `None`: until it is deleted.
    pub expires_at: Option<Timestamp>,
    /// Of a visitor: where they came in.
    pub channel: Option<ChannelId>,
}

/// What the store says of a participant.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    name: String,
    role: Role,
    disabled: bool,
}

impl Tenancy {
    /// Who speaks with this token. Refused as `unauthenticated`; a store that is away as `unavailable`.
    pub async fn authenticate(&self, bearer: &str) -> Result<Authenticated, Refusal> {
        if bearer.starts_with(api_tokens::PREFIX) {
            return self.api_caller(bearer).await;
        }
        let access = self.signer.verify(bearer, self.clock.now())?;
        let participant = access.participant();
        let Known { name, role, disabled } = self.known(access.tenant, participant).await?;
        if disabled {
            return Err(Refusal::new(Code::Unauthenticated, "this account is disabled"));
        }
        let channel = match access.bearer {
            Bearer::Visitor { channel, .. } => Some(channel),
            Bearer::Agent { family, .. } => {
                self.check_family(access.tenant, family).await?;
                None
            }
        };
        let caller = Caller { tenant: access.tenant, participant, role, name };
        Ok(Authenticated { caller, expires_at: Some(access.expires_at), channel })
    }

    /// Whether a page of `origin` may speak for this caller: a visitor's must be one of the channel's, others have none to keep to.
    pub async fn check_origin(&self, who: &Authenticated, origin: Option<&str>) -> Result<(), Refusal> {
        let (Some(channel), Some(origin)) = (who.channel, origin) else { return Ok(()) };
        let channel = self.known_channel(who.caller.tenant, channel).await?;
        check_origin(&channel, Some(origin))
    }

    /// Refused when the sign-in has been ended: by its own agent, or by an admin for all of them.
    async fn check_family(&self, tenant: TenantId, family: TokenId) -> Result<(), Refusal> {
        if self.families.get(&(tenant, family)).await.is_some() {
            return Ok(());
        }
        if !self.store.has_family(tenant, family).await.map_err(unavailable)? {
            return Err(Refusal::new(Code::Unauthenticated, "this sign-in has ended"));
        }
        self.families.insert((tenant, family), ()).await;
        Ok(())
    }

    async fn known(&self, tenant: TenantId, who: Participant) -> Result<Known, Refusal> {
        if let Some(known) = self.known.get(&(tenant, who)).await {
            return Ok(known);
        }
        let known = match who {
            Participant::Agent(id) => {
                let agent = self.store.agent(tenant, id).await.map_err(unavailable)?.ok_or_else(unknown)?;
                Known { name: agent.name, role: agent.role, disabled: agent.disabled }
            }
            Participant::Visitor(id) => {
                let visitor = self.store.visitor(tenant, id).await.map_err(unavailable)?.ok_or_else(unknown)?;
                Known { name: visitor.name, role: Role::Visitor, disabled: false }
            }
        };
        self.known.insert((tenant, who), known.clone()).await;
        Ok(known)
    }

    async fn api_caller(&self, bearer: &str) -> Result<Authenticated, Refusal> {
        let hash = secret::hash(bearer);
        if let Some(found) = self.tokens.get(&hash).await {
            return Ok(found);
        }
        let (tenant, token) = self.store.api_token(hash).await.map_err(unavailable)?.ok_or_else(unknown)?;
        if token.expires_at.is_some_and(|at| at <= self.clock.now()) {
            return Err(Refusal::new(Code::Unauthenticated, "the token has expired"));
        }
        // A bot speaks as an agent whose id is its token's.
        let participant = Participant::Agent(AgentId::from_bytes(token.id.to_bytes()));
        let caller = Caller { tenant, participant, role: token.role, name: token.name };
        let found = Authenticated { caller, expires_at: token.expires_at, channel: None };
        self.tokens.insert(hash, found.clone()).await;
        Ok(found)
    }

    pub(crate) async fn known_channel(&self, tenant: TenantId, id: ChannelId) -> Result<Arc<Channel>, Refusal> {
        if let Some(channel) = self.channels.get(&(tenant, id)).await {
            return Ok(channel);
        }
        let found = self.store.channel(tenant, id).await.map_err(unavailable)?;
        let channel = Arc::new(found.ok_or_else(|| Refusal::not_found("channel"))?);
        self.channels.insert((tenant, id), channel.clone()).await;
        Ok(channel)
    }
}

/// Exact comparison: no suffixes, no other port. A client without an origin is no browser and has nothing to steal.
pub(crate) fn check_origin(channel: &Channel, origin: Option<&str>) -> Result<(), Refusal> {
    match origin {
        Some(origin) if !channel.allowed_origins.is_empty() && !channel.allowed_origins.iter().any(|o| o == origin) => {
            Err(Refusal::forbidden("this channel may not be used from this origin").field("origin"))
        }
        _ => Ok(()),
    }
}

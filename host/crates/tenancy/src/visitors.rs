//! Visitors come in through a channel.

use crate::{
    Tenancy,
    access::{Access, Bearer},
    authenticate::check_origin,
    refusals::{internal, line, unavailable},
};
use hmac::{Hmac, KeyInit, Mac};
use model::{
    ChannelId, Code, Participant, Refusal, TenantId, Timestamp, VisitorId,
    conversation::check_properties,
    people::{Channel, Visitor},
};
use sha2::Sha256;
use std::{collections::BTreeMap, sync::Arc};

/// What the widget brings.
#[derive(Clone, Debug, Default)]
pub struct Enter {
    pub channel_key: String,
    /// Of the page; `None` when the client is no browser.
    pub origin: Option<String>,
    pub name: Option<String>,
    pub language: Option<String>,
    pub properties: BTreeMap<String, String>,
    /// A token of an earlier visit: the same visitor again.
    pub visitor_token: Option<String>,
    pub identity: Option<Identity>,
}

/// Who the visitor is to the site, said by the site's server.
#[derive(Clone, Debug)]
pub struct Identity {
    pub external_id: String,
    /// 0 is nobody special; signed with the id.
    pub vip: u8,
    /// Hex of HMAC-SHA-256 with the channel's identity secret over `external_id`, or over `external_id`, a line feed and the
    /// decimal `vip` when that is not 0.
    pub signature: String,
}

/// A visitor who is in.
#[derive(Clone, Debug)]
pub struct Entered {
    pub tenant: TenantId,
    pub visitor: VisitorId,
    pub name: String,
    pub channel: Arc<Channel>,
    pub token: String,
    pub expires_at: Timestamp,
}

impl Tenancy {
    pub async fn enter(&self, enter: Enter) -> Result<Entered, Refusal> {
        let found = self.store.channel_by_key(&enter.channel_key).await.map_err(unavailable)?;
        let (tenant, channel) = found.ok_or_else(|| Refusal::not_found("channel").field("channel_key"))?;
        check_origin(&channel, enter.origin.as_deref())?;
        check_properties(&enter.properties)?;
        let language = enter.language.as_deref().map(|l| line("language", l)).transpose()?;
        let name = enter.name.as_deref().map(|n| line("name", n)).transpose()?;
        let visitor = match (&enter.identity, &enter.visitor_token) {
            (None, Some(token)) => self.returning(tenant, &channel, token).await,
            _ => None,
        };
        let (id, name) = match visitor {
            Some(visitor) if name.is_none() => (visitor.id, visitor.name),
            known => {
                let external_id = match &enter.identity {
                    Some(identity) => Some(proven(&channel, identity)?),
                    None => known.as_ref().and_then(|v| v.external_id.clone()),
                };
                let fresh = known.unwrap_or_else(|| Visitor {
                    id: self.ids.visitor(),
                    channel: channel.id,
                    name: String::new(),
                    external_id: None,
                    language: None,
                    vip: 0,
                    properties: BTreeMap::new(),
                    created_at: self.clock.now(),
                });
                let visitor = Visitor {
                    name: name
                        .or_else(|| (!fresh.name.is_empty()).then(|| fresh.name.clone()))
                        .unwrap_or_else(|| guest(fresh.id)),
                    external_id,
                    language: language.or_else(|| fresh.language.clone()),
                    vip: enter.identity.as_ref().map_or(fresh.vip, |i| i.vip),
                    properties: if enter.properties.is_empty() { fresh.properties.clone() } else { enter.properties },
                    ..fresh
                };
                let id = self.store.put_visitor(tenant, &visitor).await.map_err(unavailable)?;
                self.known.invalidate(&(tenant, Participant::Visitor(id))).await;
                (id, visitor.name)
            }
        };
        self.entered(tenant, id, name, channel)
    }

    /// The visitor of an earlier token, when it is one of this channel. A token that is not good any more makes a new visitor.
    async fn returning(&self, tenant: TenantId, channel: &Channel, token: &str) -> Option<Visitor> {
        let access = self.signer.verify(token, self.clock.now()).ok()?;
        let Bearer::Visitor { visitor, channel: from } = access.bearer else { return None };
        if access.tenant != tenant || from != channel.id {
            return None;
        }
        self.store.visitor(tenant, visitor).await.ok().flatten()
    }

    fn entered(
        &self,
        tenant: TenantId,
        visitor: VisitorId,
        name: String,
        channel: Channel,
    ) -> Result<Entered, Refusal> {
        let now = self.clock.now();
        let expires_at = now.plus(self.config.visitor);
        let access = Access { tenant, bearer: Bearer::Visitor { visitor, channel: channel.id }, expires_at };
        let token = self.signer.sign(&access, now).map_err(|e| internal(&e))?;
        Ok(Entered { tenant, visitor, name, channel: Arc::new(channel), token, expires_at })
    }

    /// A visitor's own record.
    pub async fn visitor(&self, tenant: TenantId, id: VisitorId) -> Result<Visitor, Refusal> {
        self.store.visitor(tenant, id).await.map_err(unavailable)?.ok_or_else(|| Refusal::not_found("visitor"))
    }

    /// A channel as it was a moment ago.
    pub async fn channel_of(&self, tenant: TenantId, id: ChannelId) -> Result<Arc<Channel>, Refusal> {
        self.known_channel(tenant, id).await
    }
}

/// Tells visitors without a name apart.
fn guest(id: VisitorId) -> String {
    let text = id.to_string();
    format!("Guest {}", &text[text.len() - 4..])
}

/// The external id, if the site's server has signed it.
fn proven(channel: &Channel, identity: &Identity) -> Result<String, Refusal> {
    let external_id = line("identity.external_id", &identity.external_id)?;
    let refuse = || Refusal::new(Code::Unauthenticated, "the identity is not proven").field("identity.signature");
    let secret = channel.identity_secret.as_deref().filter(|s| !s.is_empty()).ok_or_else(refuse)?;
    let signature = hex::decode(&identity.signature).map_err(|_| refuse())?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| refuse())?;
    mac.update(external_id.as_bytes());
    if identity.vip != 0 {
        mac.update(format!("\n{}", identity.vip).as_bytes());
    }
    mac.verify_slice(&signature).map_err(|_| refuse())?;
    Ok(external_id)
}

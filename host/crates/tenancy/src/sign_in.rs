//! Agents sign in, stay signed in, and sign out.

use crate::{
    Tenancy,
    access::{Access, Bearer},
    refusals::{internal, unavailable},
    secret,
};
use model::{AgentId, Code, Refusal, TenantId, Timestamp, TokenId};
use ports::store::{RefreshToken, Used};
use secrecy::SecretString;
use std::net::IpAddr;

#[derive(Debug)]
pub struct Credentials {
    /// The tenant's slug.
    pub tenant: String,
    pub email: String,
    pub password: SecretString,
    /// Where the attempt comes from.
    pub address: Option<IpAddr>,
}

/// Tokens of a sign-in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub tenant: TenantId,
    pub agent: AgentId,
    pub access_token: String,
    pub refresh_token: String,
    /// Of the access token.
    pub expires_at: Timestamp,
}

impl Tenancy {
    /// The same answer, after about the same time, for an unknown tenant, an unknown e-mail and a wrong password.
    pub async fn sign_in(&self, credentials: Credentials) -> Result<SignedIn, Refusal> {
        let Credentials { tenant: slug, email, password, address } = credentials;
        let email = email.trim().to_lowercase();
        let account = format!("{slug}/{email}");
        if account.len() > model::limits::LINE_BYTES {
            return Err(wrong());
        }
        self.throttle.attempt(&account, address)?;
        let found = match self.store.tenant_by_slug(&slug).await.map_err(unavailable)? {
            Some(tenant) => {
                let found = self.store.credentials(tenant.id, &email).await.map_err(unavailable)?;
                found.filter(|(agent, _)| !agent.disabled).map(|(agent, hash)| (tenant.id, agent, hash))
            }
            None => None,
        };
        let right = self.passwords.verify(password, found.as_ref().map(|(_, _, hash)| hash.clone())).await?;
        let (tenant, agent, _) = found.filter(|_| right).ok_or_else(wrong)?;
        self.throttle.succeeded(&account, address);
        let family = self.ids.token();
        let refresh = refresh_secret(tenant);
        let token = RefreshToken {
            family,
            agent: agent.id,
            hash: secret::hash(&refresh),
            expires_at: self.clock.now().plus(self.config.refresh),
        };
        self.store.add_refresh(tenant, &token).await.map_err(unavailable)?;
        tracing::info!(%tenant, agent = %agent.id, "signed in");
        self.tokens_of(tenant, agent.id, family, refresh)
    }

    /// New tokens for a refresh token, which is spent. One that was spent before ends the whole sign-in: somebody copied it.
    pub async fn refresh(&self, refresh: &str) -> Result<SignedIn, Refusal> {
        let tenant = tenant_of(refresh).ok_or_else(spent)?;
        let next = refresh_secret(tenant);
        let expires_at = self.clock.now().plus(self.config.refresh);
        let used = self.store.use_refresh(tenant, secret::hash(refresh), secret::hash(&next), expires_at).await;
        match used.map_err(unavailable)? {
            Used::Rotated { family, agent } => {
                let found = self.store.agent(tenant, agent).await.map_err(unavailable)?;
                if found.is_none_or(|a| a.disabled) {
                    self.end_family(tenant, family).await?;
                    return Err(spent());
                }
                self.tokens_of(tenant, agent, family, next)
            }
            Used::Reused { family, agent } => {
                tracing::warn!(%tenant, %agent, %family, "a refresh token came twice: the sign-in is ended");
                self.families.invalidate(&(tenant, family)).await;
                Err(spent())
            }
            Used::Unknown => Err(spent()),
        }
    }

    /// Ends the sign-in that an access token belongs to, and with it the token: here at once, on other nodes when they next ask the
    /// store. No error when it is over already.
    pub async fn sign_out(&self, access_token: &str) -> Result<(), Refusal> {
        let access = self.signer.verify(access_token, self.clock.now())?;
        if let Bearer::Agent { family, .. } = access.bearer {
            self.end_family(access.tenant, family).await?;
        }
        Ok(())
    }

    async fn end_family(&self, tenant: TenantId, family: TokenId) -> Result<(), Refusal> {
        self.store.end_family(tenant, family).await.map_err(unavailable)?;
        self.families.invalidate(&(tenant, family)).await;
        Ok(())
    }

    fn tokens_of(
        &self,
        tenant: TenantId,
        agent: AgentId,
        family: TokenId,
        refresh: String,
    ) -> Result<SignedIn, Refusal> {
        let now = self.clock.now();
        let expires_at = now.plus(self.config.access);
        let access = Access { tenant, bearer: Bearer::Agent { agent, family }, expires_at };
        let access_token = self.signer.sign(&access, now).map_err(|e| internal(&e))?;
        Ok(SignedIn { tenant, agent, access_token, refresh_token: refresh, expires_at })
    }
}

/// Names its tenant, so that the store is asked with the tenant first.
fn refresh_secret(tenant: TenantId) -> String {
    format!("{tenant}.{}", secret::random())
}

fn tenant_of(refresh: &str) -> Option<TenantId> {
    refresh.split_once('.')?.0.parse().ok()
}

fn wrong() -> Refusal {
    Refusal::new(Code::Unauthenticated, "tenant, e-mail or password is wrong")
}

fn spent() -> Refusal {
    Refusal::new(Code::Unauthenticated, "sign in again")
}

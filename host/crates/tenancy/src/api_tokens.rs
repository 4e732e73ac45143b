//! Tokens of bots and integrations: shown once, kept hashed.

use crate::{
    Tenancy,
    refusals::{line, unavailable},
    secret,
};
use model::{Caller, Refusal, Role, TenantId, Timestamp, TokenId};
use ports::store::ApiToken;

/// Lets people and scanners know such a token when they see one.
pub(crate) const PREFIX: &str = "weft_";
const PER_TENANT: usize = 200;

#[derive(Clone, Debug)]
pub struct NewApiToken {
    pub name: String,
    pub role: Role,
    pub expires_at: Option<Timestamp>,
}

impl Tenancy {
    pub async fn api_tokens(&self, tenant: TenantId) -> Result<Vec<ApiToken>, Refusal> {
        self.store.api_tokens(tenant).await.map_err(unavailable)
    }

    /// The token and its secret, which nobody sees again.
    pub async fn add_api_token(&self, by: &Caller, new: NewApiToken) -> Result<(ApiToken, String), Refusal> {
        if !matches!(new.role, Role::Agent | Role::Supervisor | Role::Admin) {
            return Err(Refusal::bad("role", "agent, supervisor or admin"));
        }
        if new.expires_at.is_some_and(|at| at <= self.clock.now()) {
            return Err(Refusal::bad("expires_at", "this moment has passed"));
        }
        if self.api_tokens(by.tenant).await?.len() >= PER_TENANT {
            return Err(Refusal::conflict(format!("at most {PER_TENANT} tokens")));
        }
        let secret = format!("{PREFIX}{}", secret::random());
        let token = ApiToken {
            id: self.ids.token(),
            name: line("name", &new.name)?,
            role: new.role,
            hash: secret::hash(&secret),
            created_at: self.clock.now(),
            expires_at: new.expires_at,
        };
        self.store.add_api_token(by.tenant, &token).await.map_err(unavailable)?;
        self.audit(by, "token.added", serde_json::json!({ "token": token.id, "name": token.name, "role": token.role }))
            .await;
        Ok((token, secret))
    }

    pub async fn delete_api_token(&self, by: &Caller, id: TokenId) -> Result<(), Refusal> {
        if !self.store.delete_api_token(by.tenant, id).await.map_err(unavailable)? {
            return Err(Refusal::not_found("token"));
        }
        self.tokens.invalidate_all();
        self.audit(by, "token.deleted", serde_json::json!({ "token": id })).await;
        Ok(())
    }
}

use crate::{Tenancy, Versioned, refusals::line, resources::Document};
use model::{Caller, Code, Refusal, ResourceId, TenantId, administration::CannedReply, limits};
use ports::store::{Page, ResourceKind};

impl Document for CannedReply {
    const KIND: ResourceKind = ResourceKind::CannedReply;
    const WHAT: &'static str = "canned_reply";
    const NAMED_BY: &'static str = "shortcut";
    fn name(&self) -> String {
        self.shortcut.clone()
    }
}

impl Tenancy {
    pub async fn canned_replies(
        &self,
        tenant: TenantId,
        page: Page<ResourceId>,
    ) -> Result<Vec<Versioned<CannedReply>>, Refusal> {
        self.documents(tenant, page).await
    }
    pub async fn canned_reply(&self, tenant: TenantId, id: ResourceId) -> Result<Versioned<CannedReply>, Refusal> {
        self.document(tenant, id).await
    }
    pub async fn add_canned_reply(&self, by: &Caller, reply: CannedReply) -> Result<Versioned<CannedReply>, Refusal> {
        let reply = self.checked_reply(by.tenant, reply).await?;
        self.add_document(by, self.ids.resource(), &reply).await
    }
    pub async fn change_canned_reply(
        &self,
        by: &Caller,
        id: ResourceId,
        version: u64,
        reply: CannedReply,
    ) -> Result<Versioned<CannedReply>, Refusal> {
        let reply = self.checked_reply(by.tenant, reply).await?;
        self.change_document(by, id, version, &reply).await
    }
    pub async fn delete_canned_reply(&self, by: &Caller, id: ResourceId, version: u64) -> Result<(), Refusal> {
        self.delete_document::<CannedReply>(by, id, version).await
    }

    async fn checked_reply(&self, tenant: TenantId, reply: CannedReply) -> Result<CannedReply, Refusal> {
        let shortcut = line("shortcut", &reply.shortcut)?;
        if shortcut.contains(char::is_whitespace) {
            return Err(Refusal::bad("shortcut", "one word"));
        }
        if reply.text.trim().is_empty() {
            return Err(Refusal::bad("text", "must not be empty"));
        }
        if reply.text.len() > limits::TEXT_BYTES {
            let message = format!("at most {} bytes", limits::TEXT_BYTES);
            return Err(Refusal::new(Code::TooLarge, message).field("text"));
        }
        if let Some(team) = reply.team {
            self.team(tenant, team).await.map_err(|e| e.field("team"))?;
        }
        let language = reply.language.as_deref().map(|l| line("language", l)).transpose()?;
        Ok(CannedReply { shortcut, language, ..reply })
    }
}

use crate::{Tenancy, Versioned, refusals::line, resources::Document};
use model::{Caller, Refusal, ResourceId, TenantId, administration::Label};
use ports::store::{Page, ResourceKind};

impl Document for Label {
    const KIND: ResourceKind = ResourceKind::Label;
    const WHAT: &'static str = "label";
    const NAMED_BY: &'static str = "name";
    fn name(&self) -> String {
        self.name.clone()
    }
}

impl Tenancy {
    pub async fn labels(&self, tenant: TenantId, page: Page<ResourceId>) -> Result<Vec<Versioned<Label>>, Refusal> {
        self.documents(tenant, page).await
    }
    pub async fn label(&self, tenant: TenantId, id: ResourceId) -> Result<Versioned<Label>, Refusal> {
        self.document(tenant, id).await
    }
    pub async fn add_label(&self, by: &Caller, label: Label) -> Result<Versioned<Label>, Refusal> {
        self.add_document(by, self.ids.resource(), &checked(&label)?).await
    }
    pub async fn change_label(
        &self,
        by: &Caller,
        id: ResourceId,
        version: u64,
        label: Label,
    ) -> Result<Versioned<Label>, Refusal> {
        self.change_document(by, id, version, &checked(&label)?).await
    }
    pub async fn delete_label(&self, by: &Caller, id: ResourceId, version: u64) -> Result<(), Refusal> {
        self.delete_document::<Label>(by, id, version).await
    }
}

fn checked(label: &Label) -> Result<Label, Refusal> {
    let color = label.color.to_lowercase();
    let digits = color.strip_prefix('#').unwrap_or_default();
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Refusal::bad("color", "a color is like #1f6feb"));
    }
    Ok(Label { name: line("name", &label.name)?, color })
}

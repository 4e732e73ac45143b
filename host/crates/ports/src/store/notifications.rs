use super::Page;
use crate::PortResult;
use async_trait::async_trait;
use model::{
    ConversationId, EventId, NotificationId, TenantId, Timestamp,
    notification::{Attempt, Event, EventKind, Intent, Notification, NotificationState, Space, TargetHealth, Verdict},
};
use std::time::Duration;

/// Something that one node holds for a while. Its outcome counts only while the claim lives: `claim` differs each time it is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed<T> {
    pub tenant: TenantId,
    pub claim: u64,
    /// How often it was taken before without an outcome.
    pub tries: u32,
    pub it: T,
}

/// A notification to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fresh {
    pub id: NotificationId,
    pub intent: Intent,
    /// After those of earlier entries of the conversation.
    pub ordered: bool,
}

/// What came of an event.
#[derive(Clone, Debug)]
pub enum Handled {
    Done {
        fresh: Vec<Fresh>,
        /// The plugin's values, when they changed: its name and the space with the version that was read.
        space: Option<(String, Space)>,
    },
    /// To be handled again then.
    Again { after: Duration, cause: String },
    /// Kept for a person.
    Dead { cause: String },
}

/// An attempt and what follows from it.
#[derive(Clone, Debug)]
pub struct Tried {
    pub attempt: Attempt,
    pub outcome: Outcome,
    pub health: TargetHealth,
    /// `delivery.dead`, when the tenant is to be told.
    pub tell: Option<Event>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Sent,
    Failed(Verdict),
}

/// Which notifications.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotificationFilter {
    pub id: Option<NotificationId>,
    pub state: Option<NotificationState>,
    pub target: Option<String>,
    pub kind: Option<EventKind>,
    pub conversation: Option<ConversationId>,
    /// The cause begins with this.
    pub cause: Option<String>,
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// An event whose handler never answered.
#[derive(Clone, Debug, PartialEq)]
pub struct DeadEvent {
    pub event: Event,
    pub cause: String,
}

/// Events, what is sent because of them, and how it went. Rows are claimed with a lease by the store's clock; a dead node's claims end.
#[async_trait]
pub trait Notifications: Send + Sync {
    /// For facts that are in no transaction of their own. False when the tenant tells nobody, or the id is there.
    async fn add_event(&self, tenant: TenantId, event: &Event) -> PortResult<bool>;
    /// Of the whole node.
    async fn claim_events(&self, limit: u32, lease: Duration) -> PortResult<Vec<Claimed<Event>>>;
    /// False when the claim has ended, or the plugin's values have changed meanwhile: nothing was put down.
    async fn handled(&self, event: &Claimed<Event>, handled: &Handled) -> PortResult<bool>;

    /// Due notifications of targets that are not in `busy`, the longest due first; at most `each` of one target, and of a target with
    /// `ordered` only the first of each conversation. Of the whole node.
    async fn claim_notifications(
        &self,
        limit: u32,
        lease: Duration,
        busy: &[(TenantId, String)],
    ) -> PortResult<Vec<Claimed<Notification>>>;
    /// Gives a claim back untried: it is due again after `after`.
    async fn release_notification(&self, it: &Claimed<Notification>, after: Duration) -> PortResult<()>;
    /// Puts down an attempt and what follows. False when the claim has ended: nothing was put down.
    async fn tried(&self, it: &Claimed<Notification>, tried: &Tried) -> PortResult<bool>;
    /// How long until the next thing is due; none when nothing will be. Of the whole node.
    async fn next_notification(&self) -> PortResult<Option<Duration>>;

    /// Newest first.
    async fn notifications(
        &self,
        tenant: TenantId,
        filter: &NotificationFilter,
        page: Page<NotificationId>,
    ) -> PortResult<Vec<Notification>>;
    async fn notification(&self, tenant: TenantId, id: NotificationId) -> PortResult<Option<Notification>>;
    /// In order.
    async fn attempts(&self, tenant: TenantId, id: NotificationId) -> PortResult<Vec<Attempt>>;
    async fn event(&self, tenant: TenantId, id: EventId) -> PortResult<Option<Event>>;
    /// Makes dead notifications due again, each with its id: the oldest now, the others one after the other at `per_second`. How many.
    async fn redrive(
        &self,
        tenant: TenantId,
        filter: &NotificationFilter,
        per_second: u32,
        limit: u32,
    ) -> PortResult<u32>;
    /// Newest first.
    async fn dead_events(&self, tenant: TenantId, page: Page<EventId>) -> PortResult<Vec<DeadEvent>>;
    /// Dead events are handled again. How many.
    async fn handle_again(&self, tenant: TenantId, ids: &[EventId]) -> PortResult<u32>;

    async fn target_health(&self, tenant: TenantId, target: &str) -> PortResult<TargetHealth>;
    /// A person looked after it: the breaker is closed and the streak forgotten.
    async fn reset_target(&self, tenant: TenantId, target: &str) -> PortResult<()>;
    /// What a plugin keeps for a tenant.
    async fn space(&self, tenant: TenantId, plugin: &str) -> PortResult<Space>;
    /// Rows that are done and older than `age` go, at most `limit`. Of the whole node; how many went.
    async fn forget_notifications(&self, age: Duration, limit: u32) -> PortResult<u32>;
}

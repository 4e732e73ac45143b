//! What the broker is asked for, by name and by kind (DESIGN.md §6).

use ports::{Address, WorkKind};
use std::time::Duration;

/// What exhausted its redeliveries, or was refused.
pub(crate) const DEAD: &str = "weft.dead";
/// What all our addresses begin with.
pub(crate) const PREFIX: &str = "weft.";
/// A hint older than this is worth nothing: the sweeps have closed the gap.
const HINT_LIVES: Duration = Duration::from_secs(10);

/// An address of the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Destination {
    Hint(Address),
    Work(WorkKind),
}

impl Destination {
    pub fn name(self) -> String {
        match self {
            Self::Hint(Address::Node(node)) => format!("weft.node.{node}"),
            Self::Hint(Address::Cluster) => "weft.cluster".into(),
            Self::Work(WorkKind::Index) => "weft.index".into(),
            Self::Work(WorkKind::Notification) => "weft.notification".into(),
        }
    }

    /// The link capability that chooses the routing type: `queue` is anycast, `topic` is multicast.
    pub const fn capability(self) -> &'static str {
        match self {
            Self::Hint(Address::Cluster) => "topic",
            Self::Hint(Address::Node(_)) | Self::Work(_) => "queue",
        }
    }

    /// Whether its messages survive the broker.
    pub const fn is_durable(self) -> bool {
        matches!(self, Self::Work(_))
    }

    /// How long a message may wait, in milliseconds; none for ever.
    pub fn ttl_ms(self) -> Option<u32> {
        let lives = matches!(self, Self::Hint(_)).then_some(HINT_LIVES)?;
        u32::try_from(lives.as_millis()).ok()
    }
}

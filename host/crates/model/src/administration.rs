//! What a tenant's admin keeps beside people and plugins: canned replies and labels. Business hours are in `hours`.

use crate::TeamId;
use serde::{Deserialize, Serialize};

/// A reply that agents write often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CannedReply {
    /// What an agent types to find it; unique in the tenant.
    pub shortcut: String,
    pub text: String,
    /// BCP 47.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub language: Option<String>,
    /// For this team only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub team: Option<TeamId>,
}

/// A word that conversations are sorted by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Unique in the tenant.
    pub name: String,
    /// `#rrggbb`, lower case.
    pub color: String,
}

//! A customer organisation and what it may set.

use crate::TenantId;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    pub id: TenantId,
    /// Lower-case letters, digits and dashes; what people type at sign-in.
    pub slug: String,
    pub name: String,
    pub settings: Settings,
    /// The plugin set in force (C7); moves only by compare-and-set.
    pub activation_epoch: u64,
    pub version: u64,
}

/// What a tenant's admin decides. Durations end in their unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// How long an offer waits for an agent; 0 assigns without asking.
    pub offer_seconds: u32,
    /// How long after it was sent an own entry may be edited or recalled.
    pub edit_minutes: u32,
    pub open_per_visitor: u32,
    /// Capacity of an agent who is made without one.
    pub agent_capacity: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            offer_seconds: 30,
            edit_minutes: 15,
            open_per_visitor: crate::limits::OPEN_PER_VISITOR,
            agent_capacity: 5,
        }
    }
}

//! The routing hook: who gets a conversation.

#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit/v1",
        world: "routing-plugin",
        pub_export_macro: true,
        default_bindings_module: "weft_plugin::routing::bindings",
        export_macro_name: "export_routing",
        additional_derives: [PartialEq, Clone],
    });
}
pub use bindings::exports::weft::plugin::routing::{
    Action, Agent, Choice, Conversation, Decision, Presence, Reason, Request, Team, Visitor, Wait,
};
pub use bindings::weft::plugin::log::{Level, write as log};
pub use bindings::weft::plugin::types::{Context, Property};

pub mod testing;

use crate::Chance;

/// A routing plugin. Made once when it is bound; `route` is called with a fresh copy of it each time.
pub trait Routing: Sized {
    /// What the tenant may set; described by the JSON Schema in `plugin.toml`.
    type Settings: serde::de::DeserializeOwned;

    fn new(settings: Self::Settings) -> Result<Self, String>;

    /// Decides. An error, like a panic, costs this call: the host falls back to the last good version or its own rule.
    fn route(&self, request: &Request) -> Result<Decision, String>;
}

impl Request {
    /// Chance for this call, the same when it is replayed.
    pub fn chance(&self) -> Chance {
        Chance::new(self.context.seed)
    }
    /// The conversation's own team.
    pub fn own_team(&self) -> Option<&Team> {
        self.teams.get(self.team as usize)
    }
    pub fn team_named(&self, name: &str) -> Option<u32> {
        self.teams.iter().position(|t| t.name == name).map(|i| i as u32)
    }
    /// The bit of a skill; 0 when nobody here has or needs it.
    pub fn skill(&self, name: &str) -> u64 {
        self.skills.iter().position(|s| s == name).map_or(0, |i| 1 << i)
    }
    /// A property of the visitor, when the manifest asks for it.
    pub fn property(&self, key: &str) -> Option<&str> {
        self.visitor.properties.iter().find(|p| p.key == key).map(|p| p.value.as_str())
    }
    /// Milliseconds that the visitor waits.
    pub fn waited(&self) -> u64 {
        self.context.now.saturating_sub(self.conversation.waiting_since)
    }
    /// Agents who are online, have a free place and did not decline this conversation, with their positions.
    pub fn available(&self) -> impl Iterator<Item = (u32, &Agent)> {
        (0..).zip(&self.agents).filter(|(_, a)| a.is_available())
    }
    /// Whether anybody of the team is online, free or not.
    pub fn anybody_online(&self) -> bool {
        self.agents.iter().any(|a| a.presence == Presence::Online)
    }
}

impl Agent {
    pub fn is_available(&self) -> bool {
        self.presence == Presence::Online && self.open < self.capacity && !self.declined
    }
    /// Has all of these skill bits.
    pub fn has(&self, skills: u64) -> bool {
        self.skills & skills == skills
    }
    /// Conversations per full share of work, in thousandths of the capacity: comparable between agents.
    pub fn load(&self) -> u32 {
        let share = u32::from(self.weight.max(1));
        u32::from(self.open) * 100_000 / (u32::from(self.capacity.max(1)) * share)
    }
}

impl Decision {
    /// These agents, best first.
    pub fn assign(choices: Vec<Choice>) -> Self {
        Self { action: Action::Assign(choices), reasons: Vec::new() }
    }
    /// Leave it in the backlog: higher `rank` goes first; ask again after `again_in` ms (0: only when something changes).
    pub fn wait(rank: i32, again_in: u64) -> Self {
        Self { action: Action::Wait(Wait { rank, again_in }), reasons: Vec::new() }
    }
    pub fn move_to(team: u32) -> Self {
        Self { action: Action::MoveTo(team), reasons: Vec::new() }
    }
    pub fn take_message() -> Self {
        Self { action: Action::TakeMessage, reasons: Vec::new() }
    }
    pub fn refuse(reason: impl Into<String>) -> Self {
        Self { action: Action::Refuse(reason.into()), reasons: Vec::new() }
    }
    /// Says why; `code` is one of the manifest's.
    pub fn because(mut self, code: &str, detail: impl Into<String>) -> Self {
        self.reasons.push(Reason { code: code.into(), detail: detail.into() });
        self
    }
}

/// Makes a type that is `Routing` the component's routing hook.
#[macro_export]
macro_rules! routing_plugin {
    ($plugin:ty) => {
        $crate::hook!(routing, export_routing, $plugin, $crate::routing::Routing, {
            fn route(request: $crate::routing::Request) -> Result<$crate::routing::Decision, String> {
                $crate::routing::Routing::route(plugin()?, &request)
            }
        });
    };
}

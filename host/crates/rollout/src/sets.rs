//! The set of plugins in force for one tenant on this node.

use model::{
    TeamId, Timestamp,
    plugin::{Binding, Digest, Hook},
};
use ports::Prepared;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// What a component is bound to: of a hook, everything, one team's conversations or one channel's attempts.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    All,
    Team(TeamId),
    Channel(String),
}

/// Prepared components by what they are bound to.
#[derive(Clone, Default)]
pub(crate) struct PreparedSet {
    by_place: HashMap<(Hook, Place), Arc<dyn Prepared>>,
}

impl PreparedSet {
    pub(crate) fn put(&mut self, binding: &Binding, prepared: Arc<dyn Prepared>) {
        let place = match (binding.team, &binding.channel) {
            (Some(team), _) => Place::Team(team),
            (None, Some(channel)) => Place::Channel(channel.clone()),
            (None, None) => Place::All,
        };
        self.by_place.insert((binding.hook, place), prepared);
    }

    /// The place's own binding, else the one for all.
    pub(crate) fn get(&self, hook: Hook, place: &Place) -> Option<&Arc<dyn Prepared>> {
        self.by_place.get(&(hook, place.clone())).or_else(|| self.by_place.get(&(hook, Place::All)))
    }

    pub(crate) fn uses(&self, release: Digest) -> bool {
        self.by_place.values().any(|p| p.release() == release)
    }

    /// The most that one golden vector used.
    pub(crate) fn fuel(&self) -> u64 {
        self.by_place.values().map(|p| p.golden().fuel_max).max().unwrap_or(0)
    }

    /// One digest over snapshots and golden vectors (outputs and fuel) of the whole set: equal on all nodes, or the
    /// activation is aborted.
    pub(crate) fn proof(&self) -> Digest {
        let mut parts: Vec<[u8; 64]> = self
            .by_place
            .values()
            .map(|p| {
                let mut part = [0; 64];
                part[..32].copy_from_slice(&p.snapshot().0);
                part[32..].copy_from_slice(&p.golden().proof.0);
                part
            })
            .collect();
        parts.sort_unstable();
        Digest::of(&parts.concat())
    }
}

/// Why this node cannot run the set, and whether another node can.
pub(crate) struct Fence {
    pub why: String,
    pub others_run: AtomicBool,
}

/// What a tenant's calls use. A call keeps the set that it started with.
pub(crate) struct ActiveSet {
    pub epoch: u64,
    pub activated_at: Timestamp,
    pub plugins: PreparedSet,
    /// What was in force before and answered.
    pub last_good: Option<PreparedSet>,
    pub fence: Option<Fence>,
    /// It has answered at least once.
    answered: AtomicBool,
}

impl ActiveSet {
    pub(crate) const fn new(
        epoch: u64,
        activated_at: Timestamp,
        plugins: PreparedSet,
        last_good: Option<PreparedSet>,
        fence: Option<Fence>,
    ) -> Self {
        Self { epoch, activated_at, plugins, last_good, fence, answered: AtomicBool::new(false) }
    }

    /// A fenced node decides only while no other can: nobody waits for ever.
    pub(crate) fn decides(&self) -> bool {
        self.fence.as_ref().is_none_or(|fence| !fence.others_run.load(Ordering::Relaxed))
    }

    pub(crate) fn answered(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    /// What the next set may fall back to: this one if it has ever answered, else what this one would fall back to.
    pub(crate) fn to_fall_back_to(&self) -> Option<PreparedSet> {
        if self.answered.load(Ordering::Relaxed) { Some(self.plugins.clone()) } else { self.last_good.clone() }
    }
}

//! Inputs that crashed a release: it is not asked them again.

use model::{
    plugin::Digest,
    routing::{Context, RoutingRequest},
};
use parking_lot::RwLock;
use std::collections::{HashSet, VecDeque};

/// Inputs that are remembered; the oldest goes first.
const INPUTS: usize = 1024;

#[derive(Default)]
pub(crate) struct Quarantine(RwLock<Inputs>);

#[derive(Default)]
struct Inputs {
    known: HashSet<(Digest, Digest)>,
    order: VecDeque<(Digest, Digest)>,
    releases: HashSet<Digest>,
}

impl Quarantine {
    /// Costs a digest of the request only for releases that have crashed.
    pub(crate) fn holds(&self, release: Digest, request: &RoutingRequest) -> bool {
        if !self.0.read().releases.contains(&release) {
            return false;
        }
        let input = input(request);
        self.0.read().known.contains(&(release, input))
    }

    pub(crate) fn add(&self, release: Digest, request: &RoutingRequest) {
        let key = (release, input(request));
        let mut inputs = self.0.write();
        if !inputs.known.insert(key) {
            return;
        }
        inputs.releases.insert(release);
        inputs.order.push_back(key);
        if inputs.order.len() > INPUTS
            && let Some(oldest) = inputs.order.pop_front()
        {
            inputs.known.remove(&oldest);
            let still = inputs.order.iter().any(|(r, _)| *r == oldest.0);
            if !still {
                inputs.releases.remove(&oldest.0);
            }
        }
    }
}

/// The request without what differs from call to call in any case (time and chance).
fn input(request: &RoutingRequest) -> Digest {
    let lasting = RoutingRequest { context: Context { now: 0, seed: 0 }, ..request.clone() };
    Digest::of(&serde_json::to_vec(&lasting).unwrap_or_default())
}

//! Inputs that crashed a release: it is not asked them again.

use model::plugin::Digest;
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
    /// The input is digested only for releases that have crashed.
    pub(crate) fn holds(&self, release: Digest, input: impl Fn() -> Digest) -> bool {
        if !self.0.read().releases.contains(&release) {
            return false;
        }
        let input = input();
        self.0.read().known.contains(&(release, input))
    }

    pub(crate) fn add(&self, release: Digest, input: Digest) {
        let key = (release, input);
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

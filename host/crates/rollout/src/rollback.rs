//! Back to a set that was in force before: another activation, under an epoch of its own.

use crate::{Rollout, RolloutError, service::Failing};
use model::{
    AgentId, Refusal, TenantId,
    plugin::{Activation, ActivationState, Binding},
};

/// Sets that are looked through for one to go back to.
const HISTORY: u32 = 200;

impl Rollout {
    /// Puts the bindings of the set `to` in force again; without it one step back, and at the next call one step more, until what
    /// ships is in force. `from` is the epoch to leave, when the caller knows it: sent twice, the second is refused.
    pub async fn rollback(
        &self,
        tenant: TenantId,
        by: AgentId,
        to: Option<u64>,
        from: Option<u64>,
    ) -> Result<Activation, RolloutError> {
        let (epoch, _) = self.in_force_still(tenant, from).await?;
        if epoch == 0 {
            return Err(Refusal::wrong_state("nothing was activated yet").into());
        }
        let bindings = match to {
            Some(0) => Vec::new(),
            Some(to) => {
                let found = self.store.activation(tenant, to).await?.ok_or_else(|| Refusal::not_found("activation"))?;
                if !was_in_force(&found) {
                    return Err(Refusal::wrong_state(format!("the set {to} was never in force")).into());
                }
                found.bindings
            }
            None => one_step_back(&self.in_force_before(tenant, epoch + 1).await?)?,
        };
        self.put_in_force(tenant, Some(by), epoch, bindings, Some(format!("rolls back epoch {epoch}"))).await
    }

    /// Goes back to the newest set without the failing release.
    pub(crate) async fn roll_back_release(&self, failing: &Failing) -> Result<(), RolloutError> {
        let Failing { tenant, epoch, release, .. } = *failing;
        if self.in_force(tenant).await?.0 != epoch {
            return Ok(());
        }
        let sets = self.in_force_before(tenant, epoch).await?;
        let without = sets.into_iter().find(|a| a.bindings.iter().all(|b| b.release != release));
        let reason = format!("rolls back epoch {epoch}: {release} kept failing");
        tracing::warn!(%tenant, epoch, %release, "rolling back a failing release");
        self.put_in_force(tenant, None, epoch, without.map(|a| a.bindings).unwrap_or_default(), Some(reason)).await?;
        Ok(())
    }

    /// Sets before `epoch` that are or were in force, newest first.
    async fn in_force_before(&self, tenant: TenantId, epoch: u64) -> Result<Vec<Activation>, RolloutError> {
        let mut sets = self.store.activations(tenant, Some(epoch), HISTORY).await?;
        sets.retain(was_in_force);
        Ok(sets)
    }
}

fn was_in_force(set: &Activation) -> bool {
    matches!(set.state, ActivationState::Retired | ActivationState::Active)
}

/// Bindings of the set before the newest of `sets`. A set that was rolled back to stands where it stood the first time: the step
/// after it goes further back, and not to what was just left.
fn one_step_back(sets: &[Activation]) -> Result<Vec<Binding>, Refusal> {
    let Some(newest) = sets.first() else { return Err(Refusal::not_found("activation")) };
    let rolled_back = newest.reason.is_some();
    // Bindings keep their ids when they are put in force again, so equal ones are the same ones.
    let first = |set: &&Activation| set.reason.is_none() && set.bindings == newest.bindings;
    let origin = if rolled_back { sets.iter().find(first) } else { Some(newest) };
    match origin {
        Some(origin) => {
            let before = sets.iter().find(|set| set.epoch < origin.epoch);
            Ok(before.map(|set| set.bindings.clone()).unwrap_or_default())
        }
        None if newest.bindings.is_empty() => {
            Err(Refusal::wrong_state("what ships is in force: nothing was before it"))
        }
        None => Err(Refusal::wrong_state("the sets before it are too long ago: name the epoch to go back to")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{BindingId, Timestamp, plugin::Digest, plugin::Hook};

    /// Sets by what they bind, oldest first; those in capitals were put in force by a roll-back.
    fn sets(history: &str) -> Vec<Activation> {
        let set = |(n, letter): (usize, char)| Activation {
            epoch: n as u64 + 1,
            bindings: if letter.eq_ignore_ascii_case(&'o') { vec![] } else { vec![binding(letter)] },
            state: ActivationState::Retired,
            reason: letter.is_uppercase().then(|| "rolls back".into()),
            by: None,
            staged_at: Timestamp::ZERO,
            activated_at: None,
        };
        let mut sets: Vec<_> = history.chars().enumerate().map(set).collect();
        sets.reverse();
        sets
    }

    fn binding(letter: char) -> Binding {
        Binding {
            id: BindingId::from_parts(1, u128::from(u32::from(letter.to_ascii_lowercase()))),
            hook: Hook::Routing,
            team: None,
            channel: None,
            release: Digest::of(b"release"),
            settings: serde_json::json!({}),
        }
    }

    #[test]
    fn each_step_goes_further_back_until_nothing_is_left() {
        // `o` binds nothing.
        for (history, back_to) in [
            ("a", 'o'),
            ("ab", 'a'),
            ("abc", 'b'),
            ("abcB", 'a'),
            ("abcBA", 'o'),
            ("abcBd", 'b'),
            ("abcBdB", 'a'),
            ("ao", 'a'),
            ("aoA", 'o'),
        ] {
            let expected = if back_to == 'o' { vec![] } else { vec![binding(back_to)] };
            assert_eq!(one_step_back(&sets(history)).unwrap(), expected, "{history}");
        }
        for history in ["aO", "abAO", "abcBAO"] {
            assert!(one_step_back(&sets(history)).unwrap_err().message.contains("nothing was before"), "{history}");
        }
    }
}

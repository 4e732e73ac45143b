//! Slows guessing: by account and by address. Of this node and in memory; bounded.

use model::{Clock, Code, Refusal, Timestamp};
use parking_lot::Mutex;
use std::{collections::HashMap, net::IpAddr, sync::Arc, time::Duration};

/// Failures before an account is slowed, and before an address is.
const ACCOUNT_FREE: u32 = 5;
const ADDRESS_FREE: u32 = 30;
/// The first pause; each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_mins(15);
/// Failures are forgotten after this.
const MEMORY: Duration = Duration::from_mins(30);
/// Accounts and addresses remembered; when full, the oldest half is forgotten.
const REMEMBERED: usize = 20_000;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Account(String),
    Address(IpAddr),
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: Timestamp,
}

pub(crate) struct Throttle {
    clock: Arc<dyn Clock>,
    failures: Mutex<HashMap<Key, Failures>>,
}

impl Throttle {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, failures: Mutex::default() }
    }

    /// Counts an attempt that is about to be made, or refuses it while the account or the address pauses. Counted before the
    /// password is looked at, so that many at once gain nothing; `succeeded` forgets the account's.
    pub fn attempt(&self, account: &str, address: Option<IpAddr>) -> Result<(), Refusal> {
        let now = self.clock.now();
        let keys = keys(account, address);
        let mut failures = self.failures.lock();
        for (key, free) in &keys {
            if let Some(found) = failures.get(key) {
                let until = found.last.plus(pause(found.count, *free));
                if until > now {
                    let seconds = until.since(now).as_secs() as u32 + 1;
                    return Err(Refusal::new(Code::RateLimited, "too many attempts to sign in").retry_after(seconds));
                }
            }
        }
        if failures.len() >= REMEMBERED {
            forget(&mut failures, now);
        }
        for (key, _) in keys {
            let found = failures.entry(key).or_insert(Failures { count: 0, last: now });
            let count = if now.since(found.last) > MEMORY { 0 } else { found.count };
            *found = Failures { count: count + 1, last: now };
        }
        Ok(())
    }

    pub fn succeeded(&self, account: &str, address: Option<IpAddr>) {
        let mut failures = self.failures.lock();
        failures.remove(&Key::Account(account.to_owned()));
        if let Some(found) = address.and_then(|a| failures.get_mut(&Key::Address(a))) {
            found.count = found.count.saturating_sub(1);
        }
    }
}

fn keys(account: &str, address: Option<IpAddr>) -> Vec<(Key, u32)> {
    let account = (Key::Account(account.to_owned()), ACCOUNT_FREE);
    std::iter::once(account).chain(address.map(|a| (Key::Address(a), ADDRESS_FREE))).collect()
}

fn pause(count: u32, free: u32) -> Duration {
    match count.checked_sub(free) {
        None => Duration::ZERO,
        Some(over) => FIRST_PAUSE.saturating_mul(1 << over.min(10)).min(LONGEST_PAUSE),
    }
}

fn forget(failures: &mut HashMap<Key, Failures>, now: Timestamp) {
    failures.retain(|_, f| now.since(f.last) <= MEMORY);
    if failures.len() >= REMEMBERED {
        let mut times: Vec<_> = failures.values().map(|f| f.last).collect();
        let middle = times.len() / 2;
        let (_, median, _) = times.select_nth_unstable(middle);
        let median = *median;
        failures.retain(|_, f| f.last > median);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ManualClock;

    #[test]
    fn guessing_is_slowed_and_success_forgives() {
        let clock = Arc::new(ManualClock::at(Timestamp::from_ms(1)));
        let throttle = Throttle::new(clock.clone());
        for _ in 0..ACCOUNT_FREE {
            throttle.attempt("tea/ana", None).unwrap();
        }
        let refusal = throttle.attempt("tea/ana", None).unwrap_err();
        assert_eq!((refusal.code, refusal.retry_after.is_some()), (Code::RateLimited, true));
        throttle.attempt("tea/ben", None).unwrap();
        clock.advance(FIRST_PAUSE);
        throttle.attempt("tea/ana", None).unwrap();
        throttle.attempt("tea/ana", None).unwrap_err();
        clock.advance(FIRST_PAUSE);
        throttle.attempt("tea/ana", None).unwrap_err();
        throttle.succeeded("tea/ana", None);
        throttle.attempt("tea/ana", None).unwrap();
    }

    #[test]
    fn one_address_cannot_try_many_accounts() {
        let throttle = Throttle::new(Arc::new(ManualClock::at(Timestamp::from_ms(1))));
        let address = Some(IpAddr::from([192, 0, 2, 1]));
        let allowed = (0..100).filter(|n| throttle.attempt(&format!("tea/{n}"), address).is_ok()).count();
        assert_eq!(allowed, ADDRESS_FREE as usize);
    }

    #[test]
    fn memory_is_bounded() {
        let clock = Arc::new(ManualClock::at(Timestamp::from_ms(1)));
        let throttle = Throttle::new(clock.clone());
        for n in 0..REMEMBERED + 10 {
            clock.advance(Duration::from_millis(1));
            throttle.attempt(&n.to_string(), None).unwrap();
        }
        assert!(throttle.failures.lock().len() <= REMEMBERED);
    }
}

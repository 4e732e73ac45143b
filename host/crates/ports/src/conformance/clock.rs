//! The contract of `model::Clock` and `model::IdSource`.

use model::{Clock, IdSource};
use std::{collections::BTreeSet, time::Duration};

/// Ids that are drawn.
const IDS: usize = 10_000;

/// Moments do not go back while nobody turns the clock, `wait` passes at least what it says, and ids are unique and sort by
/// the moment they were made.
pub fn clock_suite(clock: &dyn Clock, ids: &dyn IdSource, wait: impl Fn(Duration)) {
    let first = clock.now();
    let moments: Vec<_> = (0..1000).map(|_| clock.now()).collect();
    assert!(moments.is_sorted() && moments[0] >= first, "time went back");

    let before = ids.conversation();
    let span = Duration::from_millis(5);
    wait(span);
    assert!(clock.now().since(first) >= span, "waiting took no time");
    let after = ids.conversation();
    assert!(before < after, "an id made later sorts earlier");
    assert_eq!(after.timestamp_ms(), after.to_string().parse::<model::ConversationId>().unwrap().timestamp_ms());

    let drawn: BTreeSet<_> = (0..IDS).map(|_| ids.command()).collect();
    assert_eq!(drawn.len(), IDS, "two ids are the same");
}

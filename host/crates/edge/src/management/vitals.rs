//! How the process does: how late its tasks are woken, and what it holds.

use parking_lot::Mutex;
use std::{collections::VecDeque, time::Duration};
use tokio::time::Instant;

/// Between two looks, and how many are remembered: a minute.
const EVERY: Duration = Duration::from_millis(500);
const REMEMBERED: usize = 120;

/// How much later than asked a task was woken lately: what a busy runtime, a blocked thread or a stopped process costs everybody.
#[derive(Default)]
pub(crate) struct Lag {
    lately: Mutex<VecDeque<Duration>>,
}

impl Lag {
    /// Measures for ever.
    pub async fn measure(&self) {
        let gauge = metrics::gauge!("weft_event_loop_lag_seconds");
        loop {
            let due = Instant::now() + EVERY;
            tokio::time::sleep_until(due).await;
            let late = due.elapsed();
            gauge.set(late.as_secs_f64());
            let mut lately = self.lately.lock();
            if lately.len() >= REMEMBERED {
                lately.pop_front();
            }
            lately.push_back(late);
        }
    }

    /// The last one and the greatest of the last minute, in milliseconds.
    pub fn last_and_worst(&self) -> (f64, f64) {
        let lately = self.lately.lock();
        let ms = |late: Option<&Duration>| late.map_or(0.0, |late| late.as_secs_f64() * 1000.0);
        (ms(lately.back()), ms(lately.iter().max()))
    }
}

/// Bytes of memory that the process holds, now and at most; `None` where there is no `/proc`.
pub(crate) fn memory() -> Option<(u64, u64)> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    Some((kib("VmRSS:")? * 1024, kib("VmHWM:")? * 1024))
}

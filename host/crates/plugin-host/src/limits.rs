//! What a call may use, and what an upload may be. Bytes unless the name says otherwise.

use std::time::Duration;

/// Of one call of a pure hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub fuel: u64,
    pub memory: usize,
    pub output: usize,
}

pub const FUEL_BASE: u64 = 500_000;
pub const FUEL_PER_AGENT: u64 = 2_000;
pub const FUEL_MAX: u64 = 5_000_000;
pub const MEMORY_MAX: usize = 16 * 1024 * 1024;
/// Strings and lists of an answer.
pub const OUTPUT_MAX: usize = 16 * 1024;
/// The deliveries of a notification call.
pub const DELIVERIES_MAX: usize = 256 * 1024;
/// Of one call on the plugin's own store.
pub const STORE_OPERATIONS: u32 = 32;
/// Of a notification call, which reads and writes documents, and of a retry call, which compares numbers.
pub const NOTIFICATION_FUEL: u64 = FUEL_MAX;
pub const RETRY_FUEL: u64 = FUEL_BASE;
/// Log lines of a call; what is more is dropped.
pub const LOG_MAX: usize = 8 * 1024;
/// `init` reads settings: more than a call, still bounded.
pub const INIT_FUEL: u64 = 50_000_000;

/// The engine's clock for the backstop, and how many of its ticks a call may take.
pub const TICK: Duration = Duration::from_millis(5);
pub const CALL_TICKS: u64 = 10;
pub const INIT_TICKS: u64 = 200;

/// Native stack of a guest.
pub const STACK: usize = 256 * 1024;
/// What the host copies for one call.
pub const HOSTCALL_FUEL: usize = 1024 * 1024;
pub const HANDLES: usize = 64;

pub const CORE_MODULES: usize = 8;
pub const VECTORS: usize = 64;

/// The compile child: CPU seconds, address space, and how long the parent waits.
pub const COMPILE_CPU_SECONDS: u64 = 20;
pub const COMPILE_MEMORY: u64 = 4 * 1024 * 1024 * 1024;
pub const COMPILE_WAIT: Duration = Duration::from_mins(1);

impl Limits {
    /// For a routing call over `agents`: grows with the input (and only with it), so that fuel stays the verdict.
    pub fn routing(agents: usize, asked: Option<u64>, memory: Option<u64>) -> Self {
        let fuel = (FUEL_BASE + FUEL_PER_AGENT * agents as u64).min(FUEL_MAX);
        Self { fuel: asked.map_or(fuel, |a| a.min(fuel)), memory: capped(memory), output: OUTPUT_MAX }
    }
    pub fn fixed(fuel: u64, asked: Option<u64>, memory: Option<u64>) -> Self {
        Self { fuel: asked.map_or(fuel, |a| a.min(fuel)), memory: capped(memory), output: OUTPUT_MAX }
    }
}

fn capped(memory: Option<u64>) -> usize {
    memory.map_or(MEMORY_MAX, |m| usize::try_from(m).unwrap_or(MEMORY_MAX).min(MEMORY_MAX))
}

//! What a call may use, and what an upload may be. Bytes unless the name says otherwise.

use crate::{manifest::Asked, refusal::refuse};
use ports::plugins::UploadRefusal;
use std::time::Duration;

/// What the operator allows. A manifest may ask for fuel and memory up to these, never for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Of one component; at most `model::limits::PLUGIN_BYTES`.
    pub component: usize,
    /// Of one call.
    pub fuel: u64,
    /// Linear memory of one instance.
    pub memory: usize,
    /// Strings and lists of one answer.
    pub output: usize,
    /// Log lines of one call; what is more is dropped.
    pub log: usize,
    /// The backstop behind the fuel, in whole `TICK`s. A call that it ends is a fault of the node, not of the plugin.
    pub deadline: Duration,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            component: model::limits::PLUGIN_BYTES,
            fuel: 5_000_000,
            memory: 16 * 1024 * 1024,
            output: 16 * 1024,
            log: 8 * 1024,
            deadline: Duration::from_millis(50),
        }
    }
}

/// Of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub fuel: u64,
    pub memory: usize,
    pub output: usize,
    pub log: usize,
    /// Of the engine's epoch.
    pub ticks: u64,
}

/// Of a routing call whose manifest asks for nothing: grows with the input, and only with it, so that fuel stays the verdict.
pub const FUEL_BASE: u64 = 500_000;
pub const FUEL_PER_AGENT: u64 = 2_000;
/// The deliveries of a notification call are documents: so many times the answer of another call.
pub const DELIVERIES: usize = 16;
/// Of one call on the plugin's own store.
pub const STORE_OPERATIONS: u32 = 32;
/// `init` reads settings: more than a call, still bounded.
pub const INIT_FUEL: u64 = 50_000_000;
pub const INIT_TICKS: u64 = 200;

/// The engine's clock for the backstop.
pub const TICK: Duration = Duration::from_millis(5);

/// Native stack of a guest.
pub const STACK: usize = 256 * 1024;
/// What the host copies for one call.
pub const HOSTCALL_FUEL: usize = 1024 * 1024;
pub const HANDLES: usize = 64;

pub const CORE_MODULES: usize = 8;
pub const TABLE_ELEMENTS: usize = 4096;
pub const VECTORS: usize = 64;

/// The compile child: CPU seconds over all its threads, bytes of its own that it may write to, and how long the parent waits.
pub const COMPILE_CPU_SECONDS: u64 = 10;
pub const COMPILE_MEMORY: u64 = 1024 * 1024 * 1024;
pub const COMPILE_WAIT: Duration = Duration::from_mins(2);

impl Caps {
    /// For a routing call over `agents`.
    pub fn routing(&self, agents: usize, asked: Asked) -> Limits {
        self.asked(FUEL_BASE + FUEL_PER_AGENT * agents as u64, asked)
    }

    /// For a notification call, which reads and writes documents.
    pub fn notification(&self, asked: Asked) -> Limits {
        let limits = self.asked(self.fuel, asked);
        Limits { output: self.output.saturating_mul(DELIVERIES), ..limits }
    }

    /// For a retry call, which compares a few numbers.
    pub fn retry(&self, asked: Asked) -> Limits {
        self.asked(FUEL_BASE, asked)
    }

    fn asked(&self, usual: u64, asked: Asked) -> Limits {
        let memory = asked.memory_bytes.and_then(|m| usize::try_from(m).ok());
        Limits {
            fuel: asked.fuel.unwrap_or(usual).min(self.fuel),
            memory: memory.unwrap_or(self.memory).min(self.memory),
            ..self.call()
        }
    }

    /// For the one call of `init`: the node compiles beside it, so its backstop is far.
    pub fn init(&self) -> Limits {
        Limits { fuel: INIT_FUEL, ticks: INIT_TICKS, ..self.call() }
    }

    fn call(&self) -> Limits {
        let ticks = self.deadline.as_nanos().div_ceil(TICK.as_nanos()).max(1);
        Limits {
            fuel: self.fuel,
            memory: self.memory,
            output: self.output,
            log: self.log,
            ticks: u64::try_from(ticks).unwrap_or(u64::MAX / 2),
        }
    }

    /// Refuses a manifest that asks for more than the operator allows.
    pub fn grants(&self, asked: Asked) -> Result<(), UploadRefusal> {
        let table = [
            ("fuel", asked.fuel, self.fuel, "plugins.max_fuel"),
            ("memory_bytes", asked.memory_bytes, self.memory as u64, "plugins.max_memory_bytes"),
        ];
        for (what, asked, most, key) in table {
            if let Some(asked) = asked.filter(|asked| *asked > most) {
                let message = format!("limits.{what}: it asks for {asked}; the operator allows {most} ({key})");
                return Err(refuse("asks_too_much", message));
            }
        }
        Ok(())
    }
}

//! One call in one instance: what it may use, what it said, and how it ended.

use crate::{convert::routing::weft::plugin::log, limits, limits::Limits};
use model::{Timestamp, notification::Space};
use ports::plugins::CallFault;
use std::time::Duration;
use wasmtime::{Engine, ResourceLimiter, Store, Trap};

/// The host's side of a call.
pub struct State {
    memory: usize,
    memory_used: usize,
    memory_denied: bool,
    logs: Vec<String>,
    log_room: usize,
    space: Values,
}

/// A notification plugin's own values during one call.
#[derive(Default)]
struct Values {
    space: Space,
    changed: bool,
    operations: u32,
    now: Timestamp,
}

impl State {
    /// What the plugin finds in its store.
    pub fn lend(&mut self, space: Space, now: Timestamp) {
        self.space = Values { space, now, ..Values::default() };
    }

    /// The values after the call, when they changed.
    pub fn changed(&mut self) -> Option<Space> {
        self.space.changed.then(|| std::mem::take(&mut self.space.space))
    }

    /// Bytes of linear memory that the instance came to.
    pub const fn memory_used(&self) -> usize {
        self.memory_used
    }

    pub fn logs(&mut self) -> Vec<String> {
        std::mem::take(&mut self.logs)
    }
}

impl log::Host for State {
    fn write(&mut self, level: log::Level, message: String) {
        let level = match level {
            log::Level::Debug => "debug",
            log::Level::Info => "info",
            log::Level::Warn => "warn",
            log::Level::Error => "error",
        };
        let line = format!("{level}: {message}");
        match self.log_room.checked_sub(line.len()) {
            Some(room) => {
                self.log_room = room;
                self.logs.push(line);
            }
            // The rest is dropped, and said so once.
            None if self.log_room > 0 => {
                self.log_room = 0;
                self.logs.push("… more was dropped".into());
            }
            None => {}
        }
    }
}

impl ResourceLimiter for State {
    fn memory_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let granted = desired <= self.memory;
        self.memory_denied |= !granted;
        if granted {
            self.memory_used = self.memory_used.max(desired);
        }
        Ok(granted)
    }
    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= limits::TABLE_ELEMENTS)
    }
}

/// A store for one call; it is dropped after it, whatever happened.
pub fn store(engine: &Engine, limits: Limits) -> wasmtime::Result<Store<State>> {
    let state = State {
        memory: limits.memory,
        memory_used: 0,
        memory_denied: false,
        logs: Vec::new(),
        log_room: limits.log,
        space: Values::default(),
    };
    let mut store = Store::new(engine, state);
    store.limiter(|state| state);
    store.set_fuel(limits.fuel)?;
    store.set_epoch_deadline(limits.ticks);
    store.set_hostcall_fuel(limits::HOSTCALL_FUEL);
    store.set_max_component_handles(limits::HANDLES);
    Ok(store)
}

/// Fuel that was used.
pub fn used(store: &Store<State>, limits: Limits) -> u64 {
    limits.fuel.saturating_sub(store.get_fuel().unwrap_or(0))
}

/// Why a call ended without an answer.
pub fn fault(store: &Store<State>, limits: Limits, e: &wasmtime::Error) -> CallFault {
    match e.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => CallFault::OutOfFuel(limits.fuel),
        Some(Trap::Interrupt) => CallFault::TimedOut,
        _ if store.data().memory_denied => CallFault::OutOfMemory,
        Some(trap) => CallFault::Trap(panic_line(store).unwrap_or_else(|| trap.to_string())),
        None => CallFault::Trap(e.root_cause().to_string()),
    }
}

/// A panic writes its message to the log before it traps.
fn panic_line(store: &Store<State>) -> Option<String> {
    let line = store.data().logs.last()?.strip_prefix("error: ")?;
    line.contains("panicked").then(|| line.to_owned())
}

impl crate::convert::routing::weft::plugin::types::Host for State {}

impl Values {
    /// Whether one more operation is within the bound.
    const fn operation(&mut self) -> bool {
        self.operations += 1;
        self.operations <= limits::STORE_OPERATIONS
    }
}

/// `init` finds nothing and keeps nothing: its values are not a tenant's yet.
impl crate::convert::notification::weft::plugin::store::Host for State {
    fn get(&mut self, key: String) -> Option<String> {
        let values = &mut self.space;
        if !values.operation() {
            return None;
        }
        values.space.get(&key, values.now).map(str::to_owned)
    }
    fn set(&mut self, key: String, value: String, lifetime: u64) -> bool {
        let values = &mut self.space;
        let until = (lifetime > 0).then(|| values.now.plus(Duration::from_millis(lifetime)));
        let kept = values.operation() && values.space.set(key, value, until, values.now);
        values.changed |= kept;
        kept
    }
    fn delete(&mut self, key: String) {
        let values = &mut self.space;
        if values.operation() {
            values.changed |= values.space.values.remove(&key).is_some();
        }
    }
}

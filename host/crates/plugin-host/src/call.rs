//! One call in one instance: what it may use, what it said, and how it ended.

use crate::{convert::routing::weft::plugin::log, limits, limits::Limits};
use ports::plugins::CallFault;
use wasmtime::{Engine, ResourceLimiter, Store, Trap};

/// The host's side of a call.
pub struct State {
    memory: usize,
    memory_denied: bool,
    logs: Vec<String>,
    log_room: usize,
}

impl State {
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
        Ok(granted)
    }
    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= limits::TABLE_ELEMENTS)
    }
}

/// A store for one call; it is dropped after it, whatever happened.
pub fn store(engine: &Engine, limits: Limits) -> wasmtime::Result<Store<State>> {
    let state = State { memory: limits.memory, memory_denied: false, logs: Vec::new(), log_room: limits.log };
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

/// Handlers are checked and linked, and not called yet: nothing is ever kept.
impl crate::convert::notification::weft::plugin::store::Host for State {
    fn get(&mut self, _key: String) -> Option<String> {
        None
    }
    fn set(&mut self, _key: String, _value: String, _lifetime: u64) -> bool {
        false
    }
    fn delete(&mut self, _key: String) {}
}

//! Runs `init(settings)` once and makes what it left in memory part of the component: the snapshot that all nodes load.
//!
//! The same component and settings give the same snapshot, byte for byte, so it is content-addressed. `init` may call no
//! import (there is no instance of one here but the log, whose lines are dropped).

use crate::{
    call::{self, State},
    limits::Limits,
    refusal::{chain, refuse},
};
use ports::plugins::UploadRefusal;
use std::future::Future;
use wasmtime::{
    Store,
    component::{Component, Instance, Lift, Linker},
};
use wasmtime_wizer::{ComponentInstanceState, Wizer};

/// What a component becomes with `settings` (JSON). `init` may use `limits`. `compile` turns bytes into code.
pub fn freeze(
    linker: &Linker<State>,
    bytes: &[u8],
    settings: &str,
    limits: Limits,
    compile: impl FnOnce(&[u8]) -> Result<Component, UploadRefusal>,
) -> Result<Vec<u8>, UploadRefusal> {
    let mut wizer = Wizer::new();
    wizer.init_func("init").keep_init_func(true);
    let (context, instrumented) = wizer.instrument_component(bytes).map_err(|e| refuse("cannot_freeze", chain(&e)))?;
    let component = compile(&instrumented)?;
    let failed = |what: &str, e: &wasmtime::Error| refuse("init_failed", format!("{what}: {}", chain(e)));
    let mut store = call::store(linker.engine(), limits).map_err(|e| failed("store", &e))?;
    let instance = linker.instantiate(&mut store, &component).map_err(|e| failed("instantiating", &e))?;
    let init = instance
        .get_typed_func::<(&str,), (Result<(), String>,)>(&mut store, "init")
        .map_err(|e| refuse("wrong_world", format!("`init`: {}", chain(&e))))?;
    match init.call(&mut store, (settings,)) {
        Ok((Ok(()),)) => {}
        Ok((Err(message),)) => return Err(refuse("init_failed", message)),
        Err(e) => return Err(refuse("init_failed", call::fault(&store, limits, &e).to_string())),
    }
    // What follows is the host's reading, not the guest's work.
    store.set_fuel(u64::MAX).map_err(|e| failed("store", &e))?;
    store.set_epoch_deadline(u64::MAX / 2);
    store.set_hostcall_fuel(usize::MAX);
    let mut memory = Memory { store, instance };
    ready(wizer.snapshot_component(&context, &mut memory)).map_err(|e| refuse("cannot_freeze", chain(&e)))
}

/// What wizer reads through accessors that it put into the component.
struct Memory {
    store: Store<State>,
    instance: Instance,
}

impl Memory {
    fn read<R: Lift + Default + 'static>(&mut self, instance: &str, func: &str) -> R {
        let read = || {
            let (_, access) = self.instance.get_export(&mut self.store, None, instance)?;
            let (_, export) = self.instance.get_export(&mut self.store, Some(&access), func)?;
            let func = self.instance.get_typed_func::<(), (R,)>(&mut self.store, export).ok()?;
            Some(func.call(&mut self.store, ()).ok()?.0)
        };
        let mut read = read;
        read().unwrap_or_default()
    }
}

impl ComponentInstanceState for Memory {
    fn call_func_ret_list_u8(
        &mut self,
        instance: &str,
        func: &str,
        contents: impl FnOnce(&[u8]) + Send,
    ) -> impl Future<Output = ()> + Send {
        contents(&self.read::<Vec<u8>>(instance, func));
        std::future::ready(())
    }
    fn call_func_ret_s32(&mut self, instance: &str, func: &str) -> impl Future<Output = i32> + Send {
        std::future::ready(self.read(instance, func))
    }
    fn call_func_ret_s64(&mut self, instance: &str, func: &str) -> impl Future<Output = i64> + Send {
        std::future::ready(self.read(instance, func))
    }
    fn call_func_ret_f32(&mut self, instance: &str, func: &str) -> impl Future<Output = u32> + Send {
        std::future::ready(self.read::<f32>(instance, func).to_bits())
    }
    fn call_func_ret_f64(&mut self, instance: &str, func: &str) -> impl Future<Output = u64> + Send {
        std::future::ready(self.read::<f64>(instance, func).to_bits())
    }
}

/// The result of a future that never waits: everything it awaits is ready.
fn ready<T>(future: impl Future<Output = wasmtime::Result<T>>) -> wasmtime::Result<T> {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(result) => result,
        std::task::Poll::Pending => Err(wasmtime::format_err!("a snapshot had to wait")),
    }
}

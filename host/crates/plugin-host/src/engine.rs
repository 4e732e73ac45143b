//! One wasmtime engine for all components, and the thread that ticks its epochs.

use crate::limits;
use std::{
    sync::{
        Arc,
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread::JoinHandle,
};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

/// Settings that decide what an artefact is: they are part of the cache's key.
fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .consume_fuel(true)
        .epoch_interruption(true)
        // Bit for bit the same on every node (C6).
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .max_wasm_stack(limits::STACK);
    config
}

/// The engine with `instances` pooled instances of at most `memory` bytes each, or on demand where the address space is too small for a pool.
pub fn build(instances: u32, memory: usize) -> wasmtime::Result<Engine> {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(instances)
        .total_core_instances(instances * 4)
        .total_memories(instances)
        .total_tables(instances * 2)
        .max_core_instances_per_component(limits::CORE_MODULES as u32)
        .max_memories_per_component(1)
        .max_tables_per_component(2)
        .max_memory_size(memory)
        .table_elements(limits::TABLE_ELEMENTS)
        .linear_memory_keep_resident(keep_resident())
        .pagemap_scan(Enabled::Auto)
        .table_keep_resident(16 * 1024);
    let mut pooled = config();
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    match Engine::new(&pooled) {
        Ok(engine) => Ok(engine),
        Err(e) => {
            tracing::warn!(error = %e, "no pool of instances: calls are slower");
            Engine::new(&config())
        }
    }
}

/// Bytes of a used memory that are put back by hand. Where the kernel says which pages were written, only those cost, and
/// no page is given up; elsewhere every byte costs, and the rest goes back to the kernel.
fn keep_resident() -> usize {
    if PoolingAllocationConfig::is_pagemap_scan_available() { 2 * 1024 * 1024 } else { 256 * 1024 }
}

/// An engine that only compiles, for the child process.
pub fn compiler() -> wasmtime::Result<Engine> {
    Engine::new(&config())
}

/// Moves the engine's epoch every `limits::TICK`; stops and joins when dropped.
pub struct Ticker {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    pub fn start(engine: &Engine) -> std::io::Result<Self> {
        let (stop, stopped) = channel();
        let engine = engine.clone();
        let thread = std::thread::Builder::new().name("plugin-epochs".into()).spawn(move || {
            while stopped.recv_timeout(limits::TICK) == Err(RecvTimeoutError::Timeout) {
                engine.increment_epoch();
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the epoch thread panicked");
        }
    }
}

/// Engine and ticker: whoever holds it keeps both.
pub struct Running {
    pub engine: Engine,
    _ticker: Ticker,
}

impl Running {
    pub fn start(instances: u32, memory: usize) -> wasmtime::Result<Arc<Self>> {
        let engine = build(instances, memory)?;
        let ticker = Ticker::start(&engine)?;
        Ok(Arc::new(Self { engine, _ticker: ticker }))
    }
}

//! Compiling in a child process. This program is its own child: no test framework, so that it may read its arguments.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use ports::{
    PluginRuntime,
    plugins::{Frozen, UploadRefusal},
};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};
use wasm_encoder::{
    BlockType, CodeSection, ComponentSection as _, Function, FunctionSection, Instruction, Module, ModuleSection,
    TypeSection, ValType,
};
use weft_plugin_host::{Caps, Compile, PluginHost, PluginHostConfig, compile_child};

/// Called by this name, this program is a child that somebody kills.
const KILLED: &str = "killed-compiler";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments[0].ends_with(KILLED) {
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL).unwrap();
    }
    if arguments.get(1).is_some_and(|a| a == "compile-plugin") {
        return compile_child();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(a_child_compiles_what_this_process_loads());
    runtime.block_on(a_child_that_fails_refuses_the_upload());
    runtime.block_on(a_child_that_is_killed_is_not_the_uploads_fault());
    runtime.block_on(what_compiles_too_slowly_is_refused_and_the_next_upload_is_not());
    ExitCode::SUCCESS
}

fn host(program: PathBuf) -> PluginHost {
    let (compile, caps) = (Compile::Child(program), Caps::default());
    PluginHost::new(PluginHostConfig { instances: 4, compile, caps, cache: None }).unwrap()
}

fn this_program() -> PathBuf {
    std::env::current_exe().unwrap()
}

fn component(path: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..").join(path);
    fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}: run `cargo xtask plugins`", path.display()))
}

fn good() -> Vec<u8> {
    component("plugins/dist/least-busy.wasm")
}

async fn refusal(host: &PluginHost, component: Vec<u8>) -> UploadRefusal {
    host.validate(component.into()).await.err().unwrap()
}

async fn a_child_compiles_what_this_process_loads() {
    let host = host(this_program());
    let plugin = host.prepare(Frozen { component: good().into(), settings: json!({}) }).await.unwrap();
    assert!(plugin.golden().vectors > 0);
}

async fn a_child_that_fails_refuses_the_upload() {
    for (program, code) in [("/no/such/program", "compiler_failed"), ("/bin/false", "does_not_compile")] {
        let refused = refusal(&host(program.into()), good()).await;
        assert_eq!(refused.code, code, "{refused}");
    }
}

async fn a_child_that_is_killed_is_not_the_uploads_fault() {
    let killed = Path::new(env!("CARGO_TARGET_TMPDIR")).join(KILLED);
    if killed.is_symlink() {
        fs::remove_file(&killed).unwrap();
    }
    std::os::unix::fs::symlink(this_program(), &killed).unwrap();
    let refused = refusal(&host(killed), good()).await;
    assert_eq!(refused.code, "compiler_failed", "{refused}");
    assert!(refused.message.contains("SIGKILL"), "{refused}");
}

async fn what_compiles_too_slowly_is_refused_and_the_next_upload_is_not() {
    let host = host(this_program());
    // Loops that carry every local through every level: what the compiler holds is levels × locals, in a file of a few KiB.
    for (levels, locals, limit) in [(1600, 1600, "10 s of CPU"), (6000, 6000, "1024 MiB of memory")] {
        let started = Instant::now();
        let refused = refusal(&host, with_loops(levels, locals)).await;
        println!("{levels} loops of {locals} locals: {refused} (after {} ms)", started.elapsed().as_millis());
        assert_eq!(refused.code, "compile_limit", "{refused}");
        assert!(refused.message.ends_with(limit), "{refused}");
        host.validate(good().into()).await.unwrap();
    }
}

/// A guest that passes every check before the compiler, and beside its own code a function of nested loops.
fn with_loops(levels: u32, locals: u32) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut body = Function::new([(locals, ValType::I64)]);
    for _ in 0..levels {
        body.instruction(&Instruction::Loop(BlockType::Empty));
    }
    for local in 0..locals {
        body.instruction(&Instruction::LocalGet(local));
        body.instruction(&Instruction::LocalGet((local + 1) % locals));
        body.instruction(&Instruction::I64Add);
        body.instruction(&Instruction::LocalSet(local));
    }
    for level in 0..levels {
        body.instruction(&Instruction::LocalGet(level % locals));
        body.instruction(&Instruction::I64Eqz);
        body.instruction(&Instruction::BrIf(0));
        body.instruction(&Instruction::End);
    }
    body.instruction(&Instruction::End);
    let mut code = CodeSection::new();
    code.function(&body);
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&code);
    let mut component = component("tests/guests/dist/hostile.wasm");
    ModuleSection(&module).append_to_component(&mut component);
    component
}

//! Compiling in a child process. This program is its own child: no test framework, so that it may read its arguments.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test may panic")]

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
    for (functions, depth, limit) in [(24, 500, "10 s of CPU"), (1, 6000, "1024 MiB of memory")] {
        let started = Instant::now();
        let refused = refusal(&host, with_loops(functions, depth)).await;
        println!("{functions} × {depth} loops: {refused} (after {} ms)", started.elapsed().as_millis());
        assert_eq!(refused.code, "compile_limit", "{refused}");
        assert!(refused.message.ends_with(limit), "{refused}");
        host.validate(good().into()).await.unwrap();
    }
}

/// A guest that passes every check before the compiler, and beside its own code has functions of loops.
fn with_loops(count: u32, depth: u32) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    for _ in 0..count {
        functions.function(0);
        code.function(&loops(depth));
    }
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&code);
    let mut component = component("tests/guests/dist/hostile.wasm");
    ModuleSection(&module).append_to_component(&mut component);
    component
}

/// As many loops in one another as locals; the innermost changes them all.
fn loops(depth: u32) -> Function {
    let mut body = Function::new([(depth, ValType::I64)]);
    for _ in 0..depth {
        body.instruction(&Instruction::Loop(BlockType::Empty));
    }
    for local in 0..depth {
        body.instruction(&Instruction::LocalGet(local));
        body.instruction(&Instruction::LocalGet((local + 1) % depth));
        body.instruction(&Instruction::I64Add);
        body.instruction(&Instruction::LocalSet(local));
    }
    for local in 0..depth {
        body.instruction(&Instruction::LocalGet(local));
        body.instruction(&Instruction::I64Eqz);
        body.instruction(&Instruction::BrIf(0));
        body.instruction(&Instruction::End);
    }
    body.instruction(&Instruction::End);
    body
}

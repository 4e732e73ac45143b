//! Compiling in a child process. This program is its own child: no test framework, so that it may read its arguments.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use ports::{PluginRuntime, plugins::Frozen};
use serde_json::json;
use std::{path::PathBuf, process::ExitCode};
use weft_plugin_host::{Compile, PluginHost, PluginHostConfig, compile_child};

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("compile-plugin") {
        return compile_child();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(a_child_compiles_what_this_process_loads());
    runtime.block_on(a_child_that_fails_refuses_the_upload());
    ExitCode::SUCCESS
}

fn host(program: PathBuf) -> PluginHost {
    PluginHost::new(PluginHostConfig { instances: 4, compile: Compile::Child(program), cache: None }).unwrap()
}

fn component() -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../plugins/dist/least-busy.wasm");
    std::fs::read(path).unwrap_or_else(|e| panic!("plugins/dist/least-busy.wasm: {e}: run `cargo xtask plugins`"))
}

async fn a_child_compiles_what_this_process_loads() {
    let host = host(std::env::current_exe().unwrap());
    let plugin = host.prepare(Frozen { component: component().into(), settings: json!({}) }).await.unwrap();
    assert!(plugin.golden().vectors > 0);
}

async fn a_child_that_fails_refuses_the_upload() {
    for (program, code) in [("/no/such/program", "compiler_failed"), ("/bin/false", "does_not_compile")] {
        let refused = host(program.into()).validate(component().into()).await.err().unwrap();
        assert_eq!(refused.code, code, "{refused}");
    }
}

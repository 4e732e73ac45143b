//! Compiling: in a child process with limits (wasmtime does not treat slow compiles as a weakness), or in this one for tests.

use crate::{
    engine, limits,
    refusal::{chain, refuse},
};
use model::plugin::Digest;
use ports::plugins::UploadRefusal;
use std::{
    io::{Read as _, Write as _},
    path::PathBuf,
    process::{Command, Stdio},
    sync::mpsc,
};
use wasmtime::{Engine, component::Component};

/// Where components are compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compile {
    InProcess,
    /// This program, called with the argument `compile-plugin`, runs `compile_child`.
    Child(PathBuf),
}

/// Component → loaded code, from the cache or by compiling.
pub fn load(
    engine: &Engine,
    how: &Compile,
    cache: &crate::cache::Cache,
    bytes: &[u8],
) -> Result<Component, UploadRefusal> {
    let digest = Digest::of(bytes);
    if let Some(artefact) = cache.get(digest)
        && let Ok(component) = crate::aot::load(engine, &artefact)
    {
        return Ok(component);
    }
    let artefact = match how {
        Compile::InProcess => engine.precompile_component(bytes).map_err(|e| refuse("does_not_compile", chain(&e)))?,
        Compile::Child(program) => in_child(program, bytes)?,
    };
    let component = crate::aot::load(engine, &artefact).map_err(|e| refuse("does_not_load", chain(&e)))?;
    cache.put(digest, &artefact);
    Ok(component)
}

fn in_child(program: &PathBuf, bytes: &[u8]) -> Result<Vec<u8>, UploadRefusal> {
    let failed = |e: std::io::Error| refuse("compiler_failed", format!("{}: {e}", program.display()));
    let mut child = Command::new(program)
        .arg("compile-plugin")
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let (Some(mut to), Some(mut from), Some(mut errors)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(refuse("compiler_failed", "no pipes"));
    };
    let (done, result) = mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A child that dies early closes the pipe; its exit says why.
            drop(to.write_all(bytes));
        });
        scope.spawn(move || {
            let mut artefact = Vec::new();
            let mut words = String::new();
            let read = from.read_to_end(&mut artefact).and_then(|_| errors.read_to_string(&mut words));
            drop(done.send(read.map(|_| (artefact, words))));
        });
        let read = result.recv_timeout(limits::COMPILE_WAIT);
        if read.is_err() {
            child.kill().map_err(failed)?;
        }
        let status = child.wait().map_err(failed)?;
        match read {
            Ok(Ok((artefact, _))) if status.success() => Ok(artefact),
            Ok(Ok((_, words))) if status.code() == Some(1) => Err(refuse("does_not_compile", words.trim().to_owned())),
            Ok(Err(e)) => Err(failed(e)),
            _ => Err(refuse("compile_limit", "compiling took more time or memory than an upload may")),
        }
    })
}

/// What the child does: limits itself, reads a component, writes the artefact. Exit code 1 = it does not compile.
pub fn child() -> std::process::ExitCode {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limit = |resource, most| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    let limited =
        limit(Resource::Cpu, limits::COMPILE_CPU_SECONDS).and_then(|()| limit(Resource::As, limits::COMPILE_MEMORY));
    let compiled = limited.map_err(|e| e.to_string()).and_then(|()| {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .take(model::limits::PLUGIN_BYTES as u64 * 2)
            .read_to_end(&mut bytes)
            .map_err(|e| e.to_string())?;
        let engine = engine::compiler().map_err(|e| chain(&e))?;
        let artefact = engine.precompile_component(&bytes).map_err(|e| chain(&e))?;
        std::io::stdout().lock().write_all(&artefact).map_err(|e| e.to_string())
    });
    match compiled {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(message) => {
            drop(std::io::stderr().lock().write_all(message.as_bytes()));
            std::process::ExitCode::from(1)
        }
    }
}

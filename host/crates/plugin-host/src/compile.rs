//! Compiling: in a child process with limits (wasmtime does not treat slow compiles as a weakness), or in this one for tests.

use crate::{
    engine, limits,
    refusal::{chain, refuse},
};
use model::plugin::Digest;
use ports::plugins::UploadRefusal;
use rustix::process::{Resource, Rlimit, Signal, setrlimit};
use std::{
    io::{Read as _, Write as _},
    os::unix::process::ExitStatusExt as _,
    path::PathBuf,
    process::{Command, ExitCode, ExitStatus, Stdio},
    sync::mpsc,
};
use wasmtime::{Engine, component::Component};

/// The child's exit code for a component that does not compile.
const DOES_NOT_COMPILE: i32 = 1;

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
            Ok(Ok((_, words))) => Err(ended(status, words.trim())),
            Ok(Err(e)) => Err(failed(e)),
            Err(_) => Err(refuse("compile_limit", format!("compiling it took longer than {:?}", limits::COMPILE_WAIT))),
        }
    })
}

/// Why a child that wrote `words` gave no artefact.
fn ended(status: ExitStatus, words: &str) -> UploadRefusal {
    let too_much = |what: String| refuse("compile_limit", format!("compiling it takes more than {what}"));
    match (status.code(), status.signal().and_then(Signal::from_named_raw)) {
        (Some(DOES_NOT_COMPILE), _) => refuse("does_not_compile", words),
        (_, Some(Signal::XCPU)) => too_much(format!("{} s of CPU", limits::COMPILE_CPU_SECONDS)),
        // The allocator says so before it aborts.
        (_, Some(Signal::ABORT)) if words.contains("memory allocation of") => {
            too_much(format!("{} MiB of memory", limits::COMPILE_MEMORY >> 20))
        }
        // Not the upload's fault, as far as anybody can tell: the kernel was short of memory, or somebody ended it.
        _ => refuse("compiler_failed", format!("the compiler ended with {status} before it was done")),
    }
}

/// What the child does: limits itself, reads a component, writes the artefact.
///
/// The limit of memory is on what it may write to: address space that is only reserved costs nobody anything.
pub fn child() -> ExitCode {
    let limit = |resource, most, hard| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(hard) });
    let (seconds, bytes) = (limits::COMPILE_CPU_SECONDS, limits::COMPILE_MEMORY);
    // One second between the signal that says why and the one that cannot be caught.
    let limited = limit(Resource::Cpu, seconds, seconds + 1)
        .and_then(|()| limit(Resource::Data, bytes, bytes))
        .and_then(|()| limit(Resource::Core, 0, 0));
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
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            drop(std::io::stderr().lock().write_all(message.as_bytes()));
            ExitCode::from(DOES_NOT_COMPILE as u8)
        }
    }
}

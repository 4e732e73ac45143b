//! Makes the compiler able to build plugins: it is already, or rustup adds the target, or std is built from the source of exactly
//! this compiler.

use crate::{
    need, rust_source,
    step::{Steps, output, succeed},
};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const TARGET: &str = "wasm32-unknown-unknown";
/// How long rustup may look for its server.
const RUSTUP_TIME_MAX: Duration = Duration::from_mins(1);
/// In the target's folder when we built it: only ours is ever removed.
const MARKER: &str = "built-from-source";

/// The compiler that is asked for.
struct Toolchain {
    sysroot: PathBuf,
    version: String,
    commit: String,
}

pub fn ensure(steps: &Steps) -> Result<()> {
    let work = steps.path("target/xtask/wasm-target");
    fs::create_dir_all(&work)?;
    if usable(&work) {
        return Ok(());
    }
    steps.step(&format!("target {TARGET}"), || {
        let toolchain = toolchain()?;
        // One at a time per toolchain; whoever waited looks again.
        let lock = toolchain.sysroot.join("lib/rustlib/.weft-wasm-target.lock");
        let advice = || format!("install it by hand with `rustup target add {TARGET}`");
        let lock =
            fs::File::create(&lock).with_context(|| format!("{} cannot be written: {}", lock.display(), advice()))?;
        lock.lock()?;
        if usable(&work) {
            return Ok(());
        }
        remove_our_own(&toolchain)?;
        if by_rustup() && usable(&work) {
            return Ok(());
        }
        println!("    rustup could not add it: building it from the compiler's source");
        by_source(&work, &toolchain)
            .with_context(|| format!("no way to get {TARGET} for rustc {}: {}", toolchain.version, advice()))?;
        if !usable(&work) {
            bail!("{TARGET} was built, but the compiler still cannot use it: {}", advice());
        }
        Ok(())
    })
}

fn toolchain() -> Result<Toolchain> {
    let verbose = need::rustc()?;
    let field = |name: &str| verbose.lines().find_map(|l| l.strip_prefix(name)).unwrap_or_default().to_owned();
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    Ok(Toolchain { sysroot: sysroot.trim().into(), version: field("release: "), commit: field("commit-hash: ") })
}

/// A trial compile; it also finds a copy that another compiler left.
fn usable(work: &Path) -> bool {
    let probe = work.join("probe.rs");
    fs::write(&probe, "pub fn f(n: u32) -> String { n.to_string() }\n").is_ok()
        && Command::new("rustc")
            .args(["--target", TARGET, "--edition", "2024", "--crate-type", "lib", "--emit", "metadata", "-o"])
            .arg(work.join("probe.rmeta"))
            .arg(&probe)
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|s| s.success())
}

fn place(toolchain: &Toolchain) -> PathBuf {
    toolchain.sysroot.join("lib/rustlib").join(TARGET)
}

/// What we built for an older compiler clashes with a newer one, and with rustup's copy beside it.
fn remove_our_own(toolchain: &Toolchain) -> Result<()> {
    let place = place(toolchain);
    if place.join(MARKER).exists() {
        fs::remove_dir_all(&place).with_context(|| format!("removing {}", place.display()))?;
    }
    Ok(())
}

fn by_rustup() -> bool {
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TARGET]).env("RUSTUP_MAX_RETRIES", "1").stdin(Stdio::null());
    let Ok(mut child) = rustup.spawn() else { return false };
    let started = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            // waits: a child process has no bounded wait.
            Ok(None) if started.elapsed() < RUSTUP_TIME_MAX => std::thread::sleep(Duration::from_millis(50)),
            _ => {
                child.kill().ok();
                child.wait().ok();
                return false;
            }
        }
    }
}

fn by_source(work: &Path, toolchain: &Toolchain) -> Result<()> {
    // Cargo reads std's source at one place only; what we put there goes away again.
    let library = toolchain.sysroot.join("lib/rustlib/src/rust/library");
    let borrowed = !library.join("std/Cargo.toml").exists();
    if borrowed {
        let source = rust_source::find(work, &toolchain.version)?;
        fs::remove_dir_all(&library).ok();
        fs::create_dir_all(library.parent().unwrap_or(&library))?;
        succeed(Command::new("cp").args(["-a", "--no-preserve=ownership"]).arg(source).arg(&library))?;
    }
    let built = build_std(work, toolchain, &library);
    if borrowed {
        fs::remove_dir_all(&library)?;
    }
    // Laid beside its place and moved in whole: a killed run leaves no half target.
    let place = place(toolchain);
    let fresh = place.with_extension("new");
    fs::remove_dir_all(&fresh).ok();
    fs::create_dir_all(fresh.join("lib"))?;
    for rlib in built? {
        fs::copy(&rlib, fresh.join("lib").join(rlib.file_name().unwrap_or_default()))?;
    }
    fs::write(fresh.join(MARKER), &toolchain.commit)?;
    fs::remove_dir_all(&place).ok();
    fs::rename(fresh, place)?;
    Ok(fs::remove_dir_all(work.join("crate"))?)
}

/// The libraries of std: with bitcode, so that a guest with LTO can inline it; without paths of this machine.
fn build_std(work: &Path, toolchain: &Toolchain, library: &Path) -> Result<Vec<PathBuf>> {
    let folder = work.join("crate");
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), "")?;
    let manifest = "[package]\nname = \"std_probe\"\nedition = \"2024\"\n[profile.release]\npanic = \"abort\"\ndebug = 0\n[workspace]\n";
    fs::write(folder.join("Cargo.toml"), manifest)?;
    let mut build = Command::new("cargo");
    build.current_dir(&folder).args(["build", "--release", "--target", TARGET, "-Zbuild-std=std,panic_abort"]);
    for foreign in ["CARGO_BUILD_TARGET", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "RUSTC_WRAPPER"] {
        build.env_remove(foreign);
    }
    let registry =
        std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let registry = registry.unwrap_or_default().join("registry/src");
    let remap = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    let library = remap(library, &format!("/rustc/{}/library", toolchain.commit));
    let flags = ["-Cembed-bitcode=yes".to_owned(), library, remap(&registry, "/rust/deps")].join(" ");
    build.env("RUSTFLAGS", flags);
    // The stable compiler builds its own std only when told that it is its own.
    build.env("RUSTC_BOOTSTRAP", "1").env("CARGO_INCREMENTAL", "0").env("CARGO_TARGET_DIR", folder.join("target"));
    succeed(&mut build)?;
    let deps =
        fs::read_dir(folder.join("target").join(TARGET).join("release/deps"))?.filter_map(|e| Some(e.ok()?.path()));
    Ok(deps
        .filter(|p| p.extension().is_some_and(|x| x == "rlib") && !p.to_string_lossy().contains("std_probe"))
        .collect())
}

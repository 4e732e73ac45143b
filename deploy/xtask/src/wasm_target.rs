//! Makes the compiler able to build plugins: it is already, or rustup adds the target, or std is built from Debian's source of
//! exactly this compiler.

use crate::{
    need::which,
    step::{Steps, succeed},
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
const RUSTUP_TIME: Duration = Duration::from_secs(60);
const SUITES: [&str; 5] = ["trixie-backports", "bookworm-backports", "trixie", "sid", "experimental"];

pub fn ensure(steps: &Steps) -> Result<()> {
    let work = steps.path("target/xtask/wasm-target");
    fs::create_dir_all(&work)?;
    if usable(&work) {
        return Ok(());
    }
    steps.step(&format!("target {TARGET}"), || {
        if by_rustup() && usable(&work) {
            return Ok(());
        }
        println!("    rustup could not add {TARGET}; building it from Debian's rust-src");
        by_source(&work).with_context(|| format!("no way to get {TARGET}: install it by hand with `rustup target add {TARGET}`"))?;
        if !usable(&work) {
            bail!("{TARGET} was built, but the compiler still cannot use it");
        }
        Ok(())
    })
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

fn by_rustup() -> bool {
    let Ok(mut child) = Command::new("rustup").args(["target", "add", TARGET]).env("RUSTUP_MAX_RETRIES", "1").spawn() else { return false };
    let started = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if started.elapsed() < RUSTUP_TIME => std::thread::sleep(Duration::from_millis(100)),
            _ => {
                child.kill().ok();
                child.wait().ok();
                return false;
            }
        }
    }
}

fn by_source(work: &Path) -> Result<()> {
    let verbose = output(Command::new("rustc").arg("-vV"))?;
    let version = verbose.lines().find_map(|l| l.strip_prefix("release: ")).context("rustc has no release")?;
    let sysroot = PathBuf::from(output(Command::new("rustc").args(["--print", "sysroot"]))?.trim());
    let library = sysroot.join("lib/rustlib/src/rust/library");
    let borrowed = !library.join("std/Cargo.toml").exists();
    if borrowed {
        let source = debian_source(work, version)?;
        fs::create_dir_all(library.parent().context("no parent")?)?;
        succeed(Command::new("cp").arg("-a").arg(&source).arg(&library))?;
    }
    let built = build_std(work);
    if borrowed {
        // A later `rustup component add rust-src` finds no stranger's files.
        fs::remove_dir_all(&library)?;
    }
    let rlibs = built?;
    let place = sysroot.join("lib/rustlib").join(TARGET);
    let fresh = sysroot.join("lib/rustlib").join(format!("{TARGET}.new"));
    fs::remove_dir_all(&fresh).ok();
    fs::create_dir_all(fresh.join("lib"))?;
    for rlib in rlibs {
        fs::copy(&rlib, fresh.join("lib").join(rlib.file_name().context("no name")?))?;
    }
    fs::remove_dir_all(&place).ok();
    Ok(fs::rename(fresh, place)?)
}

/// Debian's `rust-src` of exactly this version, fetched with package lists of our own and unpacked.
fn debian_source(work: &Path, version: &str) -> Result<PathBuf> {
    for tool in ["apt-get", "apt-cache", "dpkg-deb"] {
        which(tool).with_context(|| format!("no {tool} here"))?;
    }
    let mirror = mirror().context("no Debian mirror in /etc/apt")?;
    let apt = work.join("apt");
    for dir in ["lists/partial", "cache/archives/partial"] {
        fs::create_dir_all(apt.join(dir))?;
    }
    let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
    let list: String = SUITES.iter().map(|s| format!("deb [signed-by={keyring}] {mirror} {s} main\n")).collect();
    fs::write(apt.join("sources.list"), list)?;
    let apt_command = |program: &str| {
        let mut command = Command::new(program);
        command.current_dir(work).arg("-q");
        for (key, value) in [("Etc::sourcelist", "sources.list"), ("Etc::sourceparts", "none"), ("State::lists", "lists"), ("Cache", "cache")] {
            command.arg("-o").arg(format!("Dir::{key}={}", apt.join(value).display()));
        }
        command.args(["-o", "Acquire::Languages=none", "-o", "Acquire::Retries=2", "-o", "APT::Sandbox::User=root"]);
        command
    };
    // A suite that the mirror lacks is only a warning: the others may do.
    apt_command("apt-get").arg("update").output()?;
    let offered = output(apt_command("apt-cache").args(["madison", "rust-src"]))?;
    let pick = offered
        .lines()
        .filter_map(|line| line.split('|').nth(1).map(str::trim))
        .find(|v| v.strip_prefix(version).is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', '~', '-'])))
        .with_context(|| format!("Debian has no rust-src {version}"))?;
    succeed(apt_command("apt-get").args(["download", &format!("rust-src={pick}")]))?;
    let package = fs::read_dir(work)?
        .filter_map(|e| Some(e.ok()?.path()))
        .find(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("rust-src_")))
        .context("nothing was downloaded")?;
    succeed(Command::new("dpkg-deb").arg("-x").arg(package).arg(work.join("source")))?;
    Ok(work.join(format!("source/usr/src/rustc-{version}/library")))
}

fn mirror() -> Option<String> {
    let files = fs::read_dir("/etc/apt/sources.list.d").ok()?.filter_map(|e| fs::read_to_string(e.ok()?.path()).ok());
    let mut lists = files.chain(fs::read_to_string("/etc/apt/sources.list").ok());
    lists.find_map(|text| {
        text.lines().find_map(|l| l.strip_prefix("URIs:").map(|u| u.trim().to_owned())).or_else(|| {
            text.lines().find_map(|l| l.strip_prefix("deb ")?.split_whitespace().find(|w| w.starts_with("http")).map(str::to_owned))
        })
    })
}

/// std with its bitcode, so that a guest with LTO can inline it.
fn build_std(work: &Path) -> Result<Vec<PathBuf>> {
    let krate = work.join("crate");
    fs::create_dir_all(krate.join("src"))?;
    fs::write(krate.join("src/lib.rs"), "")?;
    let manifest = "[package]\nname = \"std_probe\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[profile.release]\npanic = \"abort\"\ndebug = 0\n[workspace]\n";
    fs::write(krate.join("Cargo.toml"), manifest)?;
    let mut build = Command::new("cargo");
    build.current_dir(&krate).args(["build", "--release", "--quiet", "--target", TARGET, "-Zbuild-std=std,panic_abort"]);
    build.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Cembed-bitcode=yes").env("CARGO_TARGET_DIR", krate.join("target"));
    succeed(&mut build)?;
    let deps = krate.join("target").join(TARGET).join("release/deps");
    let all = fs::read_dir(deps)?.filter_map(|e| Some(e.ok()?.path()));
    Ok(all.filter(|p| p.extension().is_some_and(|x| x == "rlib") && !p.to_string_lossy().contains("std_probe")).collect())
}

fn output(command: &mut Command) -> Result<String> {
    let out = command.output().with_context(|| format!("could not start {}", command.get_program().to_string_lossy()))?;
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

//! Steps: named, timed, shown while they run, skipped when nothing changed.

use anyhow::{Context, Result, bail};
use std::{
    cell::RefCell,
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

pub struct Steps {
    root: PathBuf,
    times: RefCell<Vec<(String, Duration)>>,
}

impl Steps {
    pub fn at(root: PathBuf) -> Self {
        Self { root, times: RefCell::default() }
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// A command that runs in the repository, nothing on its standard input.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(if program.contains('/') { self.path(program).into_os_string() } else { program.into() });
        command.current_dir(&self.root).stdin(Stdio::null());
        command
    }

    /// Runs `work` as a step of this name.
    pub fn step<T>(&self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("==> {name}");
        let start = Instant::now();
        let result = work().with_context(|| format!("step `{name}` failed"));
        let took = start.elapsed();
        println!("<== {name}: {} ({:.1} s)", if result.is_ok() { "done" } else { "FAILED" }, took.as_secs_f32());
        self.times.borrow_mut().push((name.to_owned(), took));
        result
    }

    pub fn run(&self, name: &str, mut command: Command) -> Result<()> {
        self.step(name, || succeed(&mut command))
    }

    pub fn cargo(&self, name: &str, arguments: &[&str]) -> Result<()> {
        let mut command = self.command("cargo");
        command.args(arguments);
        self.run(name, command)
    }

    /// Becomes `command` for the person at the terminal: its signals and its exit are this process's.
    pub fn hand_over(&self, mut command: Command) -> Result<()> {
        use std::os::unix::process::CommandExt as _;
        println!("==> {}", command.get_program().to_string_lossy());
        command.stdin(Stdio::inherit());
        Err(command.exec()).context("could not start it")
    }

    /// Does `work` unless `inputs` (files and folders) are as they were when it last succeeded.
    pub fn unless_unchanged(&self, name: &str, inputs: &[&str], outputs: &[&str], work: impl FnOnce() -> Result<()>) -> Result<()> {
        let stamp = self.path(&format!("target/xtask/{}.stamp", name.replace([' ', '/'], "-")));
        let now = self.fingerprint(inputs)?;
        if fs::read_to_string(&stamp).is_ok_and(|then| then == now) && outputs.iter().all(|o| self.path(o).exists()) {
            println!("==> {name}: up to date");
            return Ok(());
        }
        self.step(name, work)?;
        fs::create_dir_all(self.path("target/xtask"))?;
        fs::write(stamp, now).context("could not write the stamp")
    }

    fn fingerprint(&self, inputs: &[&str]) -> Result<String> {
        let mut files = Vec::new();
        for input in inputs {
            collect(&self.path(input), &mut files)?;
        }
        files.sort();
        let mut hasher = DefaultHasher::new();
        for file in files {
            file.hash(&mut hasher);
            fs::read(&file).with_context(|| format!("reading {}", file.display()))?.hash(&mut hasher);
        }
        Ok(format!("{:016x}", hasher.finish()))
    }

    pub fn print_times(&self) {
        let times = self.times.borrow();
        if times.len() < 2 {
            return;
        }
        println!("\nwhere the time went");
        for (name, took) in times.iter() {
            println!("{:>8.1} s  {name}", took.as_secs_f32());
        }
        println!("{:>8.1} s  in all", times.iter().map(|(_, t)| *t).sum::<Duration>().as_secs_f32());
    }
}

pub fn succeed(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("could not start {}", command.get_program().to_string_lossy()))?;
    if !status.success() {
        bail!("{} {status}", shown(command));
    }
    Ok(())
}

fn shown(command: &Command) -> String {
    let arguments: Vec<_> = command.get_args().map(|a| a.to_string_lossy()).collect();
    format!("`{} {}`", command.get_program().to_string_lossy(), arguments.join(" "))
}

/// Build output is no input.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            if !["target", "node_modules", "dist"].iter().any(|skip| entry.file_name() == *skip) {
                collect(&entry.path(), files)?;
            }
        }
    } else if path.exists() {
        files.push(path.to_owned());
    }
    Ok(())
}

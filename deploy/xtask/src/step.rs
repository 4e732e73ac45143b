//! Steps: named, timed, shown while they run, skipped when nothing changed.

use crate::stamp;
use anyhow::{Context, Result, bail};
use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// The steps of one run, in the repository at `root`.
pub struct Steps {
    root: PathBuf,
    started: Instant,
    done: RefCell<Vec<Done>>,
}

struct Done {
    name: String,
    /// Nothing when the step was up to date.
    took: Option<Duration>,
    failed: bool,
}

impl Steps {
    pub fn at(root: PathBuf) -> Self {
        Self { root, started: Instant::now(), done: RefCell::default() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// A command that runs in the repository, nothing on its standard input. What it prints is shown as it comes.
    pub fn command(&self, program: &str) -> Command {
        let mut command =
            Command::new(if program.contains('/') { self.path(program).into_os_string() } else { program.into() });
        command.current_dir(&self.root).stdin(Stdio::null());
        command
    }

    /// Runs `work` as a step of this name.
    pub fn step<T>(&self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("==> {name}");
        let start = Instant::now();
        let result = work().with_context(|| format!("step `{name}` failed"));
        let took = start.elapsed();
        println!("<== {name}: {}, {}", if result.is_ok() { "done" } else { "FAILED" }, seconds(took));
        self.done.borrow_mut().push(Done { name: name.to_owned(), took: Some(took), failed: result.is_err() });
        result
    }

    /// A step that is one command.
    pub fn run(&self, name: &str, mut command: Command) -> Result<()> {
        self.step(name, || succeed(&mut command))
    }

    /// A step that is one call of cargo in the workspace.
    pub fn cargo(&self, name: &str, arguments: &[&str]) -> Result<()> {
        let mut command = self.command("cargo");
        command.args(arguments);
        self.run(name, command)
    }

    /// A step that is skipped when `inputs` (files and folders) and `tools` (versions) are as they were when it last succeeded and all
    /// that `work` answered then (the files it wrote) is still there.
    pub fn unless_unchanged(
        &self,
        name: &str,
        inputs: &[&str],
        tools: &str,
        work: impl FnOnce() -> Result<Vec<PathBuf>>,
    ) -> Result<()> {
        let stamp = self.path(&format!("target/xtask/{}.stamp", name.replace(' ', "-")));
        let now = stamp::fingerprint(&self.root, inputs, tools)?;
        if stamp::is_current(&stamp, &now) {
            println!("==> {name}: up to date");
            self.done.borrow_mut().push(Done { name: name.to_owned(), took: None, failed: false });
            return Ok(());
        }
        let outputs = self.step(name, work)?;
        stamp::write(&stamp, &now, &outputs)
    }

    pub fn print_times(&self) {
        let done = self.done.borrow();
        if done.len() < 2 {
            return;
        }
        println!("\nwhere the time went");
        for Done { name, took, failed } in done.iter() {
            let took = took.map_or_else(|| "up to date".to_owned(), seconds);
            println!("{took:>12}  {name}{}", if *failed { "  FAILED" } else { "" });
        }
        println!("{:>12}  in all", seconds(self.started.elapsed()));
    }
}

/// Becomes `command` for the person at the terminal: its signals and its exit are this process's.
pub fn hand_over(mut command: Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    println!("==> {}", shown(&command));
    command.stdin(Stdio::inherit());
    Err(command.exec()).with_context(|| format!("could not start {}", shown(&command)))
}

/// Runs the command to its end; an exit other than 0 is an error that says how to run it again.
pub fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("could not start {}", command.get_program().display()))?;
    if !status.success() {
        bail!("`{}`: {status}", shown(command));
    }
    Ok(())
}

/// What the command prints on its standard output.
pub fn output(command: &mut Command) -> Result<String> {
    let out = command.output().with_context(|| format!("could not start {}", command.get_program().display()))?;
    if !out.status.success() {
        bail!("`{}`: {}: {}", shown(command), out.status, String::from_utf8_lossy(&out.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// One error of all that failed. The suites have all run by then: one failure does not hide another.
pub fn all_of<const N: usize>(results: [Result<()>; N]) -> Result<()> {
    let failed: Vec<_> = results.into_iter().filter_map(Result::err).map(|e| format!("{e:#}")).collect();
    if failed.is_empty() { Ok(()) } else { bail!("{}", failed.join("\n       ")) }
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|w| w.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn seconds(took: Duration) -> String {
    match took.as_secs() {
        0..60 => format!("{:.1} s", took.as_secs_f32()),
        whole => format!("{} min {:02} s", whole / 60, whole % 60),
    }
}

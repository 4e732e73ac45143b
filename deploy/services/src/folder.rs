//! Where servers keep their things: `target/services` of the repository. A folder in use is locked by the process that uses it.

use crate::error::{Doing, ServiceError};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

const LOCK: &str = "owner.lock";
const PID: &str = "pid";

/// The repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    here.canonicalize().unwrap_or(here)
}

/// `target/services` of the repository, whatever the build directory is: what is installed there is shared.
pub(crate) fn services() -> PathBuf {
    root().join("target/services")
}

/// A folder for one server, locked while this value lives.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// Held, never read: the operating system lets go of it when this process ends, however it ends.
    _lock: File,
}

impl Folder {
    /// A new one under `run`, after what dead owners left there has been cleared away.
    pub(crate) fn fresh(name: &str) -> Result<Self, ServiceError> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let run = services().join("run");
        // One process at a time looks and makes: a folder that is made but not yet locked would look abandoned.
        let _one_at_a_time = Self::take(run.clone())?;
        clear_abandoned(&run);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Self::take(run.join(format!("{name}-{}-{count}", std::process::id())))
    }

    /// This one; its content stays as it is.
    pub(crate) fn take(path: PathBuf) -> Result<Self, ServiceError> {
        fs::create_dir_all(&path).doing("making", &path)?;
        let file = path.join(LOCK);
        let lock = File::create(&file).doing("making", &file)?;
        lock.lock().doing("locking", &file)?;
        Ok(Self { path, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf, ServiceError> {
        let file = self.path.join(name);
        fs::create_dir_all(file.parent().unwrap_or(&self.path)).doing("making the folder of", &file)?;
        fs::write(&file, text).doing("writing", &file)?;
        Ok(file)
    }

    /// Which process runs here: whoever finds the folder abandoned ends it.
    pub(crate) fn note_pid(&self, pid: u32) -> Result<(), ServiceError> {
        self.write(PID, &pid.to_string()).map(drop)
    }

    pub(crate) fn remove(&self) {
        fs::remove_dir_all(&self.path).ok();
    }
}

/// Ends and removes what processes that are gone have left; a folder whose owner lives is locked.
fn clear_abandoned(run: &Path) {
    for entry in fs::read_dir(run).into_iter().flatten().flatten() {
        let path = entry.path();
        // Without a lock file it is being made this moment.
        let Ok(lock) = File::open(path.join(LOCK)) else { continue };
        if lock.try_lock().is_ok() {
            if let Some(pid) = process_in(&path) {
                kill_process(pid, Signal::KILL).ok();
            }
            fs::remove_dir_all(&path).ok();
        }
    }
}

/// The process that was noted, if it still runs there: its number may be another's by now.
pub(crate) fn process_in(path: &Path) -> Option<Pid> {
    let pid = Pid::from_raw(fs::read_to_string(path.join(PID)).ok()?.trim().parse().ok()?)?;
    let place = fs::read_link(format!("/proc/{}/cwd", pid.as_raw_nonzero())).ok()?;
    // A database moves on into its data.
    place.starts_with(path.canonicalize().ok()?).then_some(pid)
}

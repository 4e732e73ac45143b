//! What can go wrong with a server, and what to do then.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};
use thiserror::Error;

/// Why there is no server.
#[derive(Debug, Error)]
pub enum ServiceError {
    /// A program is not on this machine and cannot be installed from here.
    #[error("{what} is missing. {install}")]
    Missing {
        /// The program.
        what: &'static str,
        /// What to do about it: a sentence with the command.
        install: String,
    },
    /// The command that installs or prepares something failed.
    #[error("`{command}` failed ({status}):\n{output}")]
    Failed {
        /// As it can be typed.
        command: String,
        /// How it ended.
        status: String,
        /// The end of what it printed.
        output: String,
    },
    /// The process ended, or did not answer in time.
    #[error("{name} was not ready after {waited:.1?} ({state}); the end of {}:\n{tail}", .log.display())]
    NotReady {
        /// The server.
        name: &'static str,
        /// How long it was waited for.
        waited: Duration,
        /// Whether it still ran, or how it ended.
        state: String,
        /// Its whole log.
        log: PathBuf,
        /// The last lines of it.
        tail: String,
    },
    /// All ports of our range are taken.
    #[error("no free port between {first} and {last}")]
    NoPort {
        /// The first that was tried.
        first: u16,
        /// The last.
        last: u16,
    },
    /// A file or a process of ours could not be handled.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
}

/// Adds to an I/O error what was being done.
pub(crate) trait Doing<T> {
    fn doing(self, what: &str, path: &Path) -> Result<T, ServiceError>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, what: &str, path: &Path) -> Result<T, ServiceError> {
        self.map_err(|source| ServiceError::Io { doing: format!("{what} {}", path.display()), source })
    }
}

//! What a kind of server has to say about itself.

use crate::{ServiceError, Software, folder::Folder, ports::Port};
use std::{fmt::Debug, process::Command};

/// How one kind of server is started.
pub(crate) trait Recipe: Debug + Send + Sync {
    fn software(&self) -> Software;

    /// How many ports it listens on.
    fn ports(&self) -> usize {
        1
    }

    /// Puts into the folder what must be there before the process starts. Runs before each start; what exists stays.
    fn prepare(&self, place: &Place) -> Result<(), ServiceError>;

    /// The process, in the foreground, all of it one process. The caller sets folder, input and output.
    fn command(&self, place: &Place) -> Result<Command, ServiceError>;

    /// Whether it serves by now. Asked again and again.
    fn is_ready(&self, place: &Place) -> bool;

    /// Where clients find it: one URL or, where it has two doors, two.
    fn urls(&self, place: &Place) -> Vec<String>;
}

/// Where a server lives.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) folder: Folder,
    pub(crate) ports: Vec<Port>,
}

impl Place {
    /// The port of this index in the recipe.
    pub(crate) fn port(&self, index: usize) -> u16 {
        self.ports.get(index).map_or(0, Port::number)
    }
}

#![doc = include_str!("../README.md")]

mod blobs;
mod bus;
mod directory;
mod work;

pub use blobs::FileBlobs;
pub use bus::EmbeddedBus;
pub use directory::{EmbeddedDirectory, GRACE, LIFETIME};
pub use work::EmbeddedWork;

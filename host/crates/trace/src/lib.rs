#![doc = include_str!("../README.md")]

mod exporter;
mod span;

pub use exporter::{Exporter, StartError};
pub use span::{Kind, Span, begin, child};

//! Why a component is not let in: one constructor, so that every refusal has a code and names what and where.

use ports::plugins::UploadRefusal;

pub fn refuse(code: &str, message: impl Into<String>) -> UploadRefusal {
    UploadRefusal { code: code.to_owned(), message: message.into(), errors: Vec::new() }
}

/// An error of wasmtime or wasmparser with its causes in one line.
pub fn chain(e: &(impl std::fmt::Debug + std::fmt::Display)) -> String {
    format!("{e:#}")
}

//! What a command says: its answer on standard output, what goes on meanwhile on standard error.

use crate::complaint::Complaint;
use serde_json::Value;
use std::{
    fmt::Write as _,
    io::{self, Write as _},
    process::ExitCode,
};

/// What a command came to, for a person and for a program.
#[derive(Debug)]
pub(crate) struct Answer {
    pub text: String,
    pub json: Value,
}

impl Answer {
    pub fn new(text: impl Into<String>, json: Value) -> Self {
        Self { text: text.into(), json }
    }
}

/// Who is spoken to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Voice {
    /// One JSON document on standard output and nothing else.
    pub json: bool,
}

impl Voice {
    /// One line of what goes on; a program does not want it.
    pub fn say(self, line: &str) {
        if !self.json {
            // A closed pipe is nobody who listens.
            writeln!(io::stderr().lock(), "{line}").ok();
        }
    }

    /// A part of an answer that is still growing: a line of text, or a JSON document on a line of its own.
    pub fn tell(self, answer: &Answer) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.json { writeln!(out, "{}", answer.json) } else { writeln!(out, "{}", answer.text.trim_end()) }
    }

    /// The last word of the process.
    pub fn end(self, result: Result<Answer, Complaint>) -> ExitCode {
        match result {
            // An empty answer was told before, piece by piece.
            Ok(answer) if answer.text.is_empty() => ExitCode::SUCCESS,
            Ok(answer) => match self.tell(&answer) {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            },
            Err(complaint) => {
                if self.json {
                    writeln!(io::stdout().lock(), "{}", complaint.as_json()).ok();
                } else {
                    write!(io::stderr().lock(), "{}", complaint.as_text()).ok();
                }
                ExitCode::FAILURE
            }
        }
    }
}

/// Bytes as people read them.
pub(crate) fn bytes(count: u64) -> String {
    let digits = count.to_string();
    let mut spaced = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            spaced.push(' ');
        }
        spaced.push(digit);
    }
    spaced
}

/// Columns as wide as their widest cell.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |n: usize| rows.iter().filter_map(|row| row.get(n)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell:<width$}  ");
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_spaced() {
        assert_eq!([bytes(7), bytes(1000), bytes(1_234_567)], ["7", "1 000", "1 234 567"]);
    }

    #[test]
    fn columns_are_aligned() {
        let rows = [["a", "bb"], ["ccc", "d"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), "a    bb\nccc  d\n");
    }
}

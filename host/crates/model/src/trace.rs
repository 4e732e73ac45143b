//! Where a traced message stands on its way (W3C Trace Context).

use std::{fmt, num::NonZero};

/// The trace and the step that the next one goes on from. Only messages that are traced have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceParent {
    trace: NonZero<u128>,
    span: NonZero<u64>,
}

impl TraceParent {
    /// None where one of them is 0, which names nothing.
    pub fn new(trace: u128, span: u64) -> Option<Self> {
        Some(Self { trace: NonZero::new(trace)?, span: NonZero::new(span)? })
    }

    pub const fn trace(self) -> u128 {
        self.trace.get()
    }

    pub const fn span(self) -> u64 {
        self.span.get()
    }

    /// The text of a `traceparent`. None if it is not one, or its sender does not trace.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut next = |digits: usize| {
            let part = parts.next()?;
            let hex = part.len() == digits && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
            hex.then(|| u128::from_str_radix(part, 16).ok())?
        };
        let (version, trace, span, flags) = (next(2)?, next(32)?, next(16)?, next(2)?);
        // A later version may have more behind what this one knows; 255 is none.
        let whole = version != 0 || parts.next().is_none();
        (whole && version != 255 && flags & 1 == 1).then(|| Self::new(trace, span as u64))?
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-01", self.trace, self.span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_parent_is_read_as_it_is_written_and_nothing_else_is() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let parent = TraceParent::read(text).unwrap();
        assert_eq!((parent.to_string().as_str(), parent.span()), (text, 0x00f0_67aa_0ba9_02b7));
        assert_eq!(TraceParent::read(&text.replacen("00", "01", 1)), Some(parent), "a later version");
        assert_eq!(TraceParent::read(&format!("01{}-more", &text[2..])), Some(parent));
        for wrong in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e47-00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceParent::read(wrong), None, "{wrong}");
        }
    }
}

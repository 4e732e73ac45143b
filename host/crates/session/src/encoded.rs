use crate::wire::Event;
use bytes::Bytes;
use model::{ConversationId, Entry, Reader};
use std::cell::OnceCell;

/// An entry that is serialised at most once per kind of reader; all receivers share the bytes (C4).
#[derive(Debug)]
pub struct Encoded<'a> {
    conversation: ConversationId,
    entry: &'a Entry,
    visitor: OnceCell<Bytes>,
    agent: OnceCell<Bytes>,
}

impl<'a> Encoded<'a> {
    pub const fn new(conversation: ConversationId, entry: &'a Entry) -> Self {
        Self { conversation, entry, visitor: OnceCell::new(), agent: OnceCell::new() }
    }
    pub const fn entry(&self) -> &'a Entry {
        self.entry
    }
    /// The frame for `reader`. Readers differ in `prev` only: where that is the same, so are the bytes.
    pub fn frame(&self, reader: Reader) -> &Bytes {
        let cell = match reader {
            Reader::Visitor if self.entry.prev(Reader::Visitor) != self.entry.prev(Reader::Agent) => &self.visitor,
            _ => &self.agent,
        };
        cell.get_or_init(|| Event::entry(self.conversation, self.entry, reader).frame())
    }
}

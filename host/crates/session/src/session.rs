use crate::mailbox::Mailbox;
use bytes::Bytes;
use model::{Caller, ConversationId, Participant, Reader, SessionId, TenantId};
use parking_lot::Mutex;
use tokio::sync::Notify;

/// One live client. Lives without a task of its own: what is delivered waits in its bounded mailbox until the transport asks for
/// the `next` frames.
#[derive(Debug)]
pub struct Session {
    pub id: SessionId,
    pub caller: Caller,
    pub reader: Reader,
    pub(crate) mailbox: Mutex<Mailbox>,
    pub(crate) wake: Notify,
}

impl Session {
    pub(crate) fn new(id: SessionId, caller: Caller) -> Self {
        let reader = Reader::of(caller.participant);
        Self { id, caller, reader, mailbox: Mutex::default(), wake: Notify::new() }
    }
    pub const fn tenant(&self) -> TenantId {
        self.caller.tenant
    }
    pub const fn participant(&self) -> Participant {
        self.caller.participant
    }
    /// Whether the session's participant takes part in the conversation, as far as this node has heard.
    pub fn follows(&self, conversation: ConversationId) -> bool {
        self.mailbox.lock().follows(conversation)
    }

    /// Conversations that it follows.
    pub(crate) fn conversations(&self) -> usize {
        self.mailbox.lock().conversations().len()
    }

    /// Ends the session from within: `next` answers nothing from now on, and the transport closes.
    pub fn end(&self) {
        self.change(Mailbox::end);
    }
    pub fn has_ended(&self) -> bool {
        self.mailbox.lock().has_ended()
    }

    /// A frame that may be lost: dropped when the mailbox is half full. Whether it was queued.
    pub fn signal(&self, frame: &Bytes) -> bool {
        self.change(|mailbox| mailbox.signal(frame))
    }

    /// Changes the mailbox and wakes who waits in `next`.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Mailbox) -> T) -> T {
        let result = change(&mut self.mailbox.lock());
        self.wake.notify_one();
        result
    }
}

//! What waits for one session, and how far the session is with each conversation. Pure: no clock, no I/O.
//!
//! The rule of the cursor (C2): an entry whose `prev` is what the session has is delivered; one it has is dropped; any other
//! makes the conversation *behind*, and a conversation that is behind gets its entries from the store until it is not.

use bytes::Bytes;
use model::{ConversationId, limits};
use std::collections::{BTreeMap, VecDeque};
use tokio::time::Instant;

/// How far something that only grows has come, and how far it is known to go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Progress {
    have: u64,
    want: u64,
}

impl Progress {
    const fn behind(self) -> bool {
        self.want > self.have
    }
    fn reach(&mut self, to: u64) {
        self.want = self.want.max(to);
    }
    fn arrive(&mut self, at: u64) {
        self.have = self.have.max(at);
        self.want = self.want.max(self.have);
    }
}

/// One conversation of the session.
#[derive(Clone, Copy, Debug, Default)]
struct Cursor {
    entries: Progress,
    /// By version.
    summary: Progress,
    /// Takes part no more; forgotten when it has caught up.
    leaving: bool,
    /// Stands in `lagging`.
    lagging: bool,
}

impl Cursor {
    const fn behind(&self) -> bool {
        self.entries.behind() || self.summary.behind()
    }
}

/// What to read from the store for one conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub conversation: ConversationId,
    pub after: u64,
    /// Read the summary too.
    pub summary: bool,
    /// Nothing beyond `want` is for this session.
    pub leaving: bool,
    want: u64,
    version: u64,
}

/// What a read brought.
#[derive(Debug, Default)]
pub(crate) struct Brought {
    /// Of each entry its `seq` and its frame, in order.
    pub entries: Vec<(u64, Bytes)>,
    /// There may be more behind the last one.
    pub full: bool,
    /// Version and frame; `None` when it was not asked for, or the conversation is gone.
    pub summary: Option<(u64, Bytes)>,
}

/// What the session's reader has to do now.
#[derive(Debug)]
pub(crate) enum Work {
    Frames(Vec<Bytes>),
    Read(Due),
    ReadOffers,
    /// Wait for the next change, at most until then.
    Wait(Option<Instant>),
    Ended,
}

#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    frames: Vec<Bytes>,
    bytes: usize,
    cursors: BTreeMap<ConversationId, Cursor>,
    /// Conversations that are behind, in the order in which they are read.
    lagging: VecDeque<ConversationId>,
    /// How many of `lagging`, from the front, have no frame of their own waiting: these may be read.
    ripe: usize,
    /// Offers were dropped: read them again.
    offers_lost: bool,
    /// The store failed; not before then.
    retry_at: Option<Instant>,
    ended: bool,
}

impl Mailbox {
    /// Starts to follow a conversation, of which the client has entries up to `have` and a summary of `version`; or moves it
    /// forward. `verify`: the store is read once in any case, for what was committed before the first live entry.
    pub fn follow(&mut self, conversation: ConversationId, have: u64, version: u64, verify: bool) {
        let cursor = self.cursors.entry(conversation).or_default();
        cursor.leaving = false;
        cursor.entries.arrive(have);
        cursor.summary.arrive(version);
        if verify {
            let next = cursor.entries.have + 1;
            cursor.entries.reach(next);
        }
        self.line_up(conversation);
    }

    pub fn follows(&self, conversation: ConversationId) -> bool {
        self.cursors.get(&conversation).is_some_and(|c| !c.leaving)
    }

    pub fn conversations(&self) -> Vec<ConversationId> {
        self.cursors.keys().copied().collect()
    }

    /// A live entry that this session's reader may see. Whether it was queued.
    pub fn entry(&mut self, conversation: ConversationId, seq: u64, prev: u64, frame: &Bytes) -> bool {
        let room = self.has_room(frame.len());
        let Some(cursor) = self.cursors.get_mut(&conversation) else { return false };
        if seq <= cursor.entries.have {
            return false;
        }
        if !cursor.behind() && prev == cursor.entries.have && room {
            cursor.entries.arrive(seq);
            self.push(frame);
            return true;
        }
        cursor.entries.reach(seq);
        self.line_up(conversation);
        false
    }

    /// The log is known to reach `seq` and the summary `version` (0: unknown).
    pub fn reach(&mut self, conversation: ConversationId, seq: u64, version: u64) {
        if let Some(cursor) = self.cursors.get_mut(&conversation) {
            cursor.entries.reach(seq);
            cursor.summary.reach(version);
            self.line_up(conversation);
        }
    }

    pub fn summary(&mut self, conversation: ConversationId, version: u64, frame: &Bytes) {
        let room = self.has_room(frame.len());
        let Some(cursor) = self.cursors.get_mut(&conversation) else { return };
        if version <= cursor.summary.want {
            return;
        }
        if cursor.behind() || !room {
            cursor.summary.reach(version);
            self.line_up(conversation);
        } else {
            cursor.summary.arrive(version);
            self.push(frame);
        }
    }

    /// Something that need not arrive: dropped when half of the room is taken. Whether it was queued.
    pub fn signal(&mut self, frame: &Bytes) -> bool {
        let fits =
            self.frames.len() < limits::MAILBOX_FRAMES / 2 && self.bytes + frame.len() <= limits::MAILBOX_BYTES / 2;
        if fits {
            self.push(frame);
        }
        fits
    }

    /// An offer, or its end.
    pub fn offer(&mut self, frame: &Bytes) {
        if self.has_room(frame.len()) {
            self.push(frame);
        } else {
            self.offers_lost = true;
        }
    }

    /// The session's participant takes part no more: it still gets what there is up to now.
    pub fn leave(&mut self, conversation: ConversationId) {
        if let Some(cursor) = self.cursors.get_mut(&conversation) {
            cursor.leaving = true;
            if !cursor.behind() {
                self.cursors.remove(&conversation);
            }
        }
    }

    pub fn end(&mut self) {
        self.ended = true;
    }
    pub const fn has_ended(&self) -> bool {
        self.ended
    }

    /// What to do next. Frames and reads take turns, and a conversation is read only after its own frames went out.
    pub fn work(&mut self, now: impl FnOnce() -> Instant) -> Work {
        let may_read = self.retry_at.is_none_or(|at| at <= now());
        if !self.frames.is_empty() && (self.ripe == 0 || !may_read) {
            self.ripe = self.lagging.len();
            self.bytes = 0;
            return Work::Frames(std::mem::take(&mut self.frames));
        }
        if self.ended {
            return Work::Ended;
        }
        if self.frames.is_empty() {
            self.ripe = self.lagging.len();
        }
        if self.ripe == 0 && !self.offers_lost {
            return Work::Wait(None);
        }
        if !may_read {
            return Work::Wait(self.retry_at);
        }
        if self.offers_lost {
            return Work::ReadOffers;
        }
        self.due().map_or(Work::Wait(None), Work::Read)
    }

    fn due(&mut self) -> Option<Due> {
        while let Some(&conversation) = self.lagging.front() {
            if let Some(cursor) = self.cursors.get(&conversation) {
                return Some(Due {
                    conversation,
                    after: cursor.entries.have,
                    summary: cursor.summary.behind(),
                    leaving: cursor.leaving,
                    want: cursor.entries.want,
                    version: cursor.summary.want,
                });
            }
            self.lagging.pop_front();
            self.ripe = self.ripe.saturating_sub(1);
        }
        None
    }

    /// What `due` brought: the frames to send, in order.
    pub fn brought(&mut self, due: &Due, brought: Brought) -> Vec<Bytes> {
        self.retry_at = None;
        self.lagging.pop_front();
        self.ripe = self.ripe.saturating_sub(1);
        let Some(cursor) = self.cursors.get_mut(&due.conversation) else { return Vec::new() };
        cursor.lagging = false;
        let mut frames = Vec::with_capacity(brought.entries.len() + 1);
        if let Some((version, frame)) = brought.summary {
            cursor.summary.arrive(version);
            frames.push(frame);
        }
        for (seq, frame) in brought.entries {
            if seq > cursor.entries.have && !(due.leaving && seq > due.want) {
                cursor.entries.arrive(seq);
                frames.push(frame);
            }
        }
        if brought.full {
            cursor.entries.reach(cursor.entries.have + 1);
        } else if cursor.entries.want == due.want {
            // The store has no more, and nothing was announced meanwhile: what was wanted is not for this reader.
            cursor.entries.want = cursor.entries.have;
        }
        if due.summary && cursor.summary.want == due.version {
            cursor.summary.arrive(due.version);
        }
        if cursor.leaving && (due.leaving || !cursor.behind()) && (!brought.full || cursor.entries.have >= due.want) {
            self.cursors.remove(&due.conversation);
        } else {
            self.line_up(due.conversation);
        }
        frames
    }

    /// The offers that are open now.
    pub fn brought_offers(&mut self) {
        self.offers_lost = false;
        self.retry_at = None;
    }

    pub fn failed(&mut self, retry_at: Instant) {
        self.retry_at = Some(retry_at);
    }

    fn line_up(&mut self, conversation: ConversationId) {
        if let Some(cursor) = self.cursors.get_mut(&conversation)
            && cursor.behind()
            && !cursor.lagging
        {
            cursor.lagging = true;
            self.lagging.push_back(conversation);
        }
    }

    const fn has_room(&self, bytes: usize) -> bool {
        self.frames.len() < limits::MAILBOX_FRAMES && self.bytes + bytes <= limits::MAILBOX_BYTES
    }

    fn push(&mut self, frame: &Bytes) {
        self.bytes += frame.len();
        self.frames.push(frame.clone());
    }
}

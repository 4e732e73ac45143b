//! `after` and `Last-Event-ID`: where a client is, whole, so that any node can go on from it.

use super::points::{OFFERS, Point, Points};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use model::{Caller, Code, ConversationId, OfferId, Participant, Refusal, SessionId, limits};

/// The longest cursor, as text. A request line of 8 KiB holds it.
pub(crate) const CURSOR_BYTES: usize = 8000;
/// Of what is written here; a cursor of another is opened anew.
const FORMAT: u8 = 1;
/// A number takes at most so many bytes.
const NUMBER_BYTES: usize = 10;
const ID_BYTES: usize = 16;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub session: SessionId,
    pub who: Participant,
    /// The copy of the session that answered, which has a log of its last frames.
    pub copy: SessionId,
    /// Frames of that copy that arrived.
    pub number: u64,
    /// Of the store; 0 for a client that has nothing yet.
    pub epoch: u64,
    pub points: Points,
}

impl Cursor {
    /// Of a client that has nothing.
    pub fn blank(session: SessionId, who: Participant) -> Self {
        Self { session, who, copy: session, number: 0, epoch: 0, points: Points::default() }
    }

    pub fn text(&self) -> String {
        let mut bytes = vec![FORMAT];
        bytes.extend(self.session.to_bytes());
        bytes.extend(id_of(self.who));
        bytes.extend(self.copy.to_bytes());
        number(&mut bytes, self.number);
        number(&mut bytes, self.epoch);
        number(&mut bytes, self.points.conversations.len() as u64);
        for (id, point) in &self.points.conversations {
            bytes.extend(id.to_bytes());
            for field in [point.seq, point.version, point.place, point.marks, point.until] {
                number(&mut bytes, field);
            }
        }
        number(&mut bytes, self.points.offers.len() as u64);
        for offer in &self.points.offers {
            bytes.extend(offer.to_bytes());
        }
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The cursor of this session of this caller; `None` for a client that has none yet (`0` or nothing).
    ///
    /// Not found when it is another's; `bad_frame` when it is no cursor; `expired` when it is of another version of this program.
    pub fn read(text: &str, session: SessionId, caller: &Caller) -> Result<Option<Self>, Refusal> {
        if text.is_empty() || text == "0" {
            return Ok(None);
        }
        if text.len() > CURSOR_BYTES {
            return Err(Refusal::bad("after", format!("a cursor has at most {CURSOR_BYTES} characters")));
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::bad("after", "not a cursor"))?;
        let damaged = || Refusal::bad("after", "a damaged cursor: send `next` or the event's id back as it came");
        let (format, rest) = bytes.split_first().ok_or_else(damaged)?;
        if *format != FORMAT {
            return Err(Refusal::new(Code::Expired, "a cursor of another version: open a new session and resume"));
        }
        let (of, cursor) = Reader(rest).cursor(caller.participant).ok_or_else(damaged)?;
        if of != id_of(caller.participant) || cursor.session != session {
            return Err(Refusal::not_found("session"));
        }
        Ok(Some(cursor))
    }
}

const fn id_of(who: Participant) -> [u8; ID_BYTES] {
    match who {
        Participant::Visitor(id) => id.to_bytes(),
        Participant::Agent(id) => id.to_bytes(),
    }
}

/// Seven bits a byte, the lowest first.
fn number(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// What is left to read. `None` from any of its methods: this is not what `text` writes.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    /// Whose it is, and the cursor as `who`'s.
    fn cursor(mut self, who: Participant) -> Option<([u8; ID_BYTES], Cursor)> {
        let (session, of, copy) = (self.id()?, self.id()?, self.id()?);
        let (number, epoch) = (self.number()?, self.number()?);
        let mut points = Points::default();
        for _ in 0..self.count(limits::RESUME_CONVERSATIONS)? {
            let id = ConversationId::from_bytes(self.id()?);
            let [seq, version, place, marks, until] =
                [self.number()?, self.number()?, self.number()?, self.number()?, self.number()?];
            points.conversations.insert(id, Point { seq, version, place, marks, until });
        }
        for _ in 0..self.count(OFFERS)? {
            points.offers.insert(OfferId::from_bytes(self.id()?));
        }
        let (session, copy) = (SessionId::from_bytes(session), SessionId::from_bytes(copy));
        let cursor = Cursor { session, who, copy, number, epoch, points };
        self.0.is_empty().then_some((of, cursor))
    }

    fn id(&mut self) -> Option<[u8; ID_BYTES]> {
        let (id, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*id)
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for n in 0..NUMBER_BYTES {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f).checked_shl(7 * n as u32)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn count(&mut self, most: usize) -> Option<usize> {
        usize::try_from(self.number()?).ok().filter(|count| *count <= most)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use model::{Role, TenantId, VisitorId};
    use proptest::prelude::*;

    fn caller(n: u64) -> Caller {
        let participant = Participant::Visitor(VisitorId::from_parts(n, 1));
        Caller { tenant: TenantId::from_parts(1, 1), participant, role: Role::Visitor, name: String::new() }
    }
    const SESSION: SessionId = SessionId::from_parts(7, 7);

    fn full(seq: u64) -> Cursor {
        let mut cursor = Cursor { number: seq, epoch: 3, ..Cursor::blank(SESSION, caller(1).participant) };
        for n in 0..limits::RESUME_CONVERSATIONS as u64 {
            let point = Point { seq, version: seq, place: 0, marks: seq, until: 0 };
            cursor.points.conversations.insert(ConversationId::from_parts(n, 9), point);
        }
        cursor.points.offers.extend((0..OFFERS as u64).map(|n| OfferId::from_parts(n, 1)));
        cursor
    }

    #[test]
    fn what_is_written_is_read_and_the_fullest_fits() {
        for seq in [0, 127, 128, 5000] {
            let (cursor, text) = (full(seq), full(seq).text());
            assert!(text.len() <= CURSOR_BYTES, "{}", text.len());
            assert_eq!(Cursor::read(&text, SESSION, &caller(1)).unwrap(), Some(cursor));
        }
    }

    #[test]
    fn anothers_is_not_found() {
        let text = full(1).text();
        let code = |session, caller: &Caller| Cursor::read(&text, session, caller).unwrap_err().code;
        assert_eq!(code(SESSION, &caller(2)), Code::NotFound);
        assert_eq!(code(SessionId::from_parts(8, 8), &caller(1)), Code::NotFound);
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in ".{1,200}", bytes in proptest::collection::vec(any::<u8>(), 1..300)) {
            drop(Cursor::read(&text, SESSION, &caller(1)));
            let mut bytes = bytes;
            bytes[0] = FORMAT;
            drop(Cursor::read(&BASE64_URL_SAFE_NO_PAD.encode(bytes), SESSION, &caller(1)));
        }

        #[test]
        fn a_cut_cursor_is_refused(cut in 2_usize..200) {
            let text = full(1).text();
            prop_assert!(Cursor::read(&text[..text.len() - cut], SESSION, &caller(1)).is_err());
        }
    }
}

//! What a client has, told from what it was sent: the node remembers it in the client's cursor, and nowhere else.

use crate::{Hello, Summary, Welcome, WelcomeItem};
use model::{AgentId, ConversationId, OfferId, Participant, conversation::Mark, limits};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Open offers that are remembered; one that is forgotten is shown again.
pub(crate) const OFFERS: usize = 64;

/// What a client has of one conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Point {
    /// The last entry.
    pub seq: u64,
    /// Of the summary.
    pub version: u64,
    /// In the backlog; 0 for none.
    pub place: u64,
    /// The sum of all marks, which only grow; 0 when it is not known.
    pub marks: u64,
    /// The client's participant takes part no more, and this is the last entry for it; 0 while it takes part.
    pub until: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Points {
    pub conversations: BTreeMap<ConversationId, Point>,
    pub offers: BTreeSet<OfferId>,
}

/// The fields of all frames that move a point.
#[derive(Deserialize)]
struct Frame {
    r#type: String,
    conversation: Option<About>,
    #[serde(default)]
    seq: u64,
    #[serde(default)]
    position: u64,
    offer: Option<OfferId>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum About {
    Id(ConversationId),
    Summary(Seen),
}

/// What is read of a `Summary`.
#[derive(Deserialize)]
struct Seen {
    id: ConversationId,
    version: u64,
    agent: Option<Agent>,
    #[serde(default)]
    members: Vec<Agent>,
    last_seq: u64,
    marks: Option<BTreeMap<String, Mark>>,
    position: Option<u64>,
}

#[derive(Deserialize)]
struct Agent {
    id: AgentId,
}

pub(crate) fn marks_sum(summary: &Summary) -> u64 {
    summary.marks.iter().flat_map(BTreeMap::values).map(|mark| mark.delivered + mark.read).sum()
}

impl Points {
    /// After the welcome that answered `hello`.
    pub fn welcomed(hello: &Hello, welcome: &Welcome) -> Self {
        let resumed: HashMap<_, _> = hello.resume.iter().map(|point| (point.conversation, point.after)).collect();
        let mut points = Self::default();
        for item in &welcome.conversations {
            if let WelcomeItem::Here { summary, recovered, .. } = item {
                let seq = resumed.get(&summary.id).copied().filter(|_| *recovered).unwrap_or(0);
                let place = summary.position.unwrap_or(0).into();
                let point = Point { seq, version: summary.version, place, marks: marks_sum(summary), until: 0 };
                points.conversations.insert(summary.id, point);
            }
        }
        points.forget();
        points
    }

    /// The client, who is `me`, was sent this frame.
    pub fn saw(&mut self, me: Participant, frame: &[u8]) {
        // The frames are our own: one that cannot be read moves nothing.
        let Ok(frame) = serde_json::from_slice::<Frame>(frame) else { return };
        match (frame.r#type.as_str(), frame.conversation) {
            ("entry", Some(About::Id(id))) => {
                let point = self.conversations.entry(id).or_default();
                point.seq = point.seq.max(frame.seq);
            }
            ("marks", Some(About::Id(id))) => self.conversations.entry(id).or_default().marks = 0,
            ("backlog", Some(About::Id(id))) => self.conversations.entry(id).or_default().place = frame.position,
            ("conversation", Some(About::Summary(seen))) => self.summary(me, seen),
            ("offer", _) => self.offers.extend(frame.offer),
            ("offer_gone", _) => drop(frame.offer.map(|offer| self.offers.remove(&offer))),
            _ => return,
        }
        self.forget();
    }

    fn summary(&mut self, me: Participant, seen: Seen) {
        let takes_part = me.agent().is_none_or(|me| seen.agent.iter().chain(&seen.members).any(|agent| agent.id == me));
        let point = self.conversations.entry(seen.id).or_default();
        point.version = point.version.max(seen.version);
        // Without marks it is a shared one, which says nothing of the reader's own.
        if let Some(marks) = seen.marks {
            point.marks = marks.values().map(|mark| mark.delivered + mark.read).sum();
            point.place = seen.position.unwrap_or(0);
        }
        point.until = if takes_part { 0 } else { seen.last_seq };
    }

    /// Leaves out what nothing will be sent of any more, and what is too much: the oldest, which the next node reads anew.
    fn forget(&mut self) {
        self.conversations.retain(|_, point| point.until == 0 || point.seq < point.until);
        while self.conversations.len() > limits::RESUME_CONVERSATIONS {
            self.conversations.pop_first();
        }
        while self.offers.len() > OFFERS {
            self.offers.pop_first();
        }
    }
}

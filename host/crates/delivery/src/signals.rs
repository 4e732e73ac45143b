//! Ephemeral signals: typing and a visitor's draft. Straight from one session to the others of the conversation, never stored.

use crate::{Delivery, frame::Item, outbox::Outgoing};
use model::{Code, ConversationId, Refusal, Timestamp, limits};
use ports::store::Located;
use session::{
    Session,
    wire::{Event, Party},
};
use std::time::Duration;

/// How long it is believed that no other node takes part in a conversation.
const BELIEVED: Duration = Duration::from_secs(2);
/// Conversations for which it is believed.
const REMEMBERED: usize = 65_536;

#[derive(Clone, Debug)]
pub enum Signal {
    Typing {
        conversation: ConversationId,
        on: bool,
    },
    /// A visitor's draft, shown to agents.
    Preview {
        conversation: ConversationId,
        text: String,
    },
}

/// Whether signals of a conversation must leave this node, and until when that is believed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    alone: bool,
    until: Timestamp,
}

impl Delivery {
    /// Passes a signal on. Refused when the session's participant does not take part.
    pub fn signal(&self, session: &Session, signal: &Signal) -> Result<(), Refusal> {
        let (conversation, agents_only) = match signal {
            Signal::Typing { conversation, .. } => (*conversation, false),
            Signal::Preview { conversation, .. } => (*conversation, true),
        };
        if !session.follows(conversation) {
            return Err(Refusal::not_found("conversation"));
        }
        let from = session.participant();
        let frame = match signal {
            Signal::Typing { on, .. } => {
                let participant = &Party { participant: from, name: &session.caller.name };
                Event::Typing { conversation, participant, on: *on }.frame()
            }
            Signal::Preview { .. } if from.agent().is_some() => {
                return Err(Refusal::forbidden("only visitors send previews"));
            }
            Signal::Preview { text, .. } if text.len() > limits::PREVIEW_BYTES => {
                let message = format!("a preview has at most {} bytes", limits::PREVIEW_BYTES);
                return Err(Refusal::new(Code::TooLarge, message).field("text"));
            }
            Signal::Preview { text, .. } => Event::Preview { conversation, text }.frame(),
        };
        let at = Located { tenant: session.tenant(), conversation };
        self.counters.deliveries.increment(self.parts.hub.signal(at, from, agents_only, &frame));
        if !self.is_alone(at) {
            let frame = String::from_utf8_lossy(&frame).into_owned();
            let item = Item::Signal { tenant: at.tenant, conversation, from, agents_only, frame };
            self.pass_on(Outgoing::Signal { at, item });
        }
        Ok(())
    }

    fn is_alone(&self, at: Located) -> bool {
        let reach = self.reach.lock().get(&at).copied();
        reach.is_some_and(|reach| reach.alone && reach.until > self.parts.clock.now())
    }

    /// Notes where a conversation's participants are.
    pub(crate) fn remember(&self, at: Located, alone: bool) {
        let until = self.parts.clock.now().plus(BELIEVED);
        let mut reach = self.reach.lock();
        if reach.len() < REMEMBERED || reach.contains_key(&at) {
            reach.insert(at, Reach { alone, until });
        }
    }

    pub(crate) fn forget_reach(&self) {
        let now = self.parts.clock.now();
        self.reach.lock().retain(|_, reach| reach.until > now);
    }
}

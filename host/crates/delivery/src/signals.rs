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

impl Delivery {
    /// Passes a signal on. Refused when the session's participant does not take part.
    pub fn signal(&self, session: &Session, signal: &Signal) -> Result<(), Refusal> {
        let (conversation, agents_only) = match signal {
            Signal::Typing { conversation, .. } => (*conversation, false),
            Signal::Preview { conversation, .. } => (*conversation, true),
        };
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
        let passed =
            self.parts.hub.signal(at, from, agents_only, &frame).ok_or_else(|| Refusal::not_found("conversation"))?;
        self.counters.deliveries.increment(passed.sessions);
        if passed.alone_until <= self.parts.clock.now() {
            let frame = String::from_utf8_lossy(&frame).into_owned();
            let item = Item::Signal { tenant: at.tenant, conversation, from, agents_only, frame };
            self.pass_on(Outgoing::Signal { at, item });
        }
        Ok(())
    }

    /// Notes whether a conversation's participants are all here.
    pub(crate) fn remember(&self, at: Located, alone: bool) {
        let until = if alone { self.parts.clock.now().plus(BELIEVED) } else { Timestamp::ZERO };
        self.parts.hub.alone(at, until);
    }
}

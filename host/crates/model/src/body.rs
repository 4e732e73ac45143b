//! What an entry holds: what people send, and what the system notes in the log.

use crate::{AgentId, Code, DecisionId, OfferId, Refusal, TeamId, Timestamp, limits};
use serde::{Deserialize, Serialize};

/// A party as it is shown: its name is kept with the entry, so that history does not change when a name does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named<Id> {
    pub id: Id,
    pub name: String,
}

/// The body of an entry. The first group is sent by people, the second is written by the state machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    Text {
        text: String,
    },
    File(Attachment),
    Image(Attachment),
    Audio(Attachment),
    Video(Attachment),
    Card {
        title: String,
        #[serde(default)]
        fields: Vec<CardField>,
        #[serde(default)]
        actions: Vec<CardAction>,
    },
    Location {
        latitude: f64,
        longitude: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
    },

    Opened {
        team: Named<TeamId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
    },
    Queued {
        rank: i32,
    },
    MessageAsked,
    Offered {
        offer: OfferId,
        agent: Named<AgentId>,
        expires_at: Timestamp,
        decision: DecisionId,
    },
    Assigned {
        agent: Named<AgentId>,
    },
    Declined {
        agent: Named<AgentId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        missed: bool,
    },
    Moved {
        team: Named<TeamId>,
    },
    Joined {
        agent: Named<AgentId>,
    },
    Left {
        agent: Named<AgentId>,
    },
    Transferred {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<Named<AgentId>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        team: Option<Named<TeamId>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    Edited {
        seq: u64,
        body: Box<Body>,
    },
    Recalled {
        seq: u64,
    },
    Rated {
        score: u8,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
    },
    Closed {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    Reopened,
    MessageLeft {
        contact: String,
        message: Box<Body>,
    },
    /// Taken out for privacy; the place in the log stays.
    Erased,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub upload: String,
    pub name: String,
    pub media_type: String,
    pub size: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardField {
    pub name: String,
    pub value: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardAction {
    pub label: String,
    pub url: String,
}

impl Body {
    /// Whether a person may send this body, and whether it is within bounds.
    pub fn check_sendable(&self) -> Result<(), Refusal> {
        let line = |field: &'static str, text: &str| {
            if text.len() > limits::LINE_BYTES {
                Err(Refusal::new(Code::TooLarge, format!("at most {} bytes", limits::LINE_BYTES)).field(field))
            } else {
                Ok(())
            }
        };
        match self {
            Self::Text { text } if text.trim().is_empty() => Err(Refusal::bad("body.text", "the text is empty")),
            Self::Text { text } if text.len() > limits::TEXT_BYTES => {
                Err(Refusal::new(Code::TooLarge, format!("a text has at most {} bytes", limits::TEXT_BYTES))
                    .field("body.text"))
            }
            Self::Text { .. } => Ok(()),
            Self::File(a) | Self::Image(a) | Self::Audio(a) | Self::Video(a) => {
                line("body.upload", &a.upload)?;
                line("body.name", &a.name)?;
                line("body.media_type", &a.media_type)
            }
            Self::Card { title, fields, actions } => {
                if fields.len() > limits::LABELS || actions.len() > limits::LABELS {
                    return Err(
                        Refusal::new(Code::TooLarge, "a card has at most 32 fields and 32 actions").field("body")
                    );
                }
                line("body.title", title)?;
                fields
                    .iter()
                    .try_for_each(|f| line("body.fields", &f.name).and_then(|()| line("body.fields", &f.value)))?;
                actions.iter().try_for_each(|a| {
                    line("body.actions", &a.label)?;
                    line("body.actions", &a.url)?;
                    if a.url.starts_with("https://") || a.url.starts_with("http://") {
                        Ok(())
                    } else {
                        Err(Refusal::bad("body.actions", "an action's url starts with https:// or http://"))
                    }
                })
            }
            Self::Location { latitude, longitude, label } => {
                if !(-90.0..=90.0).contains(latitude) || !(-180.0..=180.0).contains(longitude) {
                    return Err(Refusal::bad("body", "latitude is within ±90, longitude within ±180"));
                }
                line("body.label", label.as_deref().unwrap_or_default())
            }
            _ => Err(Refusal::new(Code::Unsupported, "only the system writes entries of this kind").field("body.kind")),
        }
    }

    /// Whether people send this kind; the others are written by the system.
    pub const fn is_message(&self) -> bool {
        matches!(
            self,
            Self::Text { .. }
                | Self::File(_)
                | Self::Image(_)
                | Self::Audio(_)
                | Self::Video(_)
                | Self::Card { .. }
                | Self::Location { .. }
        )
    }

    /// The words that full-text search finds this entry by.
    pub fn search_text(&self) -> Option<&str> {
        match self {
            Self::Text { text } => Some(text),
            Self::File(a) | Self::Image(a) | Self::Audio(a) | Self::Video(a) => Some(&a.name),
            Self::Card { title, .. } => Some(title),
            Self::MessageLeft { message, .. } => message.search_text(),
            _ => None,
        }
    }
}

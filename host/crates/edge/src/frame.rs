//! One text frame (or one command of a REST session) into what its sender wants.

use crate::json;
use conversation::{Intent, Receipt};
use delivery::Signal;
use model::{Code, CommandId, ConversationId, Refusal, SessionId, TeamId, limits};
use serde::{Deserialize, Serialize};
use session::{Hello, Watch};

/// The first frame of a session.
#[derive(Debug, Deserialize)]
pub(crate) struct HelloFrame {
    #[serde(default)]
    pub id: Option<CommandId>,
    pub token: String,
    /// A session of the same client that this one takes the place of.
    #[serde(default)]
    pub session: Option<SessionId>,
    #[serde(flatten)]
    pub hello: Hello,
}

#[derive(Debug)]
pub(crate) enum Incoming {
    Hello(Box<HelloFrame>),
    Command {
        id: CommandId,
        intent: Box<Intent>,
    },
    Signal {
        id: Option<CommandId>,
        signal: Signal,
    },
    /// Begins (or ends) a silent view.
    Watch {
        id: CommandId,
        on: bool,
        watch: Watch,
    },
    Ping {
        id: Option<CommandId>,
    },
}

/// A frame that was not understood, and the id to answer to, if there was one.
#[derive(Debug)]
pub(crate) struct BadFrame {
    pub id: Option<CommandId>,
    pub refusal: Refusal,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(rename = "type", borrow)]
    kind: std::borrow::Cow<'a, str>,
    #[serde(default, borrow)]
    id: Option<std::borrow::Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Typing {
    conversation: ConversationId,
    on: bool,
}

#[derive(Deserialize)]
struct Preview {
    conversation: ConversationId,
    text: String,
}

/// One of the two.
#[derive(Deserialize)]
struct Watched {
    #[serde(default)]
    conversation: Option<ConversationId>,
    #[serde(default)]
    team: Option<TeamId>,
    /// The last `seq` of the conversation that the client has.
    #[serde(default)]
    after: u64,
}

impl Watched {
    fn watch(self) -> Result<Watch, Refusal> {
        match (self.conversation, self.team) {
            (Some(conversation), None) => Ok(Watch::Conversation(conversation, self.after)),
            (None, Some(team)) => Ok(Watch::Team(team)),
            _ => Err(Refusal::bad("conversation", "a conversation or a team")),
        }
    }
}

/// The commands that are committed.
const COMMANDS: [&str; 16] = [
    "open", "send", "mark", "edit", "recall", "status", "accept", "decline", "take", "transfer", "invite", "leave",
    "close", "reopen", "rate", "message",
];

pub(crate) fn decode(text: &str) -> Result<Incoming, BadFrame> {
    let nameless = |refusal| BadFrame { id: None, refusal };
    // Size and depth are checked by the first decoding; the second walks what is known to be bounded.
    let _: serde::de::IgnoredAny = json::decode(text, limits::FRAME_BYTES).map_err(nameless)?;
    let head: Head<'_> = serde_json::from_str(text).map_err(|_| {
        nameless(Refusal::bad("type", "a frame is an object with a type, and an id if it has one is text"))
    })?;
    let id = match head.id {
        Some(id) => Some(id.parse().map_err(|_| nameless(Refusal::bad("id", "not a ULID")))?),
        None => None,
    };
    let bad = |refusal| BadFrame { id, refusal };
    let unnamed = || nameless(Refusal::bad("id", "a command has an id"));
    match &*head.kind {
        "hello" => Ok(Incoming::Hello(Box::new(fields(text).map_err(bad)?))),
        "ping" => Ok(Incoming::Ping { id }),
        "typing" => {
            let Typing { conversation, on } = fields(text).map_err(bad)?;
            Ok(Incoming::Signal { id, signal: Signal::Typing { conversation, on } })
        }
        "preview" => {
            let Preview { conversation, text } = fields(text).map_err(bad)?;
            Ok(Incoming::Signal { id, signal: Signal::Preview { conversation, text } })
        }
        kind @ ("watch" | "unwatch") => {
            let id = id.ok_or_else(unnamed)?;
            let watch = fields::<Watched>(text).and_then(Watched::watch).map_err(bad)?;
            Ok(Incoming::Watch { id, on: kind == "watch", watch })
        }
        kind if COMMANDS.contains(&kind) => {
            let id = id.ok_or_else(unnamed)?;
            let intent = fields(text).map_err(|refusal| BadFrame { id: Some(id), refusal })?;
            Ok(Incoming::Command { id, intent: Box::new(intent) })
        }
        _ => Err(bad(Refusal::new(Code::Unsupported, "this type is not known here").field("type"))),
    }
}

fn fields<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    json::decode(text, limits::FRAME_BYTES)
}

/// What a client is told besides its events.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Answer<'a> {
    Receipt(&'a Receipt),
    Error {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<CommandId>,
        #[serde(flatten)]
        refusal: &'a Refusal,
    },
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<CommandId>,
    },
}

impl Answer<'_> {
    /// The text of the frame.
    pub fn frame(&self) -> String {
        // Cannot fail: no map with keys that are no strings.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The receipt of something that is not kept.
pub(crate) const fn done(id: CommandId) -> Receipt {
    Receipt { id, conversation: None, seq: None, at: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

    #[test]
    fn malformed_frames_are_refused_each_with_its_code() {
        let deep = format!(r#"{{"type":"send","id":"{ID}","x":{}{}}}"#, "[".repeat(40), "]".repeat(40));
        let big = format!(r#"{{"type":"ping","x":"{}"}}"#, "x".repeat(limits::FRAME_BYTES));
        let table: Vec<(String, Code, bool)> = vec![
            (String::new(), Code::BadFrame, false),
            ("null".into(), Code::BadFrame, false),
            ("[]".into(), Code::BadFrame, false),
            ("{".into(), Code::BadFrame, false),
            ("{}".into(), Code::BadFrame, false),
            (r#"{"type":1}"#.into(), Code::BadFrame, false),
            (r#"{"type":"send"}"#.into(), Code::BadFrame, false),
            (r#"{"type":"send","id":"short"}"#.into(), Code::BadFrame, false),
            (format!(r#"{{"type":"send","id":"{ID}"}}"#), Code::BadFrame, true),
            (
                format!(r#"{{"type":"send","id":"{ID}","conversation":"{ID}","body":{{"kind":"unheard"}}}}"#),
                Code::BadFrame,
                true,
            ),
            (format!(r#"{{"type":"route","id":"{ID}"}}"#), Code::Unsupported, true),
            (format!(r#"{{"type":"tick","id":"{ID}"}}"#), Code::Unsupported, true),
            (r#"{"type":"nonsense"}"#.into(), Code::Unsupported, false),
            (format!(r#"{{"type":"watch","id":"{ID}"}}"#), Code::BadFrame, true),
            (format!(r#"{{"type":"watch","id":"{ID}","team":"{ID}","conversation":"{ID}"}}"#), Code::BadFrame, true),
            (format!(r#"{{"type":"typing","conversation":"{ID}","on":"yes"}}"#), Code::BadFrame, false),
            (deep, Code::BadFrame, false),
            (big, Code::TooLarge, false),
        ];
        for (text, code, has_id) in table {
            let bad = decode(&text).expect_err(&text);
            assert_eq!((bad.refusal.code, bad.id.is_some()), (code, has_id), "{}", &text[..text.len().min(80)]);
        }
    }

    #[test]
    fn every_command_of_the_wire_is_known() {
        for kind in COMMANDS {
            let bad = decode(&format!(r#"{{"type":"{kind}","id":"{ID}"}}"#));
            assert!(bad.is_ok() || bad.unwrap_err().refusal.code == Code::BadFrame, "{kind}");
        }
        assert!(matches!(decode(r#"{"type":"ping"}"#), Ok(Incoming::Ping { id: None })));
        let hello = format!(
            r#"{{"type":"hello","token":"t","client":{{"name":"x"}},"resume":[{{"conversation":"{ID}","after":3}}],"epoch":7}}"#
        );
        let Ok(Incoming::Hello(hello)) = decode(&hello) else { panic!("hello") };
        assert_eq!((hello.token.as_str(), hello.hello.resume[0].after, hello.hello.epoch), ("t", 3, Some(7)));
    }
}

//! Why a command did not do what was asked, and what to do about it.

use model::plugin::ParseDigestError;
use plugin_harness::HarnessError;
use ports::plugins::UploadRefusal;
use serde_json::{Value, json};
use std::{error::Error, fmt::Write as _, io, path::Path};
use weft_plugin_pack::PackError;

type Source = Box<dyn Error + Send + Sync>;

/// `code` is stable; the rest is for people.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Complaint {
    pub code: String,
    pub message: String,
    /// What to do.
    pub advice: Option<String>,
    /// Mistakes, each with the JSON pointer of where it is.
    pub mistakes: Vec<(String, String)>,
    #[source]
    pub source: Option<Source>,
}

impl Complaint {
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), advice: None, mistakes: Vec::new(), source: None }
    }

    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    pub fn because(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// A file that could not be read or written.
    pub fn file(path: &Path, error: io::Error) -> Self {
        let (code, what) = match error.kind() {
            io::ErrorKind::NotFound => ("missing_file", "there is no such file"),
            io::ErrorKind::AlreadyExists => ("exists", "it is there already"),
            _ => ("file", "it cannot be used"),
        };
        Self::new(code, format!("{}: {what}", path.display())).because(error)
    }

    pub fn as_json(&self) -> Value {
        let mistakes: Vec<Value> =
            self.mistakes.iter().map(|(pointer, detail)| json!({"pointer": pointer, "detail": detail})).collect();
        let causes: Vec<String> = self.causes().collect();
        json!({"error": {"code": self.code, "detail": self.message, "advice": self.advice, "mistakes": mistakes, "causes": causes}})
    }

    pub fn as_text(&self) -> String {
        let mut text = format!("weft: {}", self.message);
        for cause in self.causes() {
            let _ = write!(text, ": {cause}");
        }
        let _ = writeln!(text, " [{}]", self.code);
        for (pointer, detail) in &self.mistakes {
            let _ = writeln!(text, "      {pointer}: {detail}");
        }
        if let Some(advice) = &self.advice {
            let _ = writeln!(text, "   -> {advice}");
        }
        text
    }

    fn causes(&self) -> impl Iterator<Item = String> {
        let mut next: Option<&(dyn Error + 'static)> = self.source.as_deref().map(|source| source as _);
        std::iter::from_fn(move || {
            let cause = next?;
            next = cause.source();
            Some(cause.to_string())
        })
    }
}

impl From<UploadRefusal> for Complaint {
    fn from(refusal: UploadRefusal) -> Self {
        let advice = advice(&refusal.code);
        let complaint = Self { mistakes: refusal.errors, ..Self::new(&refusal.code, refusal.message) };
        match advice {
            Some(advice) => complaint.advice(advice),
            None => complaint,
        }
    }
}

/// What an author does about a refusal of the host.
fn advice(code: &str) -> Option<&'static str> {
    Some(match code {
        "not_a_component" => "`weft plugin build` in the plugin's folder makes the component",
        "unknown_import" => {
            "a plugin has no clock, files or network: take the time from the request's context, chance from its seed"
        }
        "invalid_settings" => "give settings that the schema in plugin.toml allows: --settings FILE",
        "vector_failed" => {
            "the rule or the vector is wrong: `weft plugin run FILE -i request.json` shows the whole answer"
        }
        "undeclared_reason" => "list the code under [reasons] in plugin.toml",
        "asks_too_much" => "ask for less under [limits] in plugin.toml, or let the operator raise the cap",
        "bad_vector" => "`weft plugin new` writes vectors to begin with; docs/plugins/reference.md has every field",
        "no_manifest" => "`weft plugin build` puts plugin.toml into the component",
        "not_deterministic" => "answer from the request only: no addresses, no map whose order is random",
        _ => return None,
    })
}

impl From<HarnessError> for Complaint {
    fn from(error: HarnessError) -> Self {
        match error {
            HarnessError::Refused(refusal) => refusal.into(),
            HarnessError::Call(fault) => {
                let advice = "on a node the last good version, or the built-in rule, would answer in its place";
                Self::new("call_failed", fault.to_string()).advice(advice)
            }
            HarnessError::Request(error) => {
                Self::new("bad_request", "this is not a request of its hook").because(error)
            }
            HarnessError::Read(error) => Self::new("file", "the component cannot be read").because(error),
            HarnessError::Host(error) => Self::new("host", "the plugin host cannot start here").because(error),
        }
    }
}

impl From<PackError> for Complaint {
    fn from(error: PackError) -> Self {
        let (code, advice) = match &error {
            PackError::Manifest(..) => ("bad_manifest", Some("docs/plugins/reference.md has every key of plugin.toml")),
            PackError::Module(_) => (
                "not_a_plugin",
                Some(
                    "the crate exports no hook: it ends with `weft_plugin::routing_plugin!(…)`, or the one of its hook",
                ),
            ),
            PackError::Build(..) => ("build_failed", None),
            PackError::Json(_) | PackError::Io(..) | PackError::Missing(_) => ("file", None),
        };
        let complaint = Self::new(code, error.to_string());
        let complaint = match error {
            PackError::Io(_, source) => complaint.because(source),
            _ => complaint,
        };
        match advice {
            Some(advice) => complaint.advice(advice),
            None => complaint,
        }
    }
}

impl From<ParseDigestError> for Complaint {
    fn from(error: ParseDigestError) -> Self {
        Self::new("bad_digest", error.to_string())
    }
}

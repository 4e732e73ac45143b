//! How the other side behaves, phase after phase: `down 6h`, then `20% errors`.

use super::span::{SpanError, parse_span};
use model::notification::Fault;
use std::{fmt, str::FromStr, time::Duration};

/// What happens to an attempt. Statuses are those of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    Up,
    /// Nothing answers.
    Down,
    /// Answers come too late.
    Slow,
    /// This share of the attempts, in percent, is answered with 500.
    Errors(u8),
    /// 429, and later please.
    Throttled {
        retry_after: Option<Duration>,
    },
    /// 400.
    Refused,
}

/// A behaviour, and how long it lasts; the last one may last for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    pub behaviour: Behaviour,
    pub lasts: Option<Duration>,
}

/// Phases from the beginning on. After the last one all is well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan(Vec<Phase>);

/// What is wrong with a plan: in which phase (from 1), and at which byte of its text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("phase {phase}, at byte {at}: {problem}")]
pub struct PlanError {
    pub phase: usize,
    pub at: usize,
    pub problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("there must be one to {MOST_PHASES} phases")]
    Count,
    #[error("expected up, down, slow, refused, throttled or `N% errors`, found `{0}`")]
    Behaviour(String),
    #[error("a share is a whole number from 0 to 100, found `{0}`")]
    Share(String),
    #[error("expected `errors` after the share")]
    Errors,
    #[error("{source} in `{span}`")]
    Span { span: String, source: SpanError },
    #[error("expected the end, found `{0}`")]
    TooMuch(String),
    #[error("only the last phase may last for ever: say how long, for instance `down 6h`")]
    Endless,
    #[error("a phase must last longer than nothing")]
    Empty,
}

/// Of a plan.
const MOST_PHASES: usize = 32;

impl Plan {
    /// Each phase is `BEHAVIOUR [SPAN]`: `down 6h`, `20% errors for 2h`, `throttled after 30s 1h` (with `Retry-After: 30`), `up`.
    pub fn parse<S: AsRef<str>>(phases: &[S]) -> Result<Self, PlanError> {
        if phases.is_empty() || phases.len() > MOST_PHASES {
            return Err(PlanError { phase: phases.len(), at: 0, problem: Problem::Count });
        }
        let mut parsed = Vec::with_capacity(phases.len());
        for (n, text) in phases.iter().map(AsRef::as_ref).enumerate() {
            let wrong = |at, problem| PlanError { phase: n + 1, at, problem };
            let phase = Words::of(text).phase().map_err(|(at, problem)| wrong(at, problem))?;
            if phase.lasts.is_none() && n + 1 < phases.len() {
                return Err(wrong(text.len(), Problem::Endless));
            }
            parsed.push(phase);
        }
        Ok(Self(parsed))
    }

    /// What holds at a time after the beginning.
    pub fn at(&self, mut since: Duration) -> Behaviour {
        for phase in &self.0 {
            match phase.lasts {
                Some(lasts) if since >= lasts => since -= lasts,
                _ => return phase.behaviour,
            }
        }
        Behaviour::Up
    }

    /// Each behaviour with its begin and its end, up to `until`.
    pub fn spans(&self, until: Duration) -> Vec<(Behaviour, Duration, Duration)> {
        let mut begin = Duration::ZERO;
        let mut spans = Vec::new();
        let after = Phase { behaviour: Behaviour::Up, lasts: None };
        for phase in self.0.iter().chain([&after]) {
            let end = phase.lasts.map_or(until, |lasts| begin.saturating_add(lasts)).min(until);
            if begin < end {
                spans.push((phase.behaviour, begin, end));
            }
            begin = end;
        }
        spans
    }
}

/// `down 6h, then 20% errors`.
impl FromStr for Plan {
    type Err = PlanError;
    fn from_str(text: &str) -> Result<Self, PlanError> {
        let phases: Vec<&str> = text.split(',').map(|phase| phase.trim().trim_start_matches("then ").trim()).collect();
        Self::parse(&phases)
    }
}

impl Behaviour {
    /// None when the attempt succeeds. `chance` is from 0 to 99.
    pub(super) fn fault(self, chance: u8) -> Option<(Fault, u16, Option<u64>)> {
        match self {
            Self::Up => None,
            Self::Down => Some((Fault::Unreachable, 0, None)),
            Self::Slow => Some((Fault::TimedOut, 0, None)),
            Self::Errors(percent) => (chance < percent).then_some((Fault::Failed, 500, None)),
            Self::Throttled { retry_after } => Some((
                Fault::Throttled,
                429,
                retry_after.map(|span| u64::try_from(span.as_millis()).unwrap_or(u64::MAX)),
            )),
            Self::Refused => Some((Fault::Refused, 400, None)),
        }
    }
}

impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Up => f.write_str("up"),
            Self::Down => f.write_str("down"),
            Self::Slow => f.write_str("slow"),
            Self::Errors(percent) => write!(f, "{percent}% errors"),
            Self::Throttled { .. } => f.write_str("throttled"),
            Self::Refused => f.write_str("refused"),
        }
    }
}

/// The words of a phase with their places.
struct Words<'a> {
    found: Vec<(usize, &'a str)>,
    next: usize,
    end: usize,
}

type Wrong = (usize, Problem);

impl<'a> Words<'a> {
    fn of(text: &'a str) -> Self {
        let place = |word: &str| word.as_ptr().addr() - text.as_ptr().addr();
        Self { found: text.split_whitespace().map(|word| (place(word), word)).collect(), next: 0, end: text.len() }
    }

    fn take(&mut self) -> (usize, &'a str) {
        let word = self.found.get(self.next).copied().unwrap_or((self.end, ""));
        self.next += 1;
        word
    }
    fn skip(&mut self, wanted: &str) -> bool {
        let found = self.found.get(self.next).is_some_and(|(_, word)| *word == wanted);
        self.next += usize::from(found);
        found
    }

    fn phase(&mut self) -> Result<Phase, Wrong> {
        let behaviour = self.behaviour()?;
        self.skip("for");
        let (at, word) = self.take();
        let lasts = if word.is_empty() { None } else { Some(span(at, word)?) };
        if lasts == Some(Duration::ZERO) {
            return Err((at, Problem::Empty));
        }
        match self.take() {
            (_, "") => Ok(Phase { behaviour, lasts }),
            (at, more) => Err((at, Problem::TooMuch(more.to_owned()))),
        }
    }

    fn behaviour(&mut self) -> Result<Behaviour, Wrong> {
        let (at, word) = self.take();
        if let Some(share) = word.strip_suffix('%') {
            let percent = share.parse::<u8>().ok().filter(|percent| *percent <= 100);
            let percent = percent.ok_or_else(|| (at, Problem::Share(share.to_owned())))?;
            return match self.take() {
                (_, "errors") => Ok(Behaviour::Errors(percent)),
                (at, _) => Err((at, Problem::Errors)),
            };
        }
        match word {
            "up" => Ok(Behaviour::Up),
            "down" => Ok(Behaviour::Down),
            "slow" => Ok(Behaviour::Slow),
            "refused" => Ok(Behaviour::Refused),
            "throttled" if self.skip("after") => {
                let (at, word) = self.take();
                Ok(Behaviour::Throttled { retry_after: Some(span(at, word)?) })
            }
            "throttled" => Ok(Behaviour::Throttled { retry_after: None }),
            other => Err((at, Problem::Behaviour(other.to_owned()))),
        }
    }
}

fn span(at: usize, text: &str) -> Result<Duration, Wrong> {
    parse_span(text).map_err(|source| (at + source.at(), Problem::Span { span: text.to_owned(), source }))
}

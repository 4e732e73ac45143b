use crate::ElasticError;
use parking_lot::Mutex;
use std::error::Error;

/// How the server was found at the last call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// None before the first call.
    pub reachable: Option<bool>,
    /// Of the last call that failed, with its causes.
    pub last_error: Option<String>,
    /// Entries that the server will never take, since the start of the node.
    pub refused: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Gauge(Mutex<Figures>);

impl Gauge {
    pub fn read(&self) -> Figures {
        self.0.lock().clone()
    }
    pub fn answered(&self) {
        let mut figures = self.0.lock();
        figures.reachable = Some(true);
        figures.last_error = None;
    }
    pub fn failed(&self, error: &ElasticError) {
        let mut figures = self.0.lock();
        figures.reachable = Some(!matches!(error, ElasticError::Away(_) | ElasticError::Late));
        figures.last_error = Some(with_causes(error));
    }
    pub fn refused(&self, count: usize) {
        self.0.lock().refused += count as u64;
    }
}

fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

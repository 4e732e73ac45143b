//! A component with frozen settings, ready to be called.

use crate::{
    call::{self, State},
    convert::{notification, retry, routing},
    engine::Running,
    limits::{Caps, Limits},
    manifest::Manifest,
};
use model::{
    notification::{Failed, Verdict},
    plugin::{Digest, Hook},
    routing::{Decision, RoutingRequest},
};
use ports::plugins::{Answer, CallFault, GoldenReport, Handled, Handling, Prepared};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use wasmtime::Store;

/// Linked for its hook.
pub enum Linked {
    Routing(routing::RoutingCallPre<State>),
    Notification(notification::NotificationCallPre<State>),
    Retry(retry::RetryCallPre<State>),
}

pub struct PreparedPlugin {
    pub running: Arc<Running>,
    pub linked: Linked,
    pub manifest: Manifest,
    pub caps: Caps,
    pub release: Digest,
    pub snapshot: Digest,
    pub golden: GoldenReport,
    pub memory_peak: AtomicUsize,
}

/// What came back from the guest: a trap, its own error, or an answer.
type Returned<T> = wasmtime::Result<Result<T, String>>;

impl PreparedPlugin {
    pub fn call_routing(&self, request: &RoutingRequest) -> Result<Answer<Decision>, CallFault> {
        let Linked::Routing(pre) = &self.linked else { return Err(self.cannot("route")) };
        let limits = self.caps.routing(request.agents.len(), self.manifest.limits);
        let mut store = self.store(limits)?;
        let returned = pre
            .instantiate(&mut store)
            .and_then(|instance| instance.weft_plugin_routing().call_route(&mut store, &routing::request(request)));
        self.answer(&mut store, limits, returned, |_, decision| {
            let output = routing::decision(decision);
            (routing::size(&output), output)
        })
    }

    pub fn call_notification(&self, handling: &Handling) -> Result<Answer<Handled>, CallFault> {
        let Linked::Notification(pre) = &self.linked else { return Err(self.cannot("handle events")) };
        let limits = self.caps.notification(self.manifest.limits);
        let mut store = self.store(limits)?;
        store.data_mut().lend(handling.space.clone(), handling.now);
        let event = notification::event(handling, &self.manifest.properties);
        let returned = pre
            .instantiate(&mut store)
            .and_then(|instance| instance.weft_plugin_notification().call_handle(&mut store, &event));
        self.answer(&mut store, limits, returned, |state, deliveries| {
            let intents: Vec<_> = deliveries.into_iter().map(notification::intent).collect();
            (notification::size(&intents), Handled { intents, space: state.changed() })
        })
    }

    pub fn call_retry(&self, failed: &Failed) -> Result<Answer<Verdict>, CallFault> {
        let Linked::Retry(pre) = &self.linked else { return Err(self.cannot("judge attempts")) };
        let limits = self.caps.retry(self.manifest.limits);
        let mut store = self.store(limits)?;
        let returned = pre
            .instantiate(&mut store)
            .and_then(|instance| instance.weft_plugin_retry().call_next(&mut store, &retry::attempt(failed)));
        self.answer(&mut store, limits, returned, |_, verdict| {
            let output = retry::verdict(verdict);
            (retry::size(&output), output)
        })
    }

    /// `convert` gives the bytes of the answer as far as the guest chose them, and the answer.
    fn answer<W, T>(
        &self,
        store: &mut Store<State>,
        limits: Limits,
        returned: Returned<W>,
        convert: impl FnOnce(&mut State, W) -> (usize, T),
    ) -> Result<Answer<T>, CallFault> {
        self.note_memory(store.data().memory_used());
        match returned {
            Ok(Ok(wire)) => {
                let (size, output) = convert(store.data_mut(), wire);
                if size > limits.output {
                    return Err(CallFault::OutputTooLarge(limits.output));
                }
                Ok(Answer { output, fuel: call::used(store, limits), logs: store.data_mut().logs() })
            }
            Ok(Err(message)) => Err(CallFault::Refused(cut(message))),
            Err(e) => Err(call::fault(store, limits, &e)),
        }
    }

    /// Written only when it grows: calls on all threads share it.
    fn note_memory(&self, bytes: usize) {
        if bytes > self.memory_peak.load(Ordering::Relaxed) {
            self.memory_peak.fetch_max(bytes, Ordering::Relaxed);
        }
    }

    fn cannot(&self, what: &str) -> CallFault {
        CallFault::Invalid(format!("a {} plugin cannot {what}", self.manifest.hook.as_str()))
    }

    fn store(&self, limits: Limits) -> Result<Store<State>, CallFault> {
        call::store(&self.running.engine, limits).map_err(|error| {
            tracing::error!(%error, "a plugin call could not be set up");
            CallFault::TimedOut
        })
    }
}

fn cut(mut message: String) -> String {
    let end = message.floor_char_boundary(model::limits::LINE_BYTES);
    message.truncate(end);
    message
}

impl Prepared for PreparedPlugin {
    fn release(&self) -> Digest {
        self.release
    }
    fn snapshot(&self) -> Digest {
        self.snapshot
    }
    fn hook(&self) -> Hook {
        self.manifest.hook
    }
    fn name(&self) -> &str {
        &self.manifest.name
    }
    fn version(&self) -> &str {
        &self.manifest.version
    }
    fn properties(&self) -> &[String] {
        &self.manifest.properties
    }
    fn golden(&self) -> &GoldenReport {
        &self.golden
    }
    fn memory_peak(&self) -> u64 {
        self.memory_peak.load(Ordering::Relaxed) as u64
    }
    fn route(&self, request: &RoutingRequest) -> Result<Answer<Decision>, CallFault> {
        self.call_routing(request)
    }
    fn handle(&self, handling: &Handling) -> Result<Answer<Handled>, CallFault> {
        self.call_notification(handling)
    }
    fn judge(&self, failed: &Failed) -> Result<Answer<Verdict>, CallFault> {
        self.call_retry(failed)
    }
}

//! From an event to the notifications that somebody wants because of it.

use crate::Notifications;
use model::{
    TenantId,
    notification::{Event, Intent, Target},
};
use ports::{
    Handling, PortResult,
    store::{Claimed, Fresh, Handled},
};
use rand::Rng as _;
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// Events that are claimed together.
const EVENTS: u32 = 64;
/// Times that an event is handled anew because another one changed the plugin's values meanwhile.
const ROUNDS: u32 = 5;
/// Before what could not be handled is handled again.
const AGAIN: Duration = Duration::from_secs(1);
/// Times that an event may be taken without an outcome: then it is kept for a person.
const TRIES: u32 = 8;

impl Notifications {
    pub(crate) async fn handle_events(self: Arc<Self>) {
        loop {
            match self.handle_some().await {
                Ok(more) if more => continue,
                Ok(_) => {}
                Err(error) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "events wait in the store");
                    // waits: the store is away.
                    tokio::time::sleep(AGAIN).await;
                }
            }
            tokio::select! {
                () = self.event.notified() => {}
                () = tokio::time::sleep(self.parts.config.sweep_every) => {}
            }
        }
    }

    /// Whether there may be more.
    async fn handle_some(&self) -> PortResult<bool> {
        let claimed = self.parts.store.claim_events(EVENTS, self.parts.config.event_lease).await?;
        for event in &claimed {
            self.handle_event(event).await?;
        }
        if !claimed.is_empty() {
            self.due.notify_one();
        }
        Ok(claimed.len() == EVENTS as usize)
    }

    async fn handle_event(&self, claimed: &Claimed<Event>) -> PortResult<()> {
        let store = &self.parts.store;
        if claimed.tries >= TRIES {
            let cause = format!("taken {TRIES} times without an outcome");
            return store.handled(claimed, &Handled::Dead { cause }).await.map(drop);
        }
        for _ in 0..ROUNDS {
            let handled = self.handled(claimed.tenant, &claimed.it).await?;
            if store.handled(claimed, &handled).await? {
                metrics::counter!("weft_events_handled_total").increment(1);
                return Ok(());
            }
        }
        // The claim has ended, and then this changes nothing; or the plugin's values change all the time.
        let cause = "other events changed the plugin's values at the same time".into();
        store.handled(claimed, &Handled::Again { after: AGAIN, cause }).await.map(drop)
    }

    async fn handled(&self, tenant: TenantId, event: &Event) -> PortResult<Handled> {
        let targets = self.targets(tenant).await?;
        let handler = self.parts.handlers.handler(tenant);
        let space = match &handler {
            Some(plugin) => self.parts.store.space(tenant, plugin).await?,
            None => model::notification::Space::default(),
        };
        let handling = Handling {
            now: self.parts.clock.now(),
            seed: rand::rng().random(),
            event: event.clone(),
            properties: properties(event),
            space,
        };
        let called = self.parts.handlers.handle(tenant, &handling);
        for fault in &called.faults {
            tracing::warn!(%tenant, event = %event.id, fault, "a notification plugin did not answer");
        }
        let (intents, space) = match called.output {
            Some(handled) => {
                // Values go back to whom they were lent.
                let space = handled.space.filter(|_| handler.as_ref() == Some(&called.plugin));
                (handled.intents, space.map(|space| (called.plugin, space)))
            }
            None => (listed(event, &targets), None),
        };
        let ids = self.parts.ids.as_ref();
        let fresh = intents.into_iter().map(|intent| {
            let ordered = targets.get(&intent.target).is_some_and(|target| target.ordered);
            Fresh { id: ids.notification(), intent, ordered }
        });
        Ok(Handled::Done { fresh: fresh.collect(), space })
    }
}

/// The built-in rule: every target gets the events that it lists, as they are.
fn listed(event: &Event, targets: &BTreeMap<String, Target>) -> Vec<Intent> {
    let body = envelope(event).to_string();
    let listing = targets.values().filter(|target| !target.disabled && target.events.contains(&event.kind));
    listing
        .map(|target| Intent {
            target: target.name.clone(),
            dedupe: event.id.to_string(),
            delay: 0,
            content_type: "application/json".into(),
            body: body.clone(),
        })
        .collect()
}

/// As Standard Webhooks has it: type, timestamp, data.
fn envelope(event: &Event) -> serde_json::Value {
    serde_json::json!({
        "type": event.kind,
        "timestamp": event.at,
        "id": event.id,
        "version": model::catalogue::VERSION,
        "data": event.payload,
    })
}

/// Of the conversation that the event is about.
fn properties(event: &Event) -> Vec<(String, String)> {
    let found = event.payload["conversation"]["properties"].as_object();
    let text = |(key, value): (&String, &serde_json::Value)| Some((key.clone(), value.as_str()?.to_owned()));
    found.into_iter().flatten().filter_map(text).collect()
}

//! From a due notification to an attempt, and from a failed attempt to the retry rule.

use crate::{
    Notifications, breaker,
    targets::{said, secrets, text},
};
use model::{
    TenantId, Timestamp,
    catalogue::DeadPayload,
    notification::{Attempt, Event, EventKind, Failed, Fault, Judged, Notification, Target, TargetHealth, Verdict},
};
use ports::{
    Failure, Parcel, PortResult, Sent,
    store::{Claimed, Outcome, Tried},
};
use rand::Rng as _;
use std::{sync::Arc, time::Duration};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Notifications that are claimed together.
const CLAIMED: usize = 64;
/// Targets that a claim passes over.
const BUSY: usize = 64;
/// Before a notification is looked at again whose target was at its bound.
const NEXT_LOOK: Duration = Duration::from_millis(250);
/// Before a store that is away is asked again.
const AGAIN: Duration = Duration::from_secs(1);
/// Times that a notification may be taken without an outcome: then it is kept for a person.
const TRIES: u32 = 8;

/// What there is to do with a claimed notification.
enum Way {
    Send(Target, TargetHealth),
    /// It can never be sent.
    Dead(String),
    /// Its target is at its bound.
    Later,
}

impl Notifications {
    pub(crate) async fn send_due(self: Arc<Self>, tasks: TaskTracker, stop: CancellationToken) {
        loop {
            let wait = match self.start_some(&tasks, &stop).await {
                Ok(true) => continue,
                Ok(false) => self.until_next().await,
                Err(error) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "notifications wait in the store");
                    AGAIN
                }
            };
            tokio::select! {
                () = self.due.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    async fn until_next(&self) -> Duration {
        let next = self.parts.store.next_notification().await.ok().flatten();
        next.unwrap_or(self.parts.config.sweep_every).min(self.parts.config.sweep_every)
    }

    /// Whether there may be more that this node can start.
    async fn start_some(self: &Arc<Self>, tasks: &TaskTracker, stop: &CancellationToken) -> PortResult<bool> {
        let (free, busy) = {
            let pace = self.pace.lock();
            (self.parts.config.attempts_at_once.saturating_sub(pace.all()).min(CLAIMED), pace.full(BUSY))
        };
        if free == 0 {
            return Ok(false);
        }
        let (limit, lease) = (u32::try_from(free).unwrap_or(u32::MAX), self.parts.config.lease);
        let claimed = self.parts.store.claim_notifications(limit, lease, &busy).await?;
        let full = claimed.len() == free;
        let mut started = false;
        for it in claimed {
            match self.way(&it).await? {
                Way::Later => self.parts.store.release_notification(&it, NEXT_LOOK).await?,
                Way::Dead(cause) => self.bury(&it, cause).await?,
                Way::Send(target, health) => {
                    started = true;
                    let this = Arc::clone(self);
                    tasks.spawn(stop.clone().run_until_cancelled_owned(async move {
                        this.attempt(&it, &target, health).await;
                        this.pace.lock().end(&(it.tenant, it.it.target.clone()));
                        this.due.notify_one();
                    }));
                }
            }
        }
        Ok(full && started)
    }

    async fn way(&self, claimed: &Claimed<Notification>) -> PortResult<Way> {
        let (tenant, name) = (claimed.tenant, &claimed.it.target);
        if claimed.tries >= TRIES {
            return Ok(Way::Dead(format!("taken {TRIES} times without an outcome")));
        }
        let targets = self.targets(tenant).await?;
        let Some(target) = targets.get(name) else { return Ok(Way::Dead(format!("no target is named {name:?}"))) };
        if target.disabled {
            return Ok(Way::Dead("the target is disabled".into()));
        }
        if !self.notifiers.contains_key(target.channel.as_str()) {
            return Ok(Way::Dead(format!("this installation does not send by {}", target.channel)));
        }
        let health = self.parts.store.target_health(tenant, name).await?;
        let now = self.parts.clock.now();
        if breaker::is_given_up(health, now) {
            return Ok(Way::Dead("the target has failed for days: reset it when it is well again".into()));
        }
        let at_once = if health.streak >= breaker::RESTS_AFTER { 1 } else { target.concurrency };
        let started = self.pace.lock().start(&(tenant, name.clone()), at_once, target.rate, now);
        Ok(if started { Way::Send(target.clone(), health) } else { Way::Later })
    }

    /// Whatever goes wrong with the store here, the claim ends and the attempt is made again: at least one, with the same id.
    async fn attempt(&self, claimed: &Claimed<Notification>, target: &Target, health: TargetHealth) {
        let it = &claimed.it;
        let at = self.parts.clock.now();
        let sent = self.send(claimed.tenant, it, target, at).await;
        let now = self.parts.clock.now();
        metrics::counter!("weft_attempts_total", "channel" => target.channel.clone(), "sent" => sent.is_ok().to_string())
            .increment(1);
        let health = breaker::after(health, sent.is_ok(), now);
        let number = it.attempts + 1;
        let (attempt, outcome) = match sent {
            Ok(Sent { status, took_ms, answer }) => {
                let answer = text(&answer);
                (
                    Attempt { number, at, took_ms, fault: None, status, answer, judged: None, next_due: None },
                    Outcome::Sent,
                )
            }
            Err(failure) => {
                let judged = self.judge(claimed, target, &failure, health, now);
                let outcome = Outcome::Failed(judged.verdict.clone());
                let attempt = Attempt {
                    number,
                    at,
                    took_ms: failure.took_ms,
                    fault: Some(failure.fault),
                    status: failure.status,
                    answer: said(&failure),
                    judged: Some(judged),
                    next_due: None,
                };
                (attempt, outcome)
            }
        };
        self.put_down(claimed, Tried { tell: self.tell(claimed, &outcome, number, now), attempt, outcome, health })
            .await;
    }

    async fn send(&self, tenant: TenantId, it: &Notification, target: &Target, at: Timestamp) -> Result<Sent, Failure> {
        let within = self.parts.config.attempt_within;
        let Some(notifier) = self.notifiers.get(target.channel.as_str()) else {
            return Err(failure(Fault::Refused, "the channel is gone"));
        };
        let parcel = Parcel {
            tenant,
            id: it.id.to_string(),
            target: it.target.clone(),
            address: target.address.clone(),
            secrets: secrets(target),
            at,
            attempt: it.attempts + 1,
            content_type: it.content_type.clone(),
            body: it.body.clone(),
        };
        let sent = tokio::time::timeout(within, notifier.send(&parcel)).await;
        sent.unwrap_or_else(|_| Err(failure(Fault::TimedOut, "the channel did not come back")))
    }

    fn judge(
        &self,
        claimed: &Claimed<Notification>,
        target: &Target,
        failure: &Failure,
        health: TargetHealth,
        now: Timestamp,
    ) -> Judged {
        let it = &claimed.it;
        let asked = Failed {
            now: now.as_ms().cast_unsigned(),
            seed: rand::rng().random(),
            channel: target.channel.clone(),
            made: it.made + 1,
            first_at: it.first_at.unwrap_or(now).as_ms().cast_unsigned(),
            expires_at: 0,
            previous_delay: it.previous_delay,
            fault: failure.fault,
            status: failure.status,
            retry_after: failure.retry_after_ms,
            streak: health.streak,
        };
        let called = self.parts.handlers.judge(claimed.tenant, &asked);
        Judged {
            asked,
            verdict: called.output,
            epoch: called.epoch,
            rung: called.rung,
            release: called.release,
            plugin: called.plugin,
            version: called.version,
            fuel: called.fuel,
            faults: called.faults,
            logs: called.logs,
        }
    }

    /// `delivery.dead`; not of one that told of another.
    fn tell(&self, claimed: &Claimed<Notification>, outcome: &Outcome, attempts: u32, now: Timestamp) -> Option<Event> {
        let Outcome::Failed(Verdict::DeadLetter(cause)) = outcome else { return None };
        let it = &claimed.it;
        if it.kind == EventKind::DeliveryDead {
            return None;
        }
        let payload = DeadPayload {
            notification: it.id,
            event: it.event,
            kind: it.kind,
            target: it.target.clone(),
            attempts,
            cause: cause.clone(),
        };
        let payload = serde_json::to_value(payload).ok()?;
        let id = self.parts.ids.as_ref().event();
        Some(Event { id, kind: EventKind::DeliveryDead, at: now, conversation: it.conversation, payload })
    }

    /// Dead without an attempt.
    async fn bury(&self, claimed: &Claimed<Notification>, cause: String) -> PortResult<()> {
        let now = self.parts.clock.now();
        let health = self.parts.store.target_health(claimed.tenant, &claimed.it.target).await?;
        let attempt = Attempt {
            number: claimed.it.attempts + 1,
            at: now,
            took_ms: 0,
            fault: Some(Fault::Refused),
            status: 0,
            answer: cause.clone(),
            judged: None,
            next_due: None,
        };
        let outcome = Outcome::Failed(Verdict::DeadLetter(cause));
        let tell = self.tell(claimed, &outcome, claimed.it.attempts, now);
        self.put_down(claimed, Tried { attempt, outcome, health, tell }).await;
        Ok(())
    }

    async fn put_down(&self, claimed: &Claimed<Notification>, tried: Tried) {
        match self.parts.store.tried(claimed, &tried).await {
            Ok(true) => {
                if let Outcome::Failed(Verdict::AgainIn(ms)) = tried.outcome {
                    let after = Duration::from_millis(ms);
                    self.tell_of(claimed.tenant, claimed.it.id, tried.attempt.number, after).await;
                }
                if tried.tell.is_some() {
                    self.event.notify_one();
                }
            }
            Ok(false) => tracing::debug!(notification = %claimed.it.id, "an attempt was put down by another node"),
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error, notification = %claimed.it.id,
                "an attempt was not put down: it is made again"
            ),
        }
    }
}

fn failure(fault: Fault, message: &str) -> Failure {
    Failure { fault, status: 0, took_ms: 0, retry_after_ms: None, answer: Vec::new(), message: message.into() }
}

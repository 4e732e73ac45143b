use crate::kit::Kit;
use model::{
    Clock as _, NotificationId, Timestamp,
    notification::{Attempt, Failed, Fault, NotificationState as State, Verdict},
    retry_builtin::builtin_exponential,
};
use ports::store::{NotificationFilter, Page};
use serde_json::json;
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use weft_notification::simulate::{Behaviour, End, Plan, Scenario, simulate};

/// What the retry lab draws is what happens: the same plan for a receiver and for the lab, the same chance for the rule, and the same
/// attempts to the millisecond.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_simulated_schedule_is_the_real_one() {
    let plan = Plan::parse(&["down 6h", "throttled 12h", "down 1h", "up"]).unwrap();
    let (real, begins_at) = tokio::time::timeout(Duration::from_secs(30), really(&plan)).await.unwrap();

    let seeds: Vec<u64> = real.iter().filter_map(|attempt| attempt.judged.as_ref()).map(|it| it.asked.seed).collect();
    let scenario =
        Scenario { plan, channel: "webhook".into(), begins_at, notifications: 1, apart: Duration::ZERO, seed: 0 };
    let mut asked = Vec::new();
    let mut rule = |failed: &Failed| {
        let failed = Failed { seed: seeds[failed.made as usize - 1], ..failed.clone() };
        asked.push(failed.clone());
        builtin_exponential(&failed)
    };
    let course = simulate(&scenario, &mut rule).remove(0);

    assert_eq!(course.end, End::Sent);
    let simulated: Vec<_> = course.steps.iter().map(|step| (step.at, step.failed.clone())).collect();
    assert_eq!(simulated, real.iter().map(what).collect::<Vec<_>>());
    let really_asked: Vec<_> = real.iter().filter_map(|attempt| attempt.judged.as_ref()).map(|it| &it.asked).collect();
    assert_eq!(asked.iter().collect::<Vec<_>>(), really_asked, "the rule is asked the same questions");
    assert!(simulated.len() > 5, "the breaker has had its say: {simulated:?}");
}

fn what(attempt: &Attempt) -> (Timestamp, Option<(Fault, u16, Verdict)>) {
    let verdict = attempt.judged.as_ref().map(|judged| judged.verdict.clone());
    (attempt.at, attempt.fault.zip(verdict).map(|(fault, verdict)| (fault, attempt.status, verdict)))
}

/// One notification to a receiver that behaves as planned, from its first attempt on; time goes on from one due moment to the next.
async fn really(plan: &Plan) -> (Vec<Attempt>, Timestamp) {
    let kit = Kit::new().await;
    kit.add_target("desk", json!({"events": ["conversation.opened"]})).await;
    let (begins_at, plan) = (Arc::new(OnceLock::new()), plan.clone());
    let begun = Arc::clone(&begins_at);
    kit.receiver.answers(move |_, now| match plan.at(now.since(*begun.get_or_init(|| now))) {
        Behaviour::Up => Ok(()),
        Behaviour::Throttled { .. } => Err((Fault::Throttled, 429)),
        _ => Err((Fault::Unreachable, 0)),
    });
    kit.world.open().await;
    kit.hint();
    let (store, tenant) = (&kit.world.store, kit.world.tenant);
    let id = loop {
        let page = Page::<NotificationId> { after: None, limit: 1 };
        let found = store.notifications(tenant, &NotificationFilter::default(), page).await.unwrap();
        if let Some(it) = found.first() {
            break it.id;
        }
        tokio::task::yield_now().await;
    };
    for made in 1.. {
        let it = loop {
            let it = store.notification(tenant, id).await.unwrap().unwrap();
            if it.attempts == made {
                break it;
            }
            tokio::task::yield_now().await;
        };
        if it.state != State::Due {
            break;
        }
        let rests_until = store.target_health(tenant, "desk").await.unwrap().rests_until;
        let next = it.due_at.max(rests_until).unwrap();
        kit.clock.advance(next.since(kit.clock.now()));
    }
    (store.attempts(tenant, id).await.unwrap(), *begins_at.get().unwrap())
}

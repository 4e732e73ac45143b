use super::fixture::{StoreUnderTest, World, ids};
use model::{
    Timestamp,
    plugin::{Activation, ActivationState, Binding, Digest, Hook, NodeReport, Release},
};
use std::{sync::Arc, time::Duration};

pub fn release(component: &[u8], shipped: bool) -> Release {
    Release {
        digest: Digest::of(component),
        hook: Hook::Routing,
        name: "least-busy".into(),
        version: "1.0.0".into(),
        size: component.len() as u64,
        manifest: serde_json::json!({"name": "least-busy", "limits": {"fuel": 1}}),
        shipped,
        created_at: Timestamp::from_ms(5),
    }
}

pub fn set_of(releases: &[Digest]) -> Activation {
    let binding = |digest: &Digest| Binding {
        id: ids().binding(),
        hook: Hook::Routing,
        team: None,
        channel: None,
        release: *digest,
        settings: serde_json::json!({"weight": 3}),
    };
    Activation {
        epoch: 0,
        bindings: releases.iter().map(binding).collect(),
        state: ActivationState::Staged,
        reason: None,
        by: None,
        staged_at: Timestamp::from_ms(7),
        activated_at: None,
    }
}

pub async fn a_release_is_stored_once(new: StoreUnderTest) {
    let world = World::new(new, 0, 0).await;
    let (own, shipped) = (release(b"own", false), release(b"shipped", true));
    assert!(world.store.add_release(None, &shipped, b"shipped").await.unwrap());
    assert!(!world.store.add_release(None, &shipped, b"shipped").await.unwrap());
    assert!(!world.store.add_release(Some(world.tenant), &shipped, b"shipped").await.unwrap(), "all have it");
    assert!(world.store.add_release(Some(world.tenant), &own, b"own").await.unwrap());
    assert!(!world.store.add_release(Some(world.tenant), &own, b"own").await.unwrap());
    assert_eq!(world.store.releases(world.tenant).await.unwrap().len(), 2);
    for (r, bytes) in [(&own, b"own".as_slice()), (&shipped, b"shipped")] {
        assert_eq!(world.store.release(world.tenant, r.digest).await.unwrap().as_ref(), Some(r));
        assert_eq!(&*world.store.component(world.tenant, r.digest).await.unwrap().unwrap(), bytes);
    }
    let other = world.beside(0, 0).await;
    assert_eq!(world.store.releases(other.tenant).await.unwrap(), std::slice::from_ref(&shipped));
    assert!(world.store.component(other.tenant, own.digest).await.unwrap().is_none());
    // Not while a set names it, not what all have, not another tenant's.
    let epoch = world.store.stage(world.tenant, &set_of(&[own.digest])).await.unwrap();
    assert!(!world.store.delete_release(world.tenant, own.digest).await.unwrap());
    assert!(!world.store.delete_release(other.tenant, own.digest).await.unwrap());
    assert!(!world.store.delete_release(world.tenant, shipped.digest).await.unwrap());
    assert!(world.store.abort(world.tenant, epoch, "not wanted").await.unwrap());
    assert!(!world.store.abort(world.tenant, epoch, "again").await.unwrap());
    assert!(world.store.delete_release(world.tenant, own.digest).await.unwrap());
    assert!(world.store.release(world.tenant, own.digest).await.unwrap().is_none());
}

pub async fn one_of_two_activations_wins(new: StoreUnderTest) {
    let world = Arc::new(World::new(new, 0, 0).await);
    let mut staged = Vec::new();
    for n in 1..=6 {
        let epoch = world.store.stage(world.tenant, &set_of(&[Digest::of(b"x")])).await.unwrap();
        assert_eq!(epoch, n);
        staged.push(epoch);
    }
    assert_eq!(world.store.staged_sets().await.unwrap().len(), 6);
    let tasks: Vec<_> = staged
        .iter()
        .map(|&epoch| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { (epoch, world.store.activate(world.tenant, epoch, 0).await.unwrap()) })
        })
        .collect();
    let mut won = Vec::new();
    for task in tasks {
        let (epoch, done) = task.await.unwrap();
        won.extend(done.then_some(epoch));
    }
    assert_eq!(won.len(), 1);
    let first = won[0];
    assert_eq!(world.store.tenant(world.tenant).await.unwrap().unwrap().activation_epoch, first);
    let sets = world.store.active_sets().await.unwrap();
    assert_eq!(sets.len(), 1);
    assert_eq!((sets[0].0, sets[0].1.epoch, sets[0].1.state), (world.tenant, first, ActivationState::Active));
    assert!(sets[0].1.activated_at.is_some());
    // The next one retires it; a retired one may come back; an aborted one may not.
    let (second, third) = (first % 6 + 1, (first + 1) % 6 + 1);
    assert!(!world.store.activate(world.tenant, second, 0).await.unwrap(), "expected another");
    assert!(world.store.activate(world.tenant, second, first).await.unwrap());
    let state = async |epoch| world.store.activation(world.tenant, epoch).await.unwrap().unwrap().state;
    assert_eq!(state(first).await, ActivationState::Retired);
    assert!(world.store.activate(world.tenant, first, second).await.unwrap());
    assert_eq!(state(second).await, ActivationState::Retired);
    assert!(world.store.abort(world.tenant, third, "not equal").await.unwrap());
    assert!(!world.store.abort(world.tenant, first, "too late").await.unwrap());
    assert_eq!(state(first).await, ActivationState::Active);
    assert!(!world.store.activate(world.tenant, third, first).await.unwrap());
    let aborted = world.store.activation(world.tenant, third).await.unwrap().unwrap();
    assert_eq!((aborted.state, aborted.reason.as_deref()), (ActivationState::Aborted, Some("not equal")));
    let newest = world.store.activations(world.tenant, None, 2).await.unwrap();
    assert_eq!(newest.iter().map(|a| a.epoch).collect::<Vec<_>>(), [6, 5]);
    let older = world.store.activations(world.tenant, Some(5), 9).await.unwrap();
    assert_eq!(older.iter().map(|a| a.epoch).collect::<Vec<_>>(), [4, 3, 2, 1]);
    assert_eq!(newest[0].bindings[0].settings["weight"], 3);
}

pub async fn a_node_is_a_member_while_its_lease_lives(new: StoreUnderTest) {
    let world = World::new(new, 0, 0).await;
    let (a, b, c) = (ids().node(), ids().node(), ids().node());
    let short = Duration::from_millis(200);
    world.store.renew_node(a, "a", short).await.unwrap();
    world.store.renew_node(b, "b", Duration::from_mins(1)).await.unwrap();
    world.store.renew_node(c, "c", Duration::from_mins(1)).await.unwrap();
    assert_eq!(world.store.nodes().await.unwrap().len(), 3);
    world.store.retire_node(c).await.unwrap();
    world.pass(short).await;
    assert_eq!(world.store.nodes().await.unwrap(), [(b, "b".to_owned())]);
    world.store.renew_node(a, "a2", short).await.unwrap();
    assert_eq!(world.store.nodes().await.unwrap().len(), 2);

    let epoch = world.store.stage(world.tenant, &set_of(&[])).await.unwrap();
    let report = |prepared| NodeReport {
        node: a,
        prepared,
        proof: prepared.then(|| Digest::of(b"outputs")),
        fuel: prepared.then_some(17),
        error: (!prepared).then(|| "cannot compile".to_owned()),
        at: Timestamp::from_ms(9),
    };
    world.store.report(world.tenant, epoch, &report(false)).await.unwrap();
    assert_eq!(world.store.reports(world.tenant, epoch).await.unwrap(), [report(false)]);
    world.store.report(world.tenant, epoch, &report(true)).await.unwrap();
    assert_eq!(world.store.reports(world.tenant, epoch).await.unwrap(), [report(true)], "the last word counts");
}

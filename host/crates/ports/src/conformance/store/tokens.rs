use super::fixture::{StoreUnderTest, World, ids};
use crate::store::{ApiToken, AuditRecord, Page, RefreshToken, Used};
use model::{Participant, Role};
use std::{sync::Arc, time::Duration};

pub async fn a_refresh_token_is_used_once(new: StoreUnderTest) {
    let world = Arc::new(World::new(new, 1, 1).await);
    let agent = world.agents[0].id;
    let expires_at = world.store.now().await.unwrap().plus(Duration::from_hours(1));
    let token = |family, n| RefreshToken { family, agent, hash: [n; 32], expires_at };
    let family = ids().token();
    world.store.add_refresh(world.tenant, &token(family, 1)).await.unwrap();
    let tasks: Vec<_> = (0..6_u8)
        .map(|n| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                world.store.use_refresh(world.tenant, [1; 32], [100 + n; 32], expires_at).await.unwrap()
            })
        })
        .collect();
    let mut rotated = 0;
    for task in tasks {
        match task.await.unwrap() {
            Used::Rotated { family: f, agent: a } => {
                assert_eq!((f, a), (family, agent));
                rotated += 1;
            }
            Used::Reused { family: f, .. } => assert_eq!(f, family),
            Used::Unknown => {}
        }
    }
    assert_eq!(rotated, 1);
    let after = world.store.use_refresh(world.tenant, [100; 32], [9; 32], expires_at).await.unwrap();
    assert_eq!(after, Used::Unknown, "a reuse ends the whole family");

    let family = ids().token();
    world.store.add_refresh(world.tenant, &token(family, 2)).await.unwrap();
    let next = |used, next: u8| world.store.use_refresh(world.tenant, [used; 32], [next; 32], expires_at);
    assert_eq!(next(2, 3).await.unwrap(), Used::Rotated { family, agent });
    assert_eq!(next(3, 4).await.unwrap(), Used::Rotated { family, agent });
    world.store.end_family(world.tenant, family).await.unwrap();
    assert_eq!(next(4, 5).await.unwrap(), Used::Unknown);

    let now = world.store.now().await.unwrap();
    let expired = RefreshToken { family: ids().token(), agent, hash: [7; 32], expires_at: now };
    world.store.add_refresh(world.tenant, &expired).await.unwrap();
    assert_eq!(next(7, 8).await.unwrap(), Used::Unknown);
}

pub async fn a_sign_in_lives_until_it_is_ended(new: StoreUnderTest) {
    let world = World::new(new, 2, 1).await;
    let expires_at = world.store.now().await.unwrap().plus(Duration::from_hours(1));
    let families = [ids().token(), ids().token(), ids().token()];
    for (n, family) in (1..).zip(families) {
        let agent = world.agents[usize::from(n == 3)].id;
        let token = RefreshToken { family, agent, hash: [n; 32], expires_at };
        world.store.add_refresh(world.tenant, &token).await.unwrap();
    }
    let live = async || {
        let mut live = Vec::new();
        for family in families {
            live.push(world.store.has_family(world.tenant, family).await.unwrap());
        }
        live
    };
    let other = world.beside(1, 1).await;
    assert!(!world.store.has_family(other.tenant, families[0]).await.unwrap(), "another tenant's");
    world.store.end_families_of(other.tenant, world.agents[0].id).await.unwrap();
    assert_eq!(live().await, [true, true, true]);
    world.store.use_refresh(world.tenant, [2; 32], [22; 32], expires_at).await.unwrap();
    world.store.end_family(world.tenant, families[0]).await.unwrap();
    assert_eq!(live().await, [false, true, true], "a rotated one lives on");
    world.store.end_families_of(world.tenant, world.agents[0].id).await.unwrap();
    assert_eq!(live().await, [false, false, true], "the other agent's stays");
    assert_eq!(world.store.use_refresh(world.tenant, [22; 32], [23; 32], expires_at).await.unwrap(), Used::Unknown);
}

pub async fn api_tokens_and_the_signing_key(new: StoreUnderTest) {
    let world = World::new(new, 0, 0).await;
    let now = world.store.now().await.unwrap();
    let token = ApiToken {
        id: ids().token(),
        name: "ERP".into(),
        role: Role::Supervisor,
        hash: [3; 32],
        created_at: now,
        expires_at: None,
    };
    let expired = ApiToken { id: ids().token(), hash: [4; 32], expires_at: Some(now), ..token.clone() };
    world.store.add_api_token(world.tenant, &token).await.unwrap();
    world.store.add_api_token(world.tenant, &expired).await.unwrap();
    assert_eq!(world.store.api_token([3; 32]).await.unwrap().unwrap(), (world.tenant, token.clone()));
    assert!(world.store.api_token([4; 32]).await.unwrap().is_none());
    assert_eq!(world.store.api_tokens(world.tenant).await.unwrap().len(), 2);
    assert!(world.store.delete_api_token(world.tenant, token.id).await.unwrap());
    assert!(!world.store.delete_api_token(world.tenant, token.id).await.unwrap());
    assert!(world.store.api_token([3; 32]).await.unwrap().is_none());

    let first = world.store.signing_key(b"first").await.unwrap();
    assert_eq!(first, b"first");
    assert_eq!(world.store.signing_key(b"second").await.unwrap(), first);
    let info = world.store.info().await.unwrap();
    assert!(info.epoch > 0);
    assert_eq!(world.store.info().await.unwrap(), info);
}

pub async fn the_audit_trail_is_paged(new: StoreUnderTest) {
    let world = World::new(new, 1, 1).await;
    let mut records = Vec::new();
    for n in 0..3_u64 {
        let record = AuditRecord {
            id: model::AuditId::from_parts(1000 + n, 0),
            at: world.store.now().await.unwrap(),
            by: (n > 0).then_some(Participant::Agent(world.agents[0].id)),
            action: "agent.added".into(),
            detail: serde_json::json!({"n": n}),
        };
        world.store.audit_log(world.tenant, &record).await.unwrap();
        records.insert(0, record);
    }
    let page = world.store.audit_records(world.tenant, Page { after: None, limit: 2 }).await.unwrap();
    assert_eq!(page, records[..2]);
    let rest = world.store.audit_records(world.tenant, Page { after: Some(page[1].id), limit: 2 }).await.unwrap();
    assert_eq!(rest, records[2..]);
}

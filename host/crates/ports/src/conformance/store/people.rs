use super::fixture::{StoreUnderTest, World, ids, new_agent};
use crate::store::Page;
use model::{
    people::{Channel, Team, Visitor},
    tenant::{Settings, Tenant},
};

pub async fn tenants_and_their_settings(new: StoreUnderTest) {
    let world = World::new(new, 0, 0).await;
    let stored = world.store.tenant(world.tenant).await.unwrap().unwrap();
    let twin = Tenant { id: ids().tenant(), ..stored.clone() };
    assert!(!world.store.add_tenant(&twin).await.unwrap(), "the slug is taken");
    assert_eq!(world.store.tenant_by_slug(&stored.slug).await.unwrap().as_ref(), Some(&stored));
    let settings = Settings { offer_seconds: 7, ..Settings::default() };
    assert!(world.store.set_settings(world.tenant, &settings, stored.version).await.unwrap());
    assert!(!world.store.set_settings(world.tenant, &settings, stored.version).await.unwrap(), "an older version");
    let changed = world.store.tenant(world.tenant).await.unwrap().unwrap();
    assert_eq!((changed.settings, changed.version), (settings, stored.version + 1));
    let other = world.beside(0, 0).await;
    let page = world.store.tenants(Page { after: None, limit: 1 }).await.unwrap();
    let rest = world.store.tenants(Page { after: Some(page[0].id), limit: 10 }).await.unwrap();
    assert_eq!((page.len(), rest.len()), (1, 1));
    assert_ne!(page[0].id, rest[0].id);
    assert!([world.tenant, other.tenant].contains(&page[0].id));
}

pub async fn agents_are_unique_by_email(new: StoreUnderTest) {
    let world = World::new(new, 2, 3).await;
    let agent = world.store.agent(world.tenant, world.agents[0].id).await.unwrap().unwrap();
    let mut twin = new_agent(ids().agent(), "Twin", 1);
    twin.email.clone_from(&agent.email);
    assert!(!world.store.add_agent(world.tenant, &twin).await.unwrap());
    assert!(world.store.agent(world.tenant, twin.id).await.unwrap().is_none());
    let mut changed = agent.clone();
    changed.name = "Ana".into();
    changed.capacity = 9;
    changed.skills = vec!["returns".into(), "français".into()];
    assert!(world.store.update_agent(world.tenant, &changed).await.unwrap());
    assert!(!world.store.update_agent(world.tenant, &changed).await.unwrap(), "an older version");
    changed.version += 1;
    let (stored, hash) = world.store.credentials(world.tenant, &agent.email).await.unwrap().unwrap();
    assert_eq!(stored, changed);
    assert_eq!(hash, "$argon2id$test");
    world.store.set_password(world.tenant, agent.id, "new").await.unwrap();
    assert_eq!(world.store.credentials(world.tenant, &agent.email).await.unwrap().unwrap().1, "new");
    let first = world.store.agents(world.tenant, Page { after: None, limit: 1 }).await.unwrap();
    let rest = world.store.agents(world.tenant, Page { after: Some(first[0].id), limit: 5 }).await.unwrap();
    assert_eq!((first[0].id, rest[0].id, rest.len()), (world.agents[0].id, world.agents[1].id, 1));
}

pub async fn teams_and_their_members(new: StoreUnderTest) {
    let world = World::new(new, 3, 3).await;
    let agents: Vec<_> = world.agents.iter().map(|a| a.id).collect();
    let mut billing = Team { id: ids().team(), name: "Billing".into(), members: vec![agents[1]], version: 1 };
    assert!(world.store.add_team(world.tenant, &billing).await.unwrap());
    let twin = Team { id: ids().team(), ..billing.clone() };
    assert!(!world.store.add_team(world.tenant, &twin).await.unwrap(), "the name is taken");
    assert_eq!(world.store.teams(world.tenant).await.unwrap().len(), 2);
    assert_eq!(world.store.teams_of(world.tenant, agents[1]).await.unwrap().len(), 2);
    assert_eq!(world.store.teams_of(world.tenant, agents[0]).await.unwrap().len(), 1);
    let mine = world.store.teams_of(world.tenant, agents[0]).await.unwrap();
    assert_eq!(mine[0].members, agents, "with all its members");
    billing.members = vec![agents[0], agents[2]];
    billing.name = "Payments".into();
    assert!(world.store.update_team(world.tenant, &billing).await.unwrap());
    assert!(!world.store.update_team(world.tenant, &billing).await.unwrap(), "an older version");
    billing.version += 1;
    assert_eq!(world.store.team(world.tenant, billing.id).await.unwrap().unwrap(), billing);
    let taken = Team { name: world.team.name.clone(), ..billing.clone() };
    assert!(!world.store.update_team(world.tenant, &taken).await.unwrap());
    assert_eq!(world.store.team(world.tenant, billing.id).await.unwrap().unwrap(), billing);
}

pub async fn channels_and_visitors(new: StoreUnderTest) {
    let world = World::new(new, 0, 0).await;
    let stored = world.store.channel(world.tenant, world.channel).await.unwrap().unwrap();
    let twin = Channel { id: ids().channel(), ..stored.clone() };
    assert!(!world.store.add_channel(world.tenant, &twin).await.unwrap(), "the key is taken");
    assert_eq!(world.store.channel_by_key(&stored.key).await.unwrap().unwrap(), (world.tenant, stored.clone()));
    let mut changed = Channel { identity_secret: Some(vec![0, 255, 7]), name: "App".into(), ..stored };
    assert!(world.store.update_channel(world.tenant, &changed).await.unwrap());
    assert!(!world.store.update_channel(world.tenant, &changed).await.unwrap(), "an older version");
    changed.version += 1;
    assert_eq!(world.store.channels(world.tenant).await.unwrap(), [changed]);

    let known = world.store.visitor(world.tenant, world.visitor.id).await.unwrap().unwrap();
    let of_site = Visitor { id: ids().visitor(), external_id: Some("u-1".into()), ..known.clone() };
    assert_eq!(world.store.put_visitor(world.tenant, &of_site).await.unwrap(), of_site.id);
    let again = Visitor { id: ids().visitor(), name: "Renamed".into(), vip: 9, ..of_site.clone() };
    assert_eq!(world.store.put_visitor(world.tenant, &again).await.unwrap(), of_site.id, "the same person");
    let stored = world.store.visitor(world.tenant, of_site.id).await.unwrap().unwrap();
    assert_eq!(stored, Visitor { id: of_site.id, ..again });
    let anonymous = Visitor { id: ids().visitor(), ..known };
    assert_eq!(world.store.put_visitor(world.tenant, &anonymous).await.unwrap(), anonymous.id);
    assert_eq!(world.store.put_visitor(world.tenant, &anonymous).await.unwrap(), anonymous.id);
}

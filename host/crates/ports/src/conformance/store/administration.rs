use super::fixture::{StoreUnderTest, World, ids};
use crate::store::{Page, Resource, ResourceKind};
use model::{ResourceId, Timestamp, conversation::Command, people::Team};
use std::time::Duration;

fn label(name: &str) -> Resource {
    let body = serde_json::json!({ "name": name, "color": "#00ff00", "said": "好 👋" });
    Resource { id: ids().resource(), kind: ResourceKind::Label, name: name.into(), body, version: 1 }
}

pub async fn resources_are_configuration(new: StoreUnderTest) {
    let world = World::new(new, 0, 0).await;
    let (store, tenant) = (&world.store, world.tenant);
    let mut all = vec![label("late"), label("vip"), label("Late")];
    for one in &all {
        assert!(store.add_resource(tenant, one).await.unwrap());
    }
    assert!(!store.add_resource(tenant, &label("late")).await.unwrap(), "the name is taken");
    let holiday = Resource { id: ids().resource(), kind: ResourceKind::Holiday, ..label("late") };
    assert!(store.add_resource(tenant, &holiday).await.unwrap(), "another kind has names of its own");
    all.sort_by_key(|r| r.id);
    let list = async |kind, after: Option<ResourceId>, limit| {
        store.resources(tenant, kind, Page { after, limit }).await.unwrap()
    };
    assert_eq!(list(ResourceKind::Label, None, 2).await, all[..2]);
    assert_eq!(list(ResourceKind::Label, Some(all[1].id), 9).await, all[2..]);
    assert_eq!(list(ResourceKind::Holiday, None, 9).await, [holiday]);

    let mut changed = Resource { name: "later".into(), body: serde_json::json!([1]), ..all[0].clone() };
    assert!(store.update_resource(tenant, &changed).await.unwrap());
    assert!(!store.update_resource(tenant, &changed).await.unwrap(), "an older version");
    changed.version += 1;
    assert_eq!(store.resource(tenant, ResourceKind::Label, changed.id).await.unwrap().as_ref(), Some(&changed));
    assert_eq!(store.resource(tenant, ResourceKind::Hours, changed.id).await.unwrap(), None);
    let taken = Resource { name: all[1].name.clone(), ..changed.clone() };
    assert!(!store.update_resource(tenant, &taken).await.unwrap(), "another's name");

    let other = world.beside(0, 0).await;
    assert_eq!(other.store.resource(other.tenant, ResourceKind::Label, changed.id).await.unwrap(), None);
    assert!(!other.store.update_resource(other.tenant, &changed).await.unwrap());
    assert!(!other.store.delete_resource(other.tenant, ResourceKind::Label, changed.id, 2).await.unwrap());
    assert!(!store.delete_resource(tenant, ResourceKind::Label, changed.id, 1).await.unwrap(), "an older version");
    assert!(store.delete_resource(tenant, ResourceKind::Label, changed.id, 2).await.unwrap());
    assert_eq!(list(ResourceKind::Label, None, 9).await, all[1..]);
}

pub async fn the_pace_of_a_team_is_known(new: StoreUnderTest) {
    let world = World::new(new, 2, 9).await;
    let recent =
        async |team, since, limit| world.store.recent_assignments(world.tenant, team, since, limit).await.unwrap();
    assert_eq!(recent(world.team.id, Timestamp::ZERO, 9).await, []);
    for n in [0, 1, 0] {
        world.open_with(n).await;
        world.pass(Duration::from_millis(5)).await;
    }
    let all = recent(world.team.id, Timestamp::ZERO, 9).await;
    assert!(all.len() == 3 && all.is_sorted_by(|a, b| a >= b), "{all:?}");
    assert_eq!(recent(world.team.id, Timestamp::ZERO, 2).await, all[..2]);
    assert_eq!(recent(world.team.id, all[1], 9).await, all[..2]);
    let members = world.agents.iter().map(|a| a.id).collect();
    let billing = Team { id: ids().team(), name: "Billing".into(), members, version: 1 };
    assert!(world.store.add_team(world.tenant, &billing).await.unwrap());
    assert_eq!(recent(billing.id, Timestamp::ZERO, 9).await, [], "what its members took for another team");
    let closed = world.open_with(1).await;
    world.act(closed.id, &world.as_agent(1), Command::Close { reason: None }).await;
    assert_eq!(recent(world.team.id, Timestamp::ZERO, 9).await.len(), 4);
}

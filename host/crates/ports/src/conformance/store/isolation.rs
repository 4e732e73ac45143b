use super::{
    fixture::{StoreUnderTest, World, ids, refused, send},
    releases::{release, set_of},
};
use crate::store::{ApiToken, AuditRecord, ConversationFilter, Indexed, Located, Page, RefreshToken, ToIndex, Used};
use model::{
    Code, Participant, Reader, Role,
    conversation::Command,
    people::{Channel, Status, Team},
};
use std::time::Duration;

/// Another tenant's id is an id that does not exist, in every method that takes a tenant.
pub async fn tenants_do_not_see_each_other(new: StoreUnderTest) {
    let world = World::new(new, 1, 3).await;
    let other = world.beside(1, 3).await;
    reads(&world, &other).await;
    writes(&world, &other).await;
    people(&world, &other).await;
    plugins_and_tokens(&world, &other).await;
}

async fn reads(world: &World, other: &World) {
    let c = world.open().await;
    let route = world.route(&c, world.assign(&[0], Duration::from_mins(1)));
    let decision = route.decision.as_ref().unwrap().id;
    let offered = world.commit(route).await.unwrap().conversation;
    let offer = offered.offer().unwrap().clone();
    let (store, foreign, agent) = (&other.store, other.tenant, world.agents[0].id);
    assert!(store.conversation(foreign, c.id).await.unwrap().is_none());
    assert!(store.entries(foreign, c.id, Reader::Agent, 0, 10).await.unwrap().is_empty());
    assert!(store.marks(foreign, c.id).await.unwrap().is_empty());
    assert!(store.offer(foreign, offer.id).await.unwrap().is_none());
    assert!(store.offered_to(foreign, agent, 10).await.unwrap().is_empty());
    assert!(store.place(foreign, c.id).await.unwrap().is_none());
    assert!(store.route_facts(foreign, world.team.id, &[c.id]).await.unwrap().waiting.is_empty());
    assert!(store.route_facts(foreign, other.team.id, &[c.id]).await.unwrap().waiting.is_empty());
    assert!(store.decision(foreign, decision).await.unwrap().is_none());
    assert!(store.decisions(foreign, c.id, Page { after: None, limit: 10 }).await.unwrap().is_empty());
    assert!(store.recent_decisions(foreign, Page { after: None, limit: 10 }).await.unwrap().is_empty());
    assert!(store.backlog(foreign, world.team.id, 10).await.unwrap().is_empty());
    let page = Page { after: None, limit: 10 };
    assert!(store.conversations(foreign, &ConversationFilter::default(), page).await.unwrap().is_empty());
    for who in [Participant::Visitor(world.visitor.id), Participant::Agent(agent)] {
        assert!(store.open_of(foreign, who, 10).await.unwrap().is_empty());
        assert_eq!(store.unread(foreign, who, &[c.id]).await.unwrap(), [0]);
    }
    let at = Located { tenant: foreign, conversation: c.id };
    store.set_indexed(&[Indexed { at, from: 0, to: 99 }]).await.unwrap();
    let (any, these) = (ToIndex::WaitingFor(Duration::ZERO), [at]);
    let claim = async |which| store.claim_unindexed(ids().node(), which, 10, Duration::ZERO).await.unwrap();
    assert!(claim(any).await.iter().any(|(at, seq)| at.conversation == c.id && *seq == 0));
    assert!(claim(ToIndex::These(&these)).await.is_empty());
}

async fn writes(world: &World, other: &World) {
    let c = world.open_with(0).await;
    let caller = other.as_visitor();
    assert_eq!(refused(other.commit(other.write(c.id, &caller, ids().command(), send("x"))).await), Code::NotFound);
    let take = other.write(c.id, &other.as_agent(0), ids().command(), Command::Take);
    assert_eq!(refused(other.commit(take).await), Code::NotFound);
    assert_eq!(refused(other.commit(other.host(c.id, Command::Tick)).await), Code::NotFound);
    // An agent of another tenant has no seat here, whatever plugin names them.
    let mut stranger = other.open().await;
    let mut grant = other.assign(&[0], Duration::ZERO);
    if let model::conversation::Grant::Assign { agents, .. } = &mut grant {
        agents.clone_from(&world.agents);
    }
    assert_eq!(refused(other.commit(other.route(&stranger, grant)).await), Code::Conflict);
    // The same command id and the same conversation id in two tenants are two.
    let id = ids().command();
    let sent = world.commit(world.write(c.id, &world.as_visitor(), id, send("mine"))).await.unwrap();
    let opening = other.write(c.id, &caller, id, other.opening(&other.visitor));
    stranger = other.commit(opening).await.unwrap().conversation;
    assert_eq!(stranger.id, c.id);
    assert_eq!(world.log(c.id).await.last(), sent.entries.last());
    assert_eq!(other.log(c.id).await.len(), 1);
    let unknown = World { tenant: ids().tenant(), ..other.beside(0, 0).await };
    let write = unknown.write(ids().conversation(), &unknown.as_visitor(), id, unknown.opening(&unknown.visitor));
    assert_eq!(refused(unknown.commit(write).await), Code::NotFound);
    world.assert_whole().await;
}

async fn people(world: &World, other: &World) {
    let (store, foreign, agent) = (&other.store, other.tenant, world.agents[0].id);
    let mut stored = store.agent(world.tenant, agent).await.unwrap().unwrap();
    assert!(store.agent(foreign, agent).await.unwrap().is_none());
    assert!(store.credentials(foreign, &stored.email).await.unwrap().is_none());
    assert!(!store.set_status(foreign, agent, Status::Away).await.unwrap());
    store.set_password(foreign, agent, "stolen").await.unwrap();
    assert_eq!(store.credentials(world.tenant, &stored.email).await.unwrap().unwrap().1, "$argon2id$test");
    stored.name = "Mallory".into();
    assert!(!store.update_agent(foreign, &stored).await.unwrap());
    assert!(store.team(foreign, world.team.id).await.unwrap().is_none());
    assert!(store.teams_of(foreign, agent).await.unwrap().is_empty());
    assert_eq!(store.teams(foreign).await.unwrap().len(), 1);
    assert_eq!(store.agents(foreign, Page { after: None, limit: 10 }).await.unwrap().len(), 1);
    let team = Team { id: world.team.id, name: "Stolen".into(), members: Vec::new(), version: 1 };
    assert!(!store.update_team(foreign, &team).await.unwrap());
    let channel = store.channel(world.tenant, world.channel).await.unwrap().unwrap();
    assert!(store.channel(foreign, world.channel).await.unwrap().is_none());
    assert!(!store.update_channel(foreign, &Channel { name: "Stolen".into(), ..channel }).await.unwrap());
    assert_eq!(store.channels(foreign).await.unwrap().len(), 1);
    assert!(store.visitor(foreign, world.visitor.id).await.unwrap().is_none());
}

async fn plugins_and_tokens(world: &World, other: &World) {
    let (store, foreign, agent) = (&other.store, other.tenant, world.agents[0].id);
    let own = release(b"own", false);
    assert!(store.add_release(Some(world.tenant), &own, b"own").await.unwrap());
    assert!(store.release(foreign, own.digest).await.unwrap().is_none());
    assert!(store.releases(foreign).await.unwrap().is_empty());
    let epoch = store.stage(world.tenant, &set_of(&[own.digest])).await.unwrap();
    assert!(!store.activate(foreign, epoch, 0).await.unwrap());
    store.abort(foreign, epoch, "stolen").await.unwrap();
    assert!(store.activation(foreign, epoch).await.unwrap().is_none());
    assert!(store.activations(foreign, None, 10).await.unwrap().is_empty());
    assert!(store.activate(world.tenant, epoch, 0).await.unwrap());
    assert!(store.reports(foreign, epoch).await.unwrap().is_empty());

    let now = store.now().await.unwrap();
    let expires_at = now.plus(Duration::from_mins(1));
    let family = ids().token();
    let refresh = RefreshToken { family, agent, hash: [11; 32], expires_at };
    store.add_refresh(world.tenant, &refresh).await.unwrap();
    assert_eq!(store.use_refresh(foreign, [11; 32], [12; 32], expires_at).await.unwrap(), Used::Unknown);
    store.end_family(foreign, family).await.unwrap();
    let used = store.use_refresh(world.tenant, [11; 32], [12; 32], expires_at).await.unwrap();
    assert_eq!(used, Used::Rotated { family, agent });
    let token = ApiToken {
        id: ids().token(),
        name: "x".into(),
        role: Role::Agent,
        hash: [13; 32],
        created_at: now,
        expires_at: None,
    };
    store.add_api_token(world.tenant, &token).await.unwrap();
    assert!(store.api_tokens(foreign).await.unwrap().is_empty());
    assert!(!store.delete_api_token(foreign, token.id).await.unwrap());
    let record =
        AuditRecord { id: ids().audit(), at: now, by: None, action: "x".into(), detail: serde_json::Value::Null };
    store.audit_log(world.tenant, &record).await.unwrap();
    assert!(store.audit_records(foreign, Page { after: None, limit: 10 }).await.unwrap().is_empty());
}

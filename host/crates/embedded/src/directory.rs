use async_trait::async_trait;
use model::{AgentId, Clock, NodeId, Participant, SessionId, TenantId, Timestamp};
use parking_lot::Mutex;
use ports::{Directory, PortResult, SessionAt};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

/// How long an agent without sessions still counts as connected.
pub const GRACE: Duration = Duration::from_secs(15);
/// How long a session lives without a refresh by its node.
pub const LIFETIME: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
struct Presence {
    /// Each with the moment it was last heard of.
    sessions: Vec<(SessionAt, Timestamp)>,
    /// When the last session was closed.
    left_at: Option<Timestamp>,
}

type Present = HashMap<(TenantId, Participant), Presence>;

/// The session directory of one process; several nodes may share one value.
pub struct EmbeddedDirectory {
    clock: Arc<dyn Clock>,
    present: Mutex<Present>,
}

impl EmbeddedDirectory {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, present: Mutex::default() }
    }
}

impl Presence {
    fn live(&self, now: Timestamp) -> impl Iterator<Item = SessionAt> + '_ {
        self.sessions.iter().filter(move |(_, seen)| now.since(*seen) <= LIFETIME).map(|(at, _)| *at)
    }
    fn saw(&mut self, at: SessionAt, now: Timestamp) {
        match self.sessions.iter_mut().find(|(known, _)| *known == at) {
            Some((_, seen)) => *seen = now,
            None => self.sessions.push((at, now)),
        }
    }
    fn connected(&self, now: Timestamp) -> bool {
        self.live(now).next().is_some() || self.left_at.is_some_and(|left| now.since(left) < GRACE)
    }
}

#[async_trait]
impl Directory for EmbeddedDirectory {
    async fn connect(&self, tenant: TenantId, who: Participant, at: SessionAt) -> PortResult<()> {
        self.present.lock().entry((tenant, who)).or_default().saw(at, self.clock.now());
        Ok(())
    }

    async fn disconnect(&self, tenant: TenantId, who: Participant, at: SessionAt) -> PortResult<()> {
        let now = self.clock.now();
        let mut present = self.present.lock();
        if let Some(presence) = present.get_mut(&(tenant, who)) {
            let had = presence.sessions.len();
            presence.sessions.retain(|(known, _)| *known != at);
            if presence.sessions.is_empty() && had > 0 {
                presence.left_at = Some(now);
            }
            if presence.sessions.is_empty() && who.agent().is_none() {
                present.remove(&(tenant, who));
            }
        }
        Ok(())
    }

    async fn refresh(&self, node: NodeId, sessions: &[(TenantId, Participant, SessionId)]) -> PortResult<()> {
        let now = self.clock.now();
        let mut present = self.present.lock();
        for (tenant, who, session) in sessions {
            present.entry((*tenant, *who)).or_default().saw(SessionAt { node, session: *session }, now);
        }
        present.retain(|_, presence| {
            presence.sessions.retain(|(_, seen)| now.since(*seen) <= LIFETIME);
            presence.connected(now)
        });
        Ok(())
    }

    async fn nodes_of(&self, tenant: TenantId, who: &[Participant]) -> PortResult<BTreeSet<NodeId>> {
        let now = self.clock.now();
        let present = self.present.lock();
        let of = who.iter().filter_map(|who| present.get(&(tenant, *who)));
        Ok(of.flat_map(|presence| presence.live(now)).map(|at| at.node).collect())
    }

    async fn holds(&self, tenant: TenantId, who: Participant, session: SessionId) -> PortResult<bool> {
        let now = self.clock.now();
        let present = self.present.lock();
        Ok(present.get(&(tenant, who)).is_some_and(|presence| presence.live(now).any(|at| at.session == session)))
    }

    async fn connected_agents(&self, tenant: TenantId, agents: &[AgentId]) -> PortResult<BTreeSet<AgentId>> {
        let now = self.clock.now();
        let present = self.present.lock();
        let connected = |agent: &&AgentId| {
            present.get(&(tenant, Participant::Agent(**agent))).is_some_and(|presence| presence.connected(now))
        };
        Ok(agents.iter().filter(connected).copied().collect())
    }
}

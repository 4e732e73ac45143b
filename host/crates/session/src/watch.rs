//! Silent views of a supervisor: a session gets what a conversation's participants get, takes no part and leaves no trace. A watch
//! lasts as long as its session; it ends when the conversation closes, or leaves the team that is watched.

use crate::{Hub, Session, Sessions, summary::last_visible};
use model::{
    AgentId, Code, Conversation, ConversationId, Participant, Reader, Refusal, SessionId, TeamId, TenantId,
    conversation::State,
};
use ports::{
    PortError, SessionAt,
    store::{ConversationFilter, Located, Page},
};
use std::sync::Arc;

/// Conversations that one session follows by watching.
pub const WATCHED: usize = 200;

/// What is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Watch {
    /// With the log after this `seq`.
    Conversation(ConversationId, u64),
    /// Its open conversations, now and later.
    Team(TeamId),
}

/// A session that watches, and for the sake of which team, if it is for one.
#[derive(Clone, Debug)]
pub(crate) struct Watcher {
    pub session: Arc<Session>,
    pub team: Option<TeamId>,
}

impl Watcher {
    /// Whether the watch goes on behind the state `c`.
    pub fn stays(&self, c: &Conversation) -> bool {
        !c.is_closed() && self.team.is_none_or(|team| team == c.team.id)
    }
}

/// Under what the directory knows who watches: the watched id, as an agent's. Ids are unique over all kinds, so no agent has it;
/// and a node that holds a watcher gets what happens like one that holds a participant (C3).
pub const fn watch_point(watched: [u8; 16]) -> Participant {
    Participant::Agent(AgentId::from_bytes(watched))
}

impl Watch {
    const fn point(self) -> Participant {
        match self {
            Self::Conversation(id, _) => watch_point(id.to_bytes()),
            Self::Team(id) => watch_point(id.to_bytes()),
        }
    }
}

impl Sessions {
    /// Subscribes first, reads second. Whether the session's caller may watch is the edge's to say.
    pub async fn watch(&self, session: &Arc<Session>, watch: Watch) -> Result<(), Refusal> {
        let at = SessionAt { node: self.parts.node, session: session.id };
        if let Err(error) = self.parts.directory.connect(session.tenant(), watch.point(), at).await {
            tracing::warn!(session = %session.id, error = &error as &dyn std::error::Error, "a watcher is not in the directory yet");
        }
        let found = match watch {
            Watch::Conversation(id, after) => self.watch_conversation(session, id, after).await,
            Watch::Team(team) => self.watch_team(session, team).await,
        };
        if found.is_err() {
            self.unwatch(session, watch).await;
        }
        found
    }

    /// Ends it; nothing when there is none.
    pub async fn unwatch(&self, session: &Session, watch: Watch) {
        match watch {
            Watch::Conversation(conversation, _) => {
                self.hub().unwatch(session, Located { tenant: session.tenant(), conversation });
            }
            Watch::Team(team) => self.hub().unwatch_team(session, team),
        }
        self.forget_watch(session, watch.point()).await;
    }

    /// Takes all watches of a session that closes out of the directory.
    pub(crate) async fn forget_watches(&self, session: &Session) {
        for point in self.hub().watches_of(session) {
            self.forget_watch(session, point).await;
        }
    }

    async fn forget_watch(&self, session: &Session, point: Participant) {
        let at = SessionAt { node: self.parts.node, session: session.id };
        if let Err(error) = self.parts.directory.disconnect(session.tenant(), point, at).await {
            tracing::warn!(session = %session.id, error = &error as &dyn std::error::Error, "a watch stays in the directory until it expires");
        }
    }

    async fn watch_conversation(&self, session: &Arc<Session>, id: ConversationId, after: u64) -> Result<(), Refusal> {
        let not_found = || Refusal::not_found("conversation");
        let c = self.store().conversation(session.tenant(), id).await.map_err(|e| unread(&e))?.ok_or_else(not_found)?;
        if c.is_closed() {
            return Err(Refusal::wrong_state("the conversation is closed"));
        }
        if self.hub().watch(session, &c, None, after) {
            Ok(())
        } else {
            Err(Refusal::new(Code::TooLarge, format!("at most {WATCHED} conversations are watched")))
        }
    }

    async fn watch_team(&self, session: &Arc<Session>, team: TeamId) -> Result<(), Refusal> {
        self.hub().watch_team(session, team);
        for state in [State::Waiting, State::Offered, State::Assigned] {
            let filter = ConversationFilter { state: Some(state), team: Some(team), ..ConversationFilter::default() };
            let page = Page { after: None, limit: WATCHED as u32 };
            let found = self.store().conversations(session.tenant(), &filter, page).await.map_err(|e| unread(&e))?;
            for c in &found {
                self.hub().watch(session, c, Some(team), 0);
            }
        }
        Ok(())
    }
}

fn unread(error: &PortError) -> Refusal {
    tracing::warn!(error = error as &dyn std::error::Error, "what is to be watched could not be read");
    Refusal::new(Code::Unavailable, "not available now").retry_after(1)
}

/// What a session that watches does with `c`: it reads the log behind `after` and the summary from the store, then gets what
/// follows.
fn follow(session: &Session, c: &Conversation, after: u64) {
    session.change(|mailbox| {
        if !mailbox.follows(c.id) {
            mailbox.follow(c.id, after, 0, true);
            mailbox.reach(c.id, last_visible(c, session.reader), c.head.version);
        }
    });
}

impl Hub {
    /// False when the session watches as much as it may.
    fn watch(&self, session: &Arc<Session>, c: &Conversation, team: Option<TeamId>, after: u64) -> bool {
        if session.conversations() >= WATCHED && !session.follows(c.id) {
            return false;
        }
        self.maps.write().watch(Watcher { session: Arc::clone(session), team }, c);
        follow(session, c, after);
        true
    }

    fn unwatch(&self, session: &Session, at: Located) {
        self.maps.write().unwatch(at, session.id);
        if !self.participants(at).contains(&session.participant()) {
            session.change(|mailbox| mailbox.leave(at.conversation));
        }
    }

    fn watch_team(&self, session: &Arc<Session>, team: TeamId) {
        let mut maps = self.maps.write();
        let watching = maps.teams.entry((session.tenant(), team)).or_default();
        if !watching.iter().any(|s| s.id == session.id) {
            watching.push(Arc::clone(session));
        }
    }

    fn unwatch_team(&self, session: &Session, team: TeamId) {
        let mut maps = self.maps.write();
        maps.forget_team(session, team);
        let tenant = session.tenant();
        let of_team = |w: &Watcher| w.session.id == session.id && w.team == Some(team);
        let watched =
            maps.topics.iter().filter(|(at, topic)| at.tenant == tenant && topic.watchers.iter().any(of_team));
        let watched: Vec<Located> = watched.map(|(at, _)| *at).collect();
        for at in &watched {
            maps.unwatch(*at, session.id);
        }
        drop(maps);
        session.change(|mailbox| watched.iter().for_each(|at| mailbox.leave(at.conversation)));
    }

    /// The teams that look at `c`, and do not follow it yet.
    pub(crate) fn watch_for_team(&self, c: &Conversation) {
        let new: Vec<_> = {
            let maps = self.maps.read();
            let Some(watching) = maps.teams.get(&(c.tenant, c.team.id)) else { return };
            watching.iter().filter(|s| !s.follows(c.id)).cloned().collect()
        };
        for session in new.iter().filter(|_| !c.is_closed()) {
            self.watch(session, c, Some(c.team.id), 0);
        }
    }

    /// Where the directory has to know this session besides its participant.
    fn watches_of(&self, session: &Session) -> Vec<Participant> {
        if session.reader == Reader::Visitor {
            return Vec::new();
        }
        let watches = self.watches();
        watches.into_iter().filter(|(_, _, id)| *id == session.id).map(|(_, point, _)| point).collect()
    }

    /// All watches of this node, for the directory.
    pub fn watches(&self) -> Vec<(TenantId, Participant, SessionId)> {
        let maps = self.maps.read();
        let teams = maps.teams.iter().flat_map(|((tenant, team), watching)| {
            watching.iter().map(|s| (*tenant, watch_point(team.to_bytes()), s.id))
        });
        let topics = maps.topics.iter().flat_map(|(at, topic)| {
            let single = topic.watchers.iter().filter(|w| w.team.is_none());
            single.map(|w| (at.tenant, watch_point(at.conversation.to_bytes()), w.session.id))
        });
        teams.chain(topics).collect()
    }
}

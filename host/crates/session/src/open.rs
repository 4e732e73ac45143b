//! Opening and closing a session: subscribe first, read second (C2).

use crate::{Hub, Session, Summary, summaries, summary::last_visible};
use model::{
    Caller, Code, Conversation, ConversationId, IdSource, NodeId, Participant, Reader, Refusal, Role, SessionId, limits,
};
use ports::{Directory, PortError, PortResult, SessionAt, store::Conversations};
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// The client's first frame, without its token.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Hello {
    #[serde(default)]
    pub resume: Vec<Resume>,
    /// The store's epoch as the client last heard it.
    #[serde(default)]
    pub epoch: Option<u64>,
}

/// The last entry that the client has of a conversation.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Resume {
    pub conversation: ConversationId,
    pub after: u64,
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename = "welcome")]
pub struct Welcome {
    pub session: SessionId,
    pub epoch: u64,
    /// Seconds between pings.
    pub heartbeat: u32,
    pub limits: Limits,
    pub me: Me,
    pub conversations: Vec<WelcomeItem>,
}

/// A conversation of the session, and whether its resume point held. Its entries follow.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum WelcomeItem {
    Here {
        #[serde(flatten)]
        summary: Box<Summary>,
        recovered: bool,
        /// `epoch_changed` or `not_found`: the client forgets what it has and takes the entries from the first.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'static str>,
    },
    /// There is no such conversation for this caller.
    Gone { id: ConversationId, recovered: bool, reason: &'static str },
}

#[derive(Clone, Debug, Serialize)]
pub struct Me {
    #[serde(flatten)]
    pub participant: Participant,
    pub name: String,
    pub role: Role,
}

/// What a client should keep to (PROTOCOL.md §3).
#[derive(Clone, Debug, Serialize)]
pub struct Limits {
    pub frame_bytes: usize,
    pub text_bytes: usize,
    pub commands_per_second: u32,
    pub command_burst: u32,
    pub previews_per_second: u32,
    /// Of one visitor; the tenant's setting.
    pub open_conversations: u32,
    pub resume_conversations: usize,
    pub properties: usize,
    pub property_bytes: usize,
    pub upload_bytes: usize,
    /// Of a REST body.
    pub body_bytes: usize,
}

#[derive(Clone, Copy, Debug)]
pub struct Config {
    pub heartbeat_seconds: u32,
    pub commands_per_second: u32,
    pub command_burst: u32,
    pub previews_per_second: u32,
    pub upload_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            heartbeat_seconds: 25,
            commands_per_second: limits::COMMANDS_PER_SECOND,
            command_burst: limits::COMMAND_BURST,
            previews_per_second: limits::PREVIEWS_PER_SECOND,
            upload_bytes: limits::UPLOAD_BYTES,
        }
    }
}

pub struct Parts {
    pub hub: Arc<Hub>,
    pub store: Arc<dyn Conversations>,
    pub directory: Arc<dyn Directory>,
    pub ids: Arc<dyn IdSource>,
    pub node: NodeId,
    pub config: Config,
}

/// Opens and closes this node's sessions.
pub struct Sessions {
    pub(crate) parts: Parts,
}

impl Sessions {
    pub fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self { parts })
    }
    pub const fn hub(&self) -> &Arc<Hub> {
        &self.parts.hub
    }
    pub fn store(&self) -> &dyn Conversations {
        &*self.parts.store
    }
    pub(crate) fn new_id(&self) -> SessionId {
        self.parts.ids.session()
    }

    /// Registers the session, then reads what it resumes. The transport sends the welcome, and then what `Session::next` gives.
    pub async fn open(&self, caller: Caller, hello: &Hello) -> Result<(Arc<Session>, Welcome), Refusal> {
        if hello.resume.len() > limits::RESUME_CONVERSATIONS {
            let message = format!("at most {} conversations are resumed", limits::RESUME_CONVERSATIONS);
            return Err(Refusal::new(Code::TooLarge, message).field("resume"));
        }
        let opening = self.register(self.new_id(), caller).await?;
        match self.resume(&opening.session, hello).await {
            Ok(welcome) => Ok((opening.done(), welcome)),
            Err(error) => Err(self.unread(&opening.session, &error).await),
        }
    }

    /// From here on the session gets what is committed.
    pub(crate) async fn register(&self, id: SessionId, caller: Caller) -> Result<Opening<'_>, Refusal> {
        let session = Arc::new(Session::new(id, caller));
        self.parts
            .hub
            .register(&session)
            .map_err(|full| Refusal::new(Code::RateLimited, full.to_string()).retry_after(30))?;
        let opening = Opening { hub: &self.parts.hub, session: Arc::clone(&session), done: false };
        let at = SessionAt { node: self.parts.node, session: id };
        if let Err(error) = self.parts.directory.connect(session.tenant(), session.participant(), at).await {
            // The next refresh registers it; until then other nodes find it through the cluster address or the sweep.
            tracing::warn!(session = %id, error = &error as &dyn std::error::Error, "a session is not in the directory yet");
        }
        Ok(opening)
    }

    /// A session whose conversations could not be read is closed.
    pub(crate) async fn unread(&self, session: &Session, error: &PortError) -> Refusal {
        tracing::error!(session = %session.id, error = error as &dyn std::error::Error, "a session could not be opened");
        self.close(session).await;
        Refusal::new(Code::Unavailable, "the history cannot be read at the moment").retry_after(2)
    }

    /// Forgets the session. The client may resume with another one on any node.
    pub async fn close(&self, session: &Session) {
        self.forget_watches(session).await;
        self.parts.hub.remove(session);
        session.end();
        let at = SessionAt { node: self.parts.node, session: session.id };
        if let Err(error) = self.parts.directory.disconnect(session.tenant(), session.participant(), at).await {
            tracing::warn!(session = %session.id, error = &error as &dyn std::error::Error, "a closed session stays in the directory until it expires");
        }
    }

    async fn resume(&self, session: &Arc<Session>, hello: &Hello) -> PortResult<Welcome> {
        let (store, config) = (self.store(), self.parts.config);
        let (tenant, who) = (session.tenant(), session.participant());
        let epoch = store.info().await?.epoch;
        let same_store = hello.epoch.is_none_or(|e| e == epoch);
        let points: HashMap<_, _> = hello.resume.iter().map(|point| (point.conversation, point.after)).collect();
        let (followed, gone) = self.followed(session, points.keys().copied()).await?;
        let summaries = summaries(store, tenant, who, &followed).await?;
        let mut conversations = Vec::with_capacity(followed.len() + gone.len());
        for (c, summary) in followed.iter().zip(summaries) {
            let after = points.get(&c.id).copied();
            let reason = match after {
                Some(_) if !same_store => Some("epoch_changed"),
                Some(after) if after > last_visible(c, session.reader) => Some("not_found"),
                _ => None,
            };
            self.follow(session, c, if reason.is_some() { 0 } else { after.unwrap_or(0) }, c.head.version);
            let (summary, recovered) = (Box::new(summary), reason.is_none());
            conversations.push(WelcomeItem::Here { summary, recovered, reason });
        }
        let not_found = |id| WelcomeItem::Gone { id, recovered: false, reason: "not_found" };
        conversations.extend(gone.into_iter().map(not_found));
        let offers = session.read_offers(store).await?;
        session.change(|mailbox| offers.iter().for_each(|frame| mailbox.offer(frame)));
        let caller = &session.caller;
        Ok(Welcome {
            session: session.id,
            epoch,
            heartbeat: config.heartbeat_seconds,
            limits: Limits::of(config),
            me: Me { participant: who, name: caller.name.clone(), role: caller.role },
            conversations,
        })
    }

    /// The open conversations of the session, then those of `named` in which it took part; and those that are none for it.
    pub(crate) async fn followed(
        &self,
        session: &Session,
        named: impl Iterator<Item = ConversationId> + Send,
    ) -> PortResult<(Vec<Conversation>, Vec<ConversationId>)> {
        let most = limits::RESUME_CONVERSATIONS as u32;
        let mut followed = self.store().open_of(session.tenant(), session.participant(), most).await?;
        let open: HashSet<_> = followed.iter().map(|c| c.id).collect();
        let mut gone = Vec::new();
        for id in named.filter(|id| !open.contains(id)) {
            match self.took_part(session, id).await? {
                Some(c) => followed.push(c),
                None => gone.push(id),
            }
        }
        Ok((followed, gone))
    }

    /// A conversation that is not among the open ones of the session: the visitor's own, or one in which the agent took part
    /// (who took part has marks in it).
    async fn took_part(&self, session: &Session, id: ConversationId) -> PortResult<Option<Conversation>> {
        let Some(c) = self.store().conversation(session.tenant(), id).await? else { return Ok(None) };
        let took_part = c.has(session.participant())
            || (session.reader == Reader::Agent
                && self.store().marks(session.tenant(), id).await?.contains_key(&session.participant()));
        Ok(took_part.then_some(c))
    }

    /// Who takes part is subscribed and reads what is missing; who took part once only reads. The client has entries up to `after`
    /// and the summary of `version`.
    pub(crate) fn follow(&self, session: &Arc<Session>, c: &Conversation, after: u64, version: u64) {
        let stays = c.has(session.participant()) && self.parts.hub.subscribe(session, c);
        session.change(|mailbox| {
            mailbox.follow(c.id, after, version, stays);
            mailbox.reach(c.id, last_visible(c, session.reader), c.head.version);
            if !stays {
                mailbox.leave(c.id);
            }
        });
    }
}

/// A session that is being opened: forgotten when its transport goes away before it is.
pub(crate) struct Opening<'a> {
    hub: &'a Hub,
    pub session: Arc<Session>,
    done: bool,
}

impl Opening<'_> {
    pub fn done(mut self) -> Arc<Session> {
        self.done = true;
        Arc::clone(&self.session)
    }
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.hub.remove(&self.session);
            self.session.end();
        }
    }
}

impl Limits {
    const fn of(config: Config) -> Self {
        Self {
            frame_bytes: limits::FRAME_BYTES,
            text_bytes: limits::TEXT_BYTES,
            commands_per_second: config.commands_per_second,
            command_burst: config.command_burst,
            previews_per_second: config.previews_per_second,
            open_conversations: limits::OPEN_PER_VISITOR,
            resume_conversations: limits::RESUME_CONVERSATIONS,
            properties: limits::PROPERTIES,
            property_bytes: limits::PROPERTY_BYTES,
            upload_bytes: config.upload_bytes,
            body_bytes: limits::REST_BODY_BYTES,
        }
    }
}

use super::by_text::ByText;
use crate::{
    edge::{App, Edge},
    extract::{Auth, List, PageQuery, Path, Query},
    problem::Problem,
};
use axum::extract::State;
use model::{
    AgentId, Caller, Conversation, ConversationId, Participant, Reader, Refusal, Role, TeamId, Timestamp, VisitorId,
    conversation::State as Stage, permission::Action,
};
use ports::store::{ConversationFilter, Page};
use serde::Deserialize;
use session::{Summary, summaries, wire::Event};
use utoipa::IntoParams;

#[derive(Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// `waiting`, `offered`, `assigned` or `closed`.
    #[param(value_type = Option<String>)]
    pub state: Option<Stage>,
    #[param(value_type = Option<String>)]
    pub team: Option<TeamId>,
    /// Owner.
    #[param(value_type = Option<String>)]
    pub agent: Option<AgentId>,
    #[param(value_type = Option<String>)]
    pub visitor: Option<VisitorId>,
    /// Words; a conversation with an entry that holds all of them. For agents; the newest find comes first.
    q: Option<String>,
    /// Changed (with `q`: the entry made) at or after this moment.
    #[param(value_type = Option<String>)]
    pub from: Option<Timestamp>,
    #[param(value_type = Option<String>)]
    pub to: Option<Timestamp>,
    pub after: Option<String>,
    pub limit: Option<u32>,
}

/// Where a list goes on: the last item's moment and id.
pub(crate) struct Cursor(pub Timestamp, pub ConversationId);

impl std::str::FromStr for Cursor {
    type Err = Refusal;
    fn from_str(text: &str) -> Result<Self, Refusal> {
        let odd = || Refusal::bad("after", "not a cursor of this list");
        let (ms, id) = text.split_once('-').ok_or_else(odd)?;
        Ok(Self(Timestamp::from_ms(ms.parse().map_err(|_| odd())?), id.parse().map_err(|_| odd())?))
    }
}

/// Conversations, newest change first: a visitor's own; an agent's own, or those of one of their teams; for supervisors all.
/// With `q`, by full text: all that the caller may read
#[utoipa::path(get, path = "/conversations", tag = "conversations", params(Filter), responses((status = 200, body = List<Object>)))]
pub(crate) async fn list(
    State(app): State<App>,
    auth: Auth,
    Query(asked): Query<Filter>,
) -> Result<axum::Json<List<Summary>>, Problem> {
    let caller = auth.may(Action::ReadOwnConversations)?;
    if let Some(text) = &asked.q {
        auth.may(Action::Search)?;
        let ByText { conversations, next } = app.by_text(caller, text, &asked).await?;
        let store = app.parts.sessions.store();
        let items = summaries(store, caller.tenant, caller.participant, &conversations).await?;
        return Ok(axum::Json(List { items, next }));
    }
    let page = PageQuery { after: asked.after.clone(), limit: asked.limit };
    let (limit, after) = (page.limit()?, page.after::<Cursor>()?.map(|Cursor(at, id)| (at, id)));
    let filter = app.narrowed(caller, asked).await?;
    let found = app.parts.store.conversations(caller.tenant, &filter, Page { after, limit }).await?;
    let next = found.last().filter(|_| found.len() >= limit as usize);
    let next = next.map(|c| format!("{}-{}", c.head.changed_at.as_ms(), c.id));
    let items = summaries(app.parts.sessions.store(), caller.tenant, caller.participant, &found).await?;
    Ok(axum::Json(List { items, next }))
}

/// One conversation
#[utoipa::path(get, path = "/conversations/{id}", tag = "conversations", params(("id" = String, Path)), responses((status = 200, body = Object)))]
pub(crate) async fn get(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<ConversationId>,
) -> Result<axum::Json<Summary>, Problem> {
    let caller = auth.may(Action::ReadOwnConversations)?;
    let found = app.readable(caller, id).await?;
    let summary =
        summaries(app.parts.sessions.store(), caller.tenant, caller.participant, std::slice::from_ref(&found)).await?;
    Ok(axum::Json(summary.into_iter().next().ok_or_else(|| Refusal::not_found("conversation"))?))
}

/// Entries of a conversation, oldest first; `after` is a `seq`
#[utoipa::path(get, path = "/conversations/{id}/entries", tag = "conversations", params(("id" = String, Path), PageQuery),
    responses((status = 200, body = List<Object>)))]
pub(crate) async fn entries(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<ConversationId>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<serde_json::Value>, Problem> {
    let caller = auth.may(Action::ReadOwnConversations)?;
    let (limit, after) = (page.limit()?, page.after()?.unwrap_or(0));
    app.readable(caller, id).await?;
    let reader = Reader::of(caller.participant);
    let entries = app.parts.store.entries(caller.tenant, id, reader, after, limit).await?;
    let items: Vec<_> = entries.iter().map(|e| Event::entry(id, e, reader)).collect();
    let next = entries.last().filter(|_| entries.len() >= limit as usize).map(|e| e.seq.to_string());
    Ok(axum::Json(serde_json::json!({ "items": items, "next": next })))
}

impl Edge {
    /// The conversation, if this caller may read it; one that is not theirs to know of is not found.
    pub(crate) async fn readable(&self, caller: &Caller, id: ConversationId) -> Result<Conversation, Problem> {
        let not_found = || Refusal::not_found("conversation");
        let found = self.parts.store.conversation(caller.tenant, id).await?.ok_or_else(not_found)?;
        if self.parts.conversations.may_read(caller, &found).await? { Ok(found) } else { Err(not_found().into()) }
    }

    /// What of the filter this caller may ask for.
    async fn narrowed(&self, caller: &Caller, asked: Filter) -> Result<ConversationFilter, Problem> {
        let Filter { state, team, agent, visitor, from, to, .. } = asked;
        let filter = ConversationFilter { state, team, agent, visitor, from, to };
        match caller.participant {
            Participant::Visitor(own) => Ok(ConversationFilter { visitor: Some(own), ..filter }),
            Participant::Agent(_) if caller.role >= Role::Supervisor => Ok(filter),
            Participant::Agent(own) => match team {
                None => Ok(ConversationFilter { agent: Some(own), ..filter }),
                Some(team) => {
                    let teams = self.parts.tenancy.teams_of(caller.tenant, own).await?;
                    if teams.iter().any(|t| t.id == team) {
                        Ok(filter)
                    } else {
                        Err(Refusal::not_found("team").field("team").into())
                    }
                }
            },
        }
    }
}

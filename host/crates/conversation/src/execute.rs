//! From an intent to a receipt.

use crate::{
    Conversations, Handover, Intent, Receipt,
    names::{named, unavailable},
};
use model::{
    Caller, CommandId, Conversation, ConversationId, OfferId, Participant, Refusal, Role, TeamId, TenantId,
    TraceParent, VisitorId,
    body::Named,
    conversation::{Command, HandoverTo, OfferTerms, Request, check_properties},
    limits,
    people::{Status, Visitor},
    permission::may,
};
use ports::{
    Hint,
    store::{CommitError, Write},
};
use std::time::Duration;

/// Fencing tokens are exact in JSON numbers of any client.
const TOKEN_BITS: u32 = 52;

impl Conversations {
    /// Does one command of a person. Durable when it answers; the same `id` again answers the same receipt (C2). Dropping the
    /// future does not take the command back.
    pub async fn execute(&self, caller: &Caller, id: CommandId, intent: Intent) -> Result<Receipt, Refusal> {
        let name = intent.name();
        let mut span = trace::begin(name).with("weft.node", self.node).with("weft.command", id);
        let result = self.execute_intent(caller, id, intent, span.parent()).await;
        match &result {
            Ok(receipt) => receipt.conversation.iter().for_each(|id| span.note("weft.conversation", id)),
            Err(refusal) => span.fail(format_args!("{:?}", refusal.code)),
        }
        metrics::counter!("weft_commands_total", "type" => name, "done" => if result.is_ok() { "yes" } else { "no" })
            .increment(1);
        result
    }

    async fn execute_intent(
        &self,
        caller: &Caller,
        id: CommandId,
        intent: Intent,
        trace: Option<TraceParent>,
    ) -> Result<Receipt, Refusal> {
        if !may(caller.role, intent.permission()) {
            return Err(Refusal::forbidden("your role may not do this"));
        }
        if let Intent::Status { status } = intent {
            return self.set_status(caller, id, status).await;
        }
        let (conversation, command) = self.command(caller, intent).await?;
        let request =
            Request { tenant: caller.tenant, conversation, caller: Some(caller.clone()), id: Some(id), command };
        let done = self.group.commit(Write { request, decision: None, node: None }, trace).await.map_err(refusal)?;
        let (seq, at) = done.entry.unzip();
        Ok(Receipt { id, conversation: Some(done.conversation), seq, at })
    }

    async fn command(&self, caller: &Caller, intent: Intent) -> Result<(ConversationId, Command), Refusal> {
        Ok(match intent {
            Intent::Open { team, subject, language, needs, properties } => {
                check_properties(&properties)?;
                if needs.len() > limits::LABELS || needs.iter().any(|n| n.len() > limits::PROPERTY_BYTES) {
                    return Err(Refusal::bad("needs", format!("at most {} skills", limits::LABELS)));
                }
                let (visitor, team) = self.visitor(caller, team).await?;
                let command = Command::Open {
                    channel: visitor.channel,
                    language: language.or(visitor.language),
                    visitor: Named { id: visitor.id, name: visitor.name },
                    team,
                    subject,
                    priority: 1,
                    needs,
                    properties,
                };
                (self.ids.conversation(), command)
            }
            Intent::Message { team, body, contact, language } => {
                let (visitor, team) = self.visitor(caller, team).await?;
                let command = Command::LeaveMessage {
                    channel: visitor.channel,
                    language: language.or(visitor.language),
                    visitor: Named { id: visitor.id, name: visitor.name },
                    team,
                    contact,
                    message: body,
                };
                (self.ids.conversation(), command)
            }
            Intent::Send { conversation, body, audience } => (conversation, Command::Send { body, audience }),
            Intent::Mark { conversation, delivered, read } => (conversation, Command::Mark { delivered, read }),
            Intent::Edit { conversation, seq, body } => (conversation, Command::Edit { seq, body }),
            Intent::Recall { conversation, seq } => (conversation, Command::Recall { seq }),
            Intent::Accept { offer, token } => {
                (self.offered(caller.tenant, offer).await?, Command::Accept { offer, token })
            }
            Intent::Decline { offer, token, reason } => {
                (self.offered(caller.tenant, offer).await?, Command::Decline { offer, token, reason })
            }
            Intent::Take { conversation } => {
                self.readable(caller, conversation).await?;
                (conversation, Command::Take)
            }
            Intent::Transfer { conversation, to, note } => {
                (conversation, self.transfer(caller, conversation, to, note).await?)
            }
            Intent::Invite { conversation, agent } => {
                let agent = self.names.agent(caller.tenant, agent).await.map_err(|e| e.field("agent"))?;
                (conversation, Command::Invite { agent })
            }
            Intent::Leave { conversation } => (conversation, Command::Leave),
            Intent::Close { conversation, reason } => (conversation, Command::Close { reason }),
            Intent::Reopen { conversation } => {
                let found = self.readable(caller, conversation).await?;
                (conversation, Command::Reopen { team: found.team })
            }
            Intent::Rate { conversation, score, comment } => (conversation, Command::Rate { score, comment }),
            Intent::Status { .. } => return Err(Refusal::bad("type", "this command has no conversation")),
        })
    }

    async fn set_status(&self, caller: &Caller, id: CommandId, status: Status) -> Result<Receipt, Refusal> {
        let agent = caller.participant.agent().ok_or_else(|| Refusal::forbidden("only agents have a status"))?;
        let found = self.store.set_status(caller.tenant, agent, status).await.map_err(|e| unavailable(&e))?;
        if !found {
            return Err(Refusal::not_found("agent"));
        }
        let named = Named { id: agent, name: caller.name.clone() };
        self.hints.hint(Hint::AgentStatus { tenant: caller.tenant, agent: named, status });
        self.lanes.agent(caller.tenant, agent);
        Ok(Receipt { id, conversation: None, seq: None, at: None })
    }

    /// The visitor who calls, and the team they want: their channel's, unless they name one.
    async fn visitor(&self, caller: &Caller, team: Option<TeamId>) -> Result<(Visitor, Named<TeamId>), Refusal> {
        let Participant::Visitor(id) = caller.participant else {
            return Err(Refusal::forbidden("only visitors open conversations"));
        };
        let tenant = caller.tenant;
        let visitor = self.known_visitor(tenant, id).await?;
        let team = if let Some(team) = team {
            team
        } else {
            let channel = self.store.channel(tenant, visitor.channel).await.map_err(|e| unavailable(&e))?;
            channel.ok_or_else(|| Refusal::not_found("channel"))?.team
        };
        let team = self.names.team(tenant, team).await.map_err(|e| e.field("team"))?;
        Ok((visitor, named(&team)))
    }

    async fn known_visitor(&self, tenant: TenantId, id: VisitorId) -> Result<Visitor, Refusal> {
        let found = self.store.visitor(tenant, id).await.map_err(|e| unavailable(&e))?;
        found.ok_or_else(|| Refusal::not_found("visitor"))
    }

    async fn offered(&self, tenant: TenantId, offer: OfferId) -> Result<ConversationId, Refusal> {
        let found = self.store.offer(tenant, offer).await.map_err(|e| unavailable(&e))?;
        found.ok_or_else(|| Refusal::not_found("offer").field("offer"))
    }

    async fn transfer(
        &self,
        caller: &Caller,
        conversation: ConversationId,
        to: Handover,
        note: Option<String>,
    ) -> Result<Command, Refusal> {
        self.readable(caller, conversation).await?;
        let tenant = caller.tenant;
        let to = match to {
            Handover::Agent(agent) => {
                HandoverTo::Agent(self.names.agent(tenant, agent).await.map_err(|e| e.field("to"))?)
            }
            Handover::Team(team) => {
                HandoverTo::Team(named(self.names.team(tenant, team).await.map_err(|e| e.field("to"))?.as_ref()))
            }
        };
        let seconds = self.names.settings(tenant).await?.offer_seconds.max(1);
        Ok(Command::Transfer { to, note, terms: self.terms(Duration::from_secs(seconds.into())) })
    }

    /// Ids of an offer that may come of a command.
    pub(crate) fn terms(&self, lifetime: Duration) -> OfferTerms {
        let (_, entropy) = self.ids.parts();
        OfferTerms { offer: self.ids.offer(), token: (entropy as u64) >> (u64::BITS - TOKEN_BITS), lifetime }
    }

    /// The conversation, if this caller may read it. One that is not theirs to know of is not found.
    async fn readable(&self, caller: &Caller, id: ConversationId) -> Result<Conversation, Refusal> {
        let found = self.store.conversation(caller.tenant, id).await.map_err(|e| unavailable(&e))?;
        let conversation = found.ok_or_else(|| Refusal::not_found("conversation"))?;
        if self.may_read(caller, &conversation).await? {
            Ok(conversation)
        } else {
            Err(Refusal::not_found("conversation"))
        }
    }

    /// Visitors read their own; agents what they take part in, are offered, or what is their team's; supervisors and admins
    /// all of their tenant's.
    pub async fn may_read(&self, caller: &Caller, conversation: &Conversation) -> Result<bool, Refusal> {
        if caller.tenant != conversation.tenant {
            return Ok(false);
        }
        let Some(agent) = caller.participant.agent() else {
            return Ok(conversation.has(caller.participant));
        };
        if caller.role >= Role::Supervisor
            || conversation.has(caller.participant)
            || conversation.offer().is_some_and(|o| o.agent.id == agent)
        {
            return Ok(true);
        }
        Ok(self.names.teams_of(caller.tenant, agent).await?.contains(&conversation.team.id))
    }
}

/// A commit's fault as its caller is told.
pub(crate) fn refusal(error: CommitError) -> Refusal {
    match error {
        CommitError::Refused(refusal) => refusal,
        CommitError::Store(error) => unavailable(&error),
    }
}

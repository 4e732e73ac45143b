//! `watch` and `unwatch`: a supervisor looks at a conversation or a team. Nothing of it is in the log, in presence or in marks.

use crate::{edge::Edge, frame::done};
use conversation::Receipt;
use model::{CommandId, Refusal, permission};
use session::{Session, Watch};
use std::sync::Arc;

impl Edge {
    pub(crate) async fn watch(
        &self,
        session: &Arc<Session>,
        id: CommandId,
        on: bool,
        watch: Watch,
    ) -> Result<Receipt, Refusal> {
        if !permission::may(session.caller.role, permission::Action::Watch) {
            return Err(Refusal::forbidden("your role may not do this"));
        }
        if !on {
            self.parts.sessions.unwatch(session, watch).await;
            return Ok(done(id));
        }
        if let Watch::Team(team) = watch {
            self.parts.tenancy.team(session.tenant(), team).await.map_err(|e| e.field("team"))?;
        }
        self.parts.sessions.watch(session, watch).await?;
        Ok(done(id))
    }
}

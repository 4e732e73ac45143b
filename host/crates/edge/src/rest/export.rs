//! A whole conversation as a file, read from the store page by page while it is sent.

use crate::{
    edge::App,
    extract::{Auth, Path},
    problem::Problem,
};
use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;
use model::{ConversationId, Reader, Refusal, TenantId, limits, permission::Action};
use ports::PortError;
use session::{summaries, wire::Event};

/// Entries of one piece: all that is in memory at once.
const PIECE: u32 = limits::PAGE_MAX;

/// How far an export has come.
struct Progress {
    app: App,
    tenant: TenantId,
    conversation: ConversationId,
    reader: Reader,
    /// The last `seq` that was written, and the one it ends with: what is said meanwhile is not in it.
    written: u64,
    end: u64,
}

/// A conversation as a file of JSON lines: first the conversation, then every entry that the caller may see, as in `entry` events
#[utoipa::path(get, path = "/conversations/{id}/export", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = String, content_type = "application/x-ndjson")))]
pub(crate) async fn export(
    State(app): State<App>,
    auth: Auth,
    Path(id): Path<ConversationId>,
) -> Result<Response, Problem> {
    let caller = auth.may(Action::ReadOwnConversations)?;
    let found = app.readable(caller, id).await?;
    let store = app.parts.sessions.store();
    let summary = summaries(store, caller.tenant, caller.participant, std::slice::from_ref(&found)).await?;
    let summary = summary.first().ok_or_else(|| Refusal::not_found("conversation"))?;
    let mut head = Event::Conversation { conversation: summary }.frame().to_vec();
    head.push(b'\n');
    let progress = Progress {
        tenant: caller.tenant,
        conversation: id,
        reader: Reader::of(caller.participant),
        written: 0,
        end: found.head.last_seq,
        app: app.clone(),
    };
    let pieces = stream::try_unfold(progress, |mut progress| async move {
        Ok::<_, PortError>(progress.piece().await?.map(|piece| (piece, progress)))
    });
    let lines = futures_util::StreamExt::chain(stream::iter([Ok(Bytes::from(head))]), pieces);
    let name = format!("attachment; filename=\"conversation-{id}.jsonl\"");
    let headers = [(header::CONTENT_TYPE, "application/x-ndjson".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, Body::from_stream(lines)).into_response())
}

impl Progress {
    /// The next lines. A store that fails ends the answer without its end: the client sees that it is not whole.
    async fn piece(&mut self) -> Result<Option<Bytes>, PortError> {
        if self.written >= self.end {
            return Ok(None);
        }
        let store = &self.app.parts.store;
        let entries = store.entries(self.tenant, self.conversation, self.reader, self.written, PIECE).await?;
        let mut lines = Vec::new();
        for entry in entries.iter().filter(|entry| entry.seq <= self.end) {
            lines.extend_from_slice(&Event::entry(self.conversation, entry, self.reader).frame());
            lines.push(b'\n');
        }
        let full = entries.len() >= PIECE as usize;
        self.written = entries.last().filter(|_| full).map_or(self.end, |last| last.seq);
        Ok((!lines.is_empty()).then(|| lines.into()))
    }
}

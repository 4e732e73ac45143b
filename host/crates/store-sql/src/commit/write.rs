//! Puts down what came of a group: a few statements per kind of row, whatever the size of the group.

use super::{
    decide::Changes,
    load::{SeatKey, SeatRow, Slot},
};
use crate::{
    codec::{self, ENTRY_INSERT, Key, key},
    db::{DbError, Sql, Tx, Value},
    notifications::insert_events,
};
use model::{AgentId, Body, Conversation, Participant, Timestamp, conversation::Stage};
use std::collections::BTreeSet;

pub async fn write(tx: &mut Tx, changes: &Changes) -> Result<(), DbError> {
    conversations(tx, changes).await?;
    heads(tx, changes).await?;
    parties(tx, changes).await?;
    entries(tx, changes).await?;
    recalled(tx, changes).await?;
    marks(tx, changes).await?;
    seats(tx, changes).await?;
    offers(tx, changes).await?;
    assignments(tx, changes).await?;
    decisions(tx, changes).await?;
    insert_events(tx, &changes.events, changes.now).await
}

const CONVERSATION_COLUMNS: &str = "tenant_id, id, visitor_id, opened_at, state, team_id, owner_id, offered_id, agent_id, \
     place_rank, waiting_since, due_at, lease_until, doc";
/// How many of the columns never change.
const FIXED: usize = 4;

/// Most groups only make logs longer: then the documents, and the indexes that say where a case stands, are left alone.
async fn conversations(tx: &mut Tx, changes: &Changes) -> Result<(), DbError> {
    let mut rows = Vec::new();
    for slot in changes.slots.values() {
        let Some(state) = &slot.now else { continue };
        if slot.moved {
            rows.push(conversation(slot, state)?);
        } else {
            debug_assert!(slot.stored.as_ref().is_some_and(|stored| is_only_longer(stored, state)));
        }
    }
    let head = format!("INSERT INTO conversations ({CONVERSATION_COLUMNS})");
    let columns: Vec<&str> = CONVERSATION_COLUMNS.split(", ").collect();
    insert(tx, &head, rows, |sql| sql.or_update("tenant_id, id", &columns[FIXED..])).await
}

async fn heads(tx: &mut Tx, changes: &Changes) -> Result<(), DbError> {
    let row = |(at, slot): (&Key, &Slot)| {
        let head = slot.now.as_ref()?.head;
        let [tenant, conversation] = key(*at);
        Some([
            tenant,
            conversation,
            head.last_seq.into(),
            head.last_public.into(),
            head.version.into(),
            head.changed_at.into(),
            slot.index_since.into(),
        ])
    };
    let columns = ["last_seq", "last_public", "version", "changed_at"];
    let head = format!("INSERT INTO heads (tenant_id, conversation_id, {}, index_since)", columns.join(", "));
    let rows = changes.slots.iter().filter_map(row).collect();
    insert(tx, &head, rows, |sql| sql.or_update("tenant_id, conversation_id", &columns).or_fill("index_since")).await
}

/// Inserts `rows` with few texts of SQL, whatever their number: the largest power of two at a time, so that a database need not
/// prepare a statement for each size a group can have.
async fn insert<const N: usize>(
    tx: &mut Tx,
    head: &str,
    rows: Vec<[Value; N]>,
    tail: impl Fn(Sql) -> Sql,
) -> Result<(), DbError> {
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        let count = 1 << rows.len().ilog2();
        let sql = tail(tx.sql(head).rows(rows.by_ref().take(count)));
        tx.run(sql).await?;
    }
    Ok(())
}

fn is_only_longer(before: &Conversation, after: &Conversation) -> bool {
    Conversation { head: after.head, ..before.clone() } == *after
}

fn conversation(slot: &Slot, c: &Conversation) -> Result<[Value; 14], DbError> {
    let waiting_since = match c.stage {
        Stage::Closed { .. } => c.opened_at,
        _ => c.backlog.since,
    };
    Ok([
        c.tenant.into(),
        c.id.into(),
        c.visitor.id.into(),
        c.opened_at.into(),
        c.state().as_str().into(),
        c.team.id.into(),
        c.owner().into(),
        c.offer().map(|o| o.agent.id).into(),
        slot.agent.into(),
        c.backlog.rank.into(),
        waiting_since.into(),
        c.due_at().into(),
        slot.lease_until.into(),
        Value::json(c)?,
    ])
}

/// The agents who take part.
fn agents(c: Option<&Conversation>) -> BTreeSet<AgentId> {
    c.into_iter().flat_map(Conversation::participants).filter_map(Participant::agent).collect()
}

async fn parties(tx: &mut Tx, changes: &Changes) -> Result<(), DbError> {
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    for ((tenant, conversation), slot) in &changes.slots {
        let (before, after) = (agents(slot.stored.as_ref()), agents(slot.now.as_ref()));
        let row = |agent: &AgentId| [(*tenant).into(), (*agent).into(), (*conversation).into()];
        gone.extend(before.difference(&after).map(row));
        come.extend(after.difference(&before).map(row));
    }
    if !gone.is_empty() {
        let sql = tx.sql("DELETE FROM parties WHERE (tenant_id, agent_id, conversation_id)").among(gone);
        tx.run(sql).await?;
    }
    if !come.is_empty() {
        let sql = tx
            .sql("INSERT INTO parties (tenant_id, agent_id, conversation_id)")
            .rows(come)
            .or_keep("tenant_id, agent_id, conversation_id", "tenant_id");
        tx.run(sql).await?;
    }
    Ok(())
}

async fn entries(tx: &mut Tx, changes: &Changes) -> Result<(), DbError> {
    let rows =
        changes.entries.iter().map(|(at, entry)| codec::entry_values(*at, entry)).collect::<Result<Vec<_>, _>>()?;
    insert(tx, ENTRY_INSERT, rows, |sql| sql).await
}

/// A recalled entry, and each edit of it, keeps its place and loses its words.
async fn recalled(tx: &mut Tx, changes: &Changes) -> Result<(), DbError> {
    if changes.recalled.is_empty() {
        return Ok(());
    }
    let erased = Value::json(&Body::Erased)?;
    let targets = || changes.recalled.iter().map(|((t, c), seq)| [(*t).into(), (*c).into(), Value::from(*seq)]);
    let sql = tx
        .sql("UPDATE entries SET message = 0, body = ? WHERE (tenant_id, conversation_id, seq)")
        .bind(erased.clone())
        .among(targets());
    tx.run(sql).await?;
    // Edits carry their kind as the first field of the document; the recall itself points there too and stays.
    let sql = tx
        .sql("UPDATE entries SET body = ? WHERE (tenant_id, conversation_id, target_seq)")
        .bind(erased)
        .among(targets())
        .text("AND body LIKE ?")
        .bind(r#"{"kind":"edited"%"#);
    tx.run(sql).await.map(drop)
}

async fn marks(tx: &mut Tx, changes: &Changes) -> Result<(), DbError> {
    if changes.marks.is_empty() {
        return Ok(());
    }
    let rows = changes.marks.iter().map(|(((tenant, conversation), who), mark)| {
        [
            (*tenant).into(),
            (*conversation).into(),
            Value::from(who.bytes()),
            codec::participant_kind(who.kind()),
            mark.delivered.into(),
            mark.read.into(),
        ]
    });
    let sql = tx
        .sql(
            "INSERT INTO marks (tenant_id, conversation_id, participant_id, participant_kind, delivered_seq, read_seq)",
        )
        .rows(rows)
        .or_update("tenant_id, conversation_id, participant_id", &["delivered_seq", "read_seq"]);
    tx.run(sql).await.map(drop)
}

async fn seats(tx: &mut Tx, changes: &Changes) -> Result<(), DbError> {
    if changes.seats.is_empty() {
        return Ok(());
    }
    let row = |((tenant, agent), row): (&SeatKey, &SeatRow)| -> Result<[Value; 9], DbError> {
        Ok([
            (*tenant).into(),
            (*agent).into(),
            Value::word(&row.status)?,
            row.capacity.into(),
            row.open.into(),
            row.allowance.into(),
            row.last_assigned.into(),
            row.last_freed.into(),
            Value::json(&row.first_replies)?,
        ])
    };
    let rows = changes.seats.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let sql = tx
        .sql(
            "INSERT INTO seats (tenant_id, agent_id, status, capacity, places, allowance, last_assigned, last_freed, \
             first_replies)",
        )
        .rows(rows)
        .or_update("tenant_id, agent_id", &["places", "allowance", "last_assigned", "last_freed", "first_replies"]);
    tx.run(sql).await.map(drop)
}

async fn offers(tx: &mut Tx, changes: &Changes) -> Result<(), DbError> {
    if changes.offers.is_empty() {
        return Ok(());
    }
    let rows = changes.offers.iter().map(|((tenant, id), row)| {
        let ended = if row.state == "open" { None } else { Some(changes.now) };
        [
            (*tenant).into(),
            (*id).into(),
            row.at.1.into(),
            row.offer.agent.id.into(),
            row.offer.token.into(),
            row.offer.expires_at.into(),
            row.offer.decision.into(),
            row.state.into(),
            changes.now.into(),
            Value::from(ended),
        ]
    });
    let sql = tx
        .sql(
            "INSERT INTO offers (tenant_id, id, conversation_id, agent_id, token, expires_at, decision_id, state, \
             made_at, ended_at)",
        )
        .rows(rows)
        .or_update("tenant_id, id", &["state", "ended_at"]);
    tx.run(sql).await.map(drop)
}

async fn assignments(tx: &mut Tx, changes: &Changes) -> Result<(), DbError> {
    if !changes.freed.is_empty() {
        let sql = tx
            .sql("UPDATE assignments SET freed_at = ? WHERE freed_at IS NULL AND (tenant_id, conversation_id)")
            .bind(changes.now)
            .among(changes.freed.iter().copied().map(key));
        tx.run(sql).await?;
    }
    if changes.assignments.is_empty() {
        return Ok(());
    }
    let rows = changes.assignments.iter().map(|a| {
        let freed: Option<Timestamp> = a.freed.then_some(changes.now);
        let [tenant, conversation] = key(a.at);
        [tenant, conversation, a.seq.into(), a.agent.into(), a.visitor.into(), changes.now.into(), freed.into()]
    });
    let sql = tx
        .sql("INSERT INTO assignments (tenant_id, conversation_id, seq, agent_id, visitor_id, assigned_at, freed_at)")
        .rows(rows);
    tx.run(sql).await.map(drop)
}

async fn decisions(tx: &mut Tx, changes: &Changes) -> Result<(), DbError> {
    if changes.decisions.is_empty() {
        return Ok(());
    }
    let row = |(at, record): &(Key, model::plugin::DecisionRecord)| -> Result<[Value; 5], DbError> {
        let [tenant, conversation] = key(*at);
        Ok([tenant, record.id.into(), conversation, changes.now.into(), Value::json(record)?])
    };
    let rows = changes.decisions.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let sql = tx
        .sql("INSERT INTO decisions (tenant_id, id, conversation_id, made_at, record)")
        .rows(rows)
        .or_keep("tenant_id, id", "id");
    tx.run(sql).await.map(drop)
}

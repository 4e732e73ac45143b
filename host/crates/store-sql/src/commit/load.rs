//! What a group needs, locked and read: one statement per kind of thing, whatever the size of the group.

use crate::{
    codec::{self, CONVERSATION, CONVERSATIONS_BY_KEY, ENTRY, Key, key},
    db::{DbError, Dialect, Tx, Value},
};
use model::{
    AgentId, Clock, CommandId, Conversation, ConversationId, Entry, NodeId, Participant, TenantId, Timestamp,
    VisitorId,
    conversation::{Command, Mark, Marks, Seat},
    people::Status,
    tenant::Settings,
};
use ports::store::Write;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A command id belongs to its author.
pub type CommandKey = (TenantId, [u8; 16], CommandId);
pub type SeatKey = (TenantId, AgentId);

/// What a command made when it was committed.
#[derive(Clone)]
pub struct Known {
    pub at: Key,
    pub entry: Entry,
}

/// A conversation as the group leaves it, beside what was stored.
#[derive(Default)]
pub struct Slot {
    pub stored: Option<Conversation>,
    pub now: Option<Conversation>,
    /// Who owned it last, kept over the close.
    pub agent: Option<AgentId>,
    pub lease_until: Option<Timestamp>,
    /// Since when entries of this group wait to be indexed.
    pub index_since: Option<Timestamp>,
    /// More than the log has changed.
    pub moved: bool,
}

/// A row of the ledger.
#[derive(Clone)]
pub struct SeatRow {
    pub status: Status,
    pub capacity: u16,
    pub open: u16,
    pub allowance: u16,
    pub last_assigned: Option<Timestamp>,
    pub last_freed: Option<Timestamp>,
    /// First replies, milliseconds, the newest last.
    pub first_replies: Vec<u64>,
    pub disabled: bool,
}

impl SeatRow {
    pub const fn seat(&self) -> Seat {
        let status = if self.disabled { Status::Offline } else { self.status };
        Seat { open: self.open, capacity: self.capacity, status }
    }
}

pub struct Loaded {
    pub now: Timestamp,
    /// Nodes of the group whose lease lives.
    pub nodes: BTreeSet<NodeId>,
    /// Settings and the activation epoch in force.
    pub tenants: HashMap<TenantId, (Settings, u64)>,
    /// Tenants who tell somebody.
    pub listeners: BTreeSet<TenantId>,
    pub known: HashMap<CommandKey, Known>,
    pub slots: BTreeMap<Key, Slot>,
    pub seats: BTreeMap<SeatKey, SeatRow>,
    pub marks: HashMap<Key, Marks>,
    pub targets: HashMap<(Key, u64), Entry>,
    pub open_of_visitor: HashMap<(TenantId, VisitorId), u32>,
}

/// The author and id of a person's command.
pub fn command_key(write: &Write) -> Option<CommandKey> {
    let request = &write.request;
    Some((request.tenant, request.caller.as_ref()?.participant.bytes(), request.id?))
}

pub const fn at(write: &Write) -> Key {
    (write.request.tenant, write.request.conversation)
}

pub async fn load(tx: &mut Tx, group: &[Write], clock: &dyn Clock) -> Result<Loaded, DbError> {
    let (tenants, listeners) = tenants(tx, group).await?;
    lock_visitors(tx, group).await?;
    let known = known(tx, group).await?;
    let keys: BTreeSet<Key> = group.iter().map(at).chain(known.values().map(|k| k.at)).collect();
    let slots = slots(tx, keys).await?;
    let seats = seats(tx, group, &slots).await?;
    // The moment is taken once the conversations are held, so that it does not run backwards within one of them.
    let now = now(tx, clock).await?;
    let nodes = group.iter().filter_map(|w| w.node).collect();
    Ok(Loaded {
        now,
        nodes: live(tx, &nodes, now).await?,
        tenants,
        listeners,
        known,
        slots,
        seats,
        marks: marks(tx, group).await?,
        targets: targets(tx, group).await?,
        open_of_visitor: open_of_visitor(tx, group).await?,
    })
}

/// The store's clock: the host's for a file, the server's for a server.
pub async fn now(tx: &mut Tx, clock: &dyn Clock) -> Result<Timestamp, DbError> {
    if matches!(tx, Tx::Sqlite(_)) {
        return Ok(clock.now());
    }
    let row = tx.row(tx.sql(crate::MYSQL_NOW)).await?;
    row.map_or(Ok(clock.now()), |row| row.time(0))
}

/// Of `nodes`, those whose lease lives. Read after the conversations are held: whoever takes over waits for them.
pub async fn live(tx: &mut Tx, nodes: &BTreeSet<NodeId>, now: Timestamp) -> Result<BTreeSet<NodeId>, DbError> {
    if nodes.is_empty() {
        return Ok(BTreeSet::new());
    }
    let sql = tx
        .sql("SELECT id FROM nodes WHERE lease_until > ? AND id")
        .bind(now)
        .among(nodes.iter().map(|node| [(*node).into()]));
    tx.rows(sql).await?.iter().map(|row| row.id(0, NodeId::from_bytes)).collect()
}

/// Settings and epoch of each tenant, and who of them tells somebody.
type Tenants = (HashMap<TenantId, (Settings, u64)>, BTreeSet<TenantId>);

async fn tenants(tx: &mut Tx, group: &[Write]) -> Result<Tenants, DbError> {
    let ids: BTreeSet<_> = group.iter().map(|w| w.request.tenant).collect();
    let mut sql = tx
        .sql(
            "SELECT t.id, t.settings, t.activation_epoch, l.tenant_id FROM tenants t \
             LEFT JOIN listeners l ON l.tenant_id = t.id WHERE t.id",
        )
        .among(ids.into_iter().map(|id| [id.into()]))
        .text("ORDER BY t.id");
    // An assignment keeps the plugin set it was decided under in force until it is committed (C7).
    if group.iter().any(|w| matches!(w.request.command, Command::Route { .. })) {
        sql = sql.for_share();
    }
    let mut tenants = HashMap::new();
    let mut listeners = BTreeSet::new();
    for r in tx.rows(sql).await? {
        let id = r.id(0, TenantId::from_bytes)?;
        tenants.insert(id, (r.json(1)?, r.number(2)?));
        if r.maybe_blob(3)?.is_some() {
            listeners.insert(id);
        }
    }
    Ok((tenants, listeners))
}

/// Two openings of one visitor count each other.
async fn lock_visitors(tx: &mut Tx, group: &[Write]) -> Result<(), DbError> {
    let ids = opening(group);
    if ids.is_empty() || tx.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    let sql = tx
        .sql("SELECT id FROM visitors WHERE (tenant_id, id)")
        .among(ids.into_iter().map(|(t, v)| [t.into(), v.into()]))
        .text("ORDER BY tenant_id, id")
        .for_update();
    tx.rows(sql).await.map(drop)
}

fn opening(group: &[Write]) -> BTreeSet<(TenantId, VisitorId)> {
    group
        .iter()
        .filter_map(|w| match &w.request.command {
            Command::Open { visitor, .. } => Some((w.request.tenant, visitor.id)),
            _ => None,
        })
        .collect()
}

async fn known(tx: &mut Tx, group: &[Write]) -> Result<HashMap<CommandKey, Known>, DbError> {
    let keys: BTreeSet<_> = group.iter().filter_map(command_key).collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = tx
        .sql(&format!(
            "SELECT {ENTRY}, tenant_id, conversation_id FROM entries WHERE (tenant_id, command_id, author_id)"
        ))
        .among(keys.into_iter().map(|(t, a, c)| [t.into(), c.into(), a.into()]));
    let mut known = HashMap::new();
    for row in tx.rows(sql).await? {
        let entry = codec::entry(&row)?;
        let at = (row.id(9, TenantId::from_bytes)?, row.id(10, ConversationId::from_bytes)?);
        if let (Some(author), Some(id)) = (entry.author.participant(), entry.id) {
            known.insert((at.0, author.bytes(), id), Known { at, entry });
        }
    }
    Ok(known)
}

async fn slots(tx: &mut Tx, keys: BTreeSet<Key>) -> Result<BTreeMap<Key, Slot>, DbError> {
    // The conversation's row is the lock of its head too. SQLite's writer is alone anyway.
    if tx.dialect() == Dialect::MySql {
        let sql = tx
            .sql("SELECT 1 FROM conversations /*! FORCE INDEX (PRIMARY) */ WHERE (tenant_id, id)")
            .among(keys.iter().copied().map(key))
            .text("ORDER BY tenant_id, id")
            .for_update();
        tx.rows(sql).await?;
    }
    let sql = tx
        .sql(&format!(
            "SELECT {CONVERSATION}, c.agent_id, c.lease_until FROM {CONVERSATIONS_BY_KEY} WHERE (c.tenant_id, c.id)"
        ))
        .among(keys.iter().copied().map(key));
    let mut slots: BTreeMap<Key, Slot> = keys.into_iter().map(|k| (k, Slot::default())).collect();
    for row in tx.rows(sql).await? {
        let stored = codec::conversation(&row)?;
        let slot = Slot {
            agent: row.maybe_id(5, AgentId::from_bytes)?,
            lease_until: row.maybe_time(6)?,
            index_since: None,
            moved: false,
            now: Some(stored.clone()),
            stored: Some(stored),
        };
        if let Some(stored) = &slot.stored {
            slots.insert((stored.tenant, stored.id), slot);
        }
    }
    Ok(slots)
}

/// Whether a command may move places, so that the seats of those who hold them are needed.
const fn moves_places(command: &Command) -> bool {
    !matches!(
        command,
        Command::Send { .. }
            | Command::Mark { .. }
            | Command::Edit { .. }
            | Command::Recall { .. }
            | Command::Invite { .. }
            | Command::Rate { .. }
    )
}

async fn seats(
    tx: &mut Tx,
    group: &[Write],
    slots: &BTreeMap<Key, Slot>,
) -> Result<BTreeMap<SeatKey, SeatRow>, DbError> {
    let mut keys = BTreeSet::new();
    for write in group {
        let tenant = write.request.tenant;
        let command = &write.request.command;
        let state = slots.get(&at(write)).and_then(|s| s.stored.as_ref());
        keys.extend(command.seats().map(|agent| (tenant, agent)));
        let caller = write.request.caller.as_ref().and_then(|c| c.participant.agent());
        let first_reply = matches!(command, Command::Send { .. })
            && state.is_some_and(|c| c.awaiting_reply_since.is_some() && c.owner() == caller);
        if moves_places(command) {
            keys.extend(state.into_iter().flat_map(Conversation::holders).map(|agent| (tenant, agent)));
        }
        if first_reply || moves_places(command) {
            keys.extend(caller.map(|agent| (tenant, agent)));
        }
    }
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = tx
        .sql(
            "SELECT s.tenant_id, s.agent_id, s.status, s.capacity, s.places, s.allowance, s.last_assigned, s.last_freed, \
             s.first_replies, a.disabled FROM seats s \
             JOIN agents a ON a.tenant_id = s.tenant_id AND a.id = s.agent_id WHERE (s.tenant_id, s.agent_id)",
        )
        .among(keys.into_iter().map(|(t, a)| [t.into(), a.into()]))
        .text("ORDER BY s.tenant_id, s.agent_id")
        .for_update();
    let rows = tx.rows(sql).await?;
    rows.iter()
        .map(|r| {
            let row = SeatRow {
                status: r.word(2)?,
                capacity: r.number(3)?,
                open: r.number(4)?,
                allowance: r.number(5)?,
                last_assigned: r.maybe_time(6)?,
                last_freed: r.maybe_time(7)?,
                first_replies: r.json(8)?,
                disabled: r.flag(9)?,
            };
            Ok(((r.id(0, TenantId::from_bytes)?, r.id(1, AgentId::from_bytes)?), row))
        })
        .collect()
}

async fn marks(tx: &mut Tx, group: &[Write]) -> Result<HashMap<Key, Marks>, DbError> {
    let keys: BTreeSet<(Key, Participant)> = group
        .iter()
        .filter(|w| matches!(w.request.command, Command::Mark { .. }))
        .filter_map(|w| Some((at(w), w.request.caller.as_ref()?.participant)))
        .collect();
    let mut marks: HashMap<Key, Marks> = HashMap::new();
    if keys.is_empty() {
        return Ok(marks);
    }
    let values = keys.into_iter().map(|((t, c), p)| [t.into(), c.into(), Value::from(p.bytes())]);
    let sql = tx
        .sql(
            "SELECT tenant_id, conversation_id, participant_kind, participant_id, delivered_seq, read_seq FROM marks \
             WHERE (tenant_id, conversation_id, participant_id)",
        )
        .among(values);
    for row in tx.rows(sql).await? {
        let at = (row.id(0, TenantId::from_bytes)?, row.id(1, ConversationId::from_bytes)?);
        let mark = Mark { delivered: row.number(4)?, read: row.number(5)? };
        marks.entry(at).or_default().insert(codec::participant(&row, 2, 3)?, mark);
    }
    Ok(marks)
}

async fn targets(tx: &mut Tx, group: &[Write]) -> Result<HashMap<(Key, u64), Entry>, DbError> {
    let keys: BTreeSet<(Key, u64)> = group.iter().filter_map(|w| Some((at(w), w.request.command.target()?))).collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    // A number that no entry can have finds none.
    let seq = |seq| Value::Int(i64::try_from(seq).unwrap_or(-1));
    let sql = tx
        .sql(&format!(
            "SELECT {ENTRY}, tenant_id, conversation_id FROM entries /*! FORCE INDEX (PRIMARY) */ \
             WHERE (tenant_id, conversation_id, seq)"
        ))
        .among(keys.into_iter().map(|((t, c), s)| [t.into(), c.into(), seq(s)]));
    let rows = tx.rows(sql).await?;
    rows.iter()
        .map(|row| {
            let entry = codec::entry(row)?;
            let at = (row.id(9, TenantId::from_bytes)?, row.id(10, ConversationId::from_bytes)?);
            Ok(((at, entry.seq), entry))
        })
        .collect()
}

async fn open_of_visitor(tx: &mut Tx, group: &[Write]) -> Result<HashMap<(TenantId, VisitorId), u32>, DbError> {
    let ids = opening(group);
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = tx
        .sql("SELECT tenant_id, visitor_id, COUNT(*) FROM conversations WHERE (tenant_id, visitor_id)")
        .among(ids.into_iter().map(|(t, v)| [t.into(), v.into()]))
        .text("AND state IN ('waiting', 'offered', 'assigned') GROUP BY tenant_id, visitor_id");
    let rows = tx.rows(sql).await?;
    rows.iter().map(|r| Ok(((r.id(0, TenantId::from_bytes)?, r.id(1, VisitorId::from_bytes)?), r.number(2)?))).collect()
}

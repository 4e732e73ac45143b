//! What is said to Redis. One participant is one sorted set of `node/session`, scored by the moment it ends; the tenant is the
//! hash tag of the key, so each script touches one slot. Time is Redis's own.

use model::{NodeId, Participant, SessionId, TenantId};
use ports::SessionAt;
use redis::Cmd;
use std::time::Duration;

const REGISTER: &str = include_str!("scripts/register.lua");
const LEAVE: &str = include_str!("scripts/leave.lua");
const SESSIONS: &str = include_str!("scripts/sessions.lua");
const CONNECTED: &str = include_str!("scripts/connected.lua");

/// Scripts are sent whole: a Redis that was restarted has forgotten them, and they are short.
fn script(text: &str, tenant: TenantId, participants: impl ExactSizeIterator<Item = Participant>) -> Cmd {
    let mut command = redis::cmd("EVAL");
    command.arg(text).arg(participants.len());
    for who in participants {
        command.arg(key(tenant, who));
    }
    command
}

fn key(tenant: TenantId, who: Participant) -> String {
    match who {
        Participant::Visitor(id) => format!("weft:{{{tenant}}}:visitor:{id}"),
        Participant::Agent(id) => format!("weft:{{{tenant}}}:agent:{id}"),
    }
}

fn member(at: SessionAt) -> String {
    format!("{}/{}", at.node, at.session)
}

/// What `sessions` answered, read; what is not understood (of a newer version) is left out.
pub(crate) fn session_at(member: &str) -> Option<SessionAt> {
    let (node, session) = member.split_once('/')?;
    Some(SessionAt { node: node.parse().ok()?, session: session.parse().ok()? })
}

pub(crate) fn register(
    tenant: TenantId,
    node: NodeId,
    sessions: &[(Participant, SessionId)],
    lifetime: Duration,
    keep: Duration,
) -> Cmd {
    let mut command = script(REGISTER, tenant, sessions.iter().map(|(who, _)| *who));
    command.arg(ms(lifetime)).arg(ms(keep));
    for (_, session) in sessions {
        command.arg(member(SessionAt { node, session: *session }));
    }
    command
}

pub(crate) fn leave(tenant: TenantId, who: Participant, at: SessionAt, grace: Duration, keep: Duration) -> Cmd {
    let grace = if who.agent().is_some() { grace } else { Duration::ZERO };
    let mut command = script(LEAVE, tenant, std::iter::once(who));
    command.arg(member(at)).arg(ms(grace)).arg(ms(keep));
    command
}

/// Answers a list of `node/session`.
pub(crate) fn sessions(tenant: TenantId, who: &[Participant]) -> Cmd {
    script(SESSIONS, tenant, who.iter().copied())
}

/// Answers 0 or 1 for each.
pub(crate) fn connected(tenant: TenantId, who: &[Participant]) -> Cmd {
    script(CONNECTED, tenant, who.iter().copied())
}

fn ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

//! What the routing hook is asked: the store's facts in the plugin's words, in one canonical order (C6).

use model::{
    AgentId, Timestamp,
    hours::{Standing, Timetable},
    limits::ROUTING_SKILLS,
    people::Status,
    routing::{
        Context, Presence, Property, RoutingAgent, RoutingConversation, RoutingRequest, RoutingTeam, RoutingVisitor,
    },
};
use ports::store::{RouteFacts, SeatFacts, TeamFacts, Waiting};
use std::collections::{BTreeMap, BTreeSet};

/// Builds the request about `waiting` from `facts`, whose `seats` are already those of connected agents. `asked` are the keys of the
/// properties that the plugin asks for; `timetable` says which teams are open `now`. The same arguments give the same request.
pub(crate) fn routing_request(
    facts: &RouteFacts,
    waiting: &Waiting,
    connected: &BTreeSet<AgentId>,
    asked: &[String],
    timetable: &Timetable,
    now: Timestamp,
    seed: u64,
) -> RoutingRequest {
    let conversation = &waiting.conversation;
    let skills = skill_names(&conversation.needs, &facts.seats);
    let bits: BTreeMap<&str, u64> = (0..).zip(&skills).map(|(i, name)| (name.as_str(), 1_u64 << i)).collect();
    let mask = |names: &[String]| names.iter().filter_map(|n| bits.get(n.as_str())).fold(0, |all, bit| all | bit);
    RoutingRequest {
        context: Context { now: instant(Some(now)), seed },
        conversation: RoutingConversation {
            waiting_since: instant(Some(conversation.backlog.since)),
            ahead: waiting.ahead,
            attempt: conversation.backlog.attempt,
            priority: conversation.priority,
            needs: mask(&conversation.needs),
            channel: waiting.channel.clone(),
            language: conversation.language.clone().unwrap_or_default(),
            labels: conversation.labels.clone(),
        },
        visitor: RoutingVisitor {
            vip: waiting.visitor_vip,
            visits: waiting.visits,
            properties: properties(asked, &conversation.properties, &waiting.visitor_properties),
        },
        agents: facts.seats.iter().map(|seat| agent(seat, waiting, mask(&seat.skills))).collect(),
        team: facts.teams.iter().position(|t| t.team.id == conversation.team.id).unwrap_or_default() as u32,
        teams: facts
            .teams
            .iter()
            .map(|t| {
                let own = t.team.id == conversation.team.id;
                team(t, own, facts, connected, timetable.standing(t.team.id, now))
            })
            .collect(),
        skills,
    }
}

/// What the conversation needs comes first, so that it always has a bit.
fn skill_names(needs: &[String], seats: &[SeatFacts]) -> Vec<String> {
    let needed: BTreeSet<&String> = needs.iter().collect();
    let had: BTreeSet<&String> = seats.iter().flat_map(|s| &s.skills).filter(|s| !needed.contains(s)).collect();
    needed.into_iter().chain(had).take(ROUTING_SKILLS).cloned().collect()
}

/// A property of the conversation goes before one of the visitor.
fn properties(
    asked: &[String],
    conversation: &BTreeMap<String, String>,
    visitor: &BTreeMap<String, String>,
) -> Vec<Property> {
    let asked: BTreeSet<&String> = asked.iter().collect();
    asked
        .into_iter()
        .filter_map(|key| {
            let value = conversation.get(key).or_else(|| visitor.get(key))?;
            Some(Property { key: key.clone(), value: value.clone() })
        })
        .collect()
}

fn agent(seat: &SeatFacts, waiting: &Waiting, skills: u64) -> RoutingAgent {
    RoutingAgent {
        presence: match seat.status {
            Status::Online => Presence::Online,
            Status::Busy => Presence::Busy,
            Status::Away | Status::Offline => Presence::Away,
        },
        open: seat.open,
        capacity: seat.capacity,
        skills,
        tier: seat.tier,
        weight: seat.weight,
        last_assigned: instant(seat.last_assigned),
        last_freed: instant(seat.last_freed),
        last_served: instant(waiting.last_served.get(&seat.agent.id).copied()),
        recent: seat.recent,
        first_reply: seat.first_reply.map_or(0, |s| s.as_millis() as u64),
        declined: waiting.conversation.backlog.declined.contains(&seat.agent.id),
    }
}

/// The own team is counted from its seats; of another, nobody is online who is not connected.
fn team(
    team: &TeamFacts,
    own: bool,
    facts: &RouteFacts,
    connected: &BTreeSet<AgentId>,
    standing: Standing,
) -> RoutingTeam {
    let (online, free) = if own {
        let online = facts.seats.iter().filter(|s| s.status == Status::Online);
        let free = online.clone().map(|s| s.capacity.saturating_sub(s.open)).fold(0, u16::saturating_add);
        (online.count() as u16, free)
    } else {
        let present = team.members.iter().filter(|m| connected.contains(m)).count() as u16;
        let online = team.online.min(present);
        (online, if online == 0 { 0 } else { team.free })
    };
    RoutingTeam { name: team.team.name.clone(), open: standing == Standing::Open, online, free, waiting: team.waiting }
}

fn instant(at: Option<Timestamp>) -> u64 {
    at.map_or(0, |at| at.as_ms().max(0).cast_unsigned())
}

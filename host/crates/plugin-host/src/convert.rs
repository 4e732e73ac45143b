//! Bindings ↔ model. The only place that knows both.

pub mod routing {
    wasmtime::component::bindgen!({
        path: "../../../wit/v1",
        inline: "package weft:host; world routing-call { import weft:plugin/log@1.0.0; export weft:plugin/routing@1.0.0; }",
        world: "weft:host/routing-call",
    });

    pub use exports::weft::plugin::routing as wire;
    use model::routing as m;

    pub fn request(r: &m::RoutingRequest) -> wire::Request {
        wire::Request {
            context: weft::plugin::types::Context { now: r.context.now, seed: r.context.seed },
            conversation: wire::Conversation {
                waiting_since: r.conversation.waiting_since,
                ahead: r.conversation.ahead,
                attempt: r.conversation.attempt,
                priority: r.conversation.priority,
                needs: r.conversation.needs,
                channel: r.conversation.channel.clone(),
                language: r.conversation.language.clone(),
                labels: r.conversation.labels.clone(),
            },
            visitor: wire::Visitor {
                vip: r.visitor.vip,
                visits: r.visitor.visits,
                properties: r
                    .visitor
                    .properties
                    .iter()
                    .map(|p| weft::plugin::types::Property { key: p.key.clone(), value: p.value.clone() })
                    .collect(),
            },
            skills: r.skills.clone(),
            agents: r.agents.iter().map(agent).collect(),
            teams: r
                .teams
                .iter()
                .map(|t| wire::Team {
                    name: t.name.clone(),
                    open: t.open,
                    online: t.online,
                    free: t.free,
                    waiting: t.waiting,
                })
                .collect(),
            team: r.team,
        }
    }

    fn agent(a: &m::RoutingAgent) -> wire::Agent {
        wire::Agent {
            presence: match a.presence {
                m::Presence::Online => wire::Presence::Online,
                m::Presence::Busy => wire::Presence::Busy,
                m::Presence::Away => wire::Presence::Away,
            },
            open: a.open,
            capacity: a.capacity,
            skills: a.skills,
            tier: a.tier,
            weight: a.weight,
            last_assigned: a.last_assigned,
            last_freed: a.last_freed,
            last_served: a.last_served,
            recent: a.recent,
            first_reply: a.first_reply,
            declined: a.declined,
        }
    }

    pub fn decision(d: wire::Decision) -> m::Decision {
        m::Decision {
            action: match d.action {
                wire::Action::Assign(choices) => m::Action::Assign(
                    choices.into_iter().map(|c| m::Choice { agent: c.agent, score: c.score }).collect(),
                ),
                wire::Action::Wait(w) => m::Action::Wait { rank: w.rank, again_in: w.again_in },
                wire::Action::MoveTo(team) => m::Action::MoveTo(team),
                wire::Action::TakeMessage => m::Action::TakeMessage,
                wire::Action::Refuse(reason) => m::Action::Refuse(reason),
            },
            reasons: d.reasons.into_iter().map(|r| m::Reason { code: r.code, detail: r.detail }).collect(),
        }
    }

    /// Bytes of an answer as far as the guest chose them.
    pub fn size(d: &m::Decision) -> usize {
        let action = match &d.action {
            m::Action::Assign(choices) => choices.len() * size_of::<m::Choice>(),
            m::Action::Refuse(reason) => reason.len(),
            _ => 0,
        };
        action + d.reasons.iter().map(|r| r.code.len() + r.detail.len()).sum::<usize>()
    }
}

pub mod retry {
    wasmtime::component::bindgen!({
        path: "../../../wit/v1",
        inline: "package weft:host; world retry-call { import weft:plugin/log@1.0.0; export weft:plugin/retry@1.0.0; }",
        world: "weft:host/retry-call",
        with: {
            "weft:plugin/log@1.0.0": super::routing::weft::plugin::log,
            "weft:plugin/types@1.0.0": super::routing::weft::plugin::types,
        },
    });
}

pub mod notification {
    wasmtime::component::bindgen!({
        path: "../../../wit/v1",
        inline: "package weft:host; world notification-call { import weft:plugin/log@1.0.0; import weft:plugin/store@1.0.0; \
                 export weft:plugin/notification@1.0.0; }",
        world: "weft:host/notification-call",
        with: {
            "weft:plugin/log@1.0.0": super::routing::weft::plugin::log,
            "weft:plugin/types@1.0.0": super::routing::weft::plugin::types,
        },
    });
}

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

    use super::routing::weft::plugin::types;
    pub use exports::weft::plugin::retry as wire;
    use model::notification as m;

    pub fn attempt(f: &m::Failed) -> wire::Attempt {
        wire::Attempt {
            context: types::Context { now: f.now, seed: f.seed },
            channel: f.channel.clone(),
            made: f.made,
            first_at: f.first_at,
            expires_at: f.expires_at,
            previous_delay: f.previous_delay,
            fault: match f.fault {
                m::Fault::Unreachable => wire::Fault::Unreachable,
                m::Fault::TimedOut => wire::Fault::TimedOut,
                m::Fault::Refused => wire::Fault::Refused,
                m::Fault::Throttled => wire::Fault::Throttled,
                m::Fault::Failed => wire::Fault::Failed,
            },
            status: f.status,
            retry_after: f.retry_after,
            streak: f.streak,
        }
    }

    pub fn verdict(v: wire::Verdict) -> m::Verdict {
        match v {
            wire::Verdict::AgainIn(delay) => m::Verdict::AgainIn(delay),
            wire::Verdict::DeadLetter(why) => m::Verdict::DeadLetter(why),
            wire::Verdict::Drop(why) => m::Verdict::Drop(why),
        }
    }

    /// Bytes of an answer as far as the guest chose them.
    pub fn size(v: &m::Verdict) -> usize {
        match v {
            m::Verdict::AgainIn(_) => 0,
            m::Verdict::DeadLetter(why) | m::Verdict::Drop(why) => why.len(),
        }
    }
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

    use super::routing::weft::plugin::types;
    pub use exports::weft::plugin::notification as wire;
    use model::notification as m;
    use ports::Handling;

    /// `asked`: the properties that the manifest asks for.
    pub fn event(h: &Handling, asked: &[String]) -> wire::Event {
        let property = |(key, value): &(String, String)| types::Property { key: key.clone(), value: value.clone() };
        wire::Event {
            context: types::Context { now: h.now.as_ms().cast_unsigned(), seed: h.seed },
            id: h.event.id.to_string(),
            kind: h.event.kind.as_str().to_owned(),
            at: h.event.at.as_ms().cast_unsigned(),
            attributes: h.properties.iter().filter(|(key, _)| asked.contains(key)).map(property).collect(),
            payload: h.event.payload.to_string(),
        }
    }

    pub fn intent(d: wire::Delivery) -> m::Intent {
        m::Intent { target: d.target, dedupe: d.dedupe, delay: d.delay, content_type: d.content_type, body: d.body }
    }

    /// Bytes of an answer as far as the guest chose them.
    pub fn size(intents: &[m::Intent]) -> usize {
        let strings = |i: &m::Intent| i.target.len() + i.dedupe.len() + i.content_type.len() + i.body.len();
        intents.iter().map(|i| size_of::<m::Intent>() + strings(i)).sum()
    }
}

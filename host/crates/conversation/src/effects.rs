//! What follows from a commit: who hears of it, which teams may route, which backlogs moved.

use crate::{lanes::Lanes, places::Places};
use model::{
    AgentId, Conversation, ConversationId, Timestamp, TraceParent,
    conversation::{Event, Offer, State},
};
use ports::{Hint, Hints, hints::Committed, store::Written};
use std::{collections::BTreeSet, sync::Arc};

/// What a commit came to, for who asked.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub conversation: ConversationId,
    /// `seq` and `at` of the first entry.
    pub entry: Option<(u64, Timestamp)>,
}

pub(crate) struct Effects {
    pub hints: Arc<dyn Hints>,
    pub lanes: Arc<Lanes>,
    pub places: Arc<Places>,
}

impl Effects {
    pub(crate) fn committed(&self, written: Written, trace: Option<TraceParent>) -> Done {
        let done =
            Done { conversation: written.conversation.id, entry: written.entries.first().map(|e| (e.seq, e.at)) };
        if written.repeated || written.events.is_empty() {
            return done;
        }
        if moves_the_backlog(&written.events) {
            self.route(&written, trace);
        }
        self.hints.hint(Hint::Committed(Arc::new(committed(written, trace))));
        done
    }

    fn route(&self, written: &Written, trace: Option<TraceParent>) {
        let (before, after) = (written.before.as_ref(), &written.conversation);
        let decided = written.events.iter().all(|e| matches!(e, Event::Queued { .. } | Event::MessageAsked { .. }));
        if after.state() == State::Waiting && !decided {
            self.lanes.conversation(after.tenant, after.team.id, after.id, trace);
        }
        let held: BTreeSet<AgentId> = after.holders().collect();
        let freed = before.into_iter().flat_map(Conversation::holders).filter(|a| !held.contains(a));
        for agent in freed.collect::<BTreeSet<_>>() {
            self.lanes.agent(after.tenant, agent);
        }
        for team in before.map(|b| b.team.id).into_iter().chain([after.team.id]).collect::<BTreeSet<_>>() {
            self.places.moved(after.tenant, team);
            self.hints.hint(Hint::TeamChanged { tenant: after.tenant, team });
        }
    }
}

/// Whether a stage, a team or a rank may have changed.
fn moves_the_backlog(events: &[Event]) -> bool {
    events.iter().any(|event| {
        !matches!(
            event,
            Event::Sent { .. }
                | Event::Marked { .. }
                | Event::Edited { .. }
                | Event::Recalled { .. }
                | Event::Joined { .. }
                | Event::Rated { .. }
                | Event::Watched { .. }
        )
    })
}

fn committed(written: Written, trace: Option<TraceParent>) -> Committed {
    let Written { conversation, before, events, entries, .. } = written;
    let mut marks = Vec::new();
    let mut offered = None;
    for event in &events {
        match event {
            Event::Marked { participant, mark } => marks.push((*participant, *mark)),
            Event::Offered { offer } => offered = Some(offer.clone()),
            _ => {}
        }
    }
    let before = before.as_ref();
    let offer_ended = before.and_then(Conversation::offer).and_then(|o| ended(o, &conversation, &events));
    let departed = before.into_iter().flat_map(Conversation::participants).filter(|p| !conversation.has(*p)).collect();
    Committed { conversation, entries, marks, offered, offer_ended, departed, trace }
}

/// How the offer that was open before has ended, if it has.
fn ended(offer: &Offer, after: &Conversation, events: &[Event]) -> Option<(Offer, &'static str)> {
    if after.offer().is_some_and(|o| o.id == offer.id) {
        return None;
    }
    let how = events.iter().find_map(|event| match event {
        Event::Assigned { agent, .. } if agent.id == offer.agent.id => Some("accepted"),
        Event::Declined { missed: true, .. } => Some("missed"),
        Event::Declined { .. } => Some("declined"),
        _ => None,
    });
    Some((offer.clone(), how.unwrap_or("withdrawn")))
}

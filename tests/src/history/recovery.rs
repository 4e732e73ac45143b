//! How long a fault kept people from talking: from a mark until everybody had said something and had seen something of the other
//! side, both written after the mark. The last of all is one whom the fault hit.

use super::{Event, History};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    time::{Duration, Instant},
};

/// A talker, and what it talks in.
type Talker = (String, String);

/// A moment of a run, as its history had it.
pub struct Mark {
    event: usize,
    at: Instant,
    /// Whose session it was.
    sessions: HashMap<u64, Talker>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// Until everybody talked again.
    pub everybody: Duration,
    /// Those whose session had ended.
    pub cut: usize,
    /// Until the last of those talked again.
    pub theirs: Duration,
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "everybody talks again after {} ms", self.everybody.as_millis())?;
        match self.cut {
            0 => write!(f, ", no session was cut"),
            cut => write!(f, "; {cut} sessions were cut, the last of those after {} ms", self.theirs.as_millis()),
        }
    }
}

impl History {
    pub fn mark(&self) -> Mark {
        let events = self.events.lock();
        let mut sessions = HashMap::new();
        for (_, event) in events.iter() {
            if let Event::Connected { sender, conversation, session } = event {
                sessions.insert(*session, (sender.clone(), conversation.clone()));
            }
        }
        Mark { event: events.len(), at: Instant::now(), sessions }
    }

    /// How many talkers have had another session since.
    pub fn cut(&self, mark: &Mark) -> usize {
        let events = self.events.lock();
        let later = events[mark.event..].iter().filter_map(|(_, event)| connected(event));
        later.map(|(_, (who, _))| who).collect::<BTreeSet<_>>().len()
    }

    /// `None` while somebody does not talk yet.
    pub fn recovery(&self, mark: &Mark) -> Option<Recovery> {
        let events = self.events.lock();
        let mut sessions: HashMap<u64, &Talker> = mark.sessions.iter().map(|(s, talker)| (*s, talker)).collect();
        let later: Vec<(u64, Talker)> = events[mark.event..].iter().filter_map(|(_, event)| connected(event)).collect();
        sessions.extend(later.iter().map(|(session, talker)| (*session, talker)));
        let (mut said, mut spoke, mut heard) = (HashMap::new(), BTreeMap::new(), BTreeMap::new());
        for (at, event) in &events[mark.event..] {
            match event {
                Event::Invoked { command, sender, .. } => drop(said.insert(command, sender)),
                Event::Acknowledged { command, .. } => {
                    if let Some(sender) = said.get(command) {
                        spoke.entry(*sender).or_insert(*at);
                    }
                }
                Event::Shown { session, conversation, entry } => {
                    let author = entry.id.as_ref().and_then(|id| said.get(id));
                    if let (Some(author), Some((reader, place))) = (author, sessions.get(session))
                        && *author != reader
                        && place == conversation
                    {
                        heard.entry(reader).or_insert(*at);
                    }
                }
                _ => {}
            }
        }
        let back = |who: &String| Some((*spoke.get(who)?.max(heard.get(who)?)).duration_since(mark.at));
        let everybody: BTreeSet<_> = sessions.values().map(|(who, _)| who).collect();
        let cut: BTreeSet<_> = later.iter().map(|(_, (who, _))| who).collect();
        let last = |of: &BTreeSet<&String>| {
            of.iter().map(|who| back(who)).try_fold(Duration::ZERO, |last, back| Some(last.max(back?)))
        };
        Some(Recovery { everybody: last(&everybody)?, cut: cut.len(), theirs: last(&cut)? })
    }
}

fn connected(event: &Event) -> Option<(u64, Talker)> {
    match event {
        Event::Connected { sender, conversation, session } => Some((*session, (sender.clone(), conversation.clone()))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Seen;

    fn connects(history: &History, sender: &str, session: u64) {
        history.note(Event::Connected { sender: sender.into(), conversation: "chat".into(), session });
    }
    fn says(history: &History, sender: &str, command: &str) {
        let (command, sender) = (command.to_owned(), sender.to_owned());
        let event =
            Event::Invoked { command: command.clone(), sender, conversation: "chat".into(), content: "a text".into() };
        history.note(event);
        history.note(Event::Acknowledged { command, seq: 1 });
    }
    fn sees(history: &History, session: u64, command: &str) {
        let entry = Seen { seq: 1, prev: 0, id: Some(command.into()), for_agents: false, content: "a text".into() };
        history.note(Event::Shown { session, conversation: "chat".into(), entry });
    }

    #[test]
    fn everybody_has_spoken_and_heard() {
        let history = History::default();
        connects(&history, "visitor", 1);
        connects(&history, "agent", 2);
        says(&history, "visitor", "before");
        let mark = history.mark();
        sees(&history, 2, "before");
        says(&history, "visitor", "v");
        says(&history, "agent", "a");
        sees(&history, 1, "v");
        sees(&history, 1, "a");
        assert_eq!(
            history.recovery(&mark),
            None,
            "the agent has seen only what was said before, the visitor their own"
        );
        connects(&history, "agent", 3);
        sees(&history, 3, "v");
        let recovery = history.recovery(&mark).expect("all talk");
        assert_eq!(recovery.cut, 1);
        assert_eq!(recovery.everybody, recovery.theirs, "who was cut is the last");
    }
}

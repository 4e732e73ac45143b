//! `ports::Search` in the SQLite file itself: FTS5 with the trigram tokenizer, which finds words of any script.

use crate::{
    codec,
    db::{Db, DbError, Row, Value},
};
use async_trait::async_trait;
use model::{ConversationId, Reader, TenantId};
use ports::{Found, HIT_BEGINS, HIT_ENDS, Indexable, PortResult, Search, SearchQuery, unmarked};

/// A trigram index knows nothing shorter; shorter words are looked for in the text itself.
const TRIGRAM: usize = 3;
/// Words of one query.
const WORDS: usize = 16;
/// Characters of a highlight before and after the first match.
const AROUND: usize = 60;
/// The revision of an erased entry: nothing replaces it.
const FINAL: i64 = i64::MAX;

/// Full-text search beside the log. Made by `SqlStore::search`.
#[derive(Clone)]
pub struct SqlSearch {
    db: Db,
}

impl SqlSearch {
    pub(crate) fn new(db: &Db) -> Option<Self> {
        matches!(db, Db::Sqlite { .. }).then(|| Self { db: db.clone() })
    }
}

impl SqlSearch {
    /// Rows of tenant, conversation, seq, time, team, visitor, audience, words, revision; those that are older than what is there are
    /// left out.
    async fn put(&self, rows: impl Iterator<Item = [Value; 9]>) -> PortResult<()> {
        let sql = self
            .db
            .sql(
                "INSERT INTO search_entries (tenant_id, conversation_id, seq, made_at, team_id, visitor_id, audience, \
                 words, revision)",
            )
            .rows(rows)
            .or_update(
                "tenant_id, conversation_id, seq",
                &["made_at", "team_id", "visitor_id", "audience", "words", "revision"],
            )
            .text("WHERE excluded.revision >= search_entries.revision");
        Ok(self.db.run(sql).await.map(drop)?)
    }
}

/// The words of a query, without what only separates them.
fn words(text: &str) -> Vec<String> {
    text.split_whitespace()
        .filter(|w| w.chars().any(char::is_alphanumeric) || !w.is_ascii())
        .take(WORDS)
        .map(str::to_lowercase)
        .collect()
}

/// A phrase of FTS5: operators in it are just text.
fn phrase(word: &str) -> String {
    format!("\"{}\"", word.replace('"', "\"\""))
}

/// A pattern of LIKE that finds `word` anywhere.
fn pattern(word: &str) -> String {
    let mut pattern = String::from("%");
    for c in word.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[async_trait]
impl Search for SqlSearch {
    async fn index(&self, entries: &[Indexable]) -> PortResult<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let rows = entries.iter().map(|e| {
            let [tenant, conversation] = codec::key((e.tenant, e.conversation));
            [
                tenant,
                conversation,
                e.seq.into(),
                e.at.into(),
                e.team.into(),
                e.visitor.into(),
                codec::audience(e.audience),
                Value::from(unmarked(&e.text).as_ref()),
                e.revision.into(),
            ]
        });
        self.put(rows).await
    }

    async fn search(&self, tenant: TenantId, query: &SearchQuery) -> PortResult<Vec<Found>> {
        let words = words(&query.text);
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let (long, short): (Vec<&String>, Vec<&String>) = words.iter().partition(|w| w.chars().count() >= TRIGRAM);
        let mut sql = self.db.sql("SELECT e.conversation_id, e.seq, e.made_at, e.words FROM search_entries e WHERE");
        sql = sql.text("e.tenant_id = ?").bind(tenant);
        if !long.is_empty() {
            let all: Vec<String> = long.iter().map(|w| phrase(w)).collect();
            sql = sql
                .text("AND e.id IN (SELECT rowid FROM search_words WHERE search_words MATCH ?)")
                .bind(all.join(" AND "));
        }
        for word in short {
            sql = sql.text(r"AND e.words LIKE ? ESCAPE '\'").bind(pattern(word));
        }
        if query.reader == Reader::Visitor {
            sql = sql.text("AND e.audience = 0");
        }
        sql = sql
            .when("AND e.team_id = ?", query.team)
            .when("AND e.visitor_id = ?", query.visitor)
            .when("AND e.made_at >= ?", query.from)
            .when("AND e.made_at < ?", query.to);
        if let Some((at, conversation, seq)) = query.after {
            sql =
                sql.text("AND (e.made_at, e.conversation_id, e.seq) < (?, ?, ?)").bind(at).bind(conversation).bind(seq);
        }
        let sql = sql.text("ORDER BY e.made_at DESC, e.conversation_id DESC, e.seq DESC LIMIT ?").bind(query.limit);
        let found = |r: &Row| {
            Ok::<_, DbError>(Found {
                conversation: r.id(0, ConversationId::from_bytes)?,
                seq: r.number(1)?,
                at: r.time(2)?,
                highlight: highlight(&r.text(3)?, &words),
            })
        };
        Ok(self.db.rows(sql).await?.iter().map(found).collect::<Result<_, _>>()?)
    }

    async fn erase(&self, tenant: TenantId, conversation: ConversationId, seqs: &[u64]) -> PortResult<()> {
        if seqs.is_empty() {
            return Ok(());
        }
        // What is left says that it was erased, and has no words.
        let [tenant, conversation] = codec::key((tenant, conversation));
        let nothing = || Value::Blob(Vec::new());
        let rows = seqs.iter().map(|seq| {
            let key = [tenant.clone(), conversation.clone(), Value::from(*seq)];
            let [tenant, conversation, seq] = key;
            [tenant, conversation, seq, 0_u64.into(), nothing(), nothing(), 0_u64.into(), "".into(), Value::Int(FINAL)]
        });
        self.put(rows).await
    }

    /// The index lies in the file of the log and is lost with it only.
    async fn lineage(&self) -> PortResult<String> {
        Ok("sqlite".to_owned())
    }
}

/// The text around the first match, all matches in it marked.
fn highlight(text: &str, words: &[String]) -> String {
    let letters: Vec<char> = text.chars().collect();
    // Compared letter by letter, so that positions stay those of the text.
    let lower: Vec<char> = letters.iter().map(|c| c.to_lowercase().next().unwrap_or(*c)).collect();
    let words: Vec<Vec<char>> = words.iter().map(|w| w.chars().collect()).collect();
    let match_at = |i: usize| words.iter().filter(|w| lower[i..].starts_with(w)).map(Vec::len).max().filter(|n| *n > 0);
    let first = (0..letters.len()).find(|i| match_at(*i).is_some()).unwrap_or(0);
    let end = letters.len().min(first + 2 * AROUND);
    let mut marked = String::new();
    let mut i = first.saturating_sub(AROUND);
    while i < end {
        if let Some(n) = match_at(i) {
            marked.push(HIT_BEGINS);
            marked.extend(&letters[i..i + n]);
            marked.push(HIT_ENDS);
            i += n;
        } else {
            marked.push(letters[i]);
            i += 1;
        }
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_are_marked_in_the_text_as_it_was_written() {
        assert_eq!(highlight("Hello World", &words("WORLD")), "Hello \u{2}World\u{3}");
        assert_eq!(highlight("我想退款，谢谢", &words("退款")), "我想\u{2}退款\u{3}，谢谢");
        assert_eq!(highlight("nothing", &words("else")), "nothing");
    }

    #[test]
    fn operators_are_text() {
        assert_eq!(words("  \"a\" OR * "), ["\"a\"", "or"]);
        assert_eq!(pattern("5%"), "%5\\%%");
    }
}

//! A new index beside the old one, filled by the server itself, and the alias moved to it in one step.
//!
//! Searches see the old index until the moment of the change. Writes go on during the copy; for the last, short pass the old index is
//! closed for them: nodes are told "later" and try again, nothing is lost and nothing is missed.

use crate::{ElasticError, ElasticSearch, index::Current};
use serde_json::{Value, json};
use std::time::Duration;

/// Entries of the last pass carry a node's time; nodes' clocks may differ by so much.
const CLOCKS: Duration = Duration::from_mins(10);
/// Passes while writes go on: each is shorter than the one before.
const PASSES: usize = 3;
/// How often a copy is asked how far it is, and when it is given up.
const ASK_EVERY: Duration = Duration::from_millis(200);
const COPY_WITHIN: Duration = Duration::from_hours(24);
/// Entries that the server copies at once.
const PAGE: u32 = 1000;

/// What to do about the half-made index of a rebuild that did not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leftover {
    /// Give up: another rebuild may be under way.
    Respect,
    /// It was cut off: begin anew.
    Discard,
}

/// What a rebuild did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// The index before and now.
    pub from: String,
    pub to: String,
    /// Documents in it, those of erased entries with them.
    pub entries: u64,
}

impl ElasticSearch {
    /// Makes the index anew with this version's mapping. Safe to call on a running installation; takes as long as the copy takes.
    pub async fn rebuild(&self, leftover: Leftover) -> Result<Rebuilt, ElasticError> {
        self.check().await?;
        let current = self.index.current(&self.link).await?.ok_or(ElasticError::Missing("index behind the alias"))?;
        let next = Current { name: self.index.name(current.version + 1), version: current.version + 1 };
        if leftover == Leftover::Discard {
            self.open_for_writing(&current.name).await?;
            match self.link.delete(&next.name).await {
                Err(error) if !error.is_missing() => return Err(error),
                _ => {}
            }
        }
        self.make(&next).await?;
        let filled = self.fill(&current.name, &next.name).await;
        match filled {
            Ok(entries) => {
                tracing::info!(from = current.name, to = next.name, entries, "the search index was rebuilt");
                Ok(Rebuilt { from: current.name, to: next.name, entries })
            }
            Err(error) => {
                self.give_up(&current.name, &next.name).await;
                Err(error)
            }
        }
    }

    async fn make(&self, next: &Current) -> Result<(), ElasticError> {
        let lineage = self.index.lineage(&self.link).await?;
        let body = json!({
            "settings": { "refresh_interval": "-1" },
            "mappings": { "_meta": { "lineage": lineage } },
        });
        match self.link.put(&next.name, &body).await {
            Err(ElasticError::Status { kind, .. }) if kind == "resource_already_exists_exception" => {
                Err(ElasticError::Underway(next.name.clone()))
            }
            made => made.map(drop),
        }
    }

    async fn fill(&self, from: &str, to: &str) -> Result<u64, ElasticError> {
        let mut since = None;
        for pass in 1..=PASSES {
            let began = self.now();
            let copied = self.copy(from, to, since).await?;
            tracing::info!(pass, copied, "copying the search index");
            since = Some(began);
        }
        // Returns when every write that had begun is done.
        self.link.put(&format!("{from}/_block/write"), &Value::Null).await?;
        self.copy(from, to, since).await?;
        self.link.put(&format!("{to}/_settings"), &json!({ "index": { "refresh_interval": null } })).await?;
        self.link.post(&format!("{to}/_refresh"), &Value::Null).await?;
        let (all, copied) = (self.count(from).await?, self.count(to).await?);
        if copied < all {
            return Err(ElasticError::Incomplete { copied, all });
        }
        let alias = &self.index.alias;
        let actions = json!({ "actions": [
            { "add": { "index": to, "alias": alias, "is_write_index": true } },
            { "remove": { "index": from, "alias": alias } },
        ]});
        self.link.post("_aliases", &actions).await?;
        // waits: searches that began on the old index end on it.
        tokio::time::sleep(self.config.answer_within).await;
        if let Err(error) = self.link.delete(from).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                index = from,
                "the old search index was not deleted"
            );
        }
        Ok(copied)
    }

    /// The server copies; the higher revision of an entry wins, so passes may overlap.
    async fn copy(&self, from: &str, to: &str, since: Option<i64>) -> Result<u64, ElasticError> {
        self.link.post(&format!("{from}/_refresh"), &Value::Null).await?;
        let mut source = json!({ "index": from, "size": PAGE });
        if let Some(since) = since {
            let since = since.saturating_sub_unsigned(CLOCKS.as_millis() as u64);
            source["query"] = json!({ "range": { "indexed_at": { "gte": since } } });
        }
        let body =
            json!({ "conflicts": "proceed", "source": source, "dest": { "index": to, "version_type": "external" } });
        let answer = self.link.post("_reindex?wait_for_completion=false", &body).await?;
        let task = answer["task"].as_str().ok_or(ElasticError::Missing("task"))?.to_owned();
        match tokio::time::timeout(COPY_WITHIN, self.copied(&task)).await {
            Ok(copied) => copied,
            Err(_) => Err(ElasticError::Copy(format!("not within {COPY_WITHIN:?}"))),
        }
    }

    async fn copied(&self, task: &str) -> Result<u64, ElasticError> {
        loop {
            let answer = match self.link.get(&format!("_tasks/{task}")).await {
                Err(error) if error.is_transient() => Value::Null,
                answer => answer?,
            };
            if answer["completed"] == true {
                let failures = answer.pointer("/response/failures").and_then(Value::as_array).map_or(0, Vec::len);
                if failures > 0 || answer.get("error").is_some() {
                    let kind = answer.pointer("/error/type").and_then(Value::as_str).unwrap_or("entries were refused");
                    return Err(ElasticError::Copy(kind.to_owned()));
                }
                let made = |field: &str| answer.pointer(&format!("/response/{field}")).and_then(Value::as_u64);
                return Ok(made("created").unwrap_or(0) + made("updated").unwrap_or(0));
            }
            // waits: the server tells nobody that a copy is done.
            tokio::time::sleep(ASK_EVERY).await;
        }
    }

    async fn count(&self, name: &str) -> Result<u64, ElasticError> {
        self.link.post(&format!("{name}/_refresh"), &Value::Null).await?;
        let answer = self.link.get(&format!("{name}/_count")).await?;
        answer["count"].as_u64().ok_or(ElasticError::Missing("count"))
    }

    async fn open_for_writing(&self, name: &str) -> Result<(), ElasticError> {
        let open = json!({ "index": { "blocks": { "write": null } } });
        self.link.put(&format!("{name}/_settings"), &open).await.map(drop)
    }

    /// Back to how it was. What cannot be undone is said: `Leftover::Discard` does it later.
    async fn give_up(&self, from: &str, to: &str) {
        let opened = self.open_for_writing(from).await;
        let deleted = self.link.delete(to).await.map(drop);
        for error in [opened, deleted].into_iter().filter_map(Result::err) {
            tracing::error!(error = &error as &dyn std::error::Error, "a rebuild that failed left something behind");
        }
    }
}

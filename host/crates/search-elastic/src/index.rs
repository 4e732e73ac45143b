//! The index that holds the entries: its names, its mapping, and that it is there.
//!
//! All nodes use the alias. Behind it is one index with a version; a rebuild makes the next and moves the alias.

use crate::{ElasticConfig, ElasticError, link::Link};
use serde_json::{Value, json};
use tokio::sync::Mutex;

pub(crate) struct Index {
    pub alias: String,
    shards: u32,
    replicas: u32,
    /// Whether the index was there when the server was last asked, and still is, as far as is known.
    there: Mutex<bool>,
}

/// What is behind the alias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Current {
    pub name: String,
    pub version: u32,
}

impl Index {
    pub fn new(config: &ElasticConfig) -> Self {
        Self {
            alias: format!("{}-entries", config.prefix),
            shards: config.shards,
            replicas: config.replicas,
            there: Mutex::new(false),
        }
    }

    pub fn name(&self, version: u32) -> String {
        format!("{}-v{version}", self.alias)
    }

    /// Makes what is not there. Asks the server only after `lost`, and for all callers at once.
    pub async fn ensure(&self, link: &Link) -> Result<(), ElasticError> {
        let mut there = self.there.lock().await;
        if !*there {
            self.install_template(link).await?;
            if self.current(link).await?.is_none() {
                self.make_first(link).await?;
            }
            *there = true;
        }
        Ok(())
    }

    /// After a failure: the server may have come back without the index.
    pub async fn lost(&self) {
        *self.there.lock().await = false;
    }

    pub async fn current(&self, link: &Link) -> Result<Option<Current>, ElasticError> {
        let answer = match link.get(&format!("_alias/{}", self.alias)).await {
            Err(error) if error.is_missing() => return Ok(None),
            answer => answer?,
        };
        let names = answer.as_object().into_iter().flat_map(serde_json::Map::keys);
        Ok(names.filter_map(|name| self.version_of(name)).max_by_key(|current| current.version))
    }

    fn version_of(&self, name: &str) -> Option<Current> {
        let version = name.strip_prefix(&self.alias)?.strip_prefix("-v")?.parse().ok()?;
        Some(Current { name: name.to_owned(), version })
    }

    /// The index and its alias in one step, so that no node sees the one without the other.
    async fn make_first(&self, link: &Link) -> Result<(), ElasticError> {
        let first = self.name(1);
        let lineage = format!("{:032x}", rand::random::<u128>());
        let alias = &self.alias;
        let body = json!({ "aliases": { alias: { "is_write_index": true } }, "mappings": { "_meta": { "lineage": lineage } } });
        match link.put(&first, &body).await {
            Ok(_) => {
                tracing::info!(index = first, "made the search index");
                Ok(())
            }
            // Another node was faster; or the alias was taken away, and the index is still good.
            Err(ElasticError::Status { kind, .. }) if kind == "resource_already_exists_exception" => {
                if self.current(link).await?.is_none() {
                    let add =
                        json!({ "actions": [{ "add": { "index": first, "alias": alias, "is_write_index": true } }] });
                    link.post("_aliases", &add).await?;
                }
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Names the history of the index: rebuilds keep it, an index that was made anew has another.
    pub async fn lineage(&self, link: &Link) -> Result<String, ElasticError> {
        let answer = link.get(&format!("{}/_mapping", self.alias)).await?;
        let mappings = answer.as_object().and_then(|indices| indices.values().next());
        let lineage = mappings.and_then(|index| index.pointer("/mappings/_meta/lineage")).and_then(Value::as_str);
        lineage.map(str::to_owned).ok_or(ElasticError::Missing("lineage"))
    }

    pub async fn install_template(&self, link: &Link) -> Result<(), ElasticError> {
        let body = json!({
            "index_patterns": [format!("{}-v*", self.alias)],
            "priority": 200,
            "template": {
                "settings": {
                    "number_of_shards": self.shards,
                    "number_of_replicas": self.replicas,
                    "analysis": analysis(),
                },
                "mappings": mappings(),
            },
        });
        link.put(&format!("_index_template/{}", self.alias), &body).await.map(drop)
    }
}

/// Words of any script. Chinese, Japanese and Korean as pairs of characters, and single ones; others folded (`Größe` is found as
/// `grosse`) and by their beginnings, from two letters to twenty. A word of a query is a phrase of what it is made of.
fn analysis() -> Value {
    json!({
        "char_filter": {
            // The tokenizer keeps `status:open`, `a_b` and `shop.example` as one word each.
            "weft_split": { "type": "mapping", "mappings": [":=>\\u0020", "_=>\\u0020", ".=>\\u0020", "'=>\\u0020", "\\u2019=>\\u0020"] },
        },
        "filter": {
            "weft_pairs_and_singles": { "type": "cjk_bigram", "output_unigrams": true },
            "weft_beginnings": { "type": "edge_ngram", "min_gram": 2, "max_gram": 20, "preserve_original": true },
        },
        "analyzer": {
            "weft_index": {
                "type": "custom", "char_filter": ["weft_split"], "tokenizer": "standard",
                "filter": ["cjk_width", "lowercase", "asciifolding", "weft_pairs_and_singles", "weft_beginnings"],
            },
            "weft_search": {
                "type": "custom", "char_filter": ["weft_split"], "tokenizer": "standard",
                "filter": ["cjk_width", "lowercase", "asciifolding", "cjk_bigram"],
            },
        },
    })
}

fn mappings() -> Value {
    let (keyword, time) = (json!({ "type": "keyword" }), json!({ "type": "date", "format": "epoch_millis" }));
    json!({
        "dynamic": "strict",
        "_routing": { "required": true },
        "properties": {
            "tenant": keyword, "conversation": keyword, "team": keyword, "visitor": keyword,
            "seq": { "type": "long" }, "at": time, "indexed_at": time,
            "notes": { "type": "boolean" },
            "text": { "type": "text", "analyzer": "weft_index", "search_analyzer": "weft_search", "norms": false },
        },
    })
}

//! `weft node list` and `weft search rebuild`: what concerns all nodes at once.

use crate::{config::Config, servers, wiring};
use anyhow::{Context, Result};
use ports::{SystemClock, store::Releases as _};
use search_elastic::Leftover;
use std::sync::Arc;

#[expect(clippy::print_stdout, reason = "this is the answer of the command")]
pub async fn nodes(config: &Config) -> Result<()> {
    let base = wiring::base(config).await?;
    for (id, name) in base.store.nodes().await? {
        println!("{id}  {name}");
    }
    base.store.close().await;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this is the answer of the command")]
pub async fn rebuild_search(config: &Config, discard: bool) -> Result<()> {
    let elastic = servers::elastic(&config.elasticsearch, Arc::new(SystemClock))?
        .context("there is nothing to rebuild: elasticsearch.url is empty")?;
    println!("rebuilding the search index; this takes as long as the copy takes");
    let rebuilt = elastic.rebuild(if discard { Leftover::Discard } else { Leftover::Respect }).await?;
    println!("{} -> {}  {} entries", rebuilt.from, rebuilt.to, rebuilt.entries);
    Ok(())
}

#![doc = include_str!("../README.md")]

mod administration;
mod audit;
mod backlog;
mod blobs;
mod codec;
mod commit;
mod conversations;
mod db;
mod fts;
mod indexing;
mod lanes;
mod log;
mod migrate;
mod notifications;
mod people;
#[cfg(test)]
mod plans;
mod releases;
mod route_facts;
mod sweeps;
mod tokens;

pub use blobs::SqlBlobs;
pub use db::{DbError, Pool};
pub use fts::SqlSearch;
pub use migrate::MigrateError;

use db::{Db, Row, Sql, Value};
use model::{Clock, Timestamp};
use ports::PortResult;
use std::{path::PathBuf, sync::Arc};

/// Milliseconds since 1970 by the server's clock.
const MYSQL_NOW: &str = "SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)";

/// Which database, and how many connections read it.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// `sqlite://PATH` or `mysql://USER:PASSWORD@HOST:PORT/DATABASE`. May hold a password: never logged.
    pub url: String,
    /// Connections beside SQLite's one writer; all connections of a MySQL pool.
    pub connections: u32,
}

/// The store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum StoreOpenError {
    #[error("a store URL begins with `sqlite://` or `mysql://`")]
    Url,
    #[error("the directory of {path} cannot be made")]
    Directory {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the database cannot be opened")]
    Open(#[source] DbError),
    #[error("the database's schema cannot be brought up to date")]
    Migrate(#[from] MigrateError),
}

/// The system of record in SQLite or MySQL. Cheap to clone.
#[derive(Clone)]
pub struct SqlStore {
    db: Db,
    clock: Arc<dyn Clock>,
    lanes: Arc<lanes::Held>,
}

impl SqlStore {
    /// Connects and brings the schema up to date. `clock` is the store's clock on SQLite; a MySQL server has its own.
    pub async fn open(config: &StoreConfig, clock: Arc<dyn Clock>) -> Result<Self, StoreOpenError> {
        let db = if let Some(path) = config.url.strip_prefix("sqlite://") {
            let path = PathBuf::from(path.split_once('?').map_or(path, |(path, _)| path));
            if let Some(directory) = path.parent() {
                std::fs::create_dir_all(directory)
                    .map_err(|source| StoreOpenError::Directory { path: path.clone(), source })?;
            }
            Db::sqlite(&path, config.connections).await.map_err(StoreOpenError::Open)?
        } else if config.url.starts_with("mysql://") {
            Db::mysql(&config.url, config.connections).await.map_err(StoreOpenError::Open)?
        } else {
            return Err(StoreOpenError::Url);
        };
        migrate::migrate(&db, clock.now()).await?;
        let store = Self { db, clock, lanes: Arc::default() };
        store.first_epoch().await.map_err(StoreOpenError::Open)?;
        Ok(store)
    }

    /// Full-text search in the same file. `None` on MySQL, whose installations have a search server.
    pub fn search(&self) -> Option<SqlSearch> {
        SqlSearch::new(&self.db)
    }

    /// Whether nodes on other machines can use the same database.
    pub const fn is_shared(&self) -> bool {
        matches!(self.db, Db::MySql(_))
    }

    /// What is open now, and what of it waits for work.
    pub fn pool(&self) -> Pool {
        self.db.pool()
    }

    /// Finishes what runs and ends all connections.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// After a restore from a backup: clients' resume points mean nothing any more and they are told so (C2).
    pub async fn renew_epoch(&self) -> Result<(), DbError> {
        let now = self.moment().await?;
        let sql = self.db.sql("UPDATE meta SET value = ? WHERE name = 'epoch'").bind(epoch_bytes(now));
        self.db.run(sql).await.map(drop)
    }

    /// The first row of a statement that reads.
    async fn one<T>(&self, sql: Sql, read: impl Fn(&Row) -> Result<T, DbError>) -> PortResult<Option<T>> {
        Ok(self.db.row(sql).await?.as_ref().map(read).transpose()?)
    }

    /// All rows of a statement that reads.
    async fn all<T>(&self, sql: Sql, read: impl Fn(&Row) -> Result<T, DbError>) -> PortResult<Vec<T>> {
        Ok(self.db.rows(sql).await?.iter().map(read).collect::<Result<_, _>>()?)
    }

    async fn first_epoch(&self) -> Result<(), DbError> {
        let now = self.moment().await?;
        let sql = self
            .db
            .sql("INSERT INTO meta (name, value)")
            .rows([["epoch".into(), epoch_bytes(now)]])
            .or_keep("name", "name");
        self.db.run(sql).await.map(drop)
    }

    /// Now, by the store's clock.
    async fn moment(&self) -> Result<Timestamp, DbError> {
        match &self.db {
            Db::Sqlite { .. } => Ok(self.clock.now()),
            Db::MySql(_) => {
                let row = self.db.row(self.db.sql(MYSQL_NOW)).await?;
                row.map_or(Ok(self.clock.now()), |row| row.time(0))
            }
        }
    }
}

fn epoch_bytes(now: Timestamp) -> Value {
    now.as_ms().to_be_bytes().into()
}

//! A thin layer over `sqlx` that lets one text of SQL run on both databases: own values in, rows out, no generics above it.

mod error;
mod row;
mod sql;
mod value;

pub use error::{DbError, Fault};
pub use row::Row;
pub use sql::{Dialect, Sql};
pub use value::Value;

use sqlx::{
    Executor as _, MySql, MySqlPool, Sqlite, SqlitePool, Transaction,
    mysql::{MySqlConnectOptions, MySqlPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{path::Path, time::Duration};
use tokio::time::Instant;

/// How long a caller waits for a connection, and a SQLite statement for the file's lock.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Between two attempts to open a file that others are just making.
const OPEN_PAUSE: Duration = Duration::from_millis(20);
/// Prepared statements kept per connection. Groups differ in size, so there are more texts than call sites.
const STATEMENTS: usize = 256;
/// How long a statement waits for a row, and how long a node that hangs within a transaction keeps its rows from the others: until
/// the server drops its connection. MariaDB tells such a one from an idle one (`/*M! */` is for it alone); MySQL knows idle ones only,
/// so those are given back before.
const MYSQL_PATIENCE: &str =
    "SET SESSION innodb_lock_wait_timeout = 5, wait_timeout = 60 /*M!100303 , idle_transaction_timeout = 10 */";
const IDLE_MAX: Duration = Duration::from_secs(40);
/// Pages of the file that a SQLite connection maps, and that it caches (KiB, negative by SQLite's convention).
const MMAP_BYTES: u64 = 256 * 1024 * 1024;
const CACHE_KIB: &str = "-8192";
/// The write-ahead log is folded back after this many pages, and cut to this size. Pages written again meanwhile are folded once.
const CHECKPOINT_PAGES: u32 = 8000;
const WAL_BYTES: u32 = 64 * 1024 * 1024;

/// The database behind the store.
#[derive(Clone, Debug)]
pub enum Db {
    /// One connection writes; readers never wait for it (WAL).
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    MySql(MySqlPool),
}

/// Connections to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    pub open: u32,
    /// Of the open ones.
    pub idle: u32,
    /// As configured.
    pub most: u32,
}

/// A transaction. Dropped without `commit` it is rolled back.
pub enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    MySql(Transaction<'static, MySql>),
}

impl Db {
    pub async fn sqlite(path: &Path, readers: u32) -> Result<Self, DbError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(ACQUIRE_TIMEOUT)
            .statement_cache_capacity(STATEMENTS)
            .pragma("mmap_size", MMAP_BYTES.to_string())
            .pragma("cache_size", CACHE_KIB)
            // A statement of many rows keeps what it may have to take back: in memory, not in a file made for it.
            .pragma("temp_store", "memory")
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
            .pragma("journal_size_limit", WAL_BYTES.to_string());
        let pool = |n: u32| {
            SqlitePoolOptions::new()
                .min_connections(1)
                .max_connections(n)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .idle_timeout(None)
                .max_lifetime(None)
                .test_before_acquire(false)
        };
        // The writer goes first: it makes the file and turns the WAL on. For that step SQLite does not wait for others that open the
        // file at the same time (https://sqlite.org/pragma.html#pragma_journal_mode): it is refused at once.
        let patience = Instant::now() + ACQUIRE_TIMEOUT;
        let writer = loop {
            match pool(1).connect_with(options.clone()).await.map_err(DbError::from) {
                Err(error) if error.fault() == Fault::Transient && Instant::now() < patience => {
                    tokio::time::sleep(OPEN_PAUSE).await;
                }
                opened => break opened?,
            }
        };
        let readers = pool(readers.max(1)).connect_with(options.pragma("query_only", "on")).await?;
        Ok(Self::Sqlite { writer, readers })
    }

    pub async fn mysql(url: &str, connections: u32) -> Result<Self, DbError> {
        let options: MySqlConnectOptions = url.parse()?;
        let options = options.charset("utf8mb4").collation("utf8mb4_bin").statement_cache_capacity(STATEMENTS);
        let pool = MySqlPoolOptions::new()
            .max_connections(connections.max(2))
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(IDLE_MAX)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    // Rows are locked by id; gap locks would only make nodes wait for each other.
                    connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").await?;
                    connection.execute(MYSQL_PATIENCE).await?;
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        Ok(Self::MySql(pool))
    }

    /// Of SQLite the readers: its writer is one, and always open.
    pub fn pool(&self) -> Pool {
        let (open, idle, most) = match self {
            Self::Sqlite { readers, .. } => {
                (readers.size(), readers.num_idle(), readers.options().get_max_connections())
            }
            Self::MySql(pool) => (pool.size(), pool.num_idle(), pool.options().get_max_connections()),
        };
        Pool { open, idle: u32::try_from(idle).unwrap_or(open), most }
    }

    pub const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite { .. } => Dialect::Sqlite,
            Self::MySql(_) => Dialect::MySql,
        }
    }

    /// The beginning of a statement.
    pub fn sql(&self, text: &str) -> Sql {
        Sql::new(self.dialect(), text)
    }

    /// A transaction that writes. On SQLite it is the only one until it ends.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Self::MySql(pool) => Tx::MySql(pool.begin().await?),
        })
    }

    /// A transaction that reads: all its statements see one moment.
    pub async fn snapshot(&self) -> Result<Tx, DbError> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Tx::Sqlite(readers.begin().await?),
            Self::MySql(pool) => {
                let mut connection = pool.acquire().await?;
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").await?;
                Tx::MySql(Transaction::begin(connection, None).await?)
            }
        })
    }

    /// The rows of one statement that reads.
    pub async fn rows(&self, sql: Sql) -> Result<Vec<Row>, DbError> {
        match self {
            Self::Sqlite { readers, .. } => {
                Ok(sql.sqlite()?.fetch_all(readers).await?.into_iter().map(Row::Sqlite).collect())
            }
            Self::MySql(pool) => Ok(sql.mysql()?.fetch_all(pool).await?.into_iter().map(Row::MySql).collect()),
        }
    }

    pub async fn row(&self, sql: Sql) -> Result<Option<Row>, DbError> {
        Ok(self.rows(sql).await?.into_iter().next())
    }

    /// One statement that writes, by itself; answers how many rows it touched.
    pub async fn run(&self, sql: Sql) -> Result<u64, DbError> {
        match self {
            Self::Sqlite { writer, .. } => Ok(sql.sqlite()?.execute(writer).await?.rows_affected()),
            Self::MySql(pool) => Ok(sql.mysql()?.execute(pool).await?.rows_affected()),
        }
    }

    /// Like [`Db::run`], but `false` when a unique key forbids it.
    pub async fn insert(&self, sql: Sql) -> Result<bool, DbError> {
        match self.run(sql).await {
            Ok(_) => Ok(true),
            Err(e) if e.is_duplicate() => Ok(false),
            Err(e) => Err(e),
        }
    }

    /// Ends all connections once they are idle. SQLite folds its log back into the file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::MySql(pool) => pool.close().await,
        }
    }
}

impl Tx {
    pub const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::MySql(_) => Dialect::MySql,
        }
    }

    pub fn sql(&self, text: &str) -> Sql {
        Sql::new(self.dialect(), text)
    }

    pub async fn rows(&mut self, sql: Sql) -> Result<Vec<Row>, DbError> {
        match self {
            Self::Sqlite(tx) => Ok(sql.sqlite()?.fetch_all(&mut **tx).await?.into_iter().map(Row::Sqlite).collect()),
            Self::MySql(tx) => Ok(sql.mysql()?.fetch_all(&mut **tx).await?.into_iter().map(Row::MySql).collect()),
        }
    }

    pub async fn row(&mut self, sql: Sql) -> Result<Option<Row>, DbError> {
        Ok(self.rows(sql).await?.into_iter().next())
    }

    pub async fn run(&mut self, sql: Sql) -> Result<u64, DbError> {
        match self {
            Self::Sqlite(tx) => Ok(sql.sqlite()?.execute(&mut **tx).await?.rows_affected()),
            Self::MySql(tx) => Ok(sql.mysql()?.execute(&mut **tx).await?.rows_affected()),
        }
    }

    /// Several statements of one text, without values.
    pub async fn script(&mut self, text: &'static str) -> Result<(), DbError> {
        match self {
            Self::Sqlite(tx) => sqlx::raw_sql(text).execute(&mut **tx).await.map(drop)?,
            Self::MySql(tx) => sqlx::raw_sql(text).execute(&mut **tx).await.map(drop)?,
        }
        Ok(())
    }

    /// Durable when it returns. An error of a connection leaves it open whether it happened.
    pub async fn commit(self) -> Result<(), DbError> {
        let done = match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::MySql(tx) => tx.commit().await,
        };
        done.map_err(DbError::at_commit)
    }

    pub async fn rollback(self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await?,
            Self::MySql(tx) => tx.rollback().await?,
        }
        Ok(())
    }
}

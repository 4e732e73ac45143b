//! The schema, step by step. Each step is a file per dialect; a step once released never changes.

use crate::db::{Db, DbError, Tx};
use model::Timestamp;

struct Step {
    version: i64,
    /// The oldest version that can work with the schema after this step: its own, unless it only adds what older ones do not look at.
    /// While nodes are upgraded one after the other, those of that version go on, and may be started again.
    works_with: i64,
    name: &'static str,
    sqlite: &'static str,
    /// Empty: nothing to do there, and the SQLite file says why.
    mysql: &'static str,
}

const STEPS: [Step; 7] = [
    Step {
        version: 1,
        works_with: 1,
        name: "start",
        sqlite: include_str!("../migrations/sqlite/0001_start.sql"),
        mysql: include_str!("../migrations/mysql/0001_start.sql"),
    },
    Step {
        version: 2,
        works_with: 2,
        name: "search",
        sqlite: include_str!("../migrations/sqlite/0002_search.sql"),
        mysql: "",
    },
    Step {
        version: 3,
        works_with: 3,
        name: "blobs",
        sqlite: include_str!("../migrations/sqlite/0003_blobs.sql"),
        mysql: include_str!("../migrations/mysql/0003_blobs.sql"),
    },
    Step {
        version: 4,
        works_with: 4,
        name: "shared indexing",
        sqlite: include_str!("../migrations/sqlite/0004_search_shared.sql"),
        mysql: include_str!("../migrations/mysql/0004_search_shared.sql"),
    },
    Step {
        version: 5,
        works_with: 5,
        name: "administration",
        sqlite: include_str!("../migrations/sqlite/0005_administration.sql"),
        mysql: include_str!("../migrations/mysql/0005_administration.sql"),
    },
    Step {
        version: 6,
        works_with: 6,
        name: "report_fuel",
        sqlite: include_str!("../migrations/sqlite/0006_report_fuel.sql"),
        mysql: include_str!("../migrations/mysql/0006_report_fuel.sql"),
    },
    Step {
        version: 7,
        works_with: 7,
        name: "notifications",
        sqlite: include_str!("../migrations/sqlite/0007_notifications.sql"),
        mysql: include_str!("../migrations/mysql/0007_notifications.sql"),
    },
];

/// Nodes that start at once wait this long for the one that migrates.
const LOCK_SECONDS: i64 = 60;

/// The database was made by a newer weft, or a step failed.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("the database has schema {found}, this weft knows up to {known}: start a newer weft")]
    Newer { found: i64, known: i64 },
    #[error("another node has been migrating the database for {LOCK_SECONDS} s")]
    Locked,
    #[error("schema step {step} failed")]
    Step {
        step: &'static str,
        #[source]
        source: DbError,
    },
    #[error("the schema cannot be read")]
    Db(#[from] DbError),
}

/// Brings the schema up to date. Of several nodes at once, one does it and the others wait.
pub async fn migrate(db: &Db, now: Timestamp) -> Result<(), MigrateError> {
    let mut tx = db.begin().await?;
    if matches!(db, Db::Sqlite { .. }) {
        // One immediate transaction: alone, and all or nothing.
        steps(&mut tx, now).await?;
    } else {
        // DDL commits by itself there: a named lock keeps others away, and each file can be run again.
        let lock = tx.sql("SELECT GET_LOCK(CONCAT('weft_migrate_', DATABASE()), ?)").bind(LOCK_SECONDS);
        if tx.row(lock).await?.map(|row| row.maybe_int(0)).transpose()?.flatten() != Some(1) {
            return Err(MigrateError::Locked);
        }
        let done = steps(&mut tx, now).await;
        tx.row(tx.sql("SELECT RELEASE_LOCK(CONCAT('weft_migrate_', DATABASE()))")).await?;
        done?;
    }
    Ok(tx.commit().await?)
}

async fn steps(tx: &mut Tx, now: Timestamp) -> Result<(), MigrateError> {
    for step in missing(tx).await? {
        let text = if matches!(tx, Tx::Sqlite(_)) { step.sqlite } else { step.mysql };
        if !text.is_empty() {
            tx.script(text).await.map_err(|source| MigrateError::Step { step: step.name, source })?;
        }
        let row = [step.version.into(), now.into(), step.works_with.into()];
        tx.run(tx.sql("INSERT INTO schema_steps (version, done_at, works_with)").rows([row])).await?;
    }
    Ok(())
}

async fn missing(tx: &mut Tx) -> Result<Vec<&'static Step>, MigrateError> {
    table(tx).await?;
    let found =
        tx.row(tx.sql("SELECT COALESCE(MAX(version), 0), COALESCE(MAX(works_with), 0) FROM schema_steps")).await?;
    let (found, works_with) = found.map_or(Ok((0, 0)), |row| Ok::<_, DbError>((row.int(0)?, row.int(1)?)))?;
    let known = STEPS.iter().map(|s| s.version).max().unwrap_or(0);
    if works_with > known {
        return Err(MigrateError::Newer { found, known });
    }
    Ok(STEPS.iter().filter(|s| s.version > found).collect())
}

/// The table of steps, with the column that databases of before it do not have.
async fn table(tx: &mut Tx) -> Result<(), DbError> {
    let table =
        "CREATE TABLE IF NOT EXISTS schema_steps (version BIGINT NOT NULL PRIMARY KEY, done_at BIGINT NOT NULL)";
    tx.run(tx.sql(table)).await?;
    let columns = match tx {
        Tx::Sqlite(_) => "SELECT COUNT(*) FROM pragma_table_info('schema_steps') WHERE name = 'works_with'",
        Tx::MySql(_) => {
            "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() \
             AND table_name = 'schema_steps' AND column_name = 'works_with'"
        }
    };
    let has = tx.row(tx.sql(columns)).await?.map_or(Ok(0), |row| row.int(0))? > 0;
    if !has {
        tx.run(tx.sql("ALTER TABLE schema_steps ADD COLUMN works_with BIGINT NOT NULL DEFAULT 0")).await?;
        tx.run(tx.sql("UPDATE schema_steps SET works_with = version")).await?;
    }
    Ok(())
}

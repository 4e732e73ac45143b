use ports::PortError;

/// What kind of failure it was: decides whether the same is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Busy, deadlocked or not reached: nothing happened.
    Transient,
    /// The connection broke while committing.
    Unknown,
    /// A unique key forbids it.
    Duplicate,
    /// The statement or what is stored is wrong.
    Permanent,
}

/// The database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    #[error("the database refused")]
    Sql {
        fault: Fault,
        #[source]
        source: sqlx::Error,
    },
    #[error("column {column} cannot be read")]
    Column {
        column: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("a document cannot be read or written")]
    Document(#[from] serde_json::Error),
    #[error("a number is out of range")]
    Range(#[from] std::num::TryFromIntError),
}

/// MySQL: deadlock, lock wait timeout, too many connections, shutdown in progress, read-only (failing over).
const MYSQL_TRANSIENT: [u16; 6] = [1213, 1205, 1040, 1053, 1290, 1836];
/// SQLite primary result codes: BUSY, LOCKED, IOERR, FULL.
const SQLITE_TRANSIENT: [i32; 4] = [5, 6, 10, 13];

impl DbError {
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Sql { fault, .. } => *fault,
            Self::Column { .. } | Self::Document(_) | Self::Range(_) => Fault::Permanent,
        }
    }
    pub const fn is_duplicate(&self) -> bool {
        matches!(self.fault(), Fault::Duplicate)
    }
    /// The error of a `COMMIT`: when the connection broke, nobody knows whether it happened.
    pub fn at_commit(source: sqlx::Error) -> Self {
        let fault = match (&source, classify(&source)) {
            (sqlx::Error::Database(_), fault) => fault,
            (_, Fault::Transient) => Fault::Unknown,
            (_, fault) => fault,
        };
        Self::Sql { fault, source }
    }
}

fn classify(error: &sqlx::Error) -> Fault {
    use sqlx::Error as E;
    match error {
        E::Database(e) if e.is_unique_violation() => Fault::Duplicate,
        E::Database(e) => {
            let transient = if let Some(mysql) = e.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
                MYSQL_TRANSIENT.contains(&mysql.number())
            } else {
                // Extended codes carry the primary one in their low byte.
                let code = e.code().and_then(|c| c.parse::<i32>().ok()).unwrap_or(0);
                SQLITE_TRANSIENT.contains(&(code & 0xff))
            };
            if transient { Fault::Transient } else { Fault::Permanent }
        }
        E::Io(_) | E::Tls(_) | E::Protocol(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::BeginFailed => {
            Fault::Transient
        }
        _ => Fault::Permanent,
    }
}

impl From<sqlx::Error> for DbError {
    fn from(source: sqlx::Error) -> Self {
        Self::Sql { fault: classify(&source), source }
    }
}

impl From<DbError> for PortError {
    fn from(error: DbError) -> Self {
        match error.fault() {
            Fault::Transient => Self::unavailable("the store", error),
            Fault::Unknown => Self::unknown("the store", error),
            Fault::Duplicate | Fault::Permanent => Self::failed("the store", error),
        }
    }
}

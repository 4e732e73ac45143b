use super::DbError;
use serde::de::DeserializeOwned;
use sqlx::{Row as _, mysql::MySqlRow, sqlite::SqliteRow};

/// One row of an answer, read by position.
pub enum Row {
    Sqlite(SqliteRow),
    MySql(MySqlRow),
}

macro_rules! get {
    ($row:expr, $column:expr, $type:ty) => {
        // Unchecked: MySQL calls text of a binary collation VARBINARY, and the schema is ours.
        match $row {
            Row::Sqlite(row) => row.try_get_unchecked::<$type, _>($column),
            Row::MySql(row) => row.try_get_unchecked::<$type, _>($column),
        }
    };
}

impl Row {
    pub fn int(&self, column: usize) -> Result<i64, DbError> {
        Ok(get!(self, column, i64)?)
    }
    pub fn maybe_int(&self, column: usize) -> Result<Option<i64>, DbError> {
        Ok(get!(self, column, Option<i64>)?)
    }
    /// A number that was written from an unsigned one.
    pub fn number<T: TryFrom<i64, Error = std::num::TryFromIntError>>(&self, column: usize) -> Result<T, DbError> {
        Ok(T::try_from(self.int(column)?)?)
    }
    pub fn flag(&self, column: usize) -> Result<bool, DbError> {
        Ok(self.int(column)? != 0)
    }
    pub fn text(&self, column: usize) -> Result<String, DbError> {
        Ok(get!(self, column, String)?)
    }
    pub fn maybe_text(&self, column: usize) -> Result<Option<String>, DbError> {
        Ok(get!(self, column, Option<String>)?)
    }
    pub fn blob(&self, column: usize) -> Result<Vec<u8>, DbError> {
        Ok(get!(self, column, Vec<u8>)?)
    }
    pub fn maybe_blob(&self, column: usize) -> Result<Option<Vec<u8>>, DbError> {
        Ok(get!(self, column, Option<Vec<u8>>)?)
    }
    pub fn bytes<const N: usize>(&self, column: usize) -> Result<[u8; N], DbError> {
        fixed(column, self.blob(column)?)
    }
    pub fn maybe_bytes<const N: usize>(&self, column: usize) -> Result<Option<[u8; N]>, DbError> {
        self.maybe_blob(column)?.map(|bytes| fixed(column, bytes)).transpose()
    }
    /// An id, for instance `row.id(0, AgentId::from_bytes)`.
    pub fn id<T>(&self, column: usize, make: impl FnOnce([u8; 16]) -> T) -> Result<T, DbError> {
        self.bytes(column).map(make)
    }
    pub fn maybe_id<T>(&self, column: usize, make: impl FnOnce([u8; 16]) -> T) -> Result<Option<T>, DbError> {
        Ok(self.maybe_bytes(column)?.map(make))
    }
    pub fn time(&self, column: usize) -> Result<model::Timestamp, DbError> {
        self.int(column).map(model::Timestamp)
    }
    pub fn maybe_time(&self, column: usize) -> Result<Option<model::Timestamp>, DbError> {
        Ok(self.maybe_int(column)?.map(model::Timestamp))
    }
    /// A JSON document.
    pub fn json<T: DeserializeOwned>(&self, column: usize) -> Result<T, DbError> {
        Ok(serde_json::from_str(&self.text(column)?)?)
    }
    /// A word of a closed set, as serde spells it.
    pub fn word<T: DeserializeOwned>(&self, column: usize) -> Result<T, DbError> {
        Ok(T::deserialize(serde::de::value::StringDeserializer::<serde_json::Error>::new(self.text(column)?))?)
    }
}

fn fixed<const N: usize>(column: usize, bytes: Vec<u8>) -> Result<[u8; N], DbError> {
    bytes.try_into().map_err(|bytes: Vec<u8>| DbError::Column {
        column: column.to_string(),
        source: format!("{} bytes where {N} were expected", bytes.len()).into(),
    })
}

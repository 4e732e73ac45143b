use super::{DbError, Value};
use sqlx::{
    Arguments as _, AssertSqlSafe, MySql, Sqlite, mysql::MySqlArguments, query::Query, sqlite::SqliteArguments,
};

/// Which SQL is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    MySql,
}

/// A statement and its values. The text comes from this crate only; everything from outside is bound.
#[derive(Clone, Debug)]
pub struct Sql {
    dialect: Dialect,
    text: String,
    values: Vec<Value>,
}

impl Sql {
    pub fn new(dialect: Dialect, text: &str) -> Self {
        Self { dialect, text: text.to_owned(), values: Vec::new() }
    }

    /// More text, with a space before it.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.text.push(' ');
        self.text.push_str(text);
        self
    }

    /// The value of the next `?`.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// More text with one `?`, and its value, when there is one.
    #[must_use]
    pub fn when(self, text: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.text(text).bind(value),
            None => self,
        }
    }

    /// `IN` a list of rows: what the row value before it is compared with. The list is not empty.
    #[must_use]
    pub fn among<const N: usize>(mut self, keys: impl IntoIterator<Item = [Value; N]>) -> Self {
        // SQLite takes a list of row values only as a table, and looks its rows up in an index only from a subquery.
        let (open, close) = match self.dialect {
            Dialect::Sqlite if N > 1 => (" IN (SELECT * FROM (VALUES ", "))"),
            _ => (" IN (", ")"),
        };
        // A list is as good with its last row repeated: up to a power of two, there are few texts to prepare.
        let mut keys: Vec<_> = keys.into_iter().collect();
        let last = keys.last().cloned();
        keys.extend(std::iter::repeat_n(last, keys.len().next_power_of_two() - keys.len()).flatten());
        self.text.push_str(open);
        self.tuples(keys);
        self.text.push_str(close);
        self
    }

    /// The rows of an `INSERT INTO t (…) VALUES`. Not empty.
    #[must_use]
    pub fn rows<const N: usize>(mut self, rows: impl IntoIterator<Item = [Value; N]>) -> Self {
        self.text.push_str(" VALUES ");
        self.tuples(rows);
        self
    }

    fn tuples<const N: usize>(&mut self, rows: impl IntoIterator<Item = [Value; N]>) {
        let marks = vec!["?"; N].join(",");
        for (i, row) in rows.into_iter().enumerate() {
            self.text.push_str(if i == 0 { "(" } else { ",(" });
            self.text.push_str(&marks);
            self.text.push(')');
            self.values.extend(row);
        }
    }

    /// After `rows`: a row whose `key` exists gets the new `columns` instead.
    #[must_use]
    pub fn or_update(mut self, key: &str, columns: &[&str]) -> Self {
        let (head, old, new) = match self.dialect {
            Dialect::Sqlite => (format!(" ON CONFLICT ({key}) DO UPDATE SET "), "excluded.", ""),
            Dialect::MySql => (" ON DUPLICATE KEY UPDATE ".to_owned(), "VALUES(", ")"),
        };
        self.text.push_str(&head);
        let sets: Vec<_> = columns.iter().map(|c| format!("{c} = {old}{c}{new}")).collect();
        self.text.push_str(&sets.join(", "));
        self
    }

    /// After `or_update`: `column` gets the new value if it has none.
    #[must_use]
    pub fn or_fill(mut self, column: &str) -> Self {
        let fill = match self.dialect {
            Dialect::Sqlite => format!(", {column} = COALESCE({column}, excluded.{column})"),
            Dialect::MySql => format!(", {column} = COALESCE({column}, VALUES({column}))"),
        };
        self.text.push_str(&fill);
        self
    }

    /// After `rows`: a row whose `key` exists is left as it is.
    #[must_use]
    pub fn or_keep(self, key: &str, column: &str) -> Self {
        let tail = match self.dialect {
            Dialect::Sqlite => format!("ON CONFLICT ({key}) DO NOTHING"),
            Dialect::MySql => format!("ON DUPLICATE KEY UPDATE {column} = {column}"),
        };
        self.text(&tail)
    }

    /// Locks what is read. SQLite's writer is alone anyway.
    #[must_use]
    pub fn for_update(self) -> Self {
        self.lock("FOR UPDATE")
    }
    /// Keeps what is read from changing until the transaction ends.
    #[must_use]
    pub fn for_share(self) -> Self {
        self.lock("LOCK IN SHARE MODE")
    }
    /// Locks what is read and passes over what others hold.
    #[must_use]
    pub fn for_update_skip_locked(self) -> Self {
        self.lock("FOR UPDATE SKIP LOCKED")
    }
    fn lock(self, text: &str) -> Self {
        match self.dialect {
            Dialect::Sqlite => self,
            Dialect::MySql => self.text(text),
        }
    }

    pub(super) fn sqlite(self) -> Result<Query<'static, Sqlite, SqliteArguments>, DbError> {
        let mut arguments = SqliteArguments::default();
        for value in self.values {
            match value {
                Value::Null => arguments.add(None::<i64>),
                Value::Int(number) => arguments.add(number),
                Value::Text(text) => arguments.add(text),
                Value::Blob(bytes) => arguments.add(bytes),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(sqlx::query_with(AssertSqlSafe(self.text), arguments))
    }

    pub(super) fn mysql(self) -> Result<Query<'static, MySql, MySqlArguments>, DbError> {
        let mut arguments = MySqlArguments::default();
        for value in self.values {
            match value {
                Value::Null => arguments.add(None::<i64>),
                Value::Int(number) => arguments.add(number),
                Value::Text(text) => arguments.add(text),
                Value::Blob(bytes) => arguments.add(bytes),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(sqlx::query_with(AssertSqlSafe(self.text), arguments))
    }
}

//! How PostgreSQL and SQLite spell the same column. Migrations that have run anywhere rely on what is written here, so
//! a function may be added and none may change its meaning.
//!
//! What sqlx binds decides the types on SQLite, where a comparison between different storage classes is silently false:
//!
//! | Rust | PostgreSQL | SQLite | stored on SQLite as |
//! | --- | --- | --- | --- |
//! | `Uuid` | `uuid` | `BLOB` | its 16 bytes, which sort as on PostgreSQL |
//! | `DateTime<Utc>` | `timestamptz` | `TEXT` | RFC 3339, see [`Dialect::instant_form`] |
//! | `i64` | `bigint` | `INTEGER` | an integer |
//! | `Vec<u8>` | `bytea` | `BLOB` | itself |
//! | `String`, text enums | `text` | `TEXT` | UTF-8 text |
//!
//! SQLite's tables are `STRICT`: a value of another storage class is refused instead of kept as it came.

use sea_orm_migration::sea_orm::DbBackend;

/// One of the two databases.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Dialect {
    Postgres,
    Sqlite,
}

impl Dialect {
    /// The dialect of a connection.
    pub(crate) fn of(backend: DbBackend) -> Self {
        match backend {
            DbBackend::Sqlite => Self::Sqlite,
            _ => Self::Postgres,
        }
    }

    /// The type of an id.
    pub(crate) const fn uuid(self) -> &'static str {
        match self {
            Self::Postgres => "uuid",
            Self::Sqlite => "BLOB",
        }
    }

    /// The type of an instant.
    pub(crate) const fn instant(self) -> &'static str {
        match self {
            Self::Postgres => "timestamptz",
            Self::Sqlite => "TEXT",
        }
    }

    /// The type of a whole number of 64 bits.
    pub(crate) const fn bigint(self) -> &'static str {
        match self {
            Self::Postgres => "bigint",
            Self::Sqlite => "INTEGER",
        }
    }

    /// The type of a string of bytes.
    pub(crate) const fn bytes(self) -> &'static str {
        match self {
            Self::Postgres => "bytea",
            Self::Sqlite => "BLOB",
        }
    }

    /// What follows the closing bracket of `CREATE TABLE`.
    pub(crate) const fn table_options(self) -> &'static str {
        match self {
            Self::Postgres => "",
            Self::Sqlite => " STRICT",
        }
    }

    /// The columns of an index that is sorted by `key` and also holds `holds`, in brackets. SQLite has no other way than to
    /// sort by these too.
    pub(crate) fn index_columns(self, key: &str, holds: &str) -> String {
        match self {
            Self::Postgres => format!("({key}) INCLUDE ({holds})"),
            Self::Sqlite => format!("({key}, {holds})"),
        }
    }

    /// Constraints, each with a comma before it, that a type says by itself on PostgreSQL and SQLite has to be told: ids are
    /// 16 bytes, instants have the one form that sorts.
    pub(crate) fn forms(self, table: &str, ids: &[&str], instants: &[&str]) -> String {
        match self {
            Self::Postgres => String::new(),
            Self::Sqlite => {
                let ids = ids.iter().map(|column| {
                    format!(",\n    CONSTRAINT ck_{table}_{column}_form CHECK (length({column}) = 16)")
                });
                let instants = instants.iter().map(|column| {
                    format!(
                        ",\n    CONSTRAINT ck_{table}_{column}_form CHECK ({})",
                        Self::instant_form(column)
                    )
                });
                ids.chain(instants).collect()
            }
        }
    }

    /// The condition that `column` is null or an instant exactly as sqlx writes one: `YYYY-MM-DDTHH:MM:SS+00:00`, with
    /// three or six digits of a second where it has milli- or microseconds. Equal instants are then equal texts, and
    /// texts sort as their instants do (`+` sorts before `.` and before every digit).
    fn instant_form(column: &str) -> String {
        const D3: &str = "[0-9][0-9][0-9]";
        // The end first: without it `strftime` would get to see `now`. `IS`, because `=` with the null of an impossible date
        // would pass the check.
        format!(
            "(substr({column}, 20) = '+00:00' OR \
             (substr({column}, 20) GLOB '.{D3}+00:00' AND {column} NOT GLOB '*.000+00:00') OR \
             (substr({column}, 20) GLOB '.{D3}{D3}+00:00' AND {column} NOT GLOB '*000+00:00')) AND \
             strftime('%Y-%m-%dT%H:%M:%S', substr({column}, 1, 19)) IS substr({column}, 1, 19)"
        )
    }
}

//! What the three lists share: newest first by (createdAt, id), a page at a time, from a cursor on, with an optional
//! total; and the conditions that their filters are made of.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, ModelTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait, SimpleExpr, extension::postgres::PgExpr},
};
use serde::Serialize;
use uuid::Uuid;

use super::Cursor;

/// How many rows a page holds: 1 to 100, 50 unless said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLimit(u8);

impl PageLimit {
    /// The most rows a page may hold.
    pub const MAX: u8 = 100;

    /// `rows`, if a page may hold so many.
    pub fn new(rows: u8) -> Option<Self> {
        (1..=Self::MAX).contains(&rows).then_some(Self(rows))
    }

    /// The number of rows.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self(50)
    }
}

/// Which page is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct PageRequest {
    /// The last row of the page before; the first page without.
    pub after: Option<Cursor>,
    /// How many rows at most.
    pub limit: PageLimit,
    /// Whether and how all rows that match are counted.
    pub total: Total,
}

/// Whether the rows that match are counted, which reads all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Total {
    /// They are not.
    #[default]
    Uncounted,
    /// They are.
    Counted,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// Newest first.
    pub items: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
    /// How many rows match, if that was asked.
    pub total: Option<u64>,
}

impl<T> Page<T> {
    /// The same page of what `map` makes of its rows.
    #[must_use]
    pub fn map<U>(self, map: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(map).collect(), next: self.next, total: self.total }
    }
}

/// A half-open interval of time, `[from, to)`, either side open where not given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TimeRange {
    /// The first instant in it.
    pub from: Option<DateTime<Utc>>,
    /// The first instant after it.
    pub to: Option<DateTime<Utc>>,
}

impl TimeRange {
    /// The condition that `column` lies in it; a null does not, once either side is given.
    pub(super) fn on(self, column: impl ColumnTrait) -> Condition {
        Condition::all()
            .add_option(self.from.map(|from| column.gte(from)))
            .add_option(self.to.map(|to| column.lt(to)))
    }
}

/// The condition that any of `columns` holds `text`, whatever its case. On PostgreSQL the database's locale says what
/// is the same letter; SQLite knows only ASCII's, so there each letter becomes the set of its cases.
pub(super) fn holds_text<C: ColumnTrait>(backend: DbBackend, columns: &[C], text: &str) -> Condition {
    let one = |column: &C| -> SimpleExpr {
        let column = Expr::col(column.as_column_ref());
        match backend {
            DbBackend::Sqlite => Expr::cust_with_exprs("? GLOB ?", [column, Expr::val(glob(text))]),
            _ => column.ilike(like(text)),
        }
    };
    columns.iter().fold(Condition::any(), |any, column| any.add(one(column)))
}

/// `text` anywhere, as a LIKE pattern of PostgreSQL, where a backslash escapes unless said otherwise.
fn like(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.chars() {
        if matches!(letter, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

/// `text` anywhere, in any case, as a GLOB pattern.
fn glob(text: &str) -> String {
    let mut pattern = String::from("*");
    for letter in text.chars() {
        if matches!(letter, '*' | '?' | '[') || letter.is_alphabetic() {
            pattern.push('[');
            pattern.push(letter);
            pattern.extend(letter.to_lowercase().filter(|lower| *lower != letter));
            pattern.extend(letter.to_uppercase().filter(|upper| *upper != letter));
            pattern.push(']');
        } else {
            pattern.push(letter);
        }
    }
    pattern.push('*');
    pattern
}

/// What makes an entity listable: its sort columns, and a row's place among them.
pub trait Listing: EntityTrait {
    /// The column `created_at`.
    const CREATED_AT: Self::Column;
    /// The column `id`.
    const ID: Self::Column;

    /// Where `row` stands in the list.
    fn position(row: &Self::Model) -> Cursor;
}

/// A page of the rows that match `condition`.
pub(super) async fn page<E, C>(
    db: &C,
    condition: Condition,
    request: PageRequest,
) -> Result<Page<E::Model>, DbErr>
where
    E: Listing,
    E::Model: ModelTrait + Send + Sync,
    C: ConnectionTrait,
{
    let matching: Select<E> = E::find().filter(condition);
    let total = match request.total {
        Total::Counted => Some(matching.clone().count(db).await?),
        Total::Uncounted => None,
    };
    let page = rows(db, matching, request.after, usize::from(request.limit.get())).await?;
    Ok(Page { total, ..page })
}

/// How many rows an export reads at once.
const EXPORT_ROWS: usize = 1000;

/// A page of an export of the rows that match `condition`.
pub(super) async fn export_page<E, C>(
    db: &C,
    condition: Condition,
    from: Option<Cursor>,
) -> Result<Page<E::Model>, DbErr>
where
    E: Listing,
    C: ConnectionTrait,
{
    rows(db, E::find().filter(condition), from, EXPORT_ROWS).await
}

/// Up to `limit` rows that are `matching`, from a cursor on.
async fn rows<E, C>(
    db: &C,
    matching: Select<E>,
    from: Option<Cursor>,
    limit: usize,
) -> Result<Page<E::Model>, DbErr>
where
    E: Listing,
    C: ConnectionTrait,
{
    let mut items = from
        .map_or(matching.clone(), |cursor| matching.filter(after::<E>(cursor)))
        .order_by_desc(E::CREATED_AT)
        .order_by_desc(E::ID)
        // One more than asked, to know whether there is a next page.
        .limit(limit as u64 + 1)
        .all(db)
        .await?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(E::position);
    Ok(Page { items, next, total: None })
}

/// Rows behind `cursor`: a comparison of whole rows, which an index on the first column serves.
fn after<E: Listing>(cursor: Cursor) -> SimpleExpr {
    let column = |column: E::Column| Expr::col(column.as_column_ref());
    let value = |created_at: DateTime<Utc>, id: Uuid| [Expr::val(created_at), Expr::val(id)];
    Expr::tuple([column(E::CREATED_AT), column(E::ID)]).lt(Expr::tuple(value(cursor.created_at, cursor.id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_themselves() {
        assert_eq!(like(r"50%_\"), r"%50\%\_\\%");
        assert_eq!(glob("é*1"), "*[éÉ][*]1*");
        assert_eq!(PageLimit::new(0), None);
        assert_eq!(PageLimit::new(101), None);
    }
}

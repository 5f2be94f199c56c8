//! The parameters that every list takes: where its page begins, how long it is, and whether all rows are counted.

use infra::repositories::{Cursor, CursorKey, PageLimit, PageRequest, Total};
use serde::Serialize;
use utoipa::IntoParams;

use super::{QueryReader, values};

/// The parameters, as they are documented.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by name; this is their documentation")]
pub struct PagingParams {
    /// The `nextCursor` of the page before, with the same filters; the first page without.
    cursor: Option<String>,
    /// How many rows a page holds at most.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u8>,
    /// Whether `page.total` says how many rows match; that reads all of them.
    #[param(default = false)]
    count: Option<bool>,
}

/// Which page of which list is asked for.
#[derive(Clone, Debug)]
pub struct Paging {
    /// What the repository takes.
    pub request: PageRequest,
    /// The list's name and filters, to which its cursors belong.
    scope: String,
    cursor_key: CursorKey,
}

impl Paging {
    /// Reads the page of the list `name` with `filter`.
    pub fn read(reader: &mut QueryReader<'_>, name: &str, filter: &impl Serialize) -> Self {
        let filters = serde_json::to_string(filter).unwrap_or_default();
        let scope = format!("{name}{filters}");
        let cursor_key = reader.cursor_key().clone();
        let after = reader.one("cursor", |text| {
            Cursor::decode(text, &cursor_key, &scope).map_err(|error| error.to_string())
        });
        let limit = reader.one("limit", limit).unwrap_or_default();
        let total = match reader.one("count", values::flag) {
            Some(true) => Total::Counted,
            _ => Total::Uncounted,
        };
        Self { request: PageRequest { after, limit, total }, scope, cursor_key }
    }

    /// The text of a cursor of this list.
    pub fn cursor(&self, cursor: &Cursor) -> String {
        cursor.encode(&self.cursor_key, &self.scope)
    }
}

fn limit(text: &str) -> Result<PageLimit, String> {
    text.parse().ok().and_then(PageLimit::new).ok_or_else(|| {
        format!("expected a whole number from 1 to {}, got {}", PageLimit::MAX, values::quoted(text))
    })
}

//! Where a page stands in its list.

use infra::repositories::Page;
use serde::Serialize;
use utoipa::ToSchema;

use crate::extractors::Paging;

/// Where a page stands in its list.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageInfo {
    /// The `cursor` of the next page; null on the last one.
    #[schema(required, example = "eyJ2IjoxfQ.k3Zr0w")]
    pub next_cursor: Option<String>,
    /// Whether there is a next page.
    pub has_more: bool,
    /// The most rows a page holds, as asked for.
    pub limit: u8,
    /// How many rows match; there only with `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub total: Option<u64>,
}

impl PageInfo {
    /// Where `page` stands in the list that `paging` asked for.
    pub fn of<T>(page: &Page<T>, paging: &Paging) -> Self {
        Self {
            next_cursor: page.next.map(|cursor| paging.cursor(&cursor)),
            has_more: page.next.is_some(),
            limit: paging.request.limit.get(),
            total: page.total,
        }
    }
}

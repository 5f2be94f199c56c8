//! The list of tokens.

use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiTokenView;
use crate::{
    error::ApiError,
    extractors::{FromQuery, Paging, PagingParams, Query, QueryReader},
    openapi::QueryProblems,
    routes::{PageInfo, respond},
    state::State,
};

/// Which page.
pub(super) struct ListApiTokens(Paging);

impl FromQuery for ListApiTokens {
    fn from_query(reader: &mut QueryReader<'_>) -> Self {
        Self(Paging::read(reader, "api-tokens", &()))
    }
}

/// A page of tokens, newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApiTokenList {
    /// Newest first, by (createdAt, id).
    items: Vec<ApiTokenView>,
    /// Where the page stands.
    page: PageInfo,
}

/// List tokens
#[utoipa::path(
    tag = "api-tokens",
    params(PagingParams),
    responses(
        (status = 200, description = "A page of tokens, newest first.", body = ApiTokenList, headers(("Cache-Control" = String, description = "`no-store`"))),
        QueryProblems,
    ),
    description = "Every token there ever was, newest first by (createdAt, id): those that were revoked or are over stay for the record. What a token is shown by is kept nowhere, so it is in no list.",
)]
#[get("/api-tokens")]
pub(super) async fn list_api_tokens(
    state: State,
    query: Query<ListApiTokens>,
) -> Result<HttpResponse, ApiError> {
    let ListApiTokens(paging) = query.0;
    let page = state.api_tokens.list(paging.request).await?;
    let info = PageInfo::of(&page, &paging);
    let items = page.items.into_iter().map(ApiTokenView::from).collect();
    Ok(respond::read(&ApiTokenList { items, page: info }))
}

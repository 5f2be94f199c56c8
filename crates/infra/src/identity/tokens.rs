//! Bearer tokens: the machines' way in.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr};

use super::Identity;

/// The most characters of a token.
const MOST_CHARS: usize = 256;

/// Whether `presented` may be a token at all: the database is asked for nothing else.
pub(super) fn is_plausible(presented: &str) -> bool {
    (1..=MOST_CHARS).contains(&presented.len()) && presented.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whom `presented` belongs to at `now`, if it is a token that may be used.
#[expect(clippy::unused_async, reason = "asks the database as soon as there are tokens")]
pub(super) async fn find<C: ConnectionTrait>(
    _db: &C,
    _presented: &str,
    _now: DateTime<Utc>,
) -> Result<Option<Identity>, DbErr> {
    Ok(None)
}

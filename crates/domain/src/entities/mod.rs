//! The entities, each with its rules and its hooks. A hook announces what its write makes old on the
//! connection it was given; see [`crate::invalidation`].

pub mod api_token;
pub mod audit_entry;
pub mod cascade;
pub mod credential;
pub mod lead;
pub mod moves;
pub mod proposal;
pub mod session;
pub mod sign_in_link;
pub mod user;

use chrono::{DateTime, Datelike, TimeDelta, Utc};

/// A status text as the database and the API spell it.
pub trait Named {
    /// The name, e.g. `draft`.
    fn name(&self) -> &'static str;
}

/// When a row changes that last changed at `before`, if it is `now`: never at the same microsecond again, even where the
/// clock was set back or the row came from one that is ahead. So `updatedAt` tells any two states of a row apart, which
/// conditional changes rely on.
pub fn changed_at(before: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let next = before.checked_add_signed(TimeDelta::microseconds(1));
    // A year of five digits is none that is stored.
    next.filter(|next| next.year() <= 9999).unwrap_or(before).max(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_never_changes_twice_at_one_instant() {
        let at = |micros| DateTime::from_timestamp_micros(micros).unwrap();
        assert_eq!(changed_at(at(5), at(9)), at(9));
        assert_eq!(changed_at(at(5), at(5)), at(6));
        assert_eq!(changed_at(at(5), at(2)), at(6));
        let last = "9999-12-31T23:59:59.999999Z".parse().unwrap();
        assert_eq!(changed_at(last, at(2)), last);
    }
}

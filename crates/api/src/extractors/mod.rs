//! What handlers take from a request. Each is strict: what it does not know, it refuses, and says what was expected.

mod caller;
mod id;
mod if_match;
mod if_none_match;
mod json;
mod min_version;
mod paging;
mod query;
mod secret;
pub mod values;

pub use caller::{By, Caller, From, MySession};
pub use id::RowId;
pub use if_match::{IfMatch, IfMatchParam};
pub use if_none_match::{IfNoneMatch, IfNoneMatchParam};
pub use json::{BODY_LIMIT, JsonBody, payload_config};
pub use min_version::MinDataVersion;
pub use paging::{Paging, PagingParams};
pub use query::{FromQuery, NoQuery, Query, QueryReader};
pub use secret::SecretText;

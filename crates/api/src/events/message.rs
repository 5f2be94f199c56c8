//! What goes over the wire: server-sent events, as bytes that are ready to be sent.

use std::time::Duration;

use bytes::Bytes;
use domain::invalidation::CacheTag;
use infra::cache::DataVersion;
use serde::Serialize;
use utoipa::ToSchema;

/// What comes when nothing else does, so that both ends notice if the other is gone.
pub(super) const HEARTBEAT: Bytes = Bytes::from_static(b": heartbeat\n\n");

/// The data of a `versions` event: the versions of the data, the same numbers as in `X-Data-Version`. A tag is left out while
/// its version is not known or its invalidation is pending; with each event such a tag has to be taken for changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"users": 1_795_423_746_395_620_u64, "proposals": 1_795_423_746_395_620_u64, "leads": 1_795_424_180_896_113_u64}))]
pub struct DataVersions {
    /// Of users.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 1_795_423_746_395_620_u64)]
    pub users: Option<u64>,
    /// Of proposals.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 1_795_423_746_395_620_u64)]
    pub proposals: Option<u64>,
    /// Of leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 1_795_424_180_896_113_u64)]
    pub leads: Option<u64>,
}

/// The data of an `end` event, the last one of a stream that the server ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "shutdown"}))]
pub struct StreamEnd {
    /// Why.
    #[schema(example = "shutdown")]
    pub reason: EndReason,
}

/// Why the server ends a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EndReason {
    /// The session was ended or the token revoked: sign in again.
    SignedOut,
    /// The time of the session or the token is up: sign in again.
    Expired,
    /// This instance stops: connect again, to another one.
    Shutdown,
}

/// The data of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum StreamedData {
    /// Of `event: versions`.
    Versions(DataVersions),
    /// Of `event: end`.
    End(StreamEnd),
}

impl From<&DataVersion> for DataVersions {
    fn from(version: &DataVersion) -> Self {
        Self {
            users: version.get(CacheTag::Users),
            proposals: version.get(CacheTag::Proposals),
            leads: version.get(CacheTag::Leads),
        }
    }
}

/// After which time without a connection a client should try again.
pub(super) fn retry(after: Duration) -> String {
    format!("retry: {}\n\n", after.as_millis())
}

/// How the data stands.
pub(super) fn versions(version: &DataVersion) -> Bytes {
    event("versions", &DataVersions::from(version))
}

/// The last event.
pub(super) fn end(reason: EndReason) -> Bytes {
    event("end", &StreamEnd { reason })
}

fn event(name: &str, data: &impl Serialize) -> Bytes {
    // Plain data: it can always be written, and in one line.
    let data = serde_json::to_string(data).unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_left_out() {
        assert_eq!(versions(&DataVersion::default()), "event: versions\ndata: {}\n\n");
        let known = DataVersion::parse("users=17,leads=18").unwrap();
        assert_eq!(versions(&known), "event: versions\ndata: {\"users\":17,\"leads\":18}\n\n");
    }

    #[test]
    fn an_end_says_why() {
        assert_eq!(end(EndReason::SignedOut), "event: end\ndata: {\"reason\":\"signed-out\"}\n\n");
        assert_eq!(end(EndReason::Expired), "event: end\ndata: {\"reason\":\"expired\"}\n\n");
        assert_eq!(end(EndReason::Shutdown), "event: end\ndata: {\"reason\":\"shutdown\"}\n\n");
        assert_eq!(retry(Duration::from_secs(3)), "retry: 3000\n\n");
    }
}

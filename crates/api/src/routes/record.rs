//! What the audit log is told of what changes no row.

use std::time::Duration;

use domain::audit::{Action, Author, Subject};
use serde_json::Value;

use crate::state::AppState;

/// How long the database may take. What is told works without it, and is needed most while it is in trouble.
const PATIENCE: Duration = Duration::from_secs(2);

/// Tells the audit log that `author` is about to do it. Where the database does not take it, the service's own log has to do.
pub(super) async fn record(
    state: &AppState,
    author: &Author,
    action: Action,
    subject: Subject,
    details: Value,
) {
    let described = details.to_string();
    let error =
        match tokio::time::timeout(PATIENCE, state.audit.record(author, action, subject, details)).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(late) => late.to_string(),
        };
    tracing::warn!(
        error,
        audit.action = action.as_str(),
        audit.actor_kind = author.actor.kind(),
        audit.actor_id = author.actor.id().map(tracing::field::display),
        audit.details = described,
        request.id = author.request_id,
        "the audit log could not be written; it was done all the same"
    );
}

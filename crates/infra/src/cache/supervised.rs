//! Tasks that must not die: the sender of invalidations, the bus, the store queue. Each is started once and remembered as
//! running; were a panic to end it, nobody would ever start it again.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt as _;

use super::{
    runtime::{Runtime, jittered},
    stats::Stats,
};

/// How long a task that panicked rests.
const REST: Duration = Duration::from_secs(1);

/// Runs `work` until it ends by itself: after a panic it starts anew.
pub(super) async fn supervised<F: Future<Output = ()>>(
    task: &'static str,
    runtime: Arc<dyn Runtime>,
    stats: Arc<Stats>,
    mut work: impl FnMut() -> F,
) {
    // What the tasks share is behind locks whose poison is passed over, and is never left half-changed over an await.
    while let Err(panic) = AssertUnwindSafe(async { work().await }).catch_unwind().await {
        stats.task_panics.count();
        let text = panic.downcast_ref::<&str>().copied().map(str::to_owned);
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        tracing::error!(
            cache.task = task,
            cache.panic = text,
            "a task of the cache panicked; it starts anew"
        );
        runtime.sleep(jittered(&*runtime, REST)).await;
    }
}

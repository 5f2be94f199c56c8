//! Spans lead from whoever asks through the cache to Redis and the database, across the engine's own tasks.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    sync::{Arc, LazyLock, Mutex},
};

use test_support::{TestDatabase, TestRedis};
use tracing::{
    Dispatch, Instrument as _, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::set_default,
};
use tracing_subscriber::{
    Layer, Registry,
    layer::{Context, SubscriberExt as _},
    registry::LookupSpan,
};

use crate::node::{Node, entries_are_stored};

/// What was traced: each span's name and fields, after those it is in.
#[derive(Clone, Default)]
struct Traced {
    paths: Arc<Mutex<BTreeSet<String>>>,
    outcomes: Arc<Mutex<Vec<String>>>,
}

/// A span's fields as text, kept with it.
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Traced {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        let mut fields = Fields(span.name().to_owned());
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
        let path = span.scope().from_root().map(|span| span.extensions().get::<Fields>().unwrap().0.clone());
        self.paths.lock().unwrap().insert(path.collect::<Vec<_>>().join(" > "));
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut fields = Fields(String::new());
        values.record(&mut fields);
        self.outcomes.lock().unwrap().push(fields.0);
    }
}

impl Traced {
    fn has(&self, path: &str) {
        let paths = self.paths.lock().unwrap();
        assert!(paths.contains(path), "{path} is not among {paths:#?}");
    }
}

#[tokio::test]
async fn spans_lead_from_the_question_to_redis_and_the_database() {
    // While there is only one, whether a span is wanted is asked of the thread that meets it first, and remembered for all
    // others: of a test that traces nothing, perhaps.
    static ANOTHER: LazyLock<Dispatch> = LazyLock::new(|| Registry::default().into());
    let (database, redis) = (TestDatabase::sqlite().await, TestRedis::new().await);
    LazyLock::force(&ANOTHER);
    let traced = Traced::default();
    let _traced = set_default(Registry::default().with(traced.clone()));
    let node = Node::with_redis(database.url(), &redis).await;
    let ask = || async {
        node.recent_users().instrument(tracing::debug_span!("question")).await;
    };
    ask().await;
    entries_are_stored(redis.url(), redis.namespace(), 1).await;
    node.bus_is_up().await;
    ask().await;
    let get = r#"question > cache.get cache.part="recentUsers""#;
    traced.has(get);
    traced.has(&format!(r#"{get} > redis redis.call="read""#));
    traced.has(&format!(r#"{get} > database cache.part="recentUsers""#));
    traced.has(&format!(r#"{get} cache.outcome="l1; hit""#));
    let outcomes = traced.outcomes.lock().unwrap();
    assert!(
        outcomes.iter().any(|fields| fields == r#" cache.outcome="l1; fwd=miss, l2; fwd=miss""#),
        "{outcomes:?}"
    );
}

//! A dashboard out of L1, as a request asks for it, beside the look-up it consists of.

use std::{hint::black_box, sync::Arc, time::Duration};

use chrono::NaiveDate;
use domain::{invalidation::CacheTags, metrics::period::MetricsQuery};
use infra::cache::{
    entry::Entry,
    key::Key,
    runtime::Moment,
    versions::{PerTag, Stamp},
};
use quick_cache::sync::Cache;

use super::{
    FRESH,
    beside::{Names, beside},
};
use crate::{
    figure::{Figure, Goal},
    fleet,
    ground::Ground,
};

const NAMES: Names =
    Names { id: "l1-hit", subject: "dashboard out of L1", baseline: "get of quick_cache", block: 1000 };

pub(super) async fn run(ground: &Ground) -> anyhow::Result<Figure> {
    let nodes = fleet::start(ground, 1, "engine-l1", &FRESH).await?;
    let metrics = Arc::clone(&nodes[0].state().metrics);
    let query = MetricsQuery::default();
    let body = metrics.dashboard(query, None).await?.body;
    fleet::stored(&metrics).await?;
    let before = fleet::Counts::of(&metrics);

    // As many entries of the same types as L1 has, and as large.
    let bare = Cache::new(500);
    let date = NaiveDate::default();
    let key = Key::Dashboard(query, date);
    let stamp = Stamp { tags: CacheTags::EVERY, versions: PerTag::default(), sequences: PerTag::default() };
    let (created, expires) = (Moment::default(), Moment(Duration::from_hours(1)));
    let entry = Arc::new(Entry::new(body, stamp, created, expires));
    bare.insert(key, Arc::clone(&entry));
    for part in key.parts().into_iter().flatten() {
        bare.insert(part, Arc::clone(&entry));
    }

    let asked = Arc::clone(&metrics);
    let subject = async move || {
        black_box(asked.dashboard(black_box(query), None).await.expect("a fresh dashboard"));
    };
    let baseline = async move || {
        black_box(bare.get(black_box(&key)).expect("an entry"));
    };
    let figure = beside(ground, NAMES, subject, baseline).await?;
    let since = fleet::Counts::of(&metrics).since(&before);
    let counted = since.loads + since.all_commands();
    anyhow::ensure!(counted == 0, "not every read was a hit in L1: {since:?}");
    fleet::stop(nodes).await;
    Ok(figure.goal(Goal::RatioAndValueAtMost(4.0, 1e-6)))
}

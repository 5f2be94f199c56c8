//! A dashboard whose parts lie in L2, read by a node whose L1 keeps nothing, beside a bare `MGET` of the same keys.

use std::{hint::black_box, sync::Arc};

use anyhow::{Context as _, ensure};
use domain::{invalidation::CacheTag, metrics::period::MetricsQuery};
use infra::cache::key::Namespace;
use redis::Value;

use super::{
    FRESH, PATIENT,
    beside::{Names, beside},
};
use crate::{
    bare_redis,
    figure::{Figure, Goal},
    fleet::{self, Counts},
    ground::Ground,
};

const NAMES: Names = Names {
    id: "l2-read",
    subject: "dashboard out of L2, four parts",
    baseline: "MGET of the same keys",
    block: 20,
};
const NAMESPACE: &str = "engine-l2";

/// Less than any body needs: L1 turns all of them away, so that every read is the first.
const NO_ROOM: [(&str, &str); 1] = [("CACHE_L1_MAX_BYTES", "1024")];

pub(super) async fn run(ground: &Ground) -> anyhow::Result<Figure> {
    let settings = [&FRESH[..], &PATIENT, &NO_ROOM].concat();
    let nodes = fleet::start(ground, 1, NAMESPACE, &settings).await?;
    let metrics = Arc::clone(&nodes[0].state().metrics);
    let query = MetricsQuery::default();
    let mut connection = bare_redis::connection(ground).await?;

    // What `start` has read is stored behind the answer; from the first read on that needs no load, none does.
    fleet::until("the parts are in L2", async || {
        let before = Counts::of(&metrics).loads;
        metrics.dashboard(query, None).await?;
        Ok(Counts::of(&metrics).loads == before)
    })
    .await?;
    let names = Namespace::new(NAMESPACE);
    let mut keys: Vec<String> = redis::cmd("KEYS")
        .arg(format!("{}v*", names.prefix()))
        .query_async(&mut connection)
        .await
        .context("cannot list the parts")?;
    ensure!(keys.len() == fleet::PARTS as usize, "expected the parts of one dashboard, got {keys:?}");
    keys.extend(CacheTag::EVERY.map(|tag| names.tag(tag)));

    let before = Counts::of(&metrics);
    let asked = Arc::clone(&metrics);
    let subject = async move || {
        black_box(asked.dashboard(black_box(query), None).await.expect("a fresh dashboard"));
    };
    let baseline = async move || {
        let mut command = redis::cmd("MGET");
        for key in &keys {
            command.arg(key);
        }
        let values: Vec<Value> = command.query_async(&mut connection).await.expect("values");
        black_box(values);
    };
    let figure = beside(ground, NAMES, subject, baseline).await?;
    let since = Counts::of(&metrics).since(&before);
    since.expect_no_failures()?;
    let only_reads = since.loads == 0 && since.commands_of("read") == since.all_commands();
    ensure!(only_reads, "not every read was answered by one command: {since:?}");
    fleet::stop(nodes).await;
    Ok(figure.goal(Goal::RatioAtMost(1.2)))
}

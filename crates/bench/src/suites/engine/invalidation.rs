//! An invalidation until Redis has acknowledged it, beside a bare `EVALSHA` of the same script with like arguments.

use std::{hint::black_box, sync::Arc};

use anyhow::ensure;
use domain::invalidation::{CacheTag, InvalidationOutcome};
use futures_util::StreamExt as _;
use infra::cache::key::Namespace;
use redis::Script;
use uuid::Uuid;

use super::{
    PATIENT,
    beside::{Names, beside},
};
use crate::{
    bare_redis,
    figure::{Figure, Goal},
    fleet::{self, Counts},
    ground::Ground,
};

const NAMES: Names = Names {
    id: "invalidation",
    subject: "invalidation, acknowledged",
    baseline: "EVALSHA of the same script",
    block: 20,
};

/// The script that the engine runs.
const SCRIPT: &str = concat!(
    include_str!("../../../../infra/src/cache/l2/scripts/counted.lua"),
    include_str!("../../../../infra/src/cache/l2/scripts/versions.lua"),
    include_str!("../../../../infra/src/cache/l2/scripts/bump.lua")
);

pub(super) async fn run(ground: &Ground) -> anyhow::Result<Figure> {
    let nodes = fleet::start(ground, 1, "engine-invalidation", &PATIENT).await?;
    let metrics = Arc::clone(&nodes[0].state().metrics);
    let mut connection = bare_redis::connection(ground).await?;
    // A bus of its own, with one that listens, as the node does on its own.
    let names = Namespace::new("engine-bare");
    let mut listening = bare_redis::client(ground).await?.get_async_pubsub().await?;
    listening.subscribe(names.bus()).await?;
    let listening = tokio::spawn(async move {
        let mut messages = listening.into_on_message();
        while messages.next().await.is_some() {}
    });

    fleet::stored(&metrics).await?;
    let before = Counts::of(&metrics);
    let asked = Arc::clone(&metrics);
    let subject = async move || {
        let outcome = asked.invalidate_leads().await;
        assert_eq!(outcome, InvalidationOutcome::Applied, "Redis did not take it");
    };
    let script = Script::new(SCRIPT);
    let origin = Uuid::new_v4().to_string();
    let (channel, key) = (names.bus(), names.tag(CacheTag::Leads));
    let mut known = String::from("0");
    let baseline = async move || {
        let mut invocation = script.prepare_invoke();
        invocation.arg(&channel).arg(&origin).key(&key).arg(CacheTag::Leads.as_str()).arg(&known);
        let reply: Vec<String> = invocation.invoke_async(&mut connection).await.expect("versions");
        known.clone_from(black_box(&reply[1]));
    };
    let figure = beside(ground, NAMES, subject, baseline).await?;
    let since = Counts::of(&metrics).since(&before);
    since.expect_no_failures()?;
    let only_invalidations = since.commands_of("invalidate") == since.all_commands();
    ensure!(only_invalidations, "not every invalidation was one command: {since:?}");
    listening.abort();
    fleet::stop(nodes).await;
    Ok(figure.goal(Goal::RatioAtMost(1.5)))
}

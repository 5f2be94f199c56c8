//! Clocks that differ between machines.

use std::{sync::Arc, time::Duration};

use domain::invalidation::CacheTag;
use futures_util::future::BoxFuture;
use infra::cache::runtime::{Moment, Runtime, TokioRuntime};

use super::Nodes;
use crate::node::{Node, Options};

/// A machine whose clock is wrong by so many seconds.
struct Skewed {
    runtime: TokioRuntime,
    seconds: i64,
}

impl Runtime for Skewed {
    fn now(&self) -> Moment {
        self.runtime.now()
    }

    fn wall_micros(&self) -> u64 {
        self.runtime.wall_micros().saturating_add_signed(self.seconds * 1_000_000)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.runtime.sleep(duration)
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.runtime.spawn(task);
    }

    fn random(&self) -> f64 {
        self.runtime.random()
    }
}

async fn skewed(nodes: &Nodes, seconds: i64) -> Node {
    let redis = Some((nodes.redis.url(), nodes.redis.namespace()));
    let runtime: Arc<dyn Runtime> = Arc::new(Skewed { runtime: TokioRuntime::new(), seconds });
    Node::start(nodes.database.url(), Options { redis, runtime: Some(runtime), ..Options::default() }).await
}

/// Elsewhere: an invalidation from a node 2 s slow does nothing, and one from a node 3 s fast makes the others reload
/// without end.
#[tokio::test]
async fn hole_06_the_clocks_of_nodes_decide_nothing() {
    for seconds in [-2, 3, -3600, 3600] {
        let nodes = Nodes::new().await;
        let (wrong, right) = (skewed(&nodes, seconds).await, nodes.start().await);
        let id = right.add_user().await;
        wrong.bus_is_up().await;
        right.bus_is_up().await;
        for number in 1..6 {
            wrong.write(id, number).await;
            assert_eq!(wrong.number(id).await, number, "{seconds} s");
            right.hears_of(&wrong, CacheTag::Users).await;
            assert_eq!(right.number(id).await, number, "{seconds} s");
            let loads = [&wrong, &right].map(|node| node.source.loads());
            for _ in 0..20 {
                assert_eq!(wrong.number(id).await, number);
                assert_eq!(right.number(id).await, number);
            }
            assert_eq!([&wrong, &right].map(|node| node.source.loads()), loads, "{seconds} s: no reloads");
        }
        // And the other way round.
        right.write(id, 6).await;
        wrong.hears_of(&right, CacheTag::Users).await;
        assert_eq!(wrong.number(id).await, 6, "{seconds} s");
    }
}

//! The dashboard's numbers, computed: every part's final bytes, straight from the database.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use domain::{
    metrics::{period::MetricsQuery, window::Window},
    ports::{Clock, MetricsReader},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::cache::{
    entry::Entry,
    key::Key,
    source::{LoadError, Source},
};

/// Computes the parts of the dashboard and assembles them.
pub struct MetricsService<R> {
    reader: R,
    clock: Arc<dyn Clock>,
}

#[derive(Deserialize)]
struct HasMeta<'a> {
    #[serde(borrow)]
    meta: &'a RawValue,
}

impl<R: MetricsReader> MetricsService<R> {
    /// Computes with `reader` for the windows that `clock` shows.
    pub fn new(reader: R, clock: Arc<dyn Clock>) -> Self {
        Self { reader, clock }
    }

    fn window(&self, query: MetricsQuery) -> Window {
        Window::at(self.clock.now(), query.period, query.tz)
    }
}

#[async_trait]
impl<R: MetricsReader> Source for MetricsService<R> {
    async fn load(&self, key: &Key) -> Result<Bytes, LoadError> {
        match key {
            Key::Overview(query, _) => {
                bytes(&self.reader.overview(&self.window(*query)).await.map_err(failed)?)
            }
            Key::Charts(query, _) => bytes(&self.reader.charts(&self.window(*query)).await.map_err(failed)?),
            Key::RecentUsers(limit) => {
                bytes(&self.reader.recent_users(*limit, self.clock.now()).await.map_err(failed)?)
            }
            Key::RecentProposals(limit) => {
                bytes(&self.reader.recent_proposals(*limit, self.clock.now()).await.map_err(failed)?)
            }
            Key::Dashboard(..) => Err(failed("the dashboard is assembled, not loaded")),
        }
    }

    fn assemble(&self, _key: &Key, parts: &[Arc<Entry>]) -> Result<Bytes, LoadError> {
        let [overview, charts, recent_users, recent_proposals] = parts else {
            return Err(failed("the dashboard has four parts"));
        };
        let HasMeta { meta } = serde_json::from_slice(&overview.body.identity.bytes).map_err(failed)?;
        // Each part as its own route answers it, and the overview's meta for the whole. Their bytes are ours and JSON as they
        // are; reading them again would take longer than Redis does to hand them over.
        let bodies = [
            ("{\"meta\":", meta.get().as_bytes()),
            (",\"overview\":", &overview.body.identity.bytes),
            (",\"charts\":", &charts.body.identity.bytes),
            (",\"recentUsers\":", &recent_users.body.identity.bytes),
            (",\"recentProposals\":", &recent_proposals.body.identity.bytes),
        ];
        let length = bodies.iter().map(|(name, body)| name.len() + body.len()).sum::<usize>() + 1;
        let mut whole = Vec::with_capacity(length);
        for (name, body) in bodies {
            whole.extend_from_slice(name.as_bytes());
            whole.extend_from_slice(body);
        }
        whole.push(b'}');
        Ok(whole.into())
    }
}

fn bytes(value: &impl Serialize) -> Result<Bytes, LoadError> {
    serde_json::to_vec(value).map(|text| Bytes::from(text.into_boxed_slice())).map_err(failed)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn failed(error: impl ToString) -> LoadError {
    LoadError(error.to_string().into())
}

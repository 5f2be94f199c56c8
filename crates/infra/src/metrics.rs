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

/// The dashboard's body: each part as its own route answers it, and the overview's meta for the whole.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dashboard<'a> {
    meta: &'a RawValue,
    overview: &'a RawValue,
    charts: &'a RawValue,
    recent_users: &'a RawValue,
    recent_proposals: &'a RawValue,
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
        let bodies: Vec<&RawValue> = parts
            .iter()
            .map(|part| serde_json::from_slice(&part.body.identity.bytes).map_err(failed))
            .collect::<Result<_, _>>()?;
        let &[overview, charts, recent_users, recent_proposals] = &bodies[..] else {
            return Err(failed("the dashboard has four parts"));
        };
        let HasMeta { meta } = serde_json::from_str(overview.get()).map_err(failed)?;
        bytes(&Dashboard { meta, overview, charts, recent_users, recent_proposals })
    }
}

fn bytes(value: &impl Serialize) -> Result<Bytes, LoadError> {
    serde_json::to_vec(value).map(|text| Bytes::from(text.into_boxed_slice())).map_err(failed)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn failed(error: impl ToString) -> LoadError {
    LoadError(error.to_string().into())
}

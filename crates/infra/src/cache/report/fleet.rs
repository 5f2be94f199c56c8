//! What is told of all instances together.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::by_kind;
use crate::cache::{budget::Spent, core::Core, l2::RedisMemory};

/// What all instances share.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FleetStats {
    /// Redis's memory, measured at most once a minute; null where there is no Redis, or it cannot be reached.
    #[schema(required)]
    pub redis_memory: Option<RedisMemoryReport>,
    /// Redis commands of all instances; null where there is no Redis.
    #[schema(required)]
    pub commands: Option<FleetCommands>,
}

/// Redis commands of all instances in the month of Redis's clock (UTC), as a vendor bills them who counts what scripts run
/// inside Redis too; as of this instance's last script call, its own later commands included.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FleetCommands {
    /// Since midnight.
    #[schema(example = 6_210)]
    pub today: u64,
    /// Since the month began.
    #[schema(example = 143_020)]
    pub month: u64,
    /// By the month's end: the month so far and, for the rest of it, the mean rate since midnight six days ago.
    #[schema(example = 191_400)]
    pub forecast: u64,
    /// `CACHE_L2_COMMANDS_PER_MONTH`; null where none is set.
    #[schema(required, example = 500_000)]
    pub budget: Option<u64>,
    /// What is given up for the budget's sake. 0: nothing. 1: eager refresh, and L2 reads of parts that L1 holds, though no
    /// longer fresh. 2: L2 reads and stores. 3, the budget being used up: also the promptness of invalidations, which are sent together.
    #[schema(minimum = 0, maximum = 3, example = 0)]
    pub level: u8,
    /// What today costs by `CACHE_L2_PRICE_PER_100K`, in its currency; null where no price is set, here and below.
    #[schema(required, example = 0.012)]
    pub cost_today: Option<f64>,
    /// What the month has cost so far.
    #[schema(required, example = 0.286)]
    pub cost_month: Option<f64>,
    /// What it will have cost by its end.
    #[schema(required, example = 0.383)]
    pub cost_forecast: Option<f64>,
    /// Whether the other instances' commands are in it: not before this instance's first script call, and not where Redis
    /// cannot be reached or refuses to count.
    #[schema(example = true)]
    pub complete: bool,
    /// The month's commands by kind, as in `instance.l2.commands.byKind`.
    #[schema(example = json!({
        "read": 5210, "store": 2011, "invalidate": 804, "start": 3, "subscribe": 9, "info": 44, "budget": 46, "connect": 18, "script": 6, "inner": 15120,
    }))]
    pub by_kind: BTreeMap<&'static str, u64>,
}

impl FleetCommands {
    pub(super) fn new(core: &Core) -> Self {
        let Spent { tally, outlook, level, of_fleet } = core.remote.spent();
        let budget = &core.remote.budget;
        Self {
            today: outlook.today,
            month: outlook.month,
            forecast: outlook.forecast,
            budget: budget.limit(),
            level: level.number(),
            cost_today: budget.cost(outlook.today),
            cost_month: budget.cost(outlook.month),
            cost_forecast: budget.cost(outlook.forecast),
            complete: of_fleet,
            by_kind: by_kind(&tally.kinds),
        }
    }
}

/// Redis's memory.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RedisMemoryReport {
    /// Bytes used.
    pub used_bytes: u64,
    /// Most bytes; 0 = no limit told.
    pub max_bytes: u64,
}

impl From<RedisMemory> for RedisMemoryReport {
    fn from(memory: RedisMemory) -> Self {
        Self { used_bytes: memory.used, max_bytes: memory.max }
    }
}

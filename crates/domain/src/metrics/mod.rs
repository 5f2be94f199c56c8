//! What is computed: periods and windows, and the shape of every answer. Pure: rows come in as plain counts, numbers
//! go out; nothing here asks a database or a clock.

mod buckets;
pub mod charts;
mod local_time;
pub mod overview;
pub mod period;
pub mod recent;
pub mod window;

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema::TimeZone;
use period::Period;

/// What an answer was computed for, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// The window asked for.
    pub period: PeriodMeta,
    /// The window before, with which it is compared.
    pub previous: IntervalMeta,
    /// When the numbers were computed.
    pub generated_at: DateTime<Utc>,
}

/// The window asked for: half-open, `[from, to)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PeriodMeta {
    /// The period's name.
    pub key: Period,
    /// The first instant of the first local day.
    pub from: DateTime<Utc>,
    /// The end of the minute in which the numbers were computed; not itself in the window.
    pub to: DateTime<Utc>,
    /// The IANA time zone whose calendar days count.
    #[schema(value_type = TimeZone)]
    pub tz: String,
}

/// A half-open interval of time, `[from, to)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IntervalMeta {
    /// The first instant in it.
    pub from: DateTime<Utc>,
    /// The first instant after it.
    pub to: DateTime<Utc>,
}

/// A count, or a ratio of counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Number {
    /// A whole number.
    Count(i64),
    /// A ratio.
    Ratio(f64),
}

/// To a client both are JSON numbers.
impl utoipa::PartialSchema for Number {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::Number)
            .description(Some("A count, or a ratio of counts."))
            .into()
    }
}

impl ToSchema for Number {}

//! What the figures can be asked for.

use domain::{
    metrics::period::{MetricsQuery, Period, RecentLimit, parse_time_zone},
    schema::TimeZone,
};
use utoipa::IntoParams;

use crate::extractors::{FromQuery, QueryReader};

/// The period and the time zone, as they are documented.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by name; this is their documentation")]
pub(super) struct PeriodParams {
    /// How many local calendar days, ending with today.
    #[param(default = "30d")]
    period: Option<Period>,
    /// The IANA time zone whose calendar days count.
    #[param(value_type = Option<TimeZone>, default = "Europe/Paris")]
    tz: Option<String>,
}

impl FromQuery for MetricsQuery {
    fn from_query(reader: &mut QueryReader<'_>) -> Self {
        let default = Self::default();
        Self {
            period: reader
                .one("period", |text| text.parse::<Period>().map_err(|error| error.0))
                .unwrap_or_default(),
            tz: reader.one("tz", |text| parse_time_zone(text).map_err(|error| error.0)).unwrap_or(default.tz),
        }
    }
}

/// How many rows, as it is documented.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by name; this is its documentation")]
pub(super) struct LimitParams {
    /// How many rows at most.
    #[param(minimum = 1, maximum = 50, default = 10)]
    limit: Option<u8>,
}

impl FromQuery for RecentLimit {
    fn from_query(reader: &mut QueryReader<'_>) -> Self {
        reader.one("limit", |text| text.parse::<Self>().map_err(|error| error.0)).unwrap_or_default()
    }
}

//! MetricsService

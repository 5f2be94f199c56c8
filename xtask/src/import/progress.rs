//! How far an import is, on a terminal: bytes read of all, rows and rows a second, then what the database is at.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

use super::csv_file::CsvFile;

/// A progress bar, where there is a terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    file: Cell<(&'static str, Option<Instant>)>,
}

impl Progress {
    pub(super) fn new() -> anyhow::Result<Self> {
        let style = ProgressStyle::with_template("{elapsed:>4} {wide_bar} {bytes}/{total_bytes} {msg}")?;
        let bar = ProgressBar::new(0).with_style(style);
        Ok(Self { bar, file: Cell::new(("", None)) })
    }

    /// Where bytes are counted as they are read.
    pub(super) fn bar(&self) -> &ProgressBar {
        &self.bar
    }

    /// So much of `file` has been read.
    pub(super) fn read(&self, file: &CsvFile) {
        let (name, started) = self.file.get();
        let started = started.filter(|_| name == file.table.name).unwrap_or_else(Instant::now);
        self.file.set((file.table.name, Some(started)));
        let rate = u128::from(file.rows) * 1000 / started.elapsed().as_millis().max(1);
        let rate = HumanCount(u64::try_from(rate).unwrap_or(u64::MAX));
        self.bar.set_message(format!("{}: {} rows, {rate}/s", file.name, HumanCount(file.rows)));
    }

    /// Everything is read; the database is at `what`.
    pub(super) fn now(&self, what: &'static str) {
        self.bar.set_message(what);
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

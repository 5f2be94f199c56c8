//! What the engine logs, caught in the test that it belongs to: such a test runs all its tasks on one thread.

use std::{
    io,
    sync::{Arc, LazyLock, Mutex},
};

use serde_json::Value;
use tracing::{Dispatch, subscriber::DefaultGuard};
use tracing_subscriber::fmt::MakeWriter;

/// The lines since it was made.
pub(crate) struct Log {
    lines: Lines,
    _until_dropped: DefaultGuard,
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn start() -> Self {
        // While there is only one, whether a line is wanted is asked of the thread that writes it first, and remembered for
        // all others: of a test that catches nothing, perhaps.
        static ANOTHER: LazyLock<Dispatch> =
            LazyLock::new(|| tracing_subscriber::fmt().with_writer(io::sink).finish().into());
        LazyLock::force(&ANOTHER);
        let lines = Lines::default();
        let subscriber =
            tracing_subscriber::fmt().json().flatten_event(true).with_writer(lines.clone()).finish();
        Self { lines, _until_dropped: tracing::subscriber::set_default(subscriber) }
    }

    /// All of it.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.lines.0.lock().unwrap().clone()).unwrap()
    }

    /// The lines about one kind of trouble.
    pub(crate) fn of(&self, trouble: &str) -> Vec<Value> {
        let lines = self.lines();
        lines.into_iter().filter(|line| line["redis.trouble"] == trouble).collect()
    }

    /// The lines whose message holds `words`.
    pub(crate) fn saying(&self, words: &str) -> Vec<Value> {
        let lines = self.lines();
        lines
            .into_iter()
            .filter(|line| line["message"].as_str().unwrap_or_default().contains(words))
            .collect()
    }

    /// All lines about a kind of trouble with commands (one a minute at most, however long the test takes): what each says is
    /// `problem` and what to do, `advice`.
    pub(crate) fn says(&self, trouble: &str, problem: &str, advice: &str) {
        let mut lines = self.of(trouble);
        lines.retain(|line| line["redis.call"] != "subscribe");
        assert!(!lines.is_empty(), "{}", self.text());
        for line in lines {
            let message = line["message"].as_str().unwrap();
            assert!(message.contains(problem) && message.contains(advice), "{message}");
            assert_eq!(line["level"], "WARN");
        }
    }

    fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

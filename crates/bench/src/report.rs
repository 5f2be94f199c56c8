//! The figures of a run: a table for people as each suite ends, JSON for machines at the end.

use std::{fs, path::Path};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde::Serialize;

use crate::{figure::Figure, suites::Suite};

/// A run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    started_at: DateTime<Utc>,
    quick: bool,
    machine: Machine,
    suites: Vec<Figures>,
}

/// What it ran on, as far as it matters.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Machine {
    cores: usize,
    os: &'static str,
    architecture: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Figures {
    suite: &'static str,
    about: &'static str,
    #[expect(clippy::struct_field_names, reason = "the name in the JSON")]
    figures: Vec<Figure>,
}

impl Report {
    /// An empty one.
    pub fn start(quick: bool) -> Self {
        let machine = Machine {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            os: std::env::consts::OS,
            architecture: std::env::consts::ARCH,
        };
        Self { started_at: Utc::now(), quick, machine, suites: Vec::new() }
    }

    /// Prints the figures of `suite` and keeps them.
    pub fn add(&mut self, suite: Suite, figures: Vec<Figure>) {
        println!("{}\n", table(suite, &figures));
        self.suites.push(Figures { suite: suite.name(), about: suite.about(), figures });
    }

    /// Writes everything to `file`; its folder is made if missing.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write_json(&self, file: &Path) -> anyhow::Result<()> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
    }
}

/// The figures as a table of Markdown.
fn table(suite: Suite, figures: &[Figure]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header([suite.name(), "measured", "baseline", "", "ratio (quartiles)", "goal"]);
    for figure in figures {
        let goal = match (&figure.goal, figure.met) {
            (Some(goal), Some(true)) => format!("{goal}: met"),
            (Some(goal), _) => format!("{goal}: MISSED"),
            (None, _) => String::new(),
        };
        table.add_row([
            figure.name.clone(),
            figure.measured.to_string(),
            figure.baseline_name.clone(),
            figure.baseline.to_string(),
            figure.ratio.to_string(),
            goal,
        ]);
    }
    for column in [1, 3] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

//! `cargo xtask ci`: what has to hold before a change is merged.

use std::{
    process::{ExitCode, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::Args;
use tokio::process::Command;

use crate::{
    cargo::cargo,
    client, openapi, sim, test,
    tools::{CARGO_DENY, TYPOS, Tool},
    web,
};

/// Check everything that CI checks: format, lints, documentation, dependencies, spelling, the OpenAPI document, the
/// TypeScript client, the dashboard, the simulation of the cache engine and the mutations that it has to notice, tests.
///
/// Stops at the first check that fails and says what mends it. A check whose program is neither here nor to be had is left
/// out, with a line that says so; the hosted workflow has them all.
#[derive(Debug, Args)]
pub struct Ci {}

impl Ci {
    /// Succeeds where every check does.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let started = Instant::now();
        let steps = [
            Step::Format,
            Step::Lints,
            Step::Docs,
            Step::Dependencies,
            Step::Spelling,
            Step::OpenApi,
            Step::Client,
            Step::Web,
            Step::Simulation,
            Step::Mutations,
            Step::Test,
        ];
        for (index, step) in steps.into_iter().enumerate() {
            eprintln!("\n== {}/{} {}", index + 1, steps.len(), step.name());
            let step_started = Instant::now();
            let outcome = step.run().await?;
            let took = seconds(step_started.elapsed());
            match outcome {
                Outcome::Passed => eprintln!("== {}: passed in {took}", step.name()),
                Outcome::LeftOut(why) => eprintln!("== {}: left out: {why}", step.name()),
                Outcome::Failed => {
                    eprintln!("== {}: FAILED after {took}. {}", step.name(), step.mended_by());
                    return Ok(ExitCode::FAILURE);
                }
            }
        }
        eprintln!("== all passed in {}", seconds(started.elapsed()));
        Ok(ExitCode::SUCCESS)
    }
}

#[derive(Clone, Copy)]
enum Step {
    Format,
    Lints,
    Docs,
    Dependencies,
    Spelling,
    OpenApi,
    Client,
    Web,
    Simulation,
    Mutations,
    Test,
}

enum Outcome {
    Passed,
    Failed,
    LeftOut(String),
}

impl Step {
    const fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Lints => "lints",
            Self::Docs => "documentation",
            Self::Dependencies => "dependencies",
            Self::Spelling => "spelling",
            Self::OpenApi => "OpenAPI document",
            Self::Client => "TypeScript client",
            Self::Web => "dashboard",
            Self::Simulation => "simulation",
            Self::Mutations => "mutations",
            Self::Test => "tests",
        }
    }

    const fn mended_by(self) -> &'static str {
        match self {
            Self::Format => "Mended by: cargo fmt --all",
            Self::Lints => "Look at them with: cargo clippy --workspace --all-targets",
            Self::Docs => "Look at it with: cargo doc --workspace --no-deps --document-private-items",
            Self::Dependencies => "What is allowed stands in deny.toml, with reasons.",
            Self::Spelling => "Correct it, or add a word that is right to typos.toml.",
            Self::OpenApi => {
                "Mended by: cargo xtask openapi; the rules, with reasons, are in openapi/redocly.yaml."
            }
            Self::Client => "Mended by: cargo xtask client",
            Self::Web => {
                "Look at it with: cargo xtask web check; the format is mended in web/ by: npm run format"
            }
            Self::Simulation => {
                "The whole story of a schedule: cargo xtask sim --seed S; see docs/SIMULATION.md."
            }
            Self::Mutations => {
                "What a mutation leaves out, and why that must show, stands in docs/SIMULATION.md."
            }
            Self::Test => "One test alone: cargo xtask test -- NAME",
        }
    }

    async fn run(self) -> anyhow::Result<Outcome> {
        match self {
            Self::Format => succeeds(cargo().args(["fmt", "--all", "--check"])).await,
            Self::Lints => {
                let clippy = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
                succeeds(cargo().args(clippy)).await
            }
            Self::Docs => {
                // For those who work here, so what is private is documented too, and may be linked to.
                let doc = ["doc", "--workspace", "--no-deps", "--document-private-items", "--locked"];
                let flags = "-D warnings -A rustdoc::private_intra_doc_links";
                succeeds(cargo().args(doc).env("RUSTDOCFLAGS", flags)).await
            }
            Self::Dependencies => {
                // Advisories are for the hosted workflow: they change without any change of ours, and need the network.
                runs(CARGO_DENY, &["check", "bans", "licenses", "sources"]).await
            }
            Self::Spelling => runs(TYPOS, &[]).await,
            Self::OpenApi => Ok(holds(match openapi::check() {
                Ok(()) => client::lint().await,
                different => different,
            })),
            Self::Client => Ok(holds(client::check().await)),
            Self::Web => Ok(holds(web::check().await)),
            Self::Simulation => Ok(ended(sim::run(&[]).await?)),
            Self::Mutations => Ok(ended(sim::run(&["--mutations".to_owned()]).await?)),
            Self::Test => {
                let code = test::run(&["--locked".to_owned(), "--no-fail-fast".to_owned()]).await?;
                Ok(ended(code))
            }
        }
    }
}

fn holds(check: anyhow::Result<()>) -> Outcome {
    match check {
        Ok(()) => Outcome::Passed,
        Err(error) => {
            eprintln!("error: {error:#}");
            Outcome::Failed
        }
    }
}

fn ended(code: ExitCode) -> Outcome {
    if code == ExitCode::SUCCESS { Outcome::Passed } else { Outcome::Failed }
}

async fn succeeds(command: &mut Command) -> anyhow::Result<Outcome> {
    let name = command.as_std().get_program().to_string_lossy().into_owned();
    let status = command.stdin(Stdio::null()).status().await.with_context(|| format!("cannot run {name}"))?;
    Ok(if status.success() { Outcome::Passed } else { Outcome::Failed })
}

async fn runs(tool: Tool, args: &[&str]) -> anyhow::Result<Outcome> {
    match tool.find_or_install().await {
        Some(program) => succeeds(Command::new(program).args(args)).await,
        None => Ok(Outcome::LeftOut(format!(
            "{} is not installed, and pip could not fetch it; the hosted workflow runs it",
            tool.name
        ))),
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

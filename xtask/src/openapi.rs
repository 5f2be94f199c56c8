//! `cargo xtask openapi`: the OpenAPI document, made from the code and committed.

use std::{fs, path::Path, process::ExitCode};

use anyhow::{Context as _, bail};
use clap::Args;

use crate::client;

const DOCUMENT: &str = "openapi/openapi.json";

/// Write openapi/openapi.json from the code.
///
/// Commit it with the change that it follows from: it is what clients are generated from, and what a review of the API
/// reads.
#[derive(Debug, Args)]
pub struct OpenApi {
    /// Write nothing; fail where the committed document is not what the code gives.
    #[arg(long)]
    check: bool,
    /// Write nothing; fail where the committed document breaks a rule of openapi/redocly.yaml. Needs Node.js 20 or newer.
    #[arg(long, conflicts_with = "check")]
    lint: bool,
}

impl OpenApi {
    /// Writes, checks or lints it.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        if self.lint {
            client::lint().await?;
            println!("{DOCUMENT} breaks no rule");
        } else if self.check {
            check()?;
            println!("{DOCUMENT} is what the code gives");
        } else {
            println!("{DOCUMENT} {}", if write()? { "written" } else { "was up to date" });
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Whether the committed document is what the code gives.
///
/// # Errors
/// Where it is not; the error names the first line that differs and the command that mends it.
pub fn check() -> anyhow::Result<()> {
    let committed = committed()?;
    let generated = api::openapi::document_json()?;
    if committed == generated {
        return Ok(());
    }
    let same = committed.lines().zip(generated.lines()).take_while(|(one, other)| one == other).count();
    bail!(
        "{DOCUMENT} is not what the code gives, from line {} on: mend it with `cargo xtask openapi`",
        same + 1
    )
}

/// Whether there was anything to write.
fn write() -> anyhow::Result<bool> {
    let generated = api::openapi::document_json()?;
    if committed()? == generated {
        return Ok(false);
    }
    fs::create_dir_all(Path::new(DOCUMENT).parent().unwrap_or(Path::new(".")))
        .and_then(|()| fs::write(DOCUMENT, generated))
        .with_context(|| format!("cannot write {DOCUMENT}"))?;
    Ok(true)
}

/// Nothing, where there is none yet.
fn committed() -> anyhow::Result<String> {
    match fs::read_to_string(DOCUMENT) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error).with_context(|| format!("cannot read {DOCUMENT}")),
    }
}

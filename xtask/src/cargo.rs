//! Running cargo from a command that cargo runs.

use std::{env, process::ExitCode};

use anyhow::Context as _;
use tokio::process::Command;

/// Cargo, as it was run by whoever runs us. What it set for this package is taken away again: a build script that looks
/// at those variables would otherwise run anew, and all that depends on it be built anew, each time somebody changes
/// between `cargo …` and `cargo xtask …`.
pub fn cargo() -> Command {
    const FOR_THIS_PACKAGE: [&str; 5] =
        ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_NAME", "CARGO_BIN_NAME", "OUT_DIR"];
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        if FOR_THIS_PACKAGE.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command
}

/// Runs `command` to its end; exits as it did.
pub async fn exit_code_of(mut command: Command) -> anyhow::Result<ExitCode> {
    let name = command.as_std().get_program().to_string_lossy().into_owned();
    let status = command.status().await.with_context(|| format!("cannot run {name}"))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

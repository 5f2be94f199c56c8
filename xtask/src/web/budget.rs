//! How much JavaScript the page loads before it does anything: a first look, without a browser. What it loads then, for what is
//! shown first, is measured by `web/e2e/page-budget.spec.ts`.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context as _, bail};

use super::PACKAGE;

/// What it may be, in bytes packed with gzip.
const BUDGET: u64 = 250_000;
/// Where scripts lie, as the page names them.
const ASSETS: &str = "/assets/";

/// Whether it is small enough.
///
/// # Errors
/// Where it is not.
pub fn check() -> anyhow::Result<()> {
    let dist = PACKAGE.path("dist");
    let packed = first_scripts(&dist)?
        .iter()
        .map(|name| {
            // What gains nothing by it was not packed.
            let path = dist.join("assets").join(name);
            let mut gzip = path.clone();
            gzip.as_mut_os_string().push(".gz");
            Ok(fs::metadata(gzip).or_else(|_| fs::metadata(path))?.len())
        })
        .sum::<anyhow::Result<u64>>()?;
    let kilobytes = |bytes: u64| bytes / 1000;
    if packed > BUDGET {
        bail!(
            "the page begins with {} kB of JavaScript (gzip), and may with {} kB: load what it shows later when it is shown",
            kilobytes(packed),
            kilobytes(BUDGET)
        );
    }
    println!(
        "The page begins with {} kB of JavaScript (gzip) of {} kB.",
        kilobytes(packed),
        kilobytes(BUDGET)
    );
    Ok(())
}

/// The names of the scripts that `index.html` asks for, and of those that they cannot do without.
fn first_scripts(dist: &Path) -> anyhow::Result<BTreeSet<String>> {
    let read =
        |path: &Path| fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
    let mut found = BTreeSet::new();
    let mut open = scripts_after(&read(&dist.join("index.html"))?, ASSETS);
    while let Some(name) = open.pop() {
        if !found.contains(&name) {
            let text = read(&dist.join("assets").join(&name))?;
            // `import("./x.js")` is one that can wait.
            open.extend(
                ["from\"./", "from \"./", "import\"./", "import \"./"]
                    .iter()
                    .flat_map(|before| scripts_after(&text, before)),
            );
            found.insert(name);
        }
    }
    Ok(found)
}

/// The names of scripts that stand right after `before` in `text`.
fn scripts_after(text: &str, before: &str) -> Vec<String> {
    let names = text.split(before).skip(1).filter_map(|rest| rest.split(['"', '\'', '`']).next());
    names
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "js"))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_cannot_do_without_is_followed() {
        let dist = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(dist.path().join(name), text).unwrap();
        fs::create_dir(dist.path().join("assets")).unwrap();
        write("index.html", r#"<link href="/assets/a.css"><script src="/assets/main-1.js"></script>"#);
        write(
            "assets/main-1.js",
            r#"import{x}from"./shared-2.js";import"./side-3.js";import("./page-4.js")"#,
        );
        write("assets/shared-2.js", r#"import{y}from"./main-1.js""#);
        write("assets/side-3.js", "");
        let found: Vec<_> = first_scripts(dist.path()).unwrap().into_iter().collect();
        assert_eq!(found, ["main-1.js", "shared-2.js", "side-3.js"]);
    }
}

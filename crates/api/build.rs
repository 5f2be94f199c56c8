//! Puts the dashboard's page into the program: the files of `web/dist`, where that is built, into release builds. Debug builds
//! read them from there each time, so that a page that was built anew shows without anything being compiled.

use std::{
    env,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

/// What is generated: where to read files from, and the files that are inside the program.
const GENERATED: &str = "spa_files.rs";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let sources = folder("CARGO_MANIFEST_DIR")?.join("../../web");
    let dist = sources.join("dist");
    let (place, files) = if env::var("PROFILE").is_ok_and(|profile| profile == "debug") {
        (format!("Some({:?})", dist.display().to_string()), Vec::new())
    } else {
        // A folder that is missing would have everything compiled again each time; the one it would appear in is there.
        println!("cargo::rerun-if-changed={}", if dist.is_dir() { &dist } else { &sources }.display());
        let mut files = Vec::new();
        collect(&dist, "", &mut files)?;
        if files.is_empty() {
            println!(
                "cargo::warning=the dashboard's page is left out, as web/dist is not built: cargo xtask web"
            );
        }
        ("None".to_owned(), files)
    };
    let mut entries = String::new();
    for (name, file) in &files {
        writeln!(entries, "    ({name:?}, include_bytes!({:?})),", file.display().to_string())
            .map_err(io::Error::other)?;
    }
    fs::write(
        folder("OUT_DIR")?.join(GENERATED),
        format!(
            "/// Where the files are read from, where they are not inside the program.\n\
             pub(super) const FOLDER: Option<&str> = {place};\n\
             /// The files inside the program, by name.\n\
             pub(super) const FILES: &[(&str, &[u8])] = &[\n{entries}];\n"
        ),
    )
}

/// The folder that cargo names in `variable`.
fn folder(variable: &str) -> io::Result<PathBuf> {
    env::var_os(variable)
        .map(PathBuf::from)
        .ok_or_else(|| io::Error::other(format!("cargo did not set {variable}")))
}

/// Every file below `folder`, by its name within it, sorted; none where there is no such folder.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push((name, entry.path().canonicalize()?));
        }
    }
    Ok(())
}

//! Files that something is made from: what is in them, and whether they have changed since.

use std::{
    collections::BTreeMap,
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

/// Every file below `folder`, by its path in it; none where there is no such folder.
///
/// # Errors
/// Where one cannot be read.
pub fn files(folder: &Path) -> anyhow::Result<BTreeMap<PathBuf, Vec<u8>>> {
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

/// What the files and folders `names` in `base` hold, in short: another text once something in them has changed. It goes by
/// what is in them, as a checkout gives every file a new time.
///
/// # Errors
/// Where one cannot be read.
pub fn fingerprint(base: &Path, names: &[&str]) -> anyhow::Result<String> {
    let mut hasher = DefaultHasher::new();
    for name in names {
        let path = base.join(name);
        name.hash(&mut hasher);
        if path.is_file() {
            fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?.hash(&mut hasher);
        } else {
            files(&path)?.hash(&mut hasher);
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_of_what_is_in_the_files() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("src/a")).unwrap();
        fs::write(folder.path().join("src/a/b.ts"), "one").unwrap();
        fs::write(folder.path().join("package.json"), "{}").unwrap();
        fs::write(folder.path().join("README.md"), "is no source").unwrap();
        let now = || fingerprint(folder.path(), &["src", "package.json", "none"]).unwrap();
        let first = now();
        fs::write(folder.path().join("src/a/b.ts"), "one").unwrap();
        fs::write(folder.path().join("README.md"), "is still no source").unwrap();
        assert_eq!(now(), first);
        fs::write(folder.path().join("src/a/b.ts"), "two").unwrap();
        let second = now();
        assert_ne!(second, first);
        fs::rename(folder.path().join("src/a/b.ts"), folder.path().join("src/a/c.ts")).unwrap();
        assert_ne!(now(), second);
    }
}

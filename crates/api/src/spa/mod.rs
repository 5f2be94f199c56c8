//! The dashboard's page: the files that `web/` is built into, each with the variants that were packed when it was built. They
//! are inside the program in a release build; a debug build, and one that is told to by `WEB_DIR`, reads them from a folder.

mod embedded;
mod file;
mod folder;

use std::{path::PathBuf, sync::Arc};

use bytes::Bytes;

pub use file::File;
use folder::Folder;

use embedded::Embedded;

/// The page itself; every path that the dashboard has leads to it.
const PAGE: &str = "index.html";
/// What is shown where there is no page: how to make one.
const NOT_BUILT: &[u8] = include_bytes!("not_built.html");

/// The dashboard's files.
#[derive(Debug)]
pub struct Spa {
    source: Source,
    not_built: Arc<File>,
}

#[derive(Debug)]
enum Source {
    Embedded(Embedded),
    Folder(Folder),
}

impl Spa {
    /// The files in `folder`; those that come with the program where none is given.
    pub fn new(folder: Option<PathBuf>) -> Self {
        let source = match folder.or_else(|| embedded::FOLDER.map(PathBuf::from)) {
            Some(folder) => Source::Folder(Folder::new(folder)),
            None => Source::Embedded(Embedded::new(embedded::FILES)),
        };
        Self { source, not_built: Arc::new(File::new(PAGE, Bytes::from_static(NOT_BUILT), None, None)) }
    }

    /// The page, or the one that says how to make it.
    pub async fn page(&self) -> Arc<File> {
        self.get(PAGE).await.unwrap_or_else(|| Arc::clone(&self.not_built))
    }

    /// The file with this path, e.g. `/assets/index-Bk3x.js`. The page is none, nor are packed variants.
    pub async fn file(&self, path: &str) -> Option<Arc<File>> {
        let name = path.strip_prefix('/')?;
        let plain = |segment: &str| {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
            !segment.is_empty() && !segment.starts_with('.') && segment.bytes().all(known)
        };
        if name == PAGE || file::is_packed(name) || !name.split('/').all(plain) {
            return None;
        }
        self.get(name).await
    }

    async fn get(&self, name: &str) -> Option<Arc<File>> {
        match &self.source {
            Source::Embedded(files) => files.get(name),
            Source::Folder(folder) => folder.get(name).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const FILES: &[(&str, &[u8])] = &[
        ("assets/app-1a.js", b"run()"),
        ("assets/app-1a.js.br", b"br"),
        ("assets/app-1a.js.gz", b"gz"),
        ("favicon.svg", b"<svg/>"),
        ("index.html", b"<!doctype html>"),
    ];

    /// The same files inside the program, and in a folder.
    fn both() -> (tempfile::TempDir, [Spa; 2]) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("assets")).unwrap();
        for (name, bytes) in FILES {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let in_folder = Spa::new(Some(folder.path().to_owned()));
        let inside = Spa { source: Source::Embedded(Embedded::new(FILES)), ..Spa::new(None) };
        (folder, [inside, in_folder])
    }

    #[tokio::test]
    async fn a_file_is_found_by_its_path_and_nothing_else_is() {
        let (folder, both) = both();
        fs::write(folder.path().join(".secret"), "x").unwrap();
        for spa in both {
            let script = spa.file("/assets/app-1a.js").await.unwrap();
            assert_eq!(script.media, "text/javascript; charset=utf-8");
            let variants = [Some(&script.identity), script.brotli.as_ref(), script.gzip.as_ref()];
            assert_eq!(variants.map(|variant| &variant.unwrap().bytes[..]), [&b"run()"[..], b"br", b"gz"]);
            let tags = variants.map(|variant| variant.unwrap().etag.as_str());
            assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2], "{tags:?}");
            let icon = spa.file("/favicon.svg").await.unwrap();
            assert_eq!((icon.media, icon.brotli.is_none()), ("image/svg+xml", true));
            assert_eq!(&spa.page().await.identity.bytes[..], b"<!doctype html>");
            for path in [
                "/index.html",
                "/assets/app-1a.js.br",
                "/assets/app-1a.js.gz",
                "/assets/",
                "/assets",
                "/assets//app-1a.js",
                "/assets/../index.html",
                "/assets/..%2findex.html",
                "//etc/passwd",
                "/.secret",
                "/assets/gone.js",
                "/",
                "",
            ] {
                assert!(spa.file(path).await.is_none(), "{path}");
            }
        }
    }

    #[tokio::test]
    async fn what_is_built_anew_shows_and_what_is_not_built_is_said() {
        let (folder, [_, spa]) = both();
        let before = spa.page().await;
        fs::write(folder.path().join(PAGE), "<!doctype html>new").unwrap();
        assert_ne!(spa.page().await.identity.etag, before.identity.etag);
        fs::remove_file(folder.path().join(PAGE)).unwrap();
        let said = String::from_utf8(spa.page().await.identity.bytes.to_vec()).unwrap();
        assert!(said.contains("cargo xtask web") && said.contains("/docs/"), "{said}");
    }
}

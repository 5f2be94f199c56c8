//! The files in a folder, read each time one is asked for: what was built anew shows at once.

use std::{fs, path::PathBuf, sync::Arc};

use actix_web::web::block;
use bytes::Bytes;

use super::file::{BROTLI, File, GZIP};

/// The folder.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) const fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The file `name`, which leads to no other folder.
    pub(super) async fn get(&self, name: &str) -> Option<Arc<File>> {
        let (path, name) = (self.0.join(name), name.to_owned());
        let reading = block(move || {
            let plain = fs::read(&path).ok()?;
            let packed = |suffix: &str| {
                let mut path = path.clone();
                path.as_mut_os_string().push(suffix);
                fs::read(path).ok().map(Bytes::from)
            };
            Some(Arc::new(File::new(&name, plain.into(), packed(BROTLI), packed(GZIP))))
        });
        reading.await.ok().flatten()
    }
}

//! The files inside the program, made ready once.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;

use super::file::{BROTLI, File, GZIP, is_packed};

// Made by build.rs.
include!(concat!(env!("OUT_DIR"), "/spa_files.rs"));

/// The files, by name.
#[derive(Debug)]
pub(super) struct Embedded(HashMap<&'static str, Arc<File>>);

impl Embedded {
    /// These files; a packed variant goes with the file that it is one of.
    pub(super) fn new(files: &[(&'static str, &'static [u8])]) -> Self {
        let all: HashMap<&str, &'static [u8]> = files.iter().copied().collect();
        let bytes = |name: &str| all.get(name).map(|bytes| Bytes::from_static(bytes));
        let of = |name: &'static str, plain| {
            let packed = |suffix| bytes(&format!("{name}{suffix}"));
            (name, Arc::new(File::new(name, Bytes::from_static(plain), packed(BROTLI), packed(GZIP))))
        };
        let plain = files.iter().filter(|(name, _)| !is_packed(name));
        Self(plain.map(|&(name, bytes)| of(name, bytes)).collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<Arc<File>> {
        self.0.get(name).map(Arc::clone)
    }
}

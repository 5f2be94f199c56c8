//! Bodies in L1 are compressed off every answer's path: right behind the first answer, or by the refresh that replaces
//! a body which was compressed.

use std::sync::Arc;

use futures_util::FutureExt as _;

use super::{core::Core, entry::Entry, key::Key};

/// Sees to it that the body of an entry in L1, which is about to be sent for the first time, is there in every encoding for
/// those that come later: off the answer's path.
pub(super) fn packed_behind(core: &Arc<Core>, key: Key, entry: &Arc<Entry>) {
    if entry.body.claim_packing() {
        let (packing, entry) = (Arc::clone(core), Arc::clone(entry));
        core.runtime.spawn(async move { pack(&packing, &key, &entry) }.boxed());
    }
}

/// Packs a body, which the caller has claimed, and weighs its entry again.
pub(super) fn pack(core: &Core, key: &Key, entry: &Arc<Entry>) {
    // Most clients prefer Brotli, and one may be waiting for it.
    entry.body.brotli();
    entry.body.gzip();
    core.l1.weigh_again(key, entry);
}

//! What a fetch brought that failed: a rule set that can't be used is not fetched again at each look.

use std::path::Path;

use holdfast_azure::BlobMark;
use holdfast_rule_set::Digest;
use tempfile::TempDir;

use super::cache;
use super::files::Listing;
use super::look::Origin;
use super::staging::{Files, Staging};
use crate::relative::RelativePath;

/// An unfinished folder. It vanishes with this value.
pub(super) struct Half {
    folder: TempDir,
    files: Files,
    listing: Option<Listing>,
}

impl Half {
    pub(super) fn of(staging: Staging, origin: Origin) -> Self {
        let (folder, files) = staging.halt();
        let listing = match origin {
            Origin::Container(container) => container.listing,
            Origin::Folder(_) | Origin::Artifact(_) => None,
        };
        Self { folder, files, listing }
    }

    /// Puts a file that was brought, and has this digest, at `target`; gives its size.
    pub(super) fn supply(&self, path: &RelativePath, digest: Digest, target: &Path) -> Option<u64> {
        self.files.get(path).filter(|staged| staged.digest == digest)?;
        cache::supply(&path.below(self.folder.path()), digest, target)
    }

    /// What was brought from a container, by path and mark.
    pub(super) fn by_mark(&self) -> impl Iterator<Item = (String, (BlobMark, Digest))> {
        by_mark(self.listing.as_ref(), &self.files)
    }
}

/// Files that came from a container, by the path and mark that they had there.
pub(super) fn by_mark(
    listing: Option<&Listing>,
    files: &Files,
) -> impl Iterator<Item = (String, (BlobMark, Digest))> {
    listing.into_iter().flatten().filter_map(|(path, mark)| {
        let staged = files.get(&path.parse().ok()?)?;
        Some((path.clone(), (mark.clone(), staged.digest)))
    })
}

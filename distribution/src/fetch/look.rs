//! Looking whether a source still shows what it showed, without fetching it again.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use holdfast_azure::BlobMark;
use holdfast_rule_set::Digest;

use super::cache::looks_complete;
use super::error::FetchError;
use super::fetcher::{Fetched, Fetcher};
use super::files::{Artifact, Blobs, Container, Listing};
use super::folder::{self, Folder};
use super::half::{Half, by_mark};
use super::staging::{Files, blocking};
use crate::oci::Reference;
use crate::source::{Source, folder_and_name};

/// At every so manieth look, signatures of what is pinned elsewhere are looked at as well.
const RARELY: u32 = 20;

/// How closely is looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// At what may change; now and then at the rest.
    Usual,
    /// At everything.
    Thorough,
}

/// What was fetched last from a source, and what the source looked like.
pub(super) struct Last {
    pub(super) fetched: Fetched,
    pub(super) folder: PathBuf,
    pub(super) files: Files,
    pub(super) seen: Seen,
    pub(super) elsewhere: Vec<Elsewhere>,
    looks: AtomicU32,
}

/// What a source looked like.
pub(super) enum Seen {
    Folder(folder::Seen),
    Container(Option<Listing>),
    Artifact(Reference),
}

/// A pinned module from elsewhere, and what its signatures looked like.
pub(super) struct Elsewhere {
    pub(super) source: Source,
    pub(super) mark: ElsewhereMark,
}

#[derive(PartialEq, Eq)]
pub(super) enum ElsewhereMark {
    Registry(Digest),
    Container(Option<Listing>),
    Folder,
}

/// A source, open for fetching.
pub(super) struct Opened {
    pub(super) name: String,
    /// Pinned by digest if it is a registry.
    pub(super) source: Source,
    pub(super) origin: Origin,
}

pub(super) enum Origin {
    Folder(Folder),
    Container(Container),
    Artifact(Artifact),
}

impl Origin {
    pub(super) fn files(&self) -> &dyn Blobs {
        match self {
            Self::Folder(folder) => folder,
            Self::Container(container) => container,
            Self::Artifact(artifact) => artifact,
        }
    }

    /// What it looked like when it was opened and read.
    pub(super) fn seen(self) -> Seen {
        match self {
            Self::Folder(folder) => Seen::Folder(folder.seen()),
            Self::Container(container) => Seen::Container(container.listing),
            Self::Artifact(artifact) => Seen::Artifact(artifact.artifact.reference),
        }
    }
}

impl Last {
    pub(super) fn new(
        fetched: Fetched,
        (folder, files): (PathBuf, Files),
        seen: Seen,
        elsewhere: Vec<Elsewhere>,
    ) -> Self {
        Self { fetched, folder, files, seen, elsewhere, looks: AtomicU32::new(0) }
    }

    /// What was fetched from a container, by path and mark.
    fn by_mark(&self) -> impl Iterator<Item = (String, (BlobMark, Digest))> {
        let listing = match &self.seen {
            Seen::Container(listing) => listing.as_ref(),
            Seen::Folder(_) | Seen::Artifact(_) => None,
        };
        by_mark(listing, &self.files)
    }
}

impl Fetcher {
    /// What was fetched last, if the source shows nothing else since.
    pub(super) async fn unchanged(
        &self,
        source: &Source,
        last: &Last,
        care: Care,
    ) -> Result<bool, FetchError> {
        let looks = last.looks.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        if !self.shows_the_same(source, last).await? {
            return Ok(false);
        }
        let closely = care == Care::Thorough || looks.is_multiple_of(RARELY);
        for elsewhere in last.elsewhere.iter().filter(|_| closely) {
            if self.mark(&elsewhere.source).await? != elsewhere.mark {
                return Ok(false);
            }
        }
        // Somebody may have cleared the folder meanwhile.
        let (files, ruleset) = (last.files.clone(), last.fetched.ruleset.clone());
        let folder = last.folder.clone();
        blocking(ruleset, move || Ok(looks_complete(&folder, &files))).await
    }

    async fn shows_the_same(&self, source: &Source, last: &Last) -> Result<bool, FetchError> {
        Ok(match (source, &last.seen) {
            (Source::Folder(path), Seen::Folder(seen)) => seen.holds(&folder_and_name(path).0).await?,
            (Source::Blob(url), Seen::Container(Some(listing))) => {
                let (prefix, _) = url.folder_and_name();
                let now = Container::open(self.connections.container(url)?, prefix).await?;
                now.listing.as_ref() == Some(listing)
            }
            (Source::Oci(reference), Seen::Artifact(pinned)) => {
                let now = self.connections.registry(reference)?.resolve(reference).await?;
                reference.repository.at(now) == *pinned
            }
            (Source::Folder(_) | Source::Blob(_) | Source::Oci(_), _) => false,
        })
    }

    /// What the signatures of a pinned module look like now.
    async fn mark(&self, source: &Source) -> Result<ElsewhereMark, FetchError> {
        Ok(match source {
            Source::Oci(reference) => {
                let registry = self.connections.registry(reference)?;
                ElsewhereMark::Registry(registry.signatures_mark(reference).await?)
            }
            Source::Blob(url) => {
                let now = Container::open(self.connections.container(url)?, url.path()).await?;
                ElsewhereMark::Container(now.listing)
            }
            Source::Folder(_) => ElsewhereMark::Folder,
        })
    }

    /// Opens a source for fetching what neither `last` nor `half` brought.
    pub(super) async fn open(
        &self,
        source: &Source,
        last: Option<&Last>,
        half: Option<&Half>,
    ) -> Result<Opened, FetchError> {
        Ok(match source {
            Source::Folder(path) => {
                let (folder, name) = folder_and_name(path);
                Opened { name, source: source.clone(), origin: Origin::Folder(Folder::new(folder)) }
            }
            Source::Blob(url) => {
                let (prefix, name) = url.folder_and_name();
                let mut container = Container::open(self.connections.container(url)?, prefix).await?;
                container.before = last.into_iter().flat_map(Last::by_mark).collect();
                container.before.extend(half.into_iter().flat_map(Half::by_mark));
                let (name, source) = (name.to_owned(), source.clone());
                Opened { name, source, origin: Origin::Container(container) }
            }
            Source::Oci(reference) => {
                let registry = self.connections.registry(reference)?;
                let artifact = registry.rule_set(reference).await?;
                let (name, source) = (artifact.name().to_owned(), Source::Oci(artifact.reference.clone()));
                Opened { name, source, origin: Origin::Artifact(Artifact { registry, artifact }) }
            }
        })
    }
}

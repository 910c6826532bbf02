//! The modules of a rule set, from beside it or from elsewhere, always the pinned ones.

use holdfast_evaluator::Digest;

use super::cache::{Files, named};
use super::error::FetchError;
use super::fetcher::{Fetcher, gather_signatures};
use super::files::{Below, Blobs};
use super::rule_set::{Module, Place};
use crate::oci::Reference;
use crate::relative::RelativePath;
use crate::signature::SignatureFile;
use crate::sizes;
use crate::source::{BlobUrl, Source, folder_and_name};
use crate::trust::{BUNDLE_ENDING, SIGNATURES_ENDING};

/// What a reference led to.
struct Found {
    module: Vec<u8>,
    signatures: Option<Vec<u8>>,
    bundle: Option<Vec<u8>>,
}

impl Fetcher {
    pub(super) async fn gather_module(
        &self,
        files: &dyn Blobs,
        module: &Module,
        source_text: &str,
        gathered: &mut Files,
    ) -> Result<(), FetchError> {
        match &module.place {
            Place::Beside { path, pinned } => {
                gather_beside(files, module, path, *pinned, source_text, gathered).await?;
            }
            Place::Elsewhere { source, pinned } => {
                let found = self.find_elsewhere(module, source, *pinned).await?;
                let path = format!("modules/{}.wasm", named(*pinned));
                let path: RelativePath =
                    path.parse().map_err(|source| FetchError::Path { rule: module.rule.clone(), source })?;
                let endings = [(SIGNATURES_ENDING, found.signatures), (BUNDLE_ENDING, found.bundle)];
                for (ending, bytes) in endings {
                    gathered.extend(bytes.map(|bytes| (path.with(ending), bytes)));
                }
                gathered.insert(path, found.module);
            }
        }
        Ok(())
    }

    /// The module, from the cache if it is there, and its signatures as they are now.
    async fn find_elsewhere(
        &self,
        module: &Module,
        source: &Source,
        pinned: Digest,
    ) -> Result<Found, FetchError> {
        let cached = self.cache.module(pinned);
        let in_cache = cached.is_some();
        let found = match source {
            Source::Oci(reference) => self.find_in_registry(reference, cached).await?,
            Source::Blob(url) => self.find_in_container(module, url, cached).await?,
            Source::Folder(path) => {
                let (folder, name) = folder_and_name(path);
                find_in_files(&super::files::Folder(folder), &name, module, cached).await?
            }
        };
        verify(module, pinned, &found.module)?;
        if !in_cache {
            self.cache.keep_module(pinned, &found.module)?;
        }
        Ok(found)
    }

    async fn find_in_registry(
        &self,
        reference: &Reference,
        cached: Option<Vec<u8>>,
    ) -> Result<Found, FetchError> {
        let registry = self.registry(reference)?;
        let pulled = registry.pull_rule(reference, cached).await?;
        let module = pulled.content().to_vec();
        let signatures = pulled.signatures.as_ref().map(SignatureFile::to_json).map(String::into_bytes);
        Ok(Found { module, signatures, bundle: pulled.bundle })
    }

    async fn find_in_container(
        &self,
        module: &Module,
        url: &BlobUrl,
        cached: Option<Vec<u8>>,
    ) -> Result<Found, FetchError> {
        let (prefix, name) = url.folder_and_name();
        let files = Below { prefix: prefix.to_owned(), files: self.container(url)? };
        find_in_files(&files, name, module, cached).await
    }
}

/// A module that lies beside the rule set, and its signatures.
pub(super) async fn gather_beside(
    files: &dyn Blobs,
    module: &Module,
    path: &RelativePath,
    pinned: Option<Digest>,
    source_text: &str,
    gathered: &mut Files,
) -> Result<(), FetchError> {
    let bytes = files.get(path.as_str(), sizes::MODULE).await?;
    let bytes = bytes.ok_or_else(|| missing(module, source_text))?;
    if let Some(pinned) = pinned {
        verify(module, pinned, &bytes)?;
    }
    gather_signatures(files, path, gathered).await?;
    gathered.insert(path.clone(), bytes);
    Ok(())
}

async fn find_in_files(
    files: &dyn Blobs,
    name: &str,
    module: &Module,
    cached: Option<Vec<u8>>,
) -> Result<Found, FetchError> {
    let bytes = match cached {
        Some(cached) => cached,
        None => {
            let got = files.get(name, sizes::MODULE).await?;
            got.ok_or_else(|| missing(module, &module.text))?
        }
    };
    let beside = |ending: &'static str| {
        let path = format!("{name}{ending}");
        async move { files.get(&path, sizes::of(ending)).await }
    };
    let (signatures, bundle) = (beside(SIGNATURES_ENDING).await?, beside(BUNDLE_ENDING).await?);
    Ok(Found { module: bytes, signatures, bundle })
}

fn missing(module: &Module, source_text: &str) -> FetchError {
    FetchError::NoModule {
        rule: module.rule.clone(),
        module: module.text.clone(),
        source_text: source_text.to_owned(),
    }
}

fn verify(module: &Module, expected: Digest, bytes: &[u8]) -> Result<(), FetchError> {
    let found = Digest::of(bytes);
    if found == expected {
        return Ok(());
    }
    Err(FetchError::WrongModule { rule: module.rule.clone(), module: module.text.clone(), expected, found })
}

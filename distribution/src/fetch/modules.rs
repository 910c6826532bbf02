//! The modules of a rule set, from beside it or from elsewhere, always the pinned ones.

use holdfast_rule_set::Digest;

use super::cache::named;
use super::error::FetchError;
use super::fetcher::Fetcher;
use super::files::{Blobs, Container};
use super::folder::Folder;
use super::gather::{gather_file, gather_signatures};
use super::look::ElsewhereMark;
use super::rule_set::Module;
use super::staging::Staging;
use crate::oci::Reference;
use crate::relative::RelativePath;
use crate::signature::SignatureFile;
use crate::sizes;
use crate::source::{BlobUrl, Source, folder_and_name};
use crate::trust::{BUNDLE_ENDING, SIGNATURES_ENDING};

impl Fetcher {
    /// A pinned module from elsewhere, out of the cache if it is there, and its signatures as they are now.
    pub(super) async fn gather_elsewhere(
        &self,
        module: &Module,
        source: &Source,
        pinned: Digest,
        staging: &mut Staging,
    ) -> Result<ElsewhereMark, FetchError> {
        let path = format!("modules/{}.wasm", named(pinned));
        let path: RelativePath =
            path.parse().map_err(|source| FetchError::Path { rule: module.rule.clone(), source })?;
        let supplied = staging.supply(&path, pinned).await?;
        let wanted = Wanted { module, pinned, path, supplied };
        match source {
            Source::Oci(reference) => self.gather_published(&wanted, reference, staging).await,
            Source::Blob(url) => self.gather_stored(&wanted, url, staging).await,
            Source::Folder(path) => {
                let (folder, name) = folder_and_name(path);
                wanted.gather_from(&Folder::new(folder), &name, staging).await?;
                Ok(ElsewhereMark::Folder)
            }
        }
    }

    async fn gather_published(
        &self,
        wanted: &Wanted<'_>,
        reference: &Reference,
        staging: &mut Staging,
    ) -> Result<ElsewhereMark, FetchError> {
        let registry = self.connections.registry(reference)?;
        let rule = registry.rule(reference).await?;
        verify(wanted.module, wanted.pinned, rule.module.digest)?;
        if !wanted.supplied {
            let bytes = registry.layer(&reference.repository, &rule.module, sizes::MODULE).await?;
            staging.write(wanted.path.clone(), bytes).await?;
            staging.keep(&wanted.path).await?;
        }
        let signatures = rule.signatures.as_ref().map(SignatureFile::to_json).map(String::into_bytes);
        for (ending, bytes) in [(SIGNATURES_ENDING, signatures), (BUNDLE_ENDING, rule.bundle)] {
            if let Some(bytes) = bytes {
                staging.write(wanted.path.with(ending), bytes).await?;
            }
        }
        Ok(ElsewhereMark::Registry(rule.mark))
    }

    async fn gather_stored(
        &self,
        wanted: &Wanted<'_>,
        url: &BlobUrl,
        staging: &mut Staging,
    ) -> Result<ElsewhereMark, FetchError> {
        // The module's own path is the prefix: what begins with it are the module and its signatures.
        let container = Container::open(self.connections.container(url)?, url.path()).await?;
        wanted.gather_from(&container, "", staging).await?;
        Ok(ElsewhereMark::Container(container.listing))
    }
}

/// A pinned module on its way into the folder.
struct Wanted<'a> {
    module: &'a Module,
    pinned: Digest,
    /// Its path in the folder.
    path: RelativePath,
    /// Whether it is there already.
    supplied: bool,
}

impl Wanted<'_> {
    /// The module, which is called `name` there, and its signatures.
    async fn gather_from(
        &self,
        files: &dyn Blobs,
        name: &str,
        staging: &mut Staging,
    ) -> Result<(), FetchError> {
        if !self.supplied {
            let bytes = files.get(name, sizes::MODULE).await?;
            let bytes = bytes.ok_or_else(|| missing(self.module, &self.module.text))?;
            verify(self.module, self.pinned, staging.write(self.path.clone(), bytes).await?)?;
            staging.keep(&self.path).await?;
        }
        for ending in [SIGNATURES_ENDING, BUNDLE_ENDING] {
            if let Some(bytes) = files.get(&format!("{name}{ending}"), sizes::of(ending)).await? {
                staging.write(self.path.with(ending), bytes).await?;
            }
        }
        Ok(())
    }
}

/// A module that lies beside the rule set, and its signatures.
pub(super) async fn gather_beside(
    files: &dyn Blobs,
    module: &Module,
    path: &RelativePath,
    pinned: Option<Digest>,
    source_text: &str,
    staging: &mut Staging,
) -> Result<(), FetchError> {
    let found = gather_file(files, path, sizes::MODULE, pinned, staging).await?;
    let found = found.ok_or_else(|| missing(module, source_text))?;
    if let Some(pinned) = pinned {
        verify(module, pinned, found)?;
    }
    gather_signatures(files, path, staging).await
}

pub(super) fn missing(module: &Module, source_text: &str) -> FetchError {
    FetchError::NoModule {
        rule: module.rule.clone(),
        module: module.text.clone(),
        source_text: source_text.to_owned(),
    }
}

pub(super) fn verify(module: &Module, expected: Digest, found: Digest) -> Result<(), FetchError> {
    if found == expected {
        return Ok(());
    }
    Err(FetchError::WrongModule { rule: module.rule.clone(), module: module.text.clone(), expected, found })
}

//! Bringing together what belongs to a rule set.

use holdfast_rule_set::Digest;

use super::error::FetchError;
use super::fetcher::Fetcher;
use super::files::Blobs;
use super::look::Elsewhere;
use super::modules::gather_beside;
use super::rule_set::{self, Place};
use super::staging::Staging;
use crate::relative::RelativePath;
use crate::sizes;
use crate::trust::{BUNDLE_ENDING, SIGNATURES_ENDING};

/// Folder of native code beside a rule set.
pub(super) const COMPILED: &str = "compiled/";

impl Fetcher {
    /// Everything that belongs into the folder. Gives what is pinned elsewhere.
    pub(super) async fn gather(
        &self,
        files: &dyn Blobs,
        name: &RelativePath,
        source_text: &str,
        staging: &mut Staging,
    ) -> Result<Vec<Elsewhere>, FetchError> {
        let ruleset = gather_rule_set(files, name, source_text, staging).await?;
        let mut elsewhere = Vec::new();
        for module in &rule_set::modules(&ruleset, source_text)? {
            match &module.place {
                Place::Beside { path, pinned } => {
                    gather_beside(files, module, path, *pinned, source_text, staging).await?;
                }
                Place::Elsewhere { source, pinned } => {
                    let mark = self.gather_elsewhere(module, source, *pinned, staging).await?;
                    elsewhere.push(Elsewhere { source: source.clone(), mark });
                }
            }
        }
        gather_compiled(files, staging).await?;
        Ok(elsewhere)
    }
}

/// One file of at most `most` bytes, from the cache if its digest is known and its contents are there; none if there is no such file.
pub(super) async fn gather_file(
    files: &dyn Blobs,
    path: &RelativePath,
    most: u64,
    pinned: Option<Digest>,
    staging: &mut Staging,
) -> Result<Option<Digest>, FetchError> {
    if let Some(known) = files.known(path.as_str(), pinned)
        && staging.supply(path, known).await?
    {
        return Ok(Some(known));
    }
    match files.get(path.as_str(), most).await? {
        Some(bytes) => staging.write(path.clone(), bytes).await.map(Some),
        None => Ok(None),
    }
}

/// The rule set file with its signatures; gives its bytes.
pub(super) async fn gather_rule_set(
    files: &dyn Blobs,
    name: &RelativePath,
    source_text: &str,
    staging: &mut Staging,
) -> Result<Vec<u8>, FetchError> {
    if gather_file(files, name, sizes::RULE_SET, None, staging).await?.is_none() {
        let (source_text, name) = (source_text.to_owned(), name.to_string());
        return Err(FetchError::NoRuleSet { source_text, name });
    }
    gather_signatures(files, name, staging).await?;
    staging.read(name).await
}

/// The native code beside a rule set.
pub(super) async fn gather_compiled(files: &dyn Blobs, staging: &mut Staging) -> Result<(), FetchError> {
    for listed in files.list(COMPILED).await? {
        let Ok(path) = listed.parse::<RelativePath>() else { continue };
        gather_file(files, &path, sizes::COMPILED, None, staging).await?;
    }
    Ok(())
}

/// The signatures that lie beside a file, under the same name.
pub(super) async fn gather_signatures(
    files: &dyn Blobs,
    path: &RelativePath,
    staging: &mut Staging,
) -> Result<(), FetchError> {
    for ending in [SIGNATURES_ENDING, BUNDLE_ENDING] {
        gather_file(files, &path.with(ending), sizes::of(ending), None, staging).await?;
    }
    Ok(())
}

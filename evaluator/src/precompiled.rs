//! Precompiled rules: native code that somebody who is trusted compiled elsewhere.
//!
//! A folder holds the code of a rule set's modules, and a manifest that lists it for each rule under an Ed25519
//! signature. Code is found by the digests of module and settings that the rule set states, never by name: an old
//! folder, or one made for another rule set, has nothing to offer.

mod error;
mod manifest;
#[cfg(feature = "compiler")]
mod publish;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

#[cfg(feature = "compiler")]
use crate::engine::{self, compatibility};
use crate::engine::{TARGET, WASMTIME};
use crate::key::{CompiledKey, Signing};
use crate::sandbox::{CodeFile, Prepared, Source};

pub use error::PrecompiledError;
#[cfg(feature = "compiler")]
pub use publish::{Precompiled, PublishError};
#[cfg(feature = "compiler")]
pub(crate) use publish::{Publishing, publish};

use holdfast_rule_set::{Digest, Manifest, unhex};
use manifest::{FORMAT, Format, Listed, Listing, MANIFEST, SIGNATURE, Signature};

/// A folder of precompiled rules whose manifest is authentic.
pub(crate) struct Folder {
    path: PathBuf,
    listing: Listing,
    /// Files of code that rules have been given, by digest: rules of one module share one.
    files: Mutex<HashMap<Digest, Arc<CodeFile>>>,
}

/// A rule that a folder has.
pub(crate) struct Found {
    pub(crate) manifest: Manifest,
    pub(crate) prepared: Prepared,
    /// Who signed the module, as its publisher verified.
    pub(crate) signed_by: Vec<String>,
}

impl Folder {
    /// Reads and authenticates the manifest; the code itself is read when it is needed.
    pub(crate) fn open(path: &Path, key: &CompiledKey) -> Result<Self, PrecompiledError> {
        let manifest = path.join(MANIFEST);
        let bytes = read(&manifest)?;
        authenticate(&manifest, &bytes, &path.join(SIGNATURE), key)?;
        let form = |error: &dyn std::fmt::Display| PrecompiledError::Form {
            path: manifest.clone(),
            message: error.to_string(),
        };
        let Format { format } = serde_json::from_slice(&bytes).map_err(|error| form(&error))?;
        if format != FORMAT {
            let error = format!("its format is {format}, this version reads {FORMAT}; precompile again");
            return Err(form(&error));
        }
        let listing: Listing = serde_json::from_slice(&bytes).map_err(|error| form(&error))?;
        if listing.wasmtime != WASMTIME {
            let found = listing.wasmtime;
            return Err(PrecompiledError::Version { path: manifest, expected: WASMTIME, found });
        }
        if listing.target != TARGET {
            let found = listing.target;
            return Err(PrecompiledError::Target { path: manifest, expected: TARGET, found });
        }
        #[cfg(feature = "compiler")]
        if engine::publishing().is_ok_and(|engine| compatibility(&engine) != listing.compatibility) {
            return Err(PrecompiledError::Compatibility { path: manifest });
        }
        Ok(Self { path: path.to_owned(), listing, files: Mutex::default() })
    }

    /// The file that lists the code.
    pub(crate) fn manifest(&self) -> PathBuf {
        self.path.join(MANIFEST)
    }

    /// The rule that this module becomes with these settings.
    pub(crate) fn find(&self, rule: &str, module: Digest, settings: &str) -> Result<Found, PrecompiledError> {
        let digest = Digest::of(settings.as_bytes());
        let mut listed = self.listing.rules.iter();
        let Some(found) = listed.find(|listed| listed.module == module && listed.settings == digest) else {
            return Err(PrecompiledError::Unlisted {
                path: self.path.join(MANIFEST),
                rule: rule.to_owned(),
                module,
                revision: self.listing.revision,
                made_for: self.listing.rule_set,
            });
        };
        let prepared = Prepared {
            source: Source::Precompiled(self.code(found)),
            shape: found.shape,
            settings: (!found.has_settings).then(|| settings.to_owned()),
            resettable: found.resettable,
        };
        let (manifest, signed_by) = (found.describes.clone(), found.signed_by.clone());
        Ok(Found { manifest, prepared, signed_by })
    }

    fn code(&self, found: &Listed) -> Arc<CodeFile> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let file = files.entry(found.code).or_insert_with(|| {
            Arc::new(CodeFile::new(self.path.join(found.file()), found.bytes, found.code))
        });
        Arc::clone(file)
    }
}

fn authenticate(
    manifest: &Path,
    bytes: &[u8],
    beside: &Path,
    key: &CompiledKey,
) -> Result<(), PrecompiledError> {
    let form = |message: String| PrecompiledError::SignatureForm { path: beside.to_owned(), message };
    let signature: Signature =
        serde_json::from_slice(&read(beside)?).map_err(|error| form(error.to_string()))?;
    let raw = unhex(&signature.ed25519)
        .ok_or_else(|| form("`ed25519` is not made of hexadecimal digits".to_owned()))?;
    if key.verifies(Signing::Manifest, bytes, &raw) {
        return Ok(());
    }
    let (path, trusted) = (manifest.to_owned(), key.to_string());
    Err(match signature.key == trusted {
        true => PrecompiledError::Changed { path, trusted },
        false => PrecompiledError::Signature { path, trusted, signer: signature.key },
    })
}

fn read(path: &Path) -> Result<Vec<u8>, PrecompiledError> {
    fs::read(path).map_err(|source| PrecompiledError::Read { path: path.to_owned(), source })
}

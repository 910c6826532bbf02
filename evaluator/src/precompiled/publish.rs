//! Compiles rules for processes that have no compiler.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use holdfast_rule_set::{Digest, Manifest, hex};

use crate::compiling::{self, Purpose};
use crate::engine::{self, TARGET, WASMTIME, compatibility};
use crate::key::{CompiledSigner, Signing};
use crate::sandbox::{Prepared, Source};

use super::manifest::{FORMAT, Listed, Listing, MANIFEST, SIGNATURE, Signature};

/// A rule that was precompiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Precompiled {
    /// Id of the rule.
    pub rule: String,
    /// The file with its code.
    pub path: PathBuf,
    /// Size of the file.
    pub bytes: u64,
}

/// Why a rule set could not be precompiled.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The compiler could not be set up.
    #[error("could not set up the compiler for {TARGET}: {0}")]
    Engine(String),
    /// A rule does not compile.
    #[error("rule `{rule}`: {module} could not be compiled for {TARGET}: {detail}")]
    Compile {
        /// Id of the rule.
        rule: String,
        /// Its module.
        module: String,
        /// Wasmtime's words.
        detail: String,
    },
    /// The rule set was itself loaded from precompiled code.
    #[error("rule `{0}` was loaded from precompiled code; load the rule set from its modules")]
    Already(String),
    /// A file could not be written.
    #[error("could not write {path}")]
    Write {
        /// File.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
}

/// A rule that is to be precompiled, and what its manifest says of it.
pub(crate) struct Publishing<'a> {
    /// Id of the rule.
    pub(crate) rule: &'a str,
    /// Its module, as the rule set names it.
    pub(crate) module: &'a str,
    pub(crate) digest: Digest,
    pub(crate) settings: String,
    pub(crate) signed_by: &'a [String],
    pub(crate) describes: &'a Manifest,
    pub(crate) prepared: &'a Prepared,
}

/// Compiles these rules of a rule set into `folder`, and signs the list.
pub(crate) fn publish(
    (revision, rule_set): (u64, Digest),
    rules: &[Publishing<'_>],
    folder: &Path,
    signer: &CompiledSigner,
) -> Result<Vec<Precompiled>, PublishError> {
    let failed = |error: wasmtime::Error| PublishError::Engine(format!("{error:#}"));
    let code = compile_all(rules)?;
    let written = |path: &Path, result: io::Result<()>| {
        result.map_err(|source| PublishError::Write { path: path.to_owned(), source })
    };
    written(folder, fs::create_dir_all(folder))?;
    let (mut listed, mut published) = (Vec::new(), Vec::new());
    for (rule, code) in rules.iter().zip(&code) {
        let entry = rule.listing(code);
        let path = folder.join(entry.file());
        written(&path, replace(&path, code))?;
        published.push(Precompiled { rule: rule.rule.to_owned(), path, bytes: entry.bytes });
        listed.push(entry);
    }
    let listing = Listing {
        format: FORMAT,
        wasmtime: WASMTIME.to_owned(),
        compatibility: compatibility(&engine::publishing().map_err(failed)?),
        target: TARGET.to_owned(),
        revision,
        rule_set,
        rules: listed,
    };
    let manifest = serde_json::to_vec_pretty(&listing)
        .map_err(|error| PublishError::Engine(format!("the manifest is not JSON: {error}")))?;
    let signature =
        Signature { key: signer.key().to_string(), ed25519: hex(&signer.sign(Signing::Manifest, &manifest)) };
    let signature = serde_json::to_vec_pretty(&signature).unwrap_or_default();
    // Broken off between the two, they do not belong together: whoever loads them is told so.
    for (name, bytes) in [(MANIFEST, manifest), (SIGNATURE, signature)] {
        let path = folder.join(name);
        written(&path, replace(&path, &bytes))?;
    }
    Ok(published)
}

/// Each on a thread of its own.
fn compile_all(rules: &[Publishing<'_>]) -> Result<Vec<Vec<u8>>, PublishError> {
    thread::scope(|scope| {
        let compiling: Vec<_> = rules.iter().map(|rule| scope.spawn(|| rule.compile())).collect();
        let joined = compiling.into_iter().map(|thread| {
            let panicked = || PublishError::Engine("the compiler panicked".to_owned());
            thread.join().unwrap_or_else(|_| Err(panicked()))
        });
        joined.collect()
    })
}

impl Publishing<'_> {
    fn compile(&self) -> Result<Vec<u8>, PublishError> {
        let Source::Component(component) = &self.prepared.source else {
            return Err(PublishError::Already(self.rule.to_owned()));
        };
        compiling::native(component.bytes(), Purpose::Evaluating).map_err(|error| PublishError::Compile {
            rule: self.rule.to_owned(),
            module: self.module.to_owned(),
            detail: error.to_string(),
        })
    }

    fn listing(&self, code: &[u8]) -> Listed {
        Listed {
            module: self.digest,
            settings: Digest::of(self.settings.as_bytes()),
            code: Digest::of(code),
            bytes: code.len() as u64,
            starts_configured: self.prepared.starts_configured(),
            resettable: self.prepared.resettable,
            shape: self.prepared.shape,
            signed_by: self.signed_by.to_vec(),
            describes: self.describes.clone(),
        }
    }
}

/// Writes a file whole or not at all: a process that loads the old one meanwhile is not disturbed.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".part");
    fs::write(&temporary, bytes)?;
    fs::rename(&temporary, path)
}

//! Compiles rules for processes that have no compiler.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
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

/// Each component on a thread of its own, for all rules that share it.
fn compile_all(rules: &[Publishing<'_>]) -> Result<Vec<Arc<Vec<u8>>>, PublishError> {
    let first_of = |rule: &Publishing<'_>| rules.iter().position(|other| other.shares_code_with(rule));
    let firsts: Vec<Option<usize>> = rules.iter().map(first_of).collect();
    let compiled: BTreeMap<usize, Arc<Vec<u8>>> = thread::scope(|scope| {
        let compiling = rules.iter().enumerate().zip(&firsts);
        let compiling = compiling.filter(|((index, _), first)| first.is_none_or(|first| first == *index));
        let compiling: Vec<_> =
            compiling.map(|((index, rule), _)| (index, scope.spawn(|| rule.compile()))).collect();
        let joined = compiling.into_iter().map(|(index, thread)| {
            let panicked = || PublishError::Engine("the compiler panicked".to_owned());
            let code = thread.join().unwrap_or_else(|_| Err(panicked()))?;
            Ok((index, Arc::new(code)))
        });
        joined.collect::<Result<_, PublishError>>()
    })?;
    let of_each = (0..).zip(firsts).map(|(index, first)| compiled.get(&first.unwrap_or(index)).cloned());
    Ok(of_each.flatten().collect())
}

impl Publishing<'_> {
    fn shares_code_with(&self, other: &Publishing<'_>) -> bool {
        match (&self.prepared.source, &other.prepared.source) {
            (Source::Component(one), Source::Component(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

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
            has_settings: self.prepared.settings.is_none(),
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

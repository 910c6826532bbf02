//! Compiles a rule set for processes that have no compiler.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use crate::compiling::{self, Purpose};
use crate::digest::{Digest, Digesting};
use crate::rule_set::{Rule, RuleSet};
use crate::sandbox::Source;
use crate::sandbox::engine::{self, TARGET, WASMTIME};

use super::key::{CompiledSigner, hex};
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

/// Compiles every rule of a rule set, configured, into `folder`, and signs the list.
///
/// Whoever signs vouches that the code comes from the modules that the rule set pins. The folder is
/// what [`RuleSet::load_precompiled`] reads, as `compiled` beside the rule set. Code that is there
/// already is replaced; the manifest and its signature are written last.
///
/// # Errors
///
/// Names the rule that does not compile, or the file that cannot be written.
pub fn precompile(
    rule_set: &RuleSet,
    folder: &Path,
    signer: &CompiledSigner,
) -> Result<Vec<Precompiled>, PublishError> {
    let failed = |error: wasmtime::Error| PublishError::Engine(format!("{error:#}"));
    let code: Vec<Vec<u8>> = thread::scope(|scope| {
        let compiling: Vec<_> = rule_set.rules().iter().map(|rule| scope.spawn(|| compile(rule))).collect();
        let joined = compiling.into_iter().map(|thread| {
            let panicked = || PublishError::Engine("the compiler panicked".to_owned());
            thread.join().unwrap_or_else(|_| Err(panicked()))
        });
        joined.collect::<Result<_, _>>()
    })?;
    let written = |path: &Path, result: io::Result<()>| {
        result.map_err(|source| PublishError::Write { path: path.to_owned(), source })
    };
    written(folder, fs::create_dir_all(folder))?;
    let (mut listed, mut published) = (Vec::new(), Vec::new());
    for (rule, code) in rule_set.rules().iter().zip(&code) {
        let entry = listing(rule, code);
        let path = folder.join(entry.file());
        written(&path, replace(&path, code))?;
        published.push(Precompiled { rule: rule.binding.id().to_owned(), path, bytes: entry.bytes });
        listed.push(entry);
    }
    let listing = Listing {
        format: FORMAT,
        wasmtime: WASMTIME.to_owned(),
        compatibility: compatibility().map_err(failed)?,
        target: TARGET.to_owned(),
        revision: rule_set.revision(),
        rule_set: rule_set.digest(),
        rules: listed,
    };
    let manifest = serde_json::to_vec_pretty(&listing)
        .map_err(|error| PublishError::Engine(format!("the manifest is not JSON: {error}")))?;
    let signature = Signature { key: signer.key().to_string(), ed25519: hex(&signer.sign(&manifest)) };
    let signature = serde_json::to_vec_pretty(&signature).unwrap_or_default();
    for (name, bytes) in [(MANIFEST, manifest), (SIGNATURE, signature)] {
        let path = folder.join(name);
        written(&path, replace(&path, &bytes))?;
    }
    Ok(published)
}

/// What code of one engine depends on, so that another engine can tell whether it fits.
pub(super) fn compatibility() -> wasmtime::Result<Digest> {
    struct Feed(Digesting);
    impl Hasher for Feed {
        fn write(&mut self, bytes: &[u8]) {
            self.0.add(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut feed = Feed(Digesting::default());
    engine::publishing()?.precompile_compatibility_hash().hash(&mut feed);
    Ok(feed.0.finish())
}

fn compile(rule: &Rule) -> Result<Vec<u8>, PublishError> {
    let Source::Component(component) = &rule.prepared.source else {
        return Err(PublishError::Already(rule.binding.id().to_owned()));
    };
    compiling::native(component, Purpose::Evaluating).map_err(|error| PublishError::Compile {
        rule: rule.binding.id().to_owned(),
        module: rule.binding.module().to_owned(),
        detail: error.to_string(),
    })
}

fn listing(rule: &Rule, code: &[u8]) -> Listed {
    Listed {
        module: rule.binding.digest(),
        settings: Digest::of(rule.binding.settings().to_string().as_bytes()),
        code: Digest::of(code),
        bytes: code.len() as u64,
        starts_configured: rule.prepared.starts_configured(),
        resettable: rule.prepared.resettable,
        shape: rule.prepared.shape,
        signed_by: rule.binding.signed_by().to_vec(),
        describes: rule.binding.manifest().clone(),
    }
}

/// Writes a file whole or not at all: a process that loads the old one meanwhile is not disturbed.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".part");
    fs::write(&temporary, bytes)?;
    fs::rename(&temporary, path)
}

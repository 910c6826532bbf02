//! Compiled code, kept in a folder from one run of a program to the next.
//!
//! What is kept is found by what it was made of: the component's bytes and everything of the engine that code depends
//! on, its version among it. Anyone who can write into the folder could have any code run, so each entry is signed with
//! a key that lies elsewhere and is the user's alone. What is damaged, forged or of another key is removed and
//! compiled again; the cache can be lost at any time, and failing to write to it fails nothing.

mod bound;
mod entry;
mod key_file;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use holdfast_rule_set::Digest;
use jiff::Timestamp;

use crate::engine::WASMTIME;
use crate::key::CompiledSigner;

use entry::Record;

/// Ending of an entry's file.
const ENDING: &str = "code";

/// How much is kept, and what is not worth keeping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheBounds {
    /// Bytes of all entries; what was used longest ago makes room.
    pub most: u64,
    /// Bytes that a component has at least: what is smaller is compiled sooner than it is looked up and signed.
    pub least_component: usize,
}

impl CacheBounds {
    /// For the tools of rule authors: some dozens of rules in JavaScript or Python.
    pub const TOOLS: Self = Self { most: 2 << 30, least_component: 0 };
}

/// A cache could not be used.
#[derive(Debug, thiserror::Error)]
pub enum CodeCacheError {
    /// The folder is not there and cannot be made, or the key cannot be read or made.
    #[error("could not use {path}")]
    Place {
        /// File or folder.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// Others may read or replace the key.
    #[error("{path} is not for its owner alone, or not this user's; remove it; it is created again")]
    Shared {
        /// The key's file.
        path: PathBuf,
    },
    /// The file holds no key.
    #[error("{path} does not hold a key; remove it; it is created again")]
    Key {
        /// The key's file.
        path: PathBuf,
    },
}

/// A folder of compiled code that this user's programs share.
pub struct CodeCache {
    folder: PathBuf,
    signer: CompiledSigner,
    bounds: CacheBounds,
    /// What is being compiled by this process: others that want it wait.
    busy: Mutex<BTreeMap<PathBuf, Arc<Mutex<()>>>>,
}

impl CodeCache {
    /// Opens the cache in `folder`, whose entries are signed with the key in the file `key`. Both are made where they
    /// are missing. The key belongs into another folder, which nobody but the user writes to.
    ///
    /// # Errors
    ///
    /// Names what cannot be used, and the way out.
    pub fn open(folder: &Path, key: &Path, bounds: CacheBounds) -> Result<Self, CodeCacheError> {
        key_file::private_folder(folder)
            .map_err(|source| CodeCacheError::Place { path: folder.to_owned(), source })?;
        let signer = key_file::signer(key)?;
        Ok(Self { folder: folder.to_owned(), signer, bounds, busy: Mutex::default() })
    }

    /// What was made of this component by this engine: from the cache, else made and kept.
    pub(super) fn kept<E>(
        &self,
        component: &[u8],
        engine: Digest,
        make: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Vec<u8>, E> {
        if component.len() < self.bounds.least_component {
            return make();
        }
        let wanted = Record::wanted(Digest::of(component), engine, WASMTIME);
        let path = self.folder.join(wanted.name()).with_extension(ENDING);
        let turn = self.turn(&path);
        let _held = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let code = match self.read(&path, &wanted) {
            Some(code) => Ok(code),
            None => make().inspect(|code| drop(self.keep(&path, wanted, code))),
        };
        self.done(&path);
        code
    }

    fn turn(&self, path: &Path) -> Arc<Mutex<()>> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(busy.entry(path.to_owned()).or_default())
    }

    fn done(&self, path: &Path) {
        // A task that waits still has its own handle on the turn; one that comes now finds the entry.
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(path);
    }

    /// The entry's code, if it is there and this user's programs wrote it for exactly this.
    fn read(&self, path: &Path, wanted: &Record) -> Option<Vec<u8>> {
        let file = File::open(path).ok()?;
        let code = entry::read(&file, wanted, &self.signer.key());
        match &code {
            // When it was last used decides what makes room. A folder that cannot be written to still serves.
            Some(_) => drop(file.set_modified(Timestamp::now().into())),
            None => drop(fs::remove_file(path)),
        }
        code
    }

    /// Writes an entry whole or not at all, no matter who else writes the same one.
    fn keep(&self, path: &Path, wanted: Record, code: &[u8]) -> io::Result<()> {
        if code.len() as u64 > self.bounds.most {
            return Ok(());
        }
        let part = part_of(path);
        let written = key_file::private_file(&part)
            .and_then(|mut file| {
                file.write_all(&entry::head(wanted, code, &self.signer)?)?;
                file.write_all(code)
            })
            .and_then(|()| fs::rename(&part, path));
        if written.is_err() {
            let _ = fs::remove_file(&part);
        }
        bound::keep_within(&self.folder, self.bounds.most)?;
        written
    }
}

/// A file beside this one that no other process or thread writes to.
fn part_of(path: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    path.with_extension(format!("{}-{number}.part", process::id()))
}

#[cfg(test)]
mod tests;

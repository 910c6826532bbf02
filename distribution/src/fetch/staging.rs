//! A rule set while its files are brought together: on disk, one file in memory at a time.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use holdfast_rule_set::Digest;
use tempfile::TempDir;

use super::cache::Cache;
use super::error::FetchError;
use super::half::Half;
use crate::relative::RelativePath;
use crate::sizes;

/// What was brought of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Staged {
    pub(super) digest: Digest,
    pub(super) size: u64,
}

/// The files of a rule set's folder.
pub(super) type Files = BTreeMap<RelativePath, Staged>;

/// An unfinished folder. It vanishes with this value.
pub(super) struct Staging {
    folder: TempDir,
    cache: Cache,
    files: Files,
    half: Option<Arc<Half>>,
}

impl Staging {
    pub(super) fn new(folder: TempDir, cache: Cache, half: Option<Arc<Half>>) -> Self {
        Self { folder, cache, files: Files::new(), half }
    }

    pub(super) fn files(&self) -> &Files {
        &self.files
    }

    /// Writes a file, away from the threads that answer requests.
    pub(super) async fn write(&mut self, path: RelativePath, bytes: Vec<u8>) -> Result<Digest, FetchError> {
        let target = path.below(self.folder.path());
        let staged = blocking(target.clone(), move || write(&target, &bytes)).await?;
        self.files.insert(path, staged);
        self.bounded()?;
        Ok(staged.digest)
    }

    /// Puts contents into their place that were fetched before; false if they are not here.
    pub(super) async fn supply(&mut self, path: &RelativePath, digest: Digest) -> Result<bool, FetchError> {
        let (cache, target) = (self.cache.clone(), path.below(self.folder.path()));
        let (half, wanted) = (self.half.clone(), path.clone());
        let supplied = blocking(target.clone(), move || {
            make_room(&target)?;
            let brought = || half.and_then(|half| half.supply(&wanted, digest, &target));
            Ok(cache.supply(digest, &target).or_else(brought))
        });
        let Some(size) = supplied.await? else { return Ok(false) };
        self.files.insert(path.clone(), Staged { digest, size });
        self.bounded()?;
        Ok(true)
    }

    /// Keeps the contents of a file whatever becomes of the others: the next try begins with them.
    pub(super) async fn keep(&self, path: &RelativePath) -> Result<(), FetchError> {
        let Some(staged) = self.files.get(path).copied() else { return Ok(()) };
        let (cache, file) = (self.cache.clone(), path.below(self.folder.path()));
        blocking(file.clone(), move || {
            cache.keep(&file, staged.digest);
            Ok(())
        })
        .await
    }

    /// Reads a file back.
    pub(super) async fn read(&self, path: &RelativePath) -> Result<Vec<u8>, FetchError> {
        let target = path.below(self.folder.path());
        let named = target.clone();
        blocking(target, move || fs::read(&named).map_err(FetchError::file("read", named))).await
    }

    /// Leaves it unfinished: its folder and what is in it.
    pub(super) fn halt(self) -> (TempDir, Files) {
        (self.folder, self.files)
    }

    /// The whole folder at its place in the cache, and what is in it.
    pub(super) async fn finish(self) -> Result<(PathBuf, Files), FetchError> {
        blocking(self.folder.path().to_owned(), move || self.finished()).await
    }

    fn finished(self) -> Result<(PathBuf, Files), FetchError> {
        let place = self.cache.finish(self.folder, &self.files)?;
        Ok((place, self.files))
    }

    fn bounded(&self) -> Result<(), FetchError> {
        let total: u64 = self.files.values().map(|staged| staged.size).sum();
        if total <= sizes::RULE_SET_FOLDER {
            return Ok(());
        }
        let what = "the rule set with everything that belongs to it".to_owned();
        Err(FetchError::TooLarge { what, most: sizes::RULE_SET_FOLDER, unit: "bytes" })
    }
}

#[cfg(test)]
impl Staging {
    pub(super) fn write_now(&mut self, path: RelativePath, bytes: &[u8]) -> Result<(), FetchError> {
        let staged = write(&path.below(self.folder.path()), bytes)?;
        self.files.insert(path, staged);
        Ok(())
    }

    pub(super) fn finish_now(self) -> Result<(PathBuf, Files), FetchError> {
        self.finished()
    }
}

fn write(target: &std::path::Path, bytes: &[u8]) -> Result<Staged, FetchError> {
    make_room(target)?;
    fs::write(target, bytes).map_err(FetchError::file("write", target))?;
    Ok(Staged { digest: Digest::of(bytes), size: bytes.len() as u64 })
}

/// The folder for a file; nothing may be there under its name yet, which would be written through.
fn make_room(target: &std::path::Path) -> Result<(), FetchError> {
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).map_err(FetchError::file("create", folder))?;
    }
    match fs::remove_file(target) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(FetchError::file("write", target)(error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Work on files and digests, away from the threads that answer requests.
pub(super) async fn blocking<T: Send + 'static>(
    about: PathBuf,
    work: impl FnOnce() -> Result<T, FetchError> + Send + 'static,
) -> Result<T, FetchError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|stopped| FetchError::file("finish work on", about)(io::Error::other(stopped)))?
}

//! The cache: modules by digest, and whole folders by the digest of everything in them.
//!
//! Everything is written under another name and renamed when it is complete, and read back only if
//! it still has its digest: a process may be killed at any moment, and several may fetch at once.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use holdfast_evaluator::Digest;
use tempfile::{NamedTempFile, TempDir};

use super::error::FetchError;
use crate::relative::RelativePath;

/// The files of a rule set's folder.
pub(super) type Files = BTreeMap<RelativePath, Vec<u8>>;

#[derive(Debug, Clone)]
pub(super) struct Cache(PathBuf);

impl Cache {
    pub(super) fn open(folder: &Path) -> Result<Self, FetchError> {
        for part in ["modules", "rule-sets", "unfinished"] {
            let path = folder.join(part);
            std::fs::create_dir_all(&path).map_err(FetchError::file("create", path))?;
        }
        Ok(Self(folder.to_owned()))
    }

    /// A module that was fetched before and is still what it was.
    pub(super) fn module(&self, digest: Digest) -> Option<Vec<u8>> {
        std::fs::read(self.module_path(digest)).ok().filter(|bytes| Digest::of(bytes) == digest)
    }

    pub(super) fn keep_module(&self, digest: Digest, bytes: &[u8]) -> Result<(), FetchError> {
        let path = self.module_path(digest);
        let failed = || FetchError::file("write", path.clone());
        let mut file = NamedTempFile::new_in(self.0.join("unfinished")).map_err(failed())?;
        file.write_all(bytes).map_err(failed())?;
        file.persist(&path).map_err(|error| failed()(error.error)).map(|_| ())
    }

    /// A folder with exactly these files; one that is there already is used if nothing in it changed.
    pub(super) fn folder(&self, files: &Files) -> Result<PathBuf, FetchError> {
        let place = self.0.join("rule-sets").join(named(whole_digest(files)));
        if is_complete(&place, files) {
            return Ok(place);
        }
        let unfinished = TempDir::new_in(self.0.join("unfinished"));
        let unfinished = unfinished.map_err(FetchError::file("write", self.0.join("unfinished")))?;
        for (path, bytes) in files {
            let path = path.below(unfinished.path());
            let folder = path.parent().unwrap_or(unfinished.path());
            std::fs::create_dir_all(folder).map_err(FetchError::file("create", folder))?;
            std::fs::write(&path, bytes).map_err(FetchError::file("write", &path))?;
        }
        self.put(unfinished, &place, files)?;
        Ok(place)
    }

    /// Renames the finished folder to its place. Another process may have been quicker; a damaged
    /// folder is moved out of the way, never repaired while somebody may read it.
    fn put(&self, finished: TempDir, place: &Path, files: &Files) -> Result<(), FetchError> {
        const TRIES: u32 = 8;
        let failed = |error| FetchError::file("put in place", place)(error);
        for tried in 1..=TRIES {
            match std::fs::rename(finished.path(), place) {
                Ok(()) => {
                    let _moved = finished.keep();
                    return Ok(());
                }
                Err(_) if is_complete(place, files) => return Ok(()),
                Err(error) if tried == TRIES => return Err(failed(error)),
                Err(_) => {
                    let away = TempDir::new_in(self.0.join("unfinished")).map_err(failed)?;
                    let _ = std::fs::rename(place, away.path().join("damaged"));
                }
            }
        }
        Ok(())
    }

    fn module_path(&self, digest: Digest) -> PathBuf {
        self.0.join("modules").join(named(digest) + ".wasm")
    }
}

/// A digest as a file name: `sha256-` and its digits.
pub(super) fn named(digest: Digest) -> String {
    digest.to_string().replace(':', "-")
}

fn whole_digest(files: &Files) -> Digest {
    let lines: String = files.iter().map(|(path, bytes)| format!("{} {path}\n", Digest::of(bytes))).collect();
    Digest::of(lines.as_bytes())
}

fn is_complete(folder: &Path, files: &Files) -> bool {
    files.iter().all(|(path, bytes)| std::fs::read(path.below(folder)).is_ok_and(|found| found == *bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &str) -> Files {
        let file = |path: &str, text: &str| (path.parse().unwrap(), text.as_bytes().to_vec());
        [file("ruleset.toml", text), file("modules/a.wasm", "module"), file("compiled/x", "code")].into()
    }

    #[test]
    fn the_same_files_are_one_folder_and_damage_is_mended() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        let place = cache.folder(&files("revision = 1")).unwrap();
        assert_eq!(cache.folder(&files("revision = 1")).unwrap(), place);
        assert_ne!(cache.folder(&files("revision = 2")).unwrap(), place);
        for damage in ["", "half a mod"] {
            std::fs::write(place.join("modules/a.wasm"), damage).unwrap();
            assert_eq!(cache.folder(&files("revision = 1")).unwrap(), place);
            assert_eq!(std::fs::read(place.join("modules/a.wasm")).unwrap(), b"module");
        }
        let left: Vec<_> = std::fs::read_dir(folder.path().join("unfinished")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }

    #[test]
    fn many_at_once_agree() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        let places: Vec<PathBuf> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..16).map(|_| scope.spawn(|| cache.folder(&files("revision = 1")).unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(places.iter().all(|place| *place == places[0]));
        assert!(is_complete(&places[0], &files("revision = 1")));
    }

    #[test]
    fn a_damaged_module_is_not_found() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        let digest = Digest::of(b"module");
        assert_eq!(cache.module(digest), None);
        cache.keep_module(digest, b"module").unwrap();
        assert_eq!(cache.module(digest).as_deref(), Some(b"module".as_slice()));
        std::fs::write(cache.module_path(digest), "modul").unwrap();
        assert_eq!(cache.module(digest), None);
    }
}

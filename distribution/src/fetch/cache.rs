//! The cache: contents by digest, and whole folders by the digest of everything in them.
//!
//! Everything is written under another name and renamed when it is complete, and used only if it still has its
//! digest: a process may be killed at any moment, and several may fetch at once. A folder's files and the contents
//! are the same files on the disk, under two names.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use holdfast_rule_set::Digest;
use jiff::Timestamp;
use tempfile::TempDir;

use super::error::FetchError;
use super::half::Half;
use super::staging::{Files, Staged, Staging};

#[derive(Debug, Clone)]
pub(super) struct Cache(PathBuf);

impl Cache {
    pub(super) fn open(folder: &Path) -> Result<Self, FetchError> {
        for part in [CONTENTS, RULE_SETS, UNFINISHED] {
            let path = folder.join(part);
            fs::create_dir_all(&path).map_err(FetchError::file("create", path))?;
        }
        Ok(Self(folder.to_owned()))
    }

    pub(super) fn contents(&self) -> PathBuf {
        self.0.join(CONTENTS)
    }

    pub(super) fn rule_sets(&self) -> PathBuf {
        self.0.join(RULE_SETS)
    }

    pub(super) fn unfinished(&self) -> PathBuf {
        self.0.join(UNFINISHED)
    }

    /// A folder to bring files together in. It vanishes unless it is finished.
    /// What `half` brought need not be brought again.
    pub(super) fn stage(&self, half: Option<Arc<Half>>) -> Result<Staging, FetchError> {
        let folder = TempDir::new_in(self.unfinished());
        let folder = folder.map_err(FetchError::file("write", self.unfinished()))?;
        Ok(Staging::new(folder, self.clone(), half))
    }

    /// Puts these contents at `target`, if they are here and are still what they were.
    pub(super) fn supply(&self, digest: Digest, target: &Path) -> Option<u64> {
        let place = self.contents().join(named(digest));
        let supplied = supply(&place, digest, target);
        if supplied.is_none() {
            // Damaged, if it is there: it is fetched again, and kept in its place.
            let _ = fs::remove_file(&place);
        }
        supplied
    }

    /// The finished folder at its place; one that is there already is used if nothing in it changed.
    pub(super) fn finish(&self, finished: TempDir, files: &Files) -> Result<PathBuf, FetchError> {
        let place = self.rule_sets().join(named(whole_digest(files)));
        if is_complete(&place, files) {
            // It counts as the latest, also when old ones are cleared away.
            let _ = fs::File::open(&place).and_then(|folder| folder.set_modified(Timestamp::now().into()));
        } else {
            self.put(finished, &place, files)?;
        }
        for (path, staged) in files {
            self.keep(&path.below(&place), staged.digest);
        }
        Ok(place)
    }

    /// Renames the finished folder to its place. Another process may have been quicker; a damaged
    /// folder is moved out of the way, never repaired while somebody may read it.
    fn put(&self, finished: TempDir, place: &Path, files: &Files) -> Result<(), FetchError> {
        const TRIES: u32 = 8;
        let failed = |error| FetchError::file("put in place", place)(error);
        for tried in 1..=TRIES {
            match fs::rename(finished.path(), place) {
                Ok(()) => {
                    let _moved = finished.keep();
                    return Ok(());
                }
                Err(_) if is_complete(place, files) => return Ok(()),
                Err(error) if tried == TRIES => return Err(failed(error)),
                Err(_) => {
                    let away = TempDir::new_in(self.unfinished()).map_err(failed)?;
                    let _ = fs::rename(place, away.path().join("damaged"));
                }
            }
        }
        Ok(())
    }

    /// Keeps a file by its digest. What fails here is fetched again one day.
    pub(super) fn keep(&self, file: &Path, digest: Digest) {
        let place = self.contents().join(named(digest));
        if place.exists() {
            return;
        }
        let Ok(aside) = TempDir::new_in(self.unfinished()) else { return };
        let name = aside.path().join("content");
        // Whole or not at all, where it has to be copied.
        let _ = link(file, &name).and_then(|()| fs::rename(&name, &place));
    }
}

const CONTENTS: &str = "contents";
const RULE_SETS: &str = "rule-sets";
const UNFINISHED: &str = "unfinished";

/// Puts the file at `place` at `target` as well, if it has this digest; gives its size.
pub(super) fn supply(place: &Path, digest: Digest, target: &Path) -> Option<u64> {
    let bytes = fs::read(place).ok().filter(|bytes| Digest::of(bytes) == digest)?;
    link(place, target).ok().map(|()| bytes.len() as u64)
}

/// Another name for a file; a copy where the file system has no second names.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(drop))
}

/// A digest as a file name: `sha256-` and its digits.
pub(super) fn named(digest: Digest) -> String {
    digest.to_string().replace(':', "-")
}

fn whole_digest(files: &Files) -> Digest {
    let line = |(path, staged): (_, &Staged)| format!("{} {path}\n", staged.digest);
    let lines: String = files.iter().map(line).collect();
    Digest::of(lines.as_bytes())
}

fn is_complete(folder: &Path, files: &Files) -> bool {
    let holds = |bytes: Vec<u8>, digest| Digest::of(&bytes) == digest;
    files
        .iter()
        .all(|(path, staged)| fs::read(path.below(folder)).is_ok_and(|bytes| holds(bytes, staged.digest)))
}

/// Whether every file is there with its size; nothing is read.
pub(super) fn looks_complete(folder: &Path, files: &Files) -> bool {
    let whole = |found: fs::Metadata, size| found.is_file() && found.len() == size;
    files
        .iter()
        .all(|(path, staged)| fs::metadata(path.below(folder)).is_ok_and(|found| whole(found, staged.size)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A finished folder of these files.
    fn folder(cache: &Cache, text: &str) -> PathBuf {
        let mut staging = cache.stage(None).unwrap();
        for (path, text) in [("ruleset.toml", text), ("modules/a.wasm", "module"), ("compiled/x", "code")] {
            staging.write_now(path.parse().unwrap(), text.as_bytes()).unwrap();
        }
        staging.finish_now().unwrap().0
    }

    fn unfinished(folder: &Path) -> usize {
        fs::read_dir(folder.join(UNFINISHED)).unwrap().count()
    }

    #[test]
    fn the_same_files_are_one_folder_and_damage_is_mended() {
        let home = tempfile::tempdir().unwrap();
        let cache = Cache::open(home.path()).unwrap();
        let place = folder(&cache, "revision = 1");
        assert_eq!(folder(&cache, "revision = 1"), place);
        assert_ne!(folder(&cache, "revision = 2"), place);
        for damage in ["", "half a mod", "modulE"] {
            fs::write(place.join("modules/a.wasm"), damage).unwrap();
            assert_eq!(folder(&cache, "revision = 1"), place);
            assert_eq!(fs::read(place.join("modules/a.wasm")).unwrap(), b"module");
        }
        assert_eq!(unfinished(home.path()), 0);
    }

    #[test]
    fn many_at_once_agree() {
        let home = tempfile::tempdir().unwrap();
        let cache = Cache::open(home.path()).unwrap();
        let places: Vec<PathBuf> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(|| folder(&cache, "revision = 1"))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(places.iter().all(|place| *place == places[0]));
        assert_eq!(fs::read(places[0].join("compiled/x")).unwrap(), b"code");
        assert_eq!(unfinished(home.path()), 0);
    }

    #[test]
    fn damaged_contents_are_not_supplied() {
        let home = tempfile::tempdir().unwrap();
        let cache = Cache::open(home.path()).unwrap();
        let digest = Digest::of(b"module");
        let target = home.path().join("target");
        assert_eq!(cache.supply(digest, &target), None);
        let place = folder(&cache, "revision = 1");
        assert_eq!(cache.supply(digest, &target), Some(6));
        assert_eq!(fs::read(&target).unwrap(), b"module");
        fs::write(place.join("modules/a.wasm"), "modul").unwrap();
        assert_eq!(cache.supply(digest, &home.path().join("other")), None);
        // Mended with the folder, and supplied again.
        folder(&cache, "revision = 1");
        assert_eq!(cache.supply(digest, &home.path().join("third")), Some(6));
    }
}

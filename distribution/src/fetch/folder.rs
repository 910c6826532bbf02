//! A folder on this machine, and what it looked like when it was read.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;

use super::error::FetchError;
use super::files::Blobs;
use super::staging::blocking;
use crate::sizes;

/// Within so many seconds of a change, another one might not show in a file's times.
const SETTLED: i64 = 1;

/// A folder, which notes what it is asked for.
pub(super) struct Folder {
    root: PathBuf,
    seen: Mutex<Seen>,
}

/// What was asked of a folder, and what was there.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    files: BTreeMap<String, Mark>,
    lists: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Mark {
    Absent,
    /// Its size, device, inode, and the times of its last changes.
    File([u64; 3], [i64; 4]),
    /// It changed so lately that nothing can be said.
    Unsettled,
}

impl Folder {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, seen: Mutex::default() }
    }

    pub(super) fn seen(self) -> Seen {
        self.seen.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, note: impl FnOnce(&mut Seen)) {
        note(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Seen {
    /// Whether the folder would give the same again. Nothing is read but names and times.
    pub(super) async fn holds(&self, root: &Path) -> Result<bool, FetchError> {
        let (seen, root) = (self.clone(), root.to_owned());
        blocking(root.clone(), move || {
            let same = |(path, known): (&String, &Mark)| {
                *known != Mark::Unsettled && *known == mark(&root.join(path))
            };
            if !seen.files.iter().all(same) {
                return Ok(false);
            }
            for (prefix, known) in &seen.lists {
                if list(&root, prefix)? != *known {
                    return Ok(false);
                }
            }
            Ok(true)
        })
        .await
    }
}

#[async_trait]
impl Blobs for Folder {
    async fn get(&self, path: &str, most: u64) -> Result<Option<Vec<u8>>, FetchError> {
        let file = self.root.join(path);
        // In one go: part by part, each part would be a visit to another thread. Marked before it is read: a change
        // in between shows at the next look.
        let read = blocking(file.clone(), move || Ok((mark(&file), read(&file, most)?)));
        let (mark, bytes) = read.await?;
        self.note(|seen| {
            seen.files.insert(path.to_owned(), mark);
        });
        Ok(bytes)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, FetchError> {
        let (root, below) = (self.root.clone(), prefix.to_owned());
        let listed = blocking(root.clone(), move || list(&root, &below)).await?;
        self.note(|seen| {
            seen.lists.insert(prefix.to_owned(), listed.clone());
        });
        Ok(listed)
    }
}

fn mark(path: &Path) -> Mark {
    let Ok(found) = fs::metadata(path) else { return Mark::Absent };
    if found.ctime().saturating_add(SETTLED) >= Timestamp::now().as_second() {
        return Mark::Unsettled;
    }
    let times = [found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec()];
    Mark::File([found.len(), found.dev(), found.ino()], times)
}

fn list(root: &Path, prefix: &str) -> Result<Vec<String>, FetchError> {
    let mut paths = Vec::new();
    let mut folders = vec![root.join(prefix)];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(FetchError::file("list", folder)(error)),
        };
        for entry in entries {
            let entry = entry.map_err(FetchError::file("list", &folder))?;
            let kind = entry.file_type().map_err(FetchError::file("list", entry.path()))?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else {
                paths.extend(relative(root, &entry.path()));
            }
            if paths.len() + folders.len() > sizes::FILES {
                let (what, most) = (folder.display().to_string(), sizes::FILES as u64);
                return Err(FetchError::TooLarge { what, most, unit: "files" });
            }
        }
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path, most: u64) -> Result<Option<Vec<u8>>, FetchError> {
    let opened = match File::open(path) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(FetchError::file("read", path)(error)),
    };
    let mut bytes = Vec::new();
    opened.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(FetchError::file("read", path))?;
    if bytes.len() as u64 > most {
        return Err(FetchError::TooLarge { what: path.display().to_string(), most, unit: "bytes" });
    }
    Ok(Some(bytes))
}

fn relative(folder: &Path, path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> =
        path.strip_prefix(folder).ok()?.components().map(|part| part.as_os_str().to_str()).collect();
    parts.map(|parts| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts the file's times into the past, as if nobody had touched it for long. Its ctime can't be set.
    fn settled(seen: &mut Seen, path: &str, root: &Path) {
        let found = fs::metadata(root.join(path)).unwrap();
        let times = [found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec()];
        seen.files.insert(path.to_owned(), Mark::File([found.len(), found.dev(), found.ino()], times));
    }

    #[tokio::test]
    async fn what_changed_just_now_is_read_again() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a"), "one").unwrap();
        let folder = Folder::new(root.path().to_owned());
        assert_eq!(folder.get("a", 9).await.unwrap().as_deref(), Some(b"one".as_slice()));
        let seen = folder.seen();
        // The same size, within the same tick of the file system's clock: nothing but this tells them apart.
        fs::write(root.path().join("a"), "two").unwrap();
        assert!(!seen.holds(root.path()).await.unwrap());
    }

    #[tokio::test]
    async fn a_file_that_came_is_seen() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::new(root.path().to_owned());
        assert_eq!(folder.get("a", 9).await.unwrap(), None);
        assert_eq!(folder.list("compiled/").await.unwrap(), Vec::<String>::new());
        let mut seen = folder.seen();
        assert!(seen.holds(root.path()).await.unwrap());
        fs::create_dir(root.path().join("compiled")).unwrap();
        fs::write(root.path().join("compiled/x"), "x").unwrap();
        assert!(!seen.holds(root.path()).await.unwrap());
        seen.lists.clear();
        fs::write(root.path().join("a"), "one").unwrap();
        assert!(!seen.holds(root.path()).await.unwrap());
        settled(&mut seen, "a", root.path());
        fs::write(root.path().join("a"), "another").unwrap();
        assert!(!seen.holds(root.path()).await.unwrap());
    }
}

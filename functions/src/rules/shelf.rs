//! Accepted rule sets, kept whole: rule set file, modules, signatures and native code.
//!
//! A set is a list of files by digest under `sets/`, and the files themselves under `files/`. Any
//! instance of the handler can serve any of them, and checks it again when it does.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use holdfast_evaluator::{Digest, RuleSet};
use holdfast_protection::ports::RuleShelf;
use serde::{Deserialize, Serialize};

/// The rule set file's name.
const RULE_SET: &str = "ruleset.toml";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeptSet {
    revision: u64,
    digest: String,
    /// Path in the set's folder to digest.
    files: BTreeMap<String, String>,
}

/// A set's place on the shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) revision: u64,
    path: String,
}

impl Place {
    /// Whether it is the place of another set with this set's revision.
    pub(crate) fn contradicts(&self, rule_set: &RuleSet) -> bool {
        let digest = rule_set.digest().to_string();
        self.revision == rule_set.revision() && !self.path.contains(short(&digest))
    }
}

/// As much of a digest as names need.
fn short(digest: &str) -> &str {
    digest.trim_start_matches("sha256:").get(..16).unwrap_or_default()
}

/// The sets on the shelf, oldest first.
pub(crate) async fn places(shelf: &dyn RuleShelf) -> Result<Vec<Place>> {
    let paths = shelf.list("sets/").await?;
    let place = |path: String| {
        let revision = path.strip_prefix("sets/")?.split('-').next()?.parse().ok()?;
        Some(Place { revision, path })
    };
    Ok(paths.into_iter().filter_map(place).collect())
}

/// Keeps the set in this folder, of which every file belongs to it; what is kept already is not sent again.
pub(crate) async fn keep(shelf: &dyn RuleShelf, folder: &Path, rule_set: &RuleSet) -> Result<()> {
    let digest = rule_set.digest().to_string();
    let place = format!("sets/{:012}-{}.json", rule_set.revision(), short(&digest));
    if shelf.list(&place).await?.contains(&place) {
        return Ok(());
    }
    let mut files = BTreeMap::new();
    let all = folder.to_owned();
    for (name, path) in away(move || names(&all)).await? {
        let (bytes, digest) = away(move || {
            let bytes = read(&path)?;
            let digest = Digest::of(&bytes).to_string();
            Ok((bytes, digest))
        })
        .await?;
        shelf.put(&file_path(&digest), bytes).await?;
        files.insert(name, digest);
    }
    let kept = KeptSet { revision: rule_set.revision(), digest, files };
    shelf.put(&place, serde_json::to_vec_pretty(&kept)?).await?;
    Ok(())
}

/// Brings a set back into a folder of its own below `cache`, and gives its rule set file.
pub(crate) async fn restore(shelf: &dyn RuleShelf, place: &Place, cache: &Path) -> Result<PathBuf> {
    let list = shelf.get(&place.path).await?.with_context(|| format!("`{}` vanished", place.path))?;
    let kept: KeptSet =
        serde_json::from_slice(&list).with_context(|| format!("`{}` is not a list of files", place.path))?;
    let folder = cache.join("kept").join(short(&Digest::of(&list).to_string()));
    if folder.is_dir() {
        return Ok(folder.join(RULE_SET));
    }
    let making = cache.join("kept").join(format!("making-{}", uuid::Uuid::new_v4()));
    let made = match fill(shelf, &kept, &making).await {
        Ok(()) => {
            std::fs::rename(&making, &folder).with_context(|| format!("could not make {}", folder.display()))
        }
        Err(error) => Err(error),
    };
    if made.is_err() {
        // It is tried again at every look at the source, and must not fill the disk.
        let _ = std::fs::remove_dir_all(&making);
    }
    match made {
        // Another thread was faster with the same files.
        Err(_) if folder.is_dir() => {}
        made => made?,
    }
    Ok(folder.join(RULE_SET))
}

/// Brings the files of a set into a folder.
async fn fill(shelf: &dyn RuleShelf, kept: &KeptSet, folder: &Path) -> Result<()> {
    for (name, digest) in &kept.files {
        let relative = inside(Path::new(name))?;
        let bytes = shelf.get(&file_path(digest)).await?.with_context(|| format!("`{name}` is missing"))?;
        let (name, digest, target) = (name.clone(), digest.clone(), folder.join(relative));
        away(move || {
            ensure!(
                Digest::of(&bytes).to_string() == digest,
                "`{name}` is not what was kept: its digest differs"
            );
            if let Some(parent) = target.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(&target, bytes).with_context(|| format!("could not write {}", target.display()))
        })
        .await?;
    }
    Ok(())
}

fn file_path(digest: &str) -> String {
    format!("files/{}", digest.replace(':', "-"))
}

/// Work on files, away from the threads that answer requests.
async fn away<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.context("work on files was cut short")?
}

/// Every file of a folder and the folders in it, by its path there.
fn names(folder: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).with_context(|| format!("could not list {}", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).ok().and_then(Path::to_str);
            let name = name.with_context(|| format!("{} has no usable name", path.display()))?;
            files.insert(name.to_owned(), path);
        }
    }
    Ok(files)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("could not read {}", path.display()))
}

/// A path that stays in its folder.
fn inside(path: &Path) -> Result<&Path> {
    if path.components().all(|part| matches!(part, Component::Normal(_))) && path.file_name().is_some() {
        return Ok(path);
    }
    bail!("`{}` does not stay in the rule set's folder", path.display())
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use holdfast_protection::ports::{StorageError, Written};

    use super::*;

    /// Has the list of a set, and of its two files one.
    struct Torn;

    #[async_trait]
    impl RuleShelf for Torn {
        async fn put(&self, _: &str, _: Vec<u8>) -> Result<Written, StorageError> {
            Ok(Written::AlreadyThere)
        }

        async fn get(&self, path: &str) -> Result<Option<Vec<u8>>, StorageError> {
            let there = Digest::of(b"a").to_string();
            if path == file_path(&there) {
                return Ok(Some(b"a".to_vec()));
            }
            let files = serde_json::json!({ "a": there, "b": Digest::of(b"b").to_string() });
            let list = serde_json::json!({ "revision": 1, "digest": "sha256:0", "files": files });
            Ok(path.starts_with("sets/").then(|| list.to_string().into_bytes()))
        }

        async fn list(&self, _: &str) -> Result<Vec<String>, StorageError> {
            Ok(Vec::new())
        }
    }

    #[tokio::test]
    async fn a_set_that_cannot_be_brought_back_whole_leaves_nothing() {
        let cache = tempfile::tempdir().unwrap();
        let place = Place { revision: 1, path: "sets/000000000001-0.json".to_owned() };
        for _ in 0..2 {
            let error = restore(&Torn, &place, cache.path()).await.unwrap_err().to_string();
            assert!(error.contains("`b` is missing"), "{error}");
            assert_eq!(std::fs::read_dir(cache.path().join("kept")).unwrap().count(), 0);
        }
    }
}

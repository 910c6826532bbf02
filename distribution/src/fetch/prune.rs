//! Clearing the cache: a few rule sets are kept, and what they consist of.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::cache::Cache;
use super::error::FetchError;
use super::fetcher::Fetcher;
use super::staging::blocking;

/// Rule sets that are kept, the one fetched last among them.
const KEPT: usize = 3;
/// What is younger may be in another process's hands.
const YOUNG: Duration = Duration::from_secs(3_600);

impl Fetcher {
    /// Removes from the cache all but the last three rule sets, those whose folder or rule set file is in `in_use`,
    /// and what they consist of.
    ///
    /// # Errors
    ///
    /// When the cache can't be listed. What can't be removed stays.
    pub async fn prune(&self, in_use: &[PathBuf]) -> Result<(), FetchError> {
        let (cache, in_use) = (self.cache.clone(), in_use.to_vec());
        blocking(cache.rule_sets(), move || prune(&cache, &in_use)).await
    }
}

fn prune(cache: &Cache, in_use: &[PathBuf]) -> Result<(), FetchError> {
    clear_abandoned(&cache.unfinished());
    let mut sets = entries(&cache.rule_sets())?;
    sets.sort_by_key(|(_, changed)| std::cmp::Reverse(*changed));
    let used = |set: &Path| in_use.iter().any(|path| path.starts_with(set));
    for (set, _) in sets.iter().skip(KEPT).filter(|(set, _)| !used(set)) {
        let _ = fs::remove_dir_all(set);
    }
    for (content, _) in entries(&cache.contents())? {
        // The only name that is left: no rule set has it.
        if fs::metadata(&content).is_ok_and(|found| found.nlink() == 1) {
            let _ = fs::remove_file(&content);
        }
    }
    Ok(())
}

/// Removes what a process left that died while it fetched, if nobody can be at it any more.
fn clear_abandoned(folder: &Path) {
    let now = SystemTime::from(Timestamp::now());
    for (path, changed) in entries(folder).unwrap_or_default() {
        if now.duration_since(changed).is_ok_and(|age| age > YOUNG) {
            let _ = fs::remove_dir_all(&path);
        }
    }
}

fn entries(folder: &Path) -> Result<Vec<(PathBuf, SystemTime)>, FetchError> {
    let listed = fs::read_dir(folder).map_err(FetchError::file("list", folder))?;
    let entry = |entry: fs::DirEntry| Some((entry.path(), entry.metadata().ok()?.modified().ok()?));
    Ok(listed.filter_map(Result::ok).filter_map(entry).collect())
}

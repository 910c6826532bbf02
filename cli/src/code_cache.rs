//! Where compiled code is kept from one command to the next: in the user's cache folder, signed with a key in the
//! user's state folder.

use std::env;
use std::path::PathBuf;

use clap::Args;
use holdfast_evaluator::{CacheBounds, CodeCache, keep_code_in};

use crate::out;

/// Names another folder for the code.
const FOLDER: &str = "HOLDFAST_CODE_CACHE";
/// Name of the key's file.
const KEY: &str = "code.key";

/// Whether compiled code is kept.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Caching {
    /// Compile again, and keep nothing of it.
    #[arg(long)]
    no_cache: bool,
}

impl Caching {
    /// To be called before anything is compiled.
    pub(crate) fn begin(self) {
        begin(self.no_cache);
    }
}

/// Unless the user wants none, takes compiled code from the user's cache from now on. Where that cannot be used,
/// everything is compiled.
pub(crate) fn begin(no_cache: bool) {
    let places = places(|name| env::var_os(name).map(PathBuf::from)).filter(|_| !no_cache);
    let Some((folder, key)) = places else { return };
    match CodeCache::open(&folder, &key, CacheBounds::TOOLS) {
        Ok(cache) => keep_code_in(cache),
        Err(error) => {
            let error = anyhow::Error::new(error);
            out::note(&format!("note: compiled code is not kept: {error:#} (or state --no-cache)\n"));
        }
    }
}

/// The folder for the code, and the key's file; none without a home.
fn places(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<(PathBuf, PathBuf)> {
    // What is not a whole path is to be left alone, as the XDG specification has it.
    let whole = |name: &str| variable(name).filter(|path| path.is_absolute());
    let below_home = |folder: &str| whole("HOME").map(|home| home.join(folder));
    let cache = whole("XDG_CACHE_HOME").or_else(|| below_home(".cache"));
    let state = whole("XDG_STATE_HOME").or_else(|| below_home(".local/state"))?;
    let folder = match variable(FOLDER).filter(|path| !path.as_os_str().is_empty()) {
        Some(folder) => folder,
        None => cache?.join("holdfast/code"),
    };
    Some((folder, state.join("holdfast").join(KEY)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(set: &[(&str, &str)]) -> Option<(String, String)> {
        let found =
            |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, path)| PathBuf::from(path));
        places(found).map(|(folder, key)| (folder.display().to_string(), key.display().to_string()))
    }

    fn both(folder: &str, key: &str) -> Option<(String, String)> {
        Some((folder.to_owned(), key.to_owned()))
    }

    #[test]
    fn code_and_key_lie_where_the_user_has_such_things() {
        let home = ("HOME", "/home/ada");
        let usual = both("/home/ada/.cache/holdfast/code", "/home/ada/.local/state/holdfast/code.key");
        assert_eq!(of(&[home]), usual);
        assert_eq!(of(&[home, ("XDG_CACHE_HOME", "c"), ("XDG_STATE_HOME", ""), (FOLDER, "")]), usual);
        let xdg = [("XDG_CACHE_HOME", "/c"), ("XDG_STATE_HOME", "/s")];
        assert_eq!(of(&xdg), both("/c/holdfast/code", "/s/holdfast/code.key"));
        assert_eq!(of(&[home, (FOLDER, "here")]), both("here", "/home/ada/.local/state/holdfast/code.key"));
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[(FOLDER, "/here")]), None, "the key would lie nowhere");
    }
}

//! Files that an author saves: which there are, and which have another content than before.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Folders below a project that its tools write, beside those whose names begin with a dot.
const MADE: [&str; 5] = ["target", "dist", "node_modules", "__pycache__", "venv"];
/// Files of a project that are watched; a folder with more is hardly one.
const MOST: usize = 5_000;

/// What is watched.
pub(crate) struct Watched {
    /// A project: every file in it but those that tools make.
    pub(crate) folder: Option<PathBuf>,
    /// Other files, which need not be there yet.
    pub(crate) files: Vec<PathBuf>,
    /// Files that the work itself writes.
    pub(crate) apart: Vec<PathBuf>,
}

/// The watched files as they were once.
#[derive(Debug, Default)]
pub(crate) struct Seen(BTreeMap<PathBuf, Content>);

/// Content of a file, and what tells without reading it that it is the same still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Content {
    modified: Option<SystemTime>,
    length: u64,
    hash: u64,
}

impl Watched {
    /// The files as they are now; only what was written since `before` is read.
    pub(crate) fn see(&self, before: &Seen) -> Seen {
        let mut paths = self.files.clone();
        if let Some(folder) = &self.folder {
            below(folder, &mut paths);
        }
        paths.retain(|path| !self.apart.contains(path));
        let contents = paths.into_iter().filter_map(|path| {
            let content = Content::of(&path, before.0.get(&path))?;
            Some((path, content))
        });
        Seen(contents.collect())
    }
}

impl Seen {
    /// A file whose content is another now, or that came or went.
    pub(crate) fn change<'a>(&'a self, now: &'a Self) -> Option<&'a Path> {
        let hash = |seen: &Self, path: &Path| seen.0.get(path).map(|content| content.hash);
        let mut paths = now.0.keys().chain(self.0.keys());
        paths.find(|path| hash(self, path) != hash(now, path)).map(PathBuf::as_path)
    }
}

impl Content {
    fn of(path: &Path, before: Option<&Self>) -> Option<Self> {
        let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
        let (modified, length) = (metadata.modified().ok(), metadata.len());
        let same = |before: &&Self| (before.modified, before.length) == (modified, length);
        if let Some(before) = before.filter(same).filter(|before| before.modified.is_some()) {
            return Some(*before);
        }
        let mut hasher = DefaultHasher::new();
        fs::read(path).ok()?.hash(&mut hasher);
        Some(Self { modified, length, hash: hasher.finish() })
    }
}

/// Adds the files in a folder and those below it. Links to folders are not followed: they may lead anywhere.
fn below(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if paths.len() >= MOST || is_made(&entry.file_name()) {
            continue;
        }
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            below(&entry.path(), paths);
        } else {
            paths.push(entry.path());
        }
    }
}

fn is_made(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with('.') || MADE.contains(&&*name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_content_is_a_change_and_another_time_is_not() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let at = |name: &str| folder.path().join(name);
        for name in ["src/rule.js", "dist/rule.wasm", ".git/HEAD", "made.wasm"] {
            fs::create_dir_all(at(name).parent().unwrap_or(Path::new("")))?;
            fs::write(at(name), "1")?;
        }
        let apart = vec![at("made.wasm")];
        let watched = Watched { folder: Some(folder.path().to_owned()), files: vec![at("later")], apart };
        let first = watched.see(&Seen::default());
        for name in ["dist/rule.wasm", ".git/HEAD", "made.wasm"] {
            fs::write(at(name), "other")?;
        }
        let saved = fs::File::options().append(true).open(at("src/rule.js"))?;
        saved.set_modified(saved.metadata()?.modified()? + std::time::Duration::from_secs(60))?;
        let second = watched.see(&first);
        assert_eq!(first.change(&second), None);
        for (name, text) in [("src/rule.js", "2"), ("later", "1"), ("src/new.js", "")] {
            let before = watched.see(&second);
            fs::write(at(name), text)?;
            assert_eq!(before.change(&watched.see(&before)), Some(&*at(name)));
        }
        let before = watched.see(&second);
        fs::remove_file(at("src/new.js"))?;
        assert_eq!(before.change(&watched.see(&before)), Some(&*at("src/new.js")));
        Ok(())
    }
}

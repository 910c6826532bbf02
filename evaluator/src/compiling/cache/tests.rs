use std::cell::Cell;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use holdfast_rule_set::Digest;
use tempfile::TempDir;

use super::entry::{self, Record};
use super::*;

/// A folder for entries, another for the key, and how often something was compiled.
struct Place {
    folder: TempDir,
    compiled: Cell<usize>,
}

impl Place {
    fn new() -> anyhow::Result<Self> {
        Ok(Self { folder: TempDir::new()?, compiled: Cell::new(0) })
    }

    fn entries(&self) -> PathBuf {
        self.folder.path().join("cache/code")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("state/code.key")
    }

    fn open(&self) -> anyhow::Result<CodeCache> {
        self.within(CacheBounds::TOOLS)
    }

    fn within(&self, bounds: CacheBounds) -> anyhow::Result<CodeCache> {
        Ok(CodeCache::open(&self.entries(), &self.key(), bounds)?)
    }

    /// The code of a component, which is made by turning its bytes round.
    fn ask(&self, cache: &CodeCache, component: &[u8]) -> Vec<u8> {
        self.ask_for(cache, component, Digest::of(b"engine"))
    }

    fn ask_for(&self, cache: &CodeCache, component: &[u8], engine: Digest) -> Vec<u8> {
        let code = cache.kept(component, engine, || {
            self.compiled.set(self.compiled.get() + 1);
            Ok::<_, ()>(turned(component))
        });
        code.unwrap_or_default()
    }

    /// How often something was compiled since this was last asked.
    fn compiled(&self) -> usize {
        self.compiled.take()
    }

    fn files(&self) -> anyhow::Result<Vec<PathBuf>> {
        fs::read_dir(self.entries())?.map(|entry| Ok(entry?.path())).collect()
    }

    fn only_file(&self) -> anyhow::Result<PathBuf> {
        let files = self.files()?;
        anyhow::ensure!(files.len() == 1, "{files:?}");
        files.into_iter().next().context("no file")
    }
}

fn turned(component: &[u8]) -> Vec<u8> {
    component.iter().rev().copied().collect()
}

#[test]
fn a_second_run_compiles_nothing() -> anyhow::Result<()> {
    let place = Place::new()?;
    for expected in [1, 0, 0] {
        assert_eq!(place.ask(&place.open()?, b"component"), turned(b"component"));
        assert_eq!(place.compiled(), expected);
    }
    assert_eq!(place.ask(&place.open()?, b"another"), turned(b"another"));
    assert_eq!(place.compiled(), 1);
    Ok(())
}

#[test]
fn what_failed_to_compile_is_tried_again() -> anyhow::Result<()> {
    let place = Place::new()?;
    let cache = place.open()?;
    assert_eq!(cache.kept(b"component", Digest::of(b"engine"), || Err("no")), Err("no"));
    assert!(place.files()?.is_empty());
    assert_eq!(place.ask(&cache, b"component"), turned(b"component"));
    Ok(())
}

#[test]
fn another_engine_has_other_code() -> anyhow::Result<()> {
    let place = Place::new()?;
    let cache = place.open()?;
    place.ask(&cache, b"component");
    place.ask_for(&cache, b"component", Digest::of(b"another processor"));
    assert_eq!(place.compiled(), 2);
    Ok(())
}

/// An entry of this user's own key, under the name of what is wanted, that is for something else.
#[test]
fn code_of_another_version_or_component_is_not_taken() -> anyhow::Result<()> {
    let place = Place::new()?;
    let cache = place.open()?;
    place.ask(&cache, b"component");
    let path = place.only_file()?;
    let (component, engine) = (Digest::of(b"component"), Digest::of(b"engine"));
    for other in [
        Record::wanted(component, engine, "48.0.7"),
        Record::wanted(component, Digest::of(b"other"), WASMTIME),
        Record::wanted(Digest::of(b"other"), engine, WASMTIME),
    ] {
        fs::write(&path, [entry::head(other, b"evil", &cache.signer)?, b"evil".to_vec()].concat())?;
        place.compiled();
        assert_eq!(place.ask(&cache, b"component"), turned(b"component"));
        assert_eq!(place.compiled(), 1);
    }
    Ok(())
}

#[test]
fn an_entry_of_another_key_is_compiled_again() -> anyhow::Result<()> {
    let (place, forger) = (Place::new()?, Place::new()?);
    place.ask(&place.open()?, b"component");
    let path = place.only_file()?;
    let forged = forger.open()?;
    let _ = forged.kept(b"component", Digest::of(b"engine"), || Ok::<_, ()>(b"evil".to_vec()));
    fs::copy(forger.only_file()?, &path)?;
    place.compiled();
    assert_eq!(place.ask(&place.open()?, b"component"), turned(b"component"));
    assert_eq!(place.compiled(), 1, "it was compiled again");
    assert_eq!(place.ask(&place.open()?, b"component"), turned(b"component"));
    assert_eq!(place.compiled(), 0, "and replaced");
    Ok(())
}

#[test]
fn a_changed_byte_or_a_lost_one_anywhere_is_noticed() -> anyhow::Result<()> {
    let place = Place::new()?;
    let cache = place.open()?;
    place.ask(&cache, b"component");
    let path = place.only_file()?;
    let whole = fs::read(&path)?;
    let damaged = (0..whole.len()).flat_map(|at| {
        let mut changed = whole.clone();
        if let Some(byte) = changed.get_mut(at) {
            *byte ^= 1;
        }
        [changed, whole.get(..at).unwrap_or_default().to_vec()]
    });
    for bytes in damaged.chain([[&whole[..], b"more"].concat()]) {
        fs::write(&path, &bytes)?;
        place.compiled();
        assert_eq!(place.ask(&cache, b"component"), turned(b"component"));
        assert_eq!(place.compiled(), 1, "{}", String::from_utf8_lossy(&bytes));
        assert_eq!(fs::read(&path)?, whole);
    }
    Ok(())
}

#[test]
fn what_was_used_longest_ago_makes_room() -> anyhow::Result<()> {
    let place = Place::new()?;
    let components: Vec<Vec<u8>> = (0..4).map(|one| vec![one; 1000]).collect();
    let bounds = CacheBounds { most: 4500, ..CacheBounds::TOOLS };
    let cache = place.within(bounds)?;
    let mut hour = SystemTime::from(Timestamp::now()) - Duration::from_hours(10);
    for component in &components[..3] {
        place.ask(&cache, component);
        // As if an hour had passed since.
        hour += Duration::from_hours(1);
        for file in place.files()? {
            let file = fs::OpenOptions::new().write(true).open(file)?;
            if file.metadata()?.modified()? > hour {
                file.set_modified(hour)?;
            }
        }
    }
    place.ask(&cache, &components[0]);
    assert_eq!(place.compiled(), 3);
    place.ask(&cache, &components[3]);
    place.ask(&cache, &components[0]);
    assert_eq!(place.compiled(), 1, "what was used last is there");
    place.ask(&cache, &components[1]);
    assert_eq!(place.compiled(), 1, "what was used longest ago is not");
    let bytes: u64 = place.files()?.iter().filter_map(|path| Some(path.metadata().ok()?.len())).sum();
    assert!(bytes <= bounds.most, "{bytes}");
    Ok(())
}

#[test]
fn what_is_larger_than_the_bound_or_not_worth_it_is_not_kept() -> anyhow::Result<()> {
    let place = Place::new()?;
    place.ask(&place.within(CacheBounds { most: 10, ..CacheBounds::TOOLS })?, &[7; 11]);
    place.ask(&place.within(CacheBounds { least_component: 12, ..CacheBounds::TOOLS })?, &[7; 11]);
    assert_eq!((place.compiled(), place.files()?.len()), (2, 0));
    Ok(())
}

#[test]
fn threads_that_want_the_same_compile_it_once() -> anyhow::Result<()> {
    let place = Place::new()?;
    let cache = place.open()?;
    let compiled = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let code = cache.kept(b"component", Digest::of(b"engine"), || {
                    compiled.fetch_add(1, Ordering::Relaxed);
                    Ok::<_, ()>(b"code".to_vec())
                });
                assert_eq!(code, Ok(b"code".to_vec()));
            });
        }
    });
    assert_eq!(compiled.load(Ordering::Relaxed), 1);
    Ok(())
}

/// Each as a process of its own would: with its own handle on the folder and on the key.
#[test]
fn many_that_open_and_write_at_once_do_not_disturb_each_other() -> anyhow::Result<()> {
    let place = Place::new()?;
    let (entries, key) = (place.entries(), place.key());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let cache = CodeCache::open(&entries, &key, CacheBounds::TOOLS).map_err(|e| e.to_string());
                let cache = cache.expect("a cache");
                for component in [&b"one"[..], b"two", b"three"] {
                    let code =
                        cache.kept(component, Digest::of(b"engine"), || Ok::<_, ()>(turned(component)));
                    assert_eq!(code, Ok(turned(component)));
                }
            });
        }
    });
    for component in [&b"one"[..], b"two", b"three"] {
        assert_eq!(place.ask(&place.open()?, component), turned(component));
    }
    assert_eq!((place.compiled(), place.files()?.len()), (0, 3));
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn a_key_that_others_can_reach_is_not_used() -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new()?;
    drop(place.open()?);
    for mode in [0o640, 0o604, 0o620, 0o666] {
        fs::set_permissions(place.key(), fs::Permissions::from_mode(mode))?;
        let error = place.open().err().context("it was used")?.to_string();
        assert!(
            error.contains("code.key is not for its owner alone") && error.contains("remove it"),
            "{error}"
        );
    }
    fs::set_permissions(place.key(), fs::Permissions::from_mode(0o600))?;
    fs::write(place.key(), b"short")?;
    let error = place.open().err().context("it was used")?.to_string();
    assert!(error.contains("does not hold a key"), "{error}");
    Ok(())
}

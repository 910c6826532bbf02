//! Compiled code that is kept from one command to the next: who compiles is told apart by bounds that let nothing be
//! compiled.

use std::fs;
use std::path::PathBuf;
use std::thread;

use crate::stage::{Ran, Stage};

const CASES: &str = "\
settings: { protect: [{ tags: { env: [prod] } }] }
cases:
  - name: a disk with the tag
    resource: { type: Microsoft.Compute/disks, tags: { env: prod } }
    expect: { verdict: protect }
";

/// In so little memory no compiler starts.
const NO_COMPILER: (&str, &str) = ("HOLDFAST_COMPILE_MEGABYTES", "1");

/// A rule and cases for it, with a cache that no other test uses.
struct Desk {
    stage: Stage,
    cache: String,
    state: String,
}

impl Desk {
    fn new() -> anyhow::Result<Self> {
        let stage = Stage::new()?;
        stage.shipped("select")?;
        stage.write("cases.yaml", CASES)?;
        stage.write("disk.yaml", "type: Microsoft.Compute/disks\ntags: { env: prod }\n")?;
        stage.write("settings.yaml", "protect: [{ tags: { env: [prod] } }]\n")?;
        let text = |path: PathBuf| path.display().to_string();
        Ok(Self { cache: text(stage.path("cache")), state: text(stage.path("state")), stage })
    }

    fn run(&self, words: &str, more: &[(&str, &str)]) -> anyhow::Result<Ran> {
        let own = [("HOLDFAST_CODE_CACHE", &*self.cache), ("XDG_STATE_HOME", &*self.state)];
        self.stage.rule_with(&words.split(' ').collect::<Vec<_>>(), &[&own, more].concat())
    }

    fn entries(&self) -> anyhow::Result<Vec<PathBuf>> {
        fs::read_dir(&self.cache)?.map(|entry| Ok(entry?.path())).collect()
    }
}

const COMMANDS: [&str; 4] = [
    "check select.wasm --settings settings.yaml",
    "run select.wasm --resource disk.yaml --settings settings.yaml",
    "test select.wasm --cases cases.yaml",
    "docs select.wasm",
];

#[test]
#[cfg(target_os = "linux")]
fn the_second_time_nothing_is_compiled() -> anyhow::Result<()> {
    let desk = Desk::new()?;
    desk.run("keygen team", &[])?.expect(0, &[]);
    for command in COMMANDS {
        desk.run(command, &[])?.expect(0, &[]);
    }
    for command in
        COMMANDS.into_iter().chain(["sign select.wasm --key team.key", "verify select.wasm --key team.pub"])
    {
        desk.run(command, &[NO_COMPILER])?.expect(0, &[]);
    }
    let compiled_anew = desk.run(&format!("{} --no-cache", COMMANDS[0]), &[NO_COMPILER])?;
    assert_ne!(compiled_anew.code, 0, "without the cache it compiles: {compiled_anew:?}");
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn damaged_entries_and_a_lost_key_are_compiled_again() -> anyhow::Result<()> {
    let desk = Desk::new()?;
    let command = COMMANDS[1];
    desk.run(command, &[])?.expect(0, &[]);
    type Damage = fn(&PathBuf) -> anyhow::Result<()>;
    let truncated: Damage =
        |path| Ok(fs::write(path, fs::read(path)?.split_last().map_or(&[][..], |(_, most)| most))?);
    let altered: Damage = |path| {
        let mut bytes = fs::read(path)?;
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        Ok(fs::write(path, bytes)?)
    };
    for damage in [truncated, altered] {
        desk.entries()?.iter().try_for_each(damage)?;
        assert_ne!(desk.run(command, &[NO_COMPILER])?.code, 0, "it was believed");
        desk.run(command, &[])?.expect(0, &[]);
        desk.run(command, &[NO_COMPILER])?.expect(0, &[]);
    }
    fs::remove_dir_all(&desk.state)?;
    assert_ne!(desk.run(command, &[NO_COMPILER])?.code, 0, "another key was believed");
    desk.run(command, &[])?.expect(0, &[]);
    desk.run(command, &[NO_COMPILER])?.expect(0, &[]);
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn processes_that_begin_at_once_share_one_key_and_one_cache() -> anyhow::Result<()> {
    let desk = Desk::new()?;
    thread::scope(|scope| {
        let running: Vec<_> = (0..3).map(|_| scope.spawn(|| desk.run(COMMANDS[2], &[]))).collect();
        for ran in running {
            ran.join().map_err(|_| anyhow::anyhow!("it panicked"))??.expect(0, &[]);
        }
        anyhow::Ok(())
    })?;
    desk.run(COMMANDS[2], &[NO_COMPILER])?.expect(0, &[]);
    let part = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "part");
    assert!(!desk.entries()?.iter().any(part), "{:?}", desk.entries()?);
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn a_cache_that_cannot_be_used_is_said_and_stops_nothing() -> anyhow::Result<()> {
    let desk = Desk::new()?;
    desk.stage.write("state/holdfast/code.key", [7; 32])?;
    let ran = desk.run(COMMANDS[1], &[])?;
    ran.expect(0, &["compiled code is not kept", "not for its owner alone", "--no-cache"]);
    let quiet = desk.run(&format!("{} --no-cache", COMMANDS[1]), &[])?;
    assert!(!quiet.err.contains("compiled code is not kept"), "{quiet:?}");
    Ok(())
}

//! What holds a handler to the memory and the processors of an instance size: control groups where this machine lets us make
//! them, else limits of the process, which are coarser; which of them is said.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

const ROOT: &str = "/sys/fs/cgroup";
/// Length of the turns in which the kernel gives out processor time, in microseconds.
const TURN: f64 = 100_000.0;

/// An instance size of Flex Consumption.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) megabytes: u64,
    pub(crate) cores: f64,
}

/// All of them, as the documentation of the Flex Consumption plan has them.
pub(crate) const SIZES: [Size; 3] = [
    Size { megabytes: 512, cores: 0.25 },
    Size { megabytes: 2_048, cores: 1.0 },
    Size { megabytes: 4_096, cores: 2.0 },
];

/// Limits of one process.
pub(crate) enum Limits {
    /// None.
    Free,
    /// Folders of control groups, removed when they are dropped.
    Groups {
        /// Version of the kernel's control groups.
        version: u8,
        folders: Vec<PathBuf>,
    },
    /// Limits of the process itself: anonymous memory, and whole processors.
    Process(Size),
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Free => f.write_str("nothing"),
            Self::Groups { version, .. } => write!(f, "cgroup v{version}"),
            Self::Process(size) if size.cores < 1.0 => f.write_str("prlimit, one whole core"),
            Self::Process(_) => f.write_str("prlimit, taskset"),
        }
    }
}

impl Limits {
    /// The best that this machine has.
    pub(crate) fn of(size: Size) -> Self {
        second(size).or_else(|_| first(size)).unwrap_or(Self::Process(size))
    }

    /// What starts a program within them.
    pub(crate) fn command(&self, program: &Path) -> Command {
        match self {
            Self::Free => Command::new(program),
            Self::Groups { folders, .. } => {
                // The shell enters the groups, and becomes the program.
                let enter = "program=$1; shift; for group in \"$@\"; do echo $$ > \"$group/cgroup.procs\" || exit 1; done; exec \"$program\"";
                let mut command = Command::new("sh");
                command.args(["-c", enter, "sh"]).arg(program).args(folders);
                command
            }
            Self::Process(size) => {
                let last = (size.cores.ceil() - 1.0).max(0.0);
                let mut command = Command::new("prlimit");
                command.arg(format!("--data={}", size.megabytes << 20));
                command.args(["taskset", "--cpu-list", &format!("0-{last}")]).arg(program);
                command
            }
        }
    }
}

impl Drop for Limits {
    fn drop(&mut self) {
        if let Self::Groups { folders, .. } = self {
            folders.iter().for_each(|folder| drop(fs::remove_dir(folder)));
        }
    }
}

fn name(size: Size) -> String {
    format!("holdfast-{}-{}", size.megabytes, std::process::id())
}

/// Control groups of version 2: one folder for all.
fn second(size: Size) -> Result<Limits> {
    let root = Path::new(ROOT);
    // Where version 1 is mounted below it, this is a folder like any other, and would take any file.
    fs::read_to_string(root.join("cgroup.controllers")).context("no control groups of version 2")?;
    fs::write(root.join("cgroup.subtree_control"), "+cpu +memory")?;
    let folder = made(root.join(name(size)))?;
    let limits = Limits::Groups { version: 2, folders: vec![folder.clone()] };
    fs::write(folder.join("memory.max"), (size.megabytes << 20).to_string())?;
    fs::write(folder.join("cpu.max"), format!("{} {TURN}", size.cores * TURN))?;
    Ok(limits)
}

/// Control groups of version 1: a folder for each controller.
fn first(size: Size) -> Result<Limits> {
    let root = Path::new(ROOT);
    fs::read_to_string(root.join("memory/memory.limit_in_bytes"))
        .context("no control groups of version 1")?;
    let memory = made(root.join("memory").join(name(size)))?;
    let mut folders = vec![memory.clone()];
    let cpu = made(root.join("cpu").join(name(size)));
    folders.extend(cpu.as_ref().ok().cloned());
    let limits = Limits::Groups { version: 1, folders };
    fs::write(memory.join("memory.limit_in_bytes"), (size.megabytes << 20).to_string())?;
    let cpu = cpu?;
    fs::write(cpu.join("cpu.cfs_period_us"), TURN.to_string())?;
    fs::write(cpu.join("cpu.cfs_quota_us"), (size.cores * TURN).to_string())?;
    Ok(limits)
}

fn made(folder: PathBuf) -> Result<PathBuf> {
    fs::create_dir(&folder).with_context(|| folder.display().to_string())?;
    Ok(folder)
}

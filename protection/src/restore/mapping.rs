//! Where the files of a SQL Server database go that is restored under another name or elsewhere.
//!
//! Azure wants each named. What a person does not name goes beside the files of the target's other databases, under a name
//! that is the same whenever it is planned.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{DesiredFile, RestoreGround};
use crate::impossible::Impossible;
use crate::workload::in_machine::Database;

/// What a file of a database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DataFileKind {
    /// Data.
    Data,
    /// The log.
    Log,
}

/// A file of a database in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataFile {
    /// What it holds.
    pub kind: DataFileKind,
    /// Its name in the database.
    pub logical_name: String,
    /// Its path when it was backed up.
    pub path: String,
}

/// Where an instance of SQL Server has the files of its databases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataDirectory {
    /// The instance.
    pub holder: String,
    /// What is in it.
    pub kind: DataFileKind,
    /// Its path.
    pub path: String,
}

/// Where a file goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MappedFile {
    /// The file in the backup.
    #[serde(flatten)]
    pub file: DataFile,
    /// The path that it gets.
    pub target: String,
}

impl fmt::Display for MappedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "file `{}` goes to {}", self.file.logical_name, self.target)
    }
}

/// Namespace of the name-based UUIDs that tell apart the files of two databases.
const NAMES: Uuid = Uuid::from_u128(0x5e1c_08b7_63fa_5d94_8b20_f1d7_44ac_9e35);
/// Bytes of all paths together that Azure takes (documentation).
const MOST_BYTES: usize = 20_000;

/// The files of the backup, each with where it goes.
pub(super) fn files(
    ground: &RestoreGround,
    target: &Database,
    desired: &[DesiredFile],
) -> Result<Vec<MappedFile>, Impossible> {
    let Some(databases) = &ground.databases else { return Ok(Vec::new()) };
    if let Some(odd) =
        desired.iter().find(|desired| !databases.files.iter().any(|file| is_named(file, desired)))
    {
        let names: Vec<&str> = databases.files.iter().map(|file| file.logical_name.as_str()).collect();
        return Err(Impossible::new(
            "FileNotFound",
            format!("the backup has no file `{}`", odd.logical_name),
            format!("name files by their logical names: {}", names.join(", ")),
        ));
    }
    let mapped = databases.files.iter().map(|file| {
        let named =
            desired.iter().find(|desired| is_named(file, desired)).map(|desired| desired.path.clone());
        let target = match named {
            Some(path) => path,
            None => beside(file, &databases.directories, target)?,
        };
        Ok(MappedFile { file: file.clone(), target })
    });
    let mapped: Vec<MappedFile> = mapped.collect::<Result<_, Impossible>>()?;
    let bytes: usize = mapped.iter().map(|one| one.file.path.len() + one.target.len()).sum();
    if bytes > MOST_BYTES {
        return Err(Impossible::new(
            "PathsTooLong",
            format!("the paths of all files together have {bytes} bytes, and Azure takes {MOST_BYTES}"),
            "restore the database where it was, or as files",
        ));
    }
    Ok(mapped)
}

fn is_named(file: &DataFile, desired: &DesiredFile) -> bool {
    file.logical_name.eq_ignore_ascii_case(&desired.logical_name)
}

/// A path in the directory that the target instance has for such files.
fn beside(file: &DataFile, directories: &[DataDirectory], target: &Database) -> Result<String, Impossible> {
    let fits = |directory: &&DataDirectory| {
        directory.kind == file.kind && directory.holder.eq_ignore_ascii_case(&target.holder)
    };
    let Some(directory) = directories.iter().find(fits) else {
        return Err(Impossible::new(
            "DirectoryNotKnown",
            format!(
                "Azure does not say where {} `{}` of `{}` has its files",
                target.kind.holder_noun(),
                target.holder,
                target.machine.name()
            ),
            "name a path for each file in `files`, and see whether the instance runs",
        ));
    };
    let separator = if directory.path.contains('/') { '/' } else { '\\' };
    let folder = directory.path.trim_end_matches(['/', '\\']);
    let (_, name) = file.path.rsplit_once(['/', '\\']).unwrap_or(("", file.path.as_str()));
    let extension = name.rsplit_once('.').map(|(_, extension)| format!(".{extension}")).unwrap_or_default();
    let whole = format!("{}/{}/{}", target.machine.key(), target.holder, target.name).to_ascii_lowercase();
    let digest = Uuid::new_v5(&NAMES, whole.as_bytes()).simple().to_string();
    let mark = digest.get(..8).unwrap_or_default();
    Ok(format!("{folder}{separator}{}_{mark}{extension}", file.logical_name))
}

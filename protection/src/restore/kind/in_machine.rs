//! A database in a virtual machine: as a database where it was or elsewhere, or as files.
//!
//! Azure's extension in the machine does it, with the rights of the caller: the vault's identity needs none
//! (documentation). The target has to be registered with the same vault.

use super::{GoesBackTo, Kind, LooksFor, There};
use crate::impossible::Impossible;
use crate::instance::BackupInstance;
use crate::restore::{
    DatabaseFiles, DesiredDatabaseFiles, DesiredMachineDatabase, RestoreGround, RestoreInto, TargetDatabase,
    mapping,
};
use crate::workload::in_machine::{Database, DatabaseKind, MACHINES};
use crate::{Location, ResourceId};

pub(super) struct AsDatabase<'a> {
    pub(super) kind: DatabaseKind,
    pub(super) desired: &'a DesiredMachineDatabase,
}

pub(super) struct AsFiles<'a> {
    pub(super) desired: &'a DesiredDatabaseFiles,
}

const NOT_A_MACHINE: &str = "`machine` has to be the ARM id of a virtual machine";
const NO_MACHINE: (&str, &str, &str) = (
    "UserErrorAzureResourceNotFoundByPlugin",
    "virtual machine",
    "create it and register it with the vault, or name another as `machine`",
);

/// The machine that a restore goes to.
fn machine(named: Option<&ResourceId>, source: &BackupInstance) -> Option<ResourceId> {
    named.cloned().or_else(|| Some(Database::of(&source.datasource)?.machine))
}

impl AsDatabase<'_> {
    /// What comes into being.
    fn target(&self, source: &BackupInstance) -> Option<Database> {
        let own = Database::of(&source.datasource)?;
        Some(Database {
            kind: self.kind,
            machine: self.desired.machine.clone().unwrap_or(own.machine),
            holder: self.desired.instance.clone().unwrap_or(own.holder),
            name: self.desired.name.clone().unwrap_or(own.name),
        })
    }
}

impl Kind for AsDatabase<'_> {
    fn place(&self, source: &BackupInstance) -> Option<ResourceId> {
        machine(self.desired.machine.as_ref(), source)
    }

    fn place_type(&self) -> (&'static str, &'static str) {
        (MACHINES, NOT_A_MACHINE)
    }

    fn absent(&self) -> (&'static str, &'static str, &'static str) {
        NO_MACHINE
    }

    fn looks_for(&self, _place: &ResourceId) -> LooksFor {
        LooksFor::Databases(self.kind)
    }

    fn request(&self, there: &There<'_>) -> Result<(RestoreInto, Location), Impossible> {
        there.in_region()?;
        Ok((database(self, there.ground, there.region)?, there.region.clone()))
    }

    fn needs_roles(&self) -> bool {
        false
    }

    /// Into another machine, which is there.
    fn crosses_regions(&self) -> bool {
        self.desired.machine.is_some()
    }

    fn goes_back_to(&self) -> GoesBackTo {
        GoesBackTo::PointsAndMoments
    }

    fn notes(&self, ground: &RestoreGround) -> Vec<String> {
        let region = &ground.vault.location;
        let Ok(RestoreInto::Database(target)) = database(self, ground, region) else { return Vec::new() };
        target.files.iter().map(ToString::to_string).collect()
    }
}

impl Kind for AsFiles<'_> {
    fn place(&self, source: &BackupInstance) -> Option<ResourceId> {
        machine(self.desired.machine.as_ref(), source)
    }

    fn place_type(&self) -> (&'static str, &'static str) {
        (MACHINES, NOT_A_MACHINE)
    }

    fn absent(&self) -> (&'static str, &'static str, &'static str) {
        NO_MACHINE
    }

    /// Which kind is of no importance here: the machine has to be registered.
    fn looks_for(&self, _place: &ResourceId) -> LooksFor {
        LooksFor::Databases(DatabaseKind::Sql)
    }

    fn request(&self, there: &There<'_>) -> Result<(RestoreInto, Location), Impossible> {
        let folder = self.desired.folder.trim();
        if folder.is_empty() || folder.chars().any(char::is_control) {
            return Err(Impossible::new(
                "NameNotUsable",
                "`folder` has to be the path of a folder in the machine",
                r"write it whole, such as F:\restored or /backup/restored",
            ));
        }
        there.in_region()?;
        let files = DatabaseFiles {
            machine: there.ground.place.id.clone(),
            container: container(there.ground, there.region)?,
            folder: folder.to_owned(),
            overwrite: self.desired.overwrite,
        };
        Ok((RestoreInto::DatabaseFiles(files), there.region.clone()))
    }

    fn needs_roles(&self) -> bool {
        false
    }

    fn crosses_regions(&self) -> bool {
        self.desired.machine.is_some()
    }

    fn goes_back_to(&self) -> GoesBackTo {
        GoesBackTo::PointsAndMoments
    }
}

/// The container of the target machine: it has to be registered with the vault that holds the backups, or in the paired
/// region with any vault there (azure-cli: the target's vault is named by itself).
fn container(ground: &RestoreGround, region: &Location) -> Result<ResourceId, Impossible> {
    let databases = ground.databases.as_ref();
    databases.map(|databases| databases.container.clone()).ok_or_else(|| {
        let (machine, vault) = (ground.place.id.name(), ground.vault.id.name());
        if *region != ground.vault.location {
            return Impossible::new(
                "MachineNotRegistered",
                format!("virtual machine `{machine}` is registered with no vault in {region}"),
                format!("register it with a vault in {region}: let the rules protect its databases, or use `az backup container register`"),
            );
        }
        Impossible::new(
            "MachineNotRegistered",
            format!("virtual machine `{machine}` is not registered with vault `{vault}`, which holds the backups"),
            format!("register it with vault `{vault}`: let the rules protect its databases there, or use `az backup container register`"),
        )
    })
}

fn database(
    kind: &AsDatabase<'_>,
    ground: &RestoreGround,
    region: &Location,
) -> Result<RestoreInto, Impossible> {
    let desired = kind.desired;
    let source = &ground.source;
    let (Some(own), Some(target)) = (Database::of(&source.datasource), kind.target(source)) else {
        return Err(Impossible::new(
            "RestoreKindNotSupported",
            format!("`{}` is not a database of a virtual machine", source.datasource.name()),
            "see what it can be restored as",
        ));
    };
    check_name(&target)?;
    let id = target.id().map_err(|_| unusable_name(&target))?;
    if kind.kind == DatabaseKind::Hana && (desired.no_recovery || !desired.files.is_empty()) {
        return Err(Impossible::new(
            "RestoreFieldNotSupported",
            "`noRecovery` and `files` are for SQL Server; SAP HANA puts its files where the system has them",
            "leave them out",
        ));
    }
    let container = container(ground, region)?;
    let is_original = id == source.datasource;
    let taken = format!("{}/{}", target.holder, target.name);
    let is_there = ground.place.taken.iter().any(|name| name.eq_ignore_ascii_case(&taken));
    if is_there && !desired.overwrite {
        return Err(Impossible::new(
            "UserErrorTargetPOExistsOverwriteNotSpecified",
            format!(
                "when Azure last looked into `{}`, a database `{}` was on {} `{}`",
                target.machine.name(),
                target.name,
                kind.kind.holder_noun(),
                target.holder
            ),
            "give the restored database another name (`name`), or state `overwrite` to replace what is there; if it was \
             dropped, `overwrite` replaces nothing",
        ));
    }
    let files = if is_original && desired.files.is_empty() || kind.kind == DatabaseKind::Hana {
        Vec::new()
    } else {
        mapping::files(ground, &target, &desired.files)?
    };
    Ok(RestoreInto::Database(TargetDatabase {
        id,
        instance: target.holder,
        source: own.machine,
        container,
        original: is_original,
        overwrite: desired.overwrite,
        no_recovery: desired.no_recovery,
        files,
    }))
}

/// Names that Azure Backup takes (documentation).
fn check_name(target: &Database) -> Result<(), Impossible> {
    let name = target.name.as_str();
    let is_bad = name.is_empty()
        || name.chars().count() > 128
        || name.trim() != name
        || name.ends_with('!')
        || name.contains([';', '/', ']'])
        || name.chars().any(char::is_control);
    if is_bad { Err(unusable_name(target)) } else { Ok(()) }
}

fn unusable_name(target: &Database) -> Impossible {
    let shown: String = target.name.chars().take(100).collect();
    Impossible::new(
        "UserErrorDBNameNotInCorrectFormat",
        format!("`{shown}` cannot be the name of a database that Azure Backup restores"),
        "use 1 to 128 characters without `;`, `/`, `]`, blanks at the ends, and `!` at the end",
    )
}

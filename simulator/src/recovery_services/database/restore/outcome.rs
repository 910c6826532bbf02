//! What a restore leaves in the target (recorded: files that are there already; documentation: the other codes).

use jiff::Timestamp;
use serde_json::json;

use super::request::{Request, To};
use super::{Restore, address, told};
use crate::recovery_services::State;
use crate::recovery_services::container;
use crate::recovery_services::database::guest::{self, Database};
use crate::recovery_services::database::{BackupType, Engine, group, readiness};
use crate::recovery_services::item::{Item, Last, found, found_mut};
use crate::recovery_services::job::{self, Ending};
use crate::recovery_services::kind::Kind;
use crate::recovery_services::trouble::Trouble;
use crate::world::World;

/// What a restore fails with: its code, and what Azure adds for this one.
type Failure = (String, Option<String>);

/// The time of a restore has come.
pub(in crate::recovery_services) fn happens(world: &mut World, restore: Restore, at: Timestamp) {
    let (vault, key) = (restore.place.vault.clone(), restore.place.key());
    if !job::goes_on(world, &vault, &restore.job) {
        return;
    }
    let outcome = match found(world, &vault, &key).cloned() {
        Some(item) => carried_out(world, &restore.registered, &item, &restore),
        None => Err(("UserErrorSQLPODoesNotExist".to_owned(), None)),
    };
    let moved = if outcome.is_ok() { "28.1147" } else { "0" };
    let found =
        State::of_mut(world).vaults.get_mut(&vault).and_then(|vault| vault.jobs.get_mut(&restore.job));
    if let Some(job) = found {
        job.bag.insert("Data Transferred (in MB)".to_owned(), json!(moved));
        job.bag.extend(told(&restore).into_iter().map(|(name, value)| (name.to_owned(), value)));
        job.dynamic = outcome.as_ref().err().and_then(|(_, told)| told.clone());
    }
    let trouble = outcome.err().map(|(code, _)| Trouble::named(&code));
    if let Some(item) = found_mut(world, &vault, &key) {
        item.last_restore = Some(Last { began: at, trouble: trouble.clone() });
    }
    let ending = trouble.map_or(Ending::Completed, Ending::Failed);
    job::ends(world, &vault, &restore.job, at, ending);
    world.touch(&restore.place.id);
}

fn carried_out(world: &mut World, vault: &str, item: &Item, restore: &Restore) -> Result<(), Failure> {
    let failed = |code: &str| Err((code.to_owned(), None));
    let (Kind::Database(form), Some(own)) = (item.kind, address(item).cloned()) else {
        return failed("UserErrorSQLPODoesNotExist");
    };
    let (container, parent, name, overwrite, code) = match &restore.request.to {
        To::Files { container, folder } => {
            return as_files(world, vault, container, folder, restore, &own.database);
        }
        To::Original { overwrite } => (
            item.container().to_ascii_lowercase(),
            own.parent.clone(),
            own.database.clone(),
            *overwrite,
            "UserErrorCannotRestoreExistingDBWithoutForceOverwrite",
        ),
        To::Database { container, parent, name, overwrite } => (
            container.clone(),
            parent.clone(),
            name.clone(),
            *overwrite,
            "UserErrorTargetPOExistsOverwriteNotSpecified",
        ),
    };
    let Some(target) = Target::found(world, vault, &container, form.engine(), &parent) else {
        return failed("UserErrorIncompatibleSrcTargetSystemsForRestore");
    };
    if let Some(code) = target.trouble(world) {
        return failed(&code);
    }
    let there =
        target.databases(world).is_some_and(|all| all.iter().any(|one| one.name.eq_ignore_ascii_case(&name)));
    if there && !overwrite {
        return failed(code);
    }
    target.write(world, &name, restored(restore, &own.database));
    Ok(())
}

/// What is written of the restore for whoever looks into the machine.
fn restored(restore: &Restore, source: &str) -> String {
    let Request { moment, unrecovered, files, .. } = &restore.request;
    let at = moment.unwrap_or(restore.point.time);
    let state = if *unrecovered { ", not recovered" } else { "" };
    let files = files.iter().map(|(name, path)| format!(", {name} in {path}")).collect::<String>();
    format!("{source} at {at}{state}{files}")
}

/// The instance or the group that a database is restored into.
struct Target {
    engine: Engine,
    parent: String,
    machine: String,
    group: Option<String>,
}

impl Target {
    fn found(world: &World, vault: &str, container: &str, engine: Engine, parent: &str) -> Option<Self> {
        let known = container::found(world, vault, container)?;
        let group = group::of_container(world, container).map(|group| group.guid.clone());
        let target = Self { engine, parent: parent.to_owned(), machine: known.source.clone(), group };
        let there =
            target.group.is_some() || guest::of(world, &target.machine).instance(engine, parent).is_some();
        there.then_some(target)
    }

    fn trouble(&self, world: &World) -> Option<String> {
        match &self.group {
            Some(_) => None,
            None => readiness::unreachable(world, &self.machine, self.engine, &self.parent),
        }
    }

    fn databases(&self, world: &World) -> Option<Vec<Database>> {
        match &self.group {
            Some(guid) => {
                State::of(world).groups.iter().find(|one| one.guid == *guid).map(|one| one.databases.clone())
            }
            None => guest::of(world, &self.machine)
                .instance(self.engine, &self.parent)
                .map(|instance| instance.databases.clone()),
        }
    }

    /// The database is there now. After its system database a HANA system must be made ready for backups again (documentation).
    fn write(&self, world: &mut World, name: &str, told: String) {
        let model = match self.databases(world).and_then(|all| {
            all.into_iter().find(|one| one.name.eq_ignore_ascii_case(name)).map(|one| one.model)
        }) {
            Some(model) => model,
            None => "FULL".to_owned(),
        };
        let made = Database { restored: Some(told), ..Database::new(name, &model) };
        let databases = match &self.group {
            Some(guid) => State::of_mut(world)
                .groups
                .iter_mut()
                .find(|one| one.guid == *guid)
                .map(|one| &mut one.databases),
            None => {
                let guest = guest::of_mut(world, &self.machine);
                let mut instances = guest.instances.iter_mut();
                instances
                    .find(|one| one.engine == self.engine && one.name.eq_ignore_ascii_case(&self.parent))
                    .map(|instance| {
                        if self.engine == Engine::Hana && name.eq_ignore_ascii_case("SYSTEMDB") {
                            instance.trouble = Some("UserErrorHanaPreScriptNotRun".to_owned());
                        }
                        &mut instance.databases
                    })
            }
        };
        if let Some(databases) = databases {
            databases.retain(|one| !one.name.eq_ignore_ascii_case(name));
            databases.push(made);
        }
    }
}

/// The backups themselves, as files in a folder; none of them may be there.
fn as_files(
    world: &mut World,
    vault: &str,
    container: &str,
    folder: &str,
    restore: &Restore,
    database: &str,
) -> Result<(), Failure> {
    let known = container::found(world, vault, container);
    let Some(machine) = known.map(|known| known.source.clone()) else {
        return Err(("UserErrorSQLPODoesNotExist".to_owned(), None));
    };
    let file = |kind: BackupType, at: Timestamp, end: &str| {
        let (kind, point) = (kind.point_word(), &restore.point.name);
        format!("{folder}{database}_{kind}_{point}_{}.{end}", at.strftime("%Y-%m-%d_%H-%M-%S"))
    };
    let first = file(restore.point.backup.unwrap_or(BackupType::Full), restore.point.time, "bak");
    let logs = restore.request.moment.map(|moment| file(BackupType::Log, moment, "log"));
    let files: Vec<String> = std::iter::once(first).chain(logs).collect();
    let guest = guest::of_mut(world, &machine);
    if let Some(there) = files.iter().find(|file| guest.files.contains(*file)) {
        let told = format!("{there} already exists.");
        return Err(("UserErrorRestoreFailedTargetFileAlreadyExists".to_owned(), Some(told)));
    }
    guest.files.extend(files);
    Ok(())
}

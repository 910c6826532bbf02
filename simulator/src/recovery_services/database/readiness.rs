//! Whether a database can be protected and backed up now (documentation: the codes of the troubleshooting pages).

use super::address::words;
use super::guest::{self, Database};
use super::{BackupType, Engine, group};
use crate::recovery_services::container;
use crate::recovery_services::item::Item;
use crate::recovery_services::item::write::Place;
use crate::recovery_services::kind::{Form, Kind};
use crate::recovery_services::machine::readiness;
use crate::recovery_services::trouble::Trouble;
use crate::wire::path::key;
use crate::world::World;

/// What stands in the way of protecting what `place` names, as the service finds out when it looks.
pub(in crate::recovery_services) fn trouble(
    world: &World,
    vault: &str,
    place: &Place,
    form: Form,
) -> Option<Trouble> {
    let missing = || Some(Trouble::named(form.engine().no_database()));
    let Some(container) = container::found(world, vault, &place.container.key()) else { return missing() };
    let Some((parent, name)) = words(&place.id) else { return missing() };
    if container.found.group.is_none()
        && let Some(code) = unreachable(world, &container.source, form.engine(), parent)
    {
        return Some(Trouble::named(&code));
    }
    match form {
        Form::HanaInstance => {
            let known =
                container.found.of_engine(Engine::Hana).any(|one| one.name.eq_ignore_ascii_case(parent));
            (!known).then(missing).flatten()
        }
        Form::Sql | Form::Hana => {
            container.found.database(form.engine(), parent, name).is_none().then(missing).flatten()
        }
    }
}

/// The code of what keeps the service from an instance.
pub(super) fn unreachable(world: &World, machine: &str, engine: Engine, parent: &str) -> Option<String> {
    let Some(body) = world.arm.resources.get(&key(machine)) else {
        return Some("UserErrorVmNotFoundV2".to_owned());
    };
    if !readiness::is_running(body) {
        return Some("VMNotInRunningStateUserError".to_owned());
    }
    guest::of(world, machine).instance(engine, parent).and_then(|instance| instance.trouble.clone())
}

/// The database that an item protects, as it is now.
pub(super) fn database_now(world: &World, item: &Item) -> Option<Database> {
    let (Kind::Database(form), Some(address)) = (item.kind, &item.address) else { return None };
    if let Some(group) = group::of_container(world, item.container()) {
        return group.databases.iter().find(|one| one.name.eq_ignore_ascii_case(&address.database)).cloned();
    }
    let guest = guest::of(world, &item.source);
    let instance = guest.instance(form.engine(), &address.parent)?;
    match form {
        Form::Sql | Form::Hana => instance.database(&address.database).cloned(),
        Form::HanaInstance => Some(Database::new(&instance.name, "")),
    }
}

/// What stands in the way of a backup.
pub(in crate::recovery_services) fn obstacle(
    world: &World,
    item: &Item,
    wanted: BackupType,
) -> Option<Trouble> {
    let (Kind::Database(form), Some(address)) = (item.kind, &item.address) else { return None };
    if !address.in_group
        && let Some(code) = unreachable(world, &item.source, form.engine(), &address.parent)
    {
        return Some(Trouble::named(&code));
    }
    let Some(database) = database_now(world, item) else {
        return Some(Trouble::named(form.engine().no_database()));
    };
    if !supports(form, &database, wanted) {
        return Some(Trouble::named("UserErrorSQLPODoesNotSupportBackupType"));
    }
    if wanted == BackupType::Log {
        return item.chain.obstacle().map(Trouble::named);
    }
    let has_full = item.points.iter().any(|point| point.backup == Some(BackupType::Full));
    (wanted.needs_parent() && !has_full).then(|| Trouble::named("UserErrorParentFullBackupMissing"))
}

/// A database whose recovery model is simple has no log, and master has nothing but full backups.
pub(super) fn supports(form: Form, database: &Database, wanted: BackupType) -> bool {
    let is_master = database.name.eq_ignore_ascii_case("master");
    match (form, wanted) {
        (Form::Sql, BackupType::Log) => !database.model.eq_ignore_ascii_case("SIMPLE"),
        (Form::Sql, BackupType::Differential) => !is_master,
        _ => true,
    }
}

/// `parentType`.
pub(super) fn parent_type(item: &Item) -> &'static str {
    match (item.kind, item.address.as_ref().is_some_and(|address| address.in_group)) {
        (Kind::Database(Form::Sql), true) => "AzureVmWorkloadSQLAvailabilityGroup",
        (Kind::Database(Form::Sql), false) => "AzureVmWorkloadSQLInstance",
        _ => "AzureVmWorkloadSAPHanaSystem",
    }
}

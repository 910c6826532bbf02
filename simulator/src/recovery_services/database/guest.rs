//! What is inside a virtual machine: its database servers. ARM shows nothing of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Engine;
use crate::estate::{EstateDatabase, EstateGuest, EstateInstance};
use crate::recovery_services::State;
use crate::wire::json as body_json;
use crate::wire::path::{key, name_of};
use crate::world::World;

/// Windows cuts the names of machines off here (recorded).
const LONGEST_HOST: usize = 15;

/// The inside of a virtual machine.
#[derive(Debug, Clone, Default)]
pub(in crate::recovery_services) struct Guest {
    pub(super) host: String,
    pub(super) instances: Vec<Instance>,
    /// The backups that restores have left as files.
    pub(super) files: BTreeSet<String>,
}

/// An instance of SQL Server or a system of SAP HANA.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::recovery_services) struct Instance {
    pub(super) engine: Engine,
    pub(super) name: String,
    /// The code of what keeps the service from reaching it.
    pub(super) trouble: Option<String>,
    pub(super) data: String,
    pub(super) log: String,
    pub(super) databases: Vec<Database>,
}

/// A database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::recovery_services) struct Database {
    pub(super) name: String,
    /// `recoveryModel`, of SQL Server.
    pub(super) model: String,
    /// From which recovery point or to which instant a restore has made it.
    pub(super) restored: Option<String>,
}

impl Guest {
    pub(super) fn instance(&self, engine: Engine, name: &str) -> Option<&Instance> {
        self.instances.iter().find(|one| one.engine == engine && one.name.eq_ignore_ascii_case(name))
    }
}

impl Instance {
    pub(super) fn database(&self, name: &str) -> Option<&Database> {
        self.databases.iter().find(|one| one.name.eq_ignore_ascii_case(name))
    }

    fn of(wanted: &EstateInstance, engine: Engine) -> Self {
        let system = engine.system_databases().iter().map(|name| Database::new(name, "SIMPLE"));
        let databases: Vec<Database> = wanted.databases.iter().map(Database::of).collect();
        let missing: Vec<Database> = system
            .filter(|one| !databases.iter().any(|known| known.name.eq_ignore_ascii_case(&one.name)))
            .collect();
        Self {
            engine,
            name: wanted.name.clone(),
            trouble: wanted.trouble.clone(),
            data: wanted.data_directory.clone().unwrap_or_else(|| "F:\\Data".to_owned()),
            log: wanted.log_directory.clone().unwrap_or_else(|| "F:\\Log".to_owned()),
            databases: missing.into_iter().chain(databases).collect(),
        }
    }
}

impl Database {
    pub(super) fn new(name: &str, model: &str) -> Self {
        Self { name: name.to_owned(), model: model.to_owned(), restored: None }
    }

    pub(super) fn of(wanted: &EstateDatabase) -> Self {
        Self::new(&wanted.name, wanted.recovery_model.as_deref().unwrap_or("FULL"))
    }
}

/// The virtual machine holds exactly these database servers from now on; whether it exists.
pub(in crate::recovery_services) fn set(world: &mut World, wanted: &EstateGuest) -> bool {
    let machine = key(&wanted.machine);
    let engine = |instance: &EstateInstance| Engine::parse(&format!("{}Database", sap(&instance.engine)));
    let instances: Option<Vec<Instance>> =
        wanted.instances.iter().map(|instance| Some(Instance::of(instance, engine(instance)?))).collect();
    let Some(instances) = instances.filter(|_| world.arm.resources.contains_key(&machine)) else {
        return false;
    };
    let host = wanted.host.clone().unwrap_or_else(|| host_of(&wanted.machine, &instances));
    let files = State::of(world).guests.get(&machine).map(|guest| guest.files.clone()).unwrap_or_default();
    State::of_mut(world).guests.insert(machine, Guest { host, instances, files });
    true
}

/// The word of the service that `engine` of an estate begins.
fn sap(engine: &str) -> &str {
    match engine.to_ascii_lowercase().as_str() {
        "hana" => "SAPHana",
        "sql" => "SQL",
        _ => "",
    }
}

fn host_of(machine: &str, instances: &[Instance]) -> String {
    let name = name_of(machine);
    match instances.iter().any(|instance| instance.engine == Engine::Sql) {
        true => name.chars().take(LONGEST_HOST).collect(),
        false => name.to_owned(),
    }
}

/// The inside of the virtual machine `id`.
pub(in crate::recovery_services) fn of(world: &World, id: &str) -> Guest {
    match State::of(world).guests.get(&key(id)) {
        Some(known) => known.clone(),
        None => usual(world, id),
    }
}

/// What a machine holds of which nothing was said.
fn usual(world: &World, id: &str) -> Guest {
    let instances: Vec<Instance> = match says_sql(world, id) {
        true => {
            let wanted = EstateInstance {
                engine: "sql".to_owned(),
                name: "MSSQLSERVER".to_owned(),
                trouble: None,
                data_directory: None,
                log_directory: None,
                databases: Vec::new(),
            };
            vec![Instance::of(&wanted, Engine::Sql)]
        }
        false => Vec::new(),
    };
    Guest { host: host_of(id, &instances), instances, files: BTreeSet::new() }
}

/// Whether a resource of SQL Server speaks of the machine.
fn says_sql(world: &World, id: &str) -> bool {
    let wanted = key(id);
    let of_it = |body: &Value| {
        body_json::text(body, &["type"])
            .is_some_and(|kind| kind.eq_ignore_ascii_case("Microsoft.SqlVirtualMachine/sqlVirtualMachines"))
            && body_json::text(body, &["properties", "virtualMachineResourceId"])
                .is_some_and(|machine| key(machine) == wanted)
    };
    world.arm.resources.values().any(of_it)
}

/// The inside of the virtual machine `id`, to be changed by a restore.
pub(super) fn of_mut<'world>(world: &'world mut World, id: &str) -> &'world mut Guest {
    let known = of(world, id);
    State::of_mut(world).guests.entry(key(id)).or_insert(known)
}

/// What the control surface shows of the inside of virtual machines.
pub(in crate::recovery_services) fn shown(world: &World) -> Value {
    let instance = |one: &Instance| {
        let databases = one.databases.iter().map(|database| {
            json!({ "name": database.name, "recoveryModel": database.model, "restored": database.restored })
        });
        json!({ "name": one.name, "trouble": one.trouble, "databases": databases.collect::<Vec<_>>() })
    };
    let guest = |(machine, guest): (&String, &Guest)| {
        json!({
            "machine": machine,
            "host": guest.host,
            "instances": guest.instances.iter().map(instance).collect::<Vec<_>>(),
            "files": guest.files,
        })
    };
    State::of(world).guests.iter().map(guest).collect()
}

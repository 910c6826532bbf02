//! What inquiries have found in a virtual machine, as it was then.

use jiff::Timestamp;

use super::Engine;
use super::group::FoundGroup;
use super::guest::{Database, Instance};

/// What is known of a server or of an availability group.
#[derive(Debug, Clone, Default)]
pub(in crate::recovery_services) struct Found {
    pub(super) host: String,
    pub(super) updated: Option<Timestamp>,
    /// The engines for which it was registered.
    pub(in crate::recovery_services) engines: Vec<Engine>,
    /// How often it was looked at.
    pub(super) looks: u32,
    pub(super) instances: Vec<Instance>,
    pub(in crate::recovery_services) group: Option<FoundGroup>,
}

impl Found {
    /// The instances of an engine.
    pub(super) fn of_engine(&self, engine: Engine) -> impl Iterator<Item = &Instance> {
        self.instances.iter().filter(move |instance| instance.engine == engine)
    }

    /// The names of the databases of an instance of SQL Server, or of a group.
    pub(in crate::recovery_services) fn sql_databases(&self, parent: &str) -> Vec<String> {
        let in_group = self.group.iter().filter(|one| one.name.eq_ignore_ascii_case(parent));
        let instances = self
            .of_engine(Engine::Sql)
            .filter(|one| one.trouble.is_none() && one.name.eq_ignore_ascii_case(parent));
        let all = in_group.map(|one| &one.databases).chain(instances.map(|one| &one.databases));
        all.flatten().map(|one| one.name.clone()).collect()
    }

    /// The instance or the group `parent` as it spells itself, and a database in it.
    pub(super) fn database(&self, engine: Engine, parent: &str, name: &str) -> Option<(&str, &Database)> {
        let in_group = self
            .group
            .iter()
            .filter(|group| group.name.eq_ignore_ascii_case(parent))
            .map(|group| (group.name.as_str(), &group.databases));
        let in_instances = self
            .of_engine(engine)
            .filter(|instance| instance.trouble.is_none() && instance.name.eq_ignore_ascii_case(parent))
            .map(|instance| (instance.name.as_str(), &instance.databases));
        in_group.chain(in_instances).find_map(|(parent, databases)| {
            let database = databases.iter().find(|one| one.name.eq_ignore_ascii_case(name))?;
            Some((parent, database))
        })
    }

    /// The first look at a HANA system counts it and its databases, the next its instance as well (recorded).
    pub(super) fn counts_hana_instances(&self) -> bool {
        self.looks > 1
    }
}

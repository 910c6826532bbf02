//! Where a database is: on which host, in which instance, system or availability group.

use super::{group, guest};
use crate::recovery_services::container;
use crate::recovery_services::item::write::{Place, Source};
use crate::recovery_services::kind::{Form, Kind};
use crate::wire::path::name_of;
use crate::world::World;

/// The address of a database, as its server spells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::recovery_services) struct Address {
    pub(super) host: String,
    /// The instance, the system or the availability group.
    pub(super) parent: String,
    pub(in crate::recovery_services) database: String,
    pub(super) in_group: bool,
}

impl Address {
    /// The database as jobs name it: `msdb [host]` (recorded).
    pub(in crate::recovery_services) fn entity(&self) -> String {
        format!("{} [{}]", self.database, self.host)
    }
}

/// The instance and the database that the name of an item says.
pub(super) fn words(item: &str) -> Option<(&str, &str)> {
    let mut words = name_of(item).split(';').skip(1);
    words.next().zip(words.next())
}

/// What an item of this place protects, if its container is registered. A database that no inquiry has found is called as the
/// caller calls it.
pub(in crate::recovery_services) fn source(world: &World, place: &Place) -> Option<Source> {
    let container = container::found(world, &place.vault, &place.container.key())?;
    let Kind::Database(form) = place.kind else { return None };
    let (parent, name) = words(&place.id)?;
    let found = &container.found;
    let in_group = found.group.is_some();
    let machine = match group::of_container(world, name_of(&container.id)) {
        Some(group) => group.nodes.first().cloned().unwrap_or_default(),
        None => container.source.clone(),
    };
    let known = found.database(form.engine(), parent, name);
    let own = known.map(|(parent, database)| (parent.to_owned(), database.name.clone()));
    let (parent, database) = match (own, form) {
        (Some(own), Form::Sql | Form::Hana) => own,
        (None, Form::Sql | Form::Hana) => (parent.to_owned(), name.to_owned()),
        (_, Form::HanaInstance) => {
            let guest = guest::of(world, &machine);
            let system = guest.instance(form.engine(), parent).map(|system| system.name.clone());
            let system = system.unwrap_or_else(|| parent.to_owned());
            (system.clone(), system)
        }
    };
    let address = Address { host: found.host.clone(), parent, database, in_group };
    Some(Source { id: machine.clone(), resource: machine, name: name.to_owned(), address: Some(address) })
}

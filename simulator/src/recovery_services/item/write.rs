//! `PUT {container}/protectedItems/{item}`: what begins, before it takes effect.

use super::check;
use super::request::{Request, Wish};
use crate::recovery_services::database::Address;
use crate::recovery_services::effect::Effect;
use crate::recovery_services::job::{Job, Task};
use crate::recovery_services::kind::Kind;
use crate::recovery_services::name::{self, ContainerName};
use crate::recovery_services::operation::{self, Operation, Outcome, Subject};
use crate::recovery_services::refusal::invalid_configuration;
use crate::recovery_services::{State, vault};
use crate::wire::path::{key, name_of};
use crate::wire::{Answer, ArmError, Call};
use crate::world::World;

/// Where an item lies or is to lie.
#[derive(Debug, Clone)]
pub(in crate::recovery_services) struct Place {
    /// The key of the vault.
    pub(in crate::recovery_services) vault: String,
    pub(in crate::recovery_services) container: ContainerName,
    pub(in crate::recovery_services) kind: Kind,
    /// The id as answers spell it.
    pub(in crate::recovery_services) id: String,
    /// The id as the caller spelled it; URLs of operations keep that (recorded).
    pub(in crate::recovery_services) called: String,
}

impl Place {
    /// The place that the first eight segments of a path name.
    pub(in crate::recovery_services) fn of(world: &World, call: &Call) -> Result<Self, ArmError> {
        let vault = vault::named(world, &call.path)?;
        let root = State::of(world).vaults.get(&vault).map(|vault| vault.id.clone()).unwrap_or_default();
        let segment = |index: usize| call.path.segment(index).unwrap_or_default();
        Self::named(&vault, &root, segment(5), segment(7)).ok_or_else(invalid_configuration)
    }

    /// The place with these names of container and item in the vault whose id is `root`.
    pub(in crate::recovery_services) fn named(
        vault: &str,
        root: &str,
        called: &str,
        item: &str,
    ) -> Option<Self> {
        let container = ContainerName::parse(called)?;
        let (kind, spelled) = name::item(container.holder, item)?;
        let fabric = format!("{root}/backupFabrics/Azure/protectionContainers");
        Some(Self {
            vault: vault.to_owned(),
            id: format!("{fabric}/{}/protectedItems/{spelled}", container.spelled()),
            called: format!("{fabric}/{called}/protectedItems/{item}"),
            container,
            kind,
        })
    }

    /// The place of the item with this id.
    pub(in crate::recovery_services) fn at(vault: &str, id: &str) -> Option<Self> {
        let container = ContainerName::parse(id.split('/').rev().nth(2)?)?;
        let (kind, _) = name::item(container.holder, name_of(id))?;
        Some(Self { vault: vault.to_owned(), container, kind, id: id.to_owned(), called: id.to_owned() })
    }

    pub(in crate::recovery_services) fn key(&self) -> String {
        key(&self.id)
    }
}

/// How long a change takes (recorded; the same for what was never recorded).
fn seconds(kind: Kind, wish: &Wish) -> f64 {
    match (kind, wish) {
        (Kind::Machine, Wish::Protect { .. }) => 92.0,
        (Kind::Share, Wish::Protect { .. }) => 42.0,
        (Kind::Machine, Wish::End(_) | Wish::Undelete) => 11.0,
        (Kind::Share, Wish::End(_) | Wish::Undelete) => 21.0,
        (Kind::Database(_), Wish::Protect { .. }) => 73.0,
        (Kind::Database(_), Wish::End(_) | Wish::Undelete) => 33.0,
    }
}

/// Begins what the body asks for.
pub(in crate::recovery_services) fn put(world: &mut World, call: &Call) -> Answer {
    let place = Place::of(world, call)?;
    let request = Request::read(call.object()?)?;
    let source = check::admitted(world, call, &place, &request)?;
    let item = super::found(world, &place.vault, &place.key());
    let entity = item.map_or_else(|| source.name.clone(), |item| item.friendly_name.clone());
    let kind = place.kind;
    let operation = Operation::begun(world, Subject::Item, &place.called, seconds(kind, &request.wish));
    let job = Job::begun(world, &place.vault, kind, task(&request.wish), &entity, &place.id)
        .of_policy(&request.wish);
    let (name, ends) = (job.name.clone(), operation.ends);
    let operation = operation.with(Outcome::Item(place.key(), name.clone()));
    begin(world, &place, job);
    let change = Change {
        place: place.clone(),
        source,
        wish: request.wish,
        operation: operation.name.clone(),
        job: name.clone(),
    };
    if operation.does_its_work() {
        world.schedule(ends, Effect::ItemChanges(Box::new(change)));
    } else if let Some(trouble) = operation.fated() {
        world.schedule(ends, Effect::JobFails { vault: place.vault, job: name, trouble });
    }
    Ok(operation::announced(world, call, operation))
}

/// The service protects something by itself: with a job, but no operation that anybody could ask for.
pub(in crate::recovery_services) fn by_service(
    world: &mut World,
    place: Place,
    source: Source,
    policy: &str,
) {
    let wish = Wish::Protect { policy: policy.to_owned(), disks: None };
    let job = Job::begun(world, &place.vault, place.kind, Task::Configure, &source.name, &place.id);
    let job = job.of_policy(&wish);
    let at = world.after(seconds(place.kind, &wish));
    let name = job.name.clone();
    begin(world, &place, job);
    let change = Change { place, source, wish, operation: String::new(), job: name };
    world.schedule(at, Effect::ItemChanges(Box::new(change)));
}

fn task(wish: &Wish) -> Task {
    match wish {
        Wish::Protect { .. } => Task::Configure,
        Wish::End(_) => Task::Disable,
        Wish::Undelete => Task::Undelete,
    }
}

fn begin(world: &mut World, place: &Place, job: Job) {
    let id = job.id.clone();
    if let Some(vault) = State::of_mut(world).vaults.get_mut(&place.vault) {
        vault.changing.insert(place.key(), job.name.clone());
        vault.jobs.insert(job.name.clone(), job);
    }
    world.touch(&id);
}

/// What is protected, as it was named when the change began.
#[derive(Debug, Clone)]
pub(in crate::recovery_services) struct Source {
    /// The id of the virtual machine, also of one with a database in it, or of the share.
    pub(in crate::recovery_services) id: String,
    /// `sourceResourceId`.
    pub(in crate::recovery_services) resource: String,
    pub(in crate::recovery_services) name: String,
    /// Where a database is.
    pub(in crate::recovery_services) address: Option<Address>,
}

/// A change that has begun.
#[derive(Debug, Clone)]
pub(in crate::recovery_services) struct Change {
    pub(in crate::recovery_services) place: Place,
    pub(in crate::recovery_services) source: Source,
    pub(in crate::recovery_services) wish: Wish,
    pub(in crate::recovery_services) operation: String,
    pub(in crate::recovery_services) job: String,
}

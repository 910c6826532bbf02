//! Which workloads there are for a resource, a type, an instance or a witness.

use holdfast_evaluator::{Resource, TargetWorkload};

use super::Workload;
use super::in_machine::{Database, DatabaseKind};
use crate::ResourceId;
use crate::family::Family;

impl Workload {
    /// Whether some workload may protect resources of this type, compared without case.
    pub fn covers(resource_type: &str) -> bool {
        Self::ALL.into_iter().any(|workload| workload.is_of(resource_type))
    }

    /// The workloads of a resource, the first one first: a machine may be one, and hold databases that are others.
    pub fn all_of(resource: &Resource) -> Vec<Self> {
        let claims =
            |workload: &Self| workload.is_of(&resource.resource_type) && workload.rules().claims(resource);
        Self::ALL.into_iter().filter(claims).collect()
    }

    /// The first workload that may protect a resource of which nothing but the id is known.
    pub fn of_id(resource: &ResourceId) -> Option<Self> {
        Self::ALL.into_iter().find(|workload| workload.is_of(resource.resource_type()))
    }

    /// The first workload of a resource.
    pub fn of(resource: &Resource) -> Option<Self> {
        Self::all_of(resource).into_iter().next()
    }

    /// The workload of a resource that an instance of this `datasourceType` protects; the first one if that tells nothing.
    pub fn protected_by(datasource_type: &str, resource: &Resource) -> Option<Self> {
        let all = Self::all_of(resource);
        let of_type = |one: &&Self| one.datasource_type().eq_ignore_ascii_case(datasource_type);
        all.iter().find(of_type).or(all.first()).copied()
    }

    /// Whether a resource of this type may have several workloads at once.
    pub fn may_be_several(resource_type: &str) -> bool {
        let of_type = Self::ALL.into_iter().filter(|one| one.is_of(resource_type));
        of_type.filter(|one| !one.rules().excludes_others()).count() > 1
    }

    /// What the records of a resource call this workload: nothing for its first one.
    pub fn unless_first(self, resource: &Resource) -> Option<Self> {
        self.unless_first_of_all(&Self::all_of(resource))
    }

    /// The same where all workloads of the resource are known.
    pub fn unless_first_of_all(self, all: &[Self]) -> Option<Self> {
        (all.first() != Some(&self)).then_some(self)
    }

    /// The same where the resource is gone, and nothing but its type tells which one was its first.
    pub fn unless_first_of(self, resource_type: &str) -> Option<Self> {
        let first = Self::ALL.into_iter().find(|one| one.is_of(resource_type));
        (Self::may_be_several(resource_type) && first != Some(self)).then_some(self)
    }

    /// The workloads that a resource of this type may have beside its first one.
    pub fn others_of(resource_type: &str) -> Vec<Self> {
        let of_type = Self::ALL.into_iter().filter(|one| one.is_of(resource_type));
        of_type.filter_map(|one| one.unless_first_of(resource_type)).collect()
    }

    /// The workload of instances with this `datasourceType`, compared without case.
    pub fn of_datasource_type(datasource_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.datasource_type().eq_ignore_ascii_case(datasource_type))
    }

    /// The workload as rules are told of it, out of those that the resource has.
    pub fn for_rules(self, all: &[Self]) -> TargetWorkload {
        TargetWorkload { name: self.to_string(), first: all.first() == Some(&self) }
    }

    /// Every ARM type that some workload protects, each once.
    pub fn resource_types() -> Vec<&'static str> {
        let databases = Self::ALL.into_iter().filter_map(|workload| workload.rules().databases());
        let databases = databases.map(DatabaseKind::resource_type);
        let mut types: Vec<&str> = Self::ALL.into_iter().map(Self::resource_type).chain(databases).collect();
        types.sort_unstable();
        types.dedup();
        types
    }

    /// Every family that some workload belongs to: no other is asked.
    pub fn families() -> Vec<Family> {
        Self::families_that(|_| true)
    }

    /// The families that may protect a resource of this type; of a type that no workload covers, all.
    pub fn families_of(resource_type: &str) -> Vec<Family> {
        let found = Self::families_that(|workload| workload.is_of(resource_type));
        if found.is_empty() { Self::families() } else { found }
    }

    fn families_that(is_meant: impl Fn(Self) -> bool) -> Vec<Family> {
        let belongs = |family: &Family| {
            Self::ALL.into_iter().any(|workload| workload.family() == *family && is_meant(workload))
        };
        Family::ALL.into_iter().filter(belongs).collect()
    }

    fn is_of(self, resource_type: &str) -> bool {
        let databases = self.rules().databases().map(DatabaseKind::resource_type);
        std::iter::once(self.resource_type())
            .chain(databases)
            .any(|own| own.eq_ignore_ascii_case(resource_type))
    }

    /// Whether a resource only holds what this workload protects, piece by piece: a machine with databases.
    pub fn holds(self, id: &ResourceId) -> bool {
        self.rules().databases().is_some() && Database::of(id).is_none()
    }

    /// The kind of databases that its resources hold, each of which is a target of its own.
    pub fn databases(self) -> Option<DatabaseKind> {
        self.rules().databases()
    }

    /// What holds a database that is a target of its own.
    pub fn holder_of(id: &ResourceId) -> Option<ResourceId> {
        Database::of(id).map(|database| database.machine)
    }

    /// Workloads that a resource may have beside those that it shows, each with the resource that says so.
    pub fn witnesses(resource: &Resource) -> Vec<(Self, ResourceId)> {
        let of_type = Self::ALL.into_iter().filter(|workload| workload.is_of(&resource.resource_type));
        of_type.filter_map(|workload| Some((workload, workload.rules().witness(resource)?))).collect()
    }

    /// The workload, and the resource of it, that another resource tells of by being there.
    pub fn told_by(witness: &ResourceId) -> Option<(Self, ResourceId)> {
        let tells = |workload: &Self| {
            let kind = workload.rules().witness_type();
            kind.is_some_and(|kind| kind.eq_ignore_ascii_case(witness.resource_type()))
        };
        let workload = Self::ALL.into_iter().find(tells)?;
        let (group, kind) = (witness.resource_group_id()?, workload.resource_type());
        let parent = format!("{group}/providers/{kind}/{}", witness.name()).parse().ok()?;
        Some((workload, parent))
    }
}

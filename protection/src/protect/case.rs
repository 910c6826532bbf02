//! One target with its decision, and what is known beside what Azure shows.

use holdfast_evaluator::{Protection, Request};

use crate::ResourceId;
use crate::hold::Hold;
use crate::impossible::Impossible;
use crate::ledger::About;
use crate::plan::Datasource;
use crate::workload::Details;

/// Whether to look for soft-deleted instances.
///
/// Only the vault lists them. Reading that list costs one call for each new resource and rarely finds anything, so it is
/// read after Azure has refused an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SoftDeleted {
    /// Do not read them.
    Skip,
    /// Read them.
    Include,
}

/// Whether the roles of a sound instance are looked after.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum RoleCare {
    /// Not for an event: it costs calls, and roles are seldom taken away.
    #[default]
    None,
    /// Those that are missing are given: the sweep looks, before a backup fails.
    IfMissing,
    /// A backup failed for want of one: it is given, and Azure has to say that they count.
    ForBackup,
}

/// What is known beside what Azure shows: a limit that it has just named, so that it is planned around, and what we
/// ourselves did.
#[derive(Debug, Clone, Default)]
pub(super) struct Limits {
    /// Vaults that take no more instances.
    pub(super) full_vaults: Vec<ResourceId>,
    /// Whether the subscription takes no more role assignments.
    pub(super) no_roles: bool,
    /// Whether its instance was just brought back, so that nobody wants it stopped.
    pub(super) resumes: bool,
    /// Whether roles are looked after though the instance is sound.
    pub(super) roles: RoleCare,
    /// How often it was planned before for the same cause.
    pub(super) restarts: u32,
}

/// One target with its decision.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) target: About<'a>,
    pub(super) datasource: Datasource<'a>,
    pub(super) request: &'a Request,
    pub(super) how: &'a Protection,
    /// The decision in one sentence.
    pub(super) decided: &'a str,
    pub(super) soft_deleted: SoftDeleted,
    pub(super) limits: &'a Limits,
    /// The hold in force, where it was asked for.
    pub(super) held: Option<&'a Hold>,
}

impl Case<'_> {
    pub(super) fn details(&self) -> Result<Details, Impossible> {
        self.datasource.workload.details(&self.request.resource, self.how)
    }
}

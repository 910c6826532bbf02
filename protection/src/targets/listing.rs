//! One page of targets, out of as many calls as it takes and not more than a few.

use std::collections::BTreeSet;

use futures::future::try_join_all;

use super::cursor::{Cursor, Section};
use crate::family::Family;
use crate::instance::{BackupInstance, ProtectionState};
use crate::ports::{Azure, PageOf, Part, TargetPages};
use crate::target::{Target, TargetName, TargetProtection, TargetState};
use crate::{AzureError, ResourceId, Workload};

/// Calls of one page. A page that comes to less than it may hold leads on.
const MOST_CALLS: usize = 64;
/// Vaults that are asked at the same time.
const AT_ONCE: usize = 8;

/// Which targets are wanted; all that have or had a backup instance if nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TargetFilter {
    /// With this name, in any case; then those without a backup instance are listed too.
    pub name: Option<TargetName>,
    /// In this state.
    pub state: Option<TargetState>,
}

/// A page of targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetPage {
    /// The targets; a page may be shorter than asked, even empty, and lead on.
    pub targets: Vec<Target>,
    /// Where the next page begins; none on the last one.
    pub next: Option<Cursor>,
}

impl TargetFilter {
    /// The sections that may hold something of it, in order.
    fn sections(&self) -> &'static [Section] {
        use Section::{SoftDeleted, WithInstance, WithoutInstance};
        match (self.state, &self.name) {
            (None, None) => &[WithInstance, SoftDeleted],
            (None, Some(_)) => &[WithInstance, SoftDeleted, WithoutInstance],
            (Some(TargetState::SoftDeleted), _) => &[SoftDeleted],
            (Some(TargetState::Unprotected), _) => &[WithoutInstance],
            (
                Some(
                    TargetState::Protected
                    | TargetState::Configuring
                    | TargetState::Error
                    | TargetState::Stopped
                    | TargetState::Suspended
                    | TargetState::Orphaned,
                ),
                _,
            ) => &[WithInstance],
        }
    }
}

/// A page of at most `top` targets of the subscriptions, from `from` on.
///
/// # Errors
///
/// When Azure cannot be asked, or answers what cannot be understood.
pub async fn list(
    (pages, azure): (&dyn TargetPages, &dyn Azure),
    subscriptions: &[String],
    filter: &TargetFilter,
    top: usize,
    from: Option<Cursor>,
) -> Result<TargetPage, AzureError> {
    let lister = Lister { pages, azure, subscriptions, filter };
    let mut next = from.or_else(|| filter.sections().first().map(|first| Cursor::at(*first)));
    let mut targets = Vec::new();
    let mut calls = 0;
    while let Some(cursor) = next.take_if(|_| targets.len() < top && calls < MOST_CALLS) {
        let step = lister.step(&cursor, top - targets.len()).await?;
        targets.extend(step.targets);
        calls += step.calls;
        next = step.next.or_else(|| lister.section_after(cursor.section).map(Cursor::at));
    }
    Ok(TargetPage { targets: without_repeats(targets), next })
}

/// What was deleted softly has no instance any more, and says enough of the resource.
fn without_repeats(mut targets: Vec<Target>) -> Vec<Target> {
    let with_instance = targets.iter().filter(|target| target.protection.is_some());
    let known: BTreeSet<String> = with_instance.map(|target| target.resource.key()).collect();
    targets.retain(|target| target.protection.is_some() || !known.contains(&target.resource.key()));
    targets
}

struct Lister<'a> {
    pages: &'a dyn TargetPages,
    azure: &'a dyn Azure,
    subscriptions: &'a [String],
    filter: &'a TargetFilter,
}

/// What one step within a section gave.
struct Step {
    targets: Vec<Target>,
    calls: usize,
    /// Where the section goes on; none at its end.
    next: Option<Cursor>,
}

impl Lister<'_> {
    fn section_after(&self, section: Section) -> Option<Section> {
        self.filter.sections().iter().copied().find(|other| *other > section)
    }

    async fn step(&self, cursor: &Cursor, top: usize) -> Result<Step, AzureError> {
        if cursor.section == Section::SoftDeleted {
            return self.deleted(cursor, top).await;
        }
        let Some(subscriptions) = self.subscriptions.chunks(Part::SUBSCRIPTIONS).nth(cursor.chunk) else {
            return Ok(Step { targets: Vec::new(), calls: 0, next: None });
        };
        let part = Part { subscriptions, top: top.min(Part::TOP), after: cursor.after.as_deref() };
        let name = self.filter.name.as_ref();
        let PageOf { rows, next } = match cursor.section {
            Section::WithInstance => self.pages.with_instance(&part, name, self.filter.state).await?,
            Section::WithoutInstance | Section::SoftDeleted => {
                self.pages.without_instance(&part, &Workload::resource_types(), name).await?
            }
        };
        let here = |chunk, after| Cursor { section: cursor.section, chunk, after };
        let is_last = (cursor.chunk + 1) * Part::SUBSCRIPTIONS >= self.subscriptions.len();
        let next = match next {
            Some(token) => Some(here(cursor.chunk, Some(token))),
            None => (!is_last).then(|| here(cursor.chunk + 1, None)),
        };
        Ok(Step { targets: rows, calls: 1, next })
    }

    /// Vault by vault, and in a vault in the order of the ids: Azure lists a vault's deleted instances whole.
    async fn deleted(&self, cursor: &Cursor, top: usize) -> Result<Step, AzureError> {
        let done = cursor.after.as_deref().unwrap_or_default();
        // Within a vault, the key of an instance; between two, the key of the vault that is done.
        let vault_done = done.parse().ok().and_then(|id| Family::vault_of(&id)).map(|vault| vault.key());
        let vault_done = vault_done.unwrap_or_default();
        let is_within = vault_done != done;
        let types: Vec<&str> = Workload::families().into_iter().map(Family::vault_type).collect();
        let mut vaults = self.azure.resources_of_types(self.subscriptions, &types).await?;
        vaults.sort_by_cached_key(ResourceId::key);
        vaults.retain(|vault| vault.key() > vault_done || (is_within && vault.key() == vault_done));
        let here = |after| Some(Cursor { section: Section::SoftDeleted, chunk: 0, after: Some(after) });
        let (mut targets, mut calls, mut next) = (Vec::new(), 1, None);
        for some in vaults.chunks(AT_ONCE) {
            if targets.len() >= top || calls >= MOST_CALLS {
                return Ok(Step { targets, calls, next });
            }
            let asked = some.iter().map(|vault| self.azure.deleted_instances(vault));
            let found: Vec<Vec<BackupInstance>> = try_join_all(asked).await?;
            for mut of_vault in found {
                of_vault.retain(|one| self.is_wanted(one) && one.id.key().as_str() > done);
                of_vault.sort_by_cached_key(|one| one.id.key());
                targets.extend(of_vault.into_iter().map(soft_deleted));
            }
            calls += some.len();
            if targets.len() > top {
                targets.truncate(top);
                let last = targets.last().and_then(|last| last.protection.as_ref());
                return Ok(Step { calls, next: last.and_then(|last| here(last.instance.key())), targets });
            }
            next = some.last().and_then(|vault| here(vault.key()));
        }
        Ok(Step { targets, calls, next: None })
    }

    fn is_wanted(&self, deleted: &BackupInstance) -> bool {
        let name = self.filter.name.as_ref();
        name.is_none_or(|name| deleted.datasource.name().eq_ignore_ascii_case(name.as_str()))
    }
}

/// Whatever state the list of deleted instances shows.
fn soft_deleted(instance: BackupInstance) -> Target {
    let protection = TargetProtection {
        instance: instance.id,
        policy: instance.policy,
        state: ProtectionState::SoftDeleted,
        error: None,
    };
    Target { resource: instance.datasource, protection: Some(protection), is_orphaned: false }
}

//! One page of targets, out of as many calls as it takes and not more than a few.

use std::collections::BTreeSet;

use futures::future::join_all;

use super::cursor::{Cursor, Section};
use crate::family::Family;
use crate::instance::{BackupInstance, ProtectionState};
use crate::observe::UnreadInstances;
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
    /// Vaults of which it could not be read what was deleted softly: there may be more targets.
    pub unread: Vec<UnreadInstances>,
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

/// A page of at most `top` targets of the subscriptions, from `from` on. A vault that cannot be read is told, and hides
/// no other.
///
/// # Errors
///
/// When Azure's index cannot be asked, or answers what cannot be understood.
pub async fn list(
    (pages, azure): (&dyn TargetPages, &dyn Azure),
    subscriptions: &[String],
    filter: &TargetFilter,
    top: usize,
    from: Option<Cursor>,
) -> Result<TargetPage, AzureError> {
    let lister = Lister { pages, azure, subscriptions, filter };
    let mut next = from.or_else(|| filter.sections().first().map(|first| Cursor::at(*first)));
    let (mut targets, mut unread) = (Vec::new(), Vec::new());
    let mut calls = 0;
    while let Some(cursor) = next.take_if(|_| targets.len() < top && calls < MOST_CALLS) {
        let step = lister.step(&cursor, top - targets.len()).await?;
        targets.extend(step.targets);
        unread.extend(step.unread);
        calls += step.calls;
        next = step.next.or_else(|| lister.section_after(cursor.section).map(Cursor::at));
    }
    Ok(TargetPage { targets: without_repeats(targets), next, unread })
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
    unread: Vec<UnreadInstances>,
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
            return Ok(Step { targets: Vec::new(), calls: 0, next: None, unread: Vec::new() });
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
        Ok(Step { targets: rows, calls: 1, next, unread: Vec::new() })
    }

    /// Vault by vault, and in a vault in the order of the ids: Azure lists a vault's deleted instances whole.
    async fn deleted(&self, cursor: &Cursor, top: usize) -> Result<Step, AzureError> {
        let done = Done::of(cursor.after.as_deref());
        let types: Vec<&str> = Workload::families().into_iter().map(Family::vault_type).collect();
        let mut vaults = self.azure.resources_of_types(self.subscriptions, &types).await?;
        vaults.sort_by_cached_key(ResourceId::key);
        vaults.retain(|vault| done.leaves(&vault.key()));
        let here = |after| Some(Cursor { section: Section::SoftDeleted, chunk: 0, after: Some(after) });
        let (mut targets, mut calls, mut next, mut unread) = (Vec::new(), 1, None, Vec::new());
        for some in vaults.chunks(AT_ONCE) {
            if targets.len() >= top || calls >= MOST_CALLS {
                return Ok(Step { targets, calls, next, unread });
            }
            let asked = some.iter().map(|vault| self.azure.deleted_instances(vault));
            for (id, found) in some.iter().zip(join_all(asked).await) {
                let mut of_vault = found.unwrap_or_else(|why| {
                    unread.push(UnreadInstances::deleted_in(id, why));
                    Vec::new()
                });
                let vault = id.key();
                of_vault.retain(|one| self.is_wanted(one) && done.leaves_instance(&vault, &one.id.key()));
                of_vault.sort_by_cached_key(|one| one.id.key());
                targets.extend(of_vault.into_iter().map(soft_deleted));
            }
            calls += some.len();
            if targets.len() > top {
                targets.truncate(top);
                let last = targets.last().and_then(|last| last.protection.as_ref());
                let next = last.and_then(|last| here(last.instance.key()));
                return Ok(Step { calls, next, targets, unread });
            }
            next = some.last().and_then(|vault| here(vault.key()));
        }
        Ok(Step { targets, calls, next: None, unread })
    }

    fn is_wanted(&self, deleted: &BackupInstance) -> bool {
        let name = self.filter.name.as_ref();
        name.is_none_or(|name| deleted.datasource.name().eq_ignore_ascii_case(name.as_str()))
    }
}

/// How much of what was deleted softly is listed: whole vaults, or one in part.
struct Done {
    /// Key of the last vault; empty at the beginning.
    vault: String,
    /// Key of the last instance of it; none where all of the vault is listed.
    instance: Option<String>,
}

impl Done {
    /// As a cursor has it: the key of an instance within a vault, the key of the vault between two.
    fn of(after: Option<&str>) -> Self {
        let after = after.unwrap_or_default();
        let vault = after.parse().ok().and_then(|id| Family::vault_of(&id)).map(|vault| vault.key());
        let vault = vault.unwrap_or_default();
        let instance = (vault != after).then(|| after.to_owned());
        Self { vault, instance }
    }

    /// Whether a vault may have something to list.
    fn leaves(&self, vault: &str) -> bool {
        vault > self.vault.as_str() || (self.instance.is_some() && vault == self.vault)
    }

    /// Whether an instance of a vault is still to be listed. Only those of one vault have an order: vault `a-2` comes after
    /// vault `a`, but the ids of its instances come before.
    fn leaves_instance(&self, vault: &str, instance: &str) -> bool {
        vault != self.vault || self.instance.as_deref().is_none_or(|done| instance > done)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(name: &str) -> String {
        format!("/subscriptions/s/resourcegroups/g/providers/microsoft.dataprotection/backupvaults/{name}")
    }

    fn instance(vault_name: &str, name: &str) -> String {
        format!("{}/backupinstances/{name}", vault(vault_name))
    }

    #[test]
    fn a_page_that_ends_within_a_vault_hides_nothing_of_one_whose_name_goes_on() {
        let done = Done::of(Some(&instance("a", "m")));
        assert!(done.leaves(&vault("a")) && done.leaves(&vault("a-2")) && done.leaves(&vault("b")));
        assert!(!done.leaves_instance(&vault("a"), &instance("a", "m")));
        assert!(done.leaves_instance(&vault("a"), &instance("a", "n")));
        assert!(done.leaves_instance(&vault("a-2"), &instance("a-2", "b")));
        assert!(done.leaves_instance(&vault("b"), &instance("b", "b")));
    }

    #[test]
    fn a_page_goes_on_behind_a_vault_that_is_done_and_at_first_from_the_beginning() {
        let done = Done::of(Some(&vault("a-2")));
        assert!(!done.leaves(&vault("a")) && !done.leaves(&vault("a-2")) && done.leaves(&vault("b")));
        assert!(done.leaves_instance(&vault("b"), &instance("b", "a")));
        let first = Done::of(None);
        assert!(first.leaves(&vault("a")) && first.leaves_instance(&vault("a"), &instance("a", "a")));
    }
}

//! What a restore leaves in the target (documentation: the rules for conflicts and the codes).

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::json;

use super::Restore;
use super::request::{Conflict, Request};
use crate::recovery_services::State;
use crate::recovery_services::item::{Last, found, found_mut};
use crate::recovery_services::job::{self, Ending};
use crate::recovery_services::share::{files, readiness};
use crate::recovery_services::trouble::Trouble;
use crate::resources;
use crate::wire::path::key;
use crate::world::World;

/// How many files were restored, left out, and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Count {
    restored: usize,
    skipped: usize,
    failed: usize,
}

/// The time of a restore has come.
pub(in crate::recovery_services) fn happens(world: &mut World, restore: Restore, at: Timestamp) {
    let Restore { place, point, request, job } = restore;
    if !job::goes_on(world, &place.vault, &job) {
        return;
    }
    let (ending, count) = carried_out(world, &place.vault, &place.key(), &point, &request);
    if let Some(job) =
        State::of_mut(world).vaults.get_mut(&place.vault).and_then(|vault| vault.jobs.get_mut(&job))
    {
        let numbers = [("Restored", count.restored), ("Skipped", count.skipped), ("Failed", count.failed)];
        for (word, number) in numbers {
            job.bag.insert(format!("Number Of {word} Files"), json!(number.to_string()));
        }
    }
    let trouble = match &ending {
        Ending::Failed(trouble) => Some(trouble.clone()),
        Ending::Completed | Ending::Cancelled => None,
    };
    if let Some(item) = found_mut(world, &place.vault, &place.key()) {
        item.last_restore = Some(Last { began: at, trouble });
    }
    job::ends(world, &place.vault, &job, at, ending);
    world.touch(&place.id);
}

fn carried_out(
    world: &mut World,
    vault: &str,
    item: &str,
    point: &str,
    request: &Request,
) -> (Ending, Count) {
    let failed = |code: &str| (Ending::Failed(Trouble::named(code)), Count::default());
    let target = format!("{}/fileServices/default/shares/{}", request.account, request.share);
    if !world.arm.resources.contains_key(&key(&request.account)) {
        return failed("UserErrorStorageAccountNotFound");
    }
    if resources::is_soft_deleted(world, &target) {
        return failed("UserErrorRestoreAFSInSoftDeleteState");
    }
    if !world.arm.resources.contains_key(&key(&target)) {
        return failed(if request.elsewhere { "TargetFileShareNotFound" } else { "FileShareNotFound" });
    }
    if readiness::keys_are_off(world, &request.account) {
        return failed("UserErrorStorageKeyBasedAuthenticationNotPermitted");
    }
    let held = found(world, vault, item).and_then(|item| item.points.iter().find(|one| one.name == point));
    let Some(held) = held.map(|point| point.contents.clone()) else {
        return failed("UserErrorAFSSourceSnapshotNotFound");
    };
    let mut there: BTreeSet<String> = files::of(world, &target).into_iter().collect();
    let (count, missing) = laid(&held, request, &mut there);
    files::set(world, &target, there);
    match count.failed > 0 || missing {
        true => (Ending::Failed(Trouble::named("UserErrorAFSRecoverySomeFilesNotRestored")), count),
        false => (Ending::Completed, count),
    }
}

/// Lays the wanted files over those that are there, and says whether a wanted item was in no point.
fn laid(held: &[String], request: &Request, there: &mut BTreeSet<String>) -> (Count, bool) {
    let targets: Vec<String> = match request.wanted.is_empty() {
        true => held.to_vec(),
        false => held
            .iter()
            .flat_map(|file| request.wanted.iter().filter_map(|wanted| wanted.target(file)))
            .collect(),
    };
    let missing = !held.is_empty()
        && request.wanted.iter().any(|wanted| held.iter().all(|file| wanted.target(file).is_none()));
    let mut count = Count::default();
    for file in targets {
        match (there.contains(&file), request.conflict) {
            (false, _) | (true, Conflict::Overwrite) => {
                there.insert(file);
                count.restored += 1;
            }
            (true, Conflict::Skip) => count.skipped += 1,
            (true, Conflict::CreateCopy) => {
                there.insert(format!("{file} - Copy"));
                count.restored += 1;
            }
            (true, Conflict::Fail) => count.failed += 1,
        }
    }
    (count, missing)
}

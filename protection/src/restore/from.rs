//! From which copy a restore reads: the chosen point, its tier, and whether it has to leave the archive first.

use jiff::Timestamp;

use super::{RestoreFrom, RestoreGround, RestoreTarget, RestoreWish};
use crate::impossible::Impossible;
use crate::points::{Choice, RecoveryPoint, RehydrationStatus, TimeRange, choose};
use crate::tier::DataStore;

/// Days that a rehydrated copy may stay outside of the archive.
const REHYDRATED_DAYS: std::ops::RangeInclusive<u32> = 10..=30;

/// What the wish goes back to, and the store to read from.
pub(super) fn from(
    wish: &RestoreWish,
    ground: &RestoreGround,
    now: Timestamp,
) -> Result<(RestoreFrom, DataStore), Impossible> {
    if matches!(wish.to, RestoreTarget::BlobsInPlace { .. }) {
        return moment(wish, &ground.ranges);
    }
    let named_tier = wish.tier;
    let mut points = ground.points.clone();
    if let (Some(tier), Choice::Latest | Choice::At(_)) = (named_tier, &wish.point) {
        points.retain(|point| point.is_in(tier));
        if let (true, Ok(elsewhere)) = (points.is_empty(), choose(&ground.points, &wish.point, now)) {
            return Err(not_in(elsewhere, tier));
        }
    }
    let point = choose(&points, &wish.point, now)?;
    if let Some(rehydrate) = &wish.rehydrate
        && !REHYDRATED_DAYS.contains(&rehydrate.days)
    {
        return Err(Impossible::new(
            "RehydrationDurationOutOfRange",
            format!("a recovery point cannot stay rehydrated for {} days", rehydrate.days),
            "state 10 to 30 days; 15 is the default",
        ));
    }
    let tier = named_tier.or_else(|| point.readable());
    match tier {
        Some(DataStore::ArchiveStore) | None => archived(wish, point),
        Some(tier) if !point.is_in(tier) && point.readable() != Some(tier) => Err(not_in(point, tier)),
        Some(_) if wish.rehydrate.is_some() => Err(Impossible::new(
            "RehydrationNotNeeded",
            format!("recovery point `{}` does not lie in the archive tier", point.id),
            "leave out `rehydrate`",
        )),
        Some(tier) => Ok((RestoreFrom::Point { id: point.id.clone() }, tier)),
    }
}

fn archived(wish: &RestoreWish, point: &RecoveryPoint) -> Result<(RestoreFrom, DataStore), Impossible> {
    let Some(copy) = point.copies.iter().find(|copy| copy.store == DataStore::ArchiveStore) else {
        return Err(match point.copies.is_empty() {
            true => Impossible::new(
                "UserErrorRestorePointNotFoundInBackupVault",
                format!("Azure names no copy of recovery point `{}`", point.id),
                "choose another recovery point",
            ),
            false => not_in(point, DataStore::ArchiveStore),
        });
    };
    let status = copy.rehydration.as_ref().map(|one| one.status);
    match status {
        Some(RehydrationStatus::Completed) if wish.rehydrate.is_none() => {
            return Ok((RestoreFrom::Point { id: point.id.clone() }, DataStore::VaultStore));
        }
        Some(RehydrationStatus::Running) => {
            return Err(Impossible::new(
                "RehydrationInProgress",
                format!("recovery point `{}` is being rehydrated", point.id),
                "wait until that is done (up to 15 hours), then restore it",
            ));
        }
        Some(RehydrationStatus::Completed | RehydrationStatus::Over | RehydrationStatus::Failed) | None => {}
    }
    match &wish.rehydrate {
        Some(rehydrate) => Ok((
            RestoreFrom::Archived { id: point.id.clone(), rehydrate: rehydrate.clone() },
            DataStore::ArchiveStore,
        )),
        None => Err(Impossible::new(
            "UserErrorArchivedRecoveryPointsRequestedForRestore",
            format!("recovery point `{}` of {} lies in the archive tier", point.id, point.time),
            "ask for it with `rehydrate` (priority standard or high, 10 to 30 days), or choose a later point",
        )),
    }
}

fn not_in(point: &RecoveryPoint, tier: DataStore) -> Impossible {
    let tiers: Vec<&str> = point.copies.iter().map(|copy| copy.store.as_str()).collect();
    Impossible::new(
        "RecoveryPointNotInTier",
        format!("recovery point `{}` is not in {}, but in {}", point.id, tier.as_str(), tiers.join(", ")),
        "leave out the tier, or choose a point that is in it",
    )
}

/// A moment of continuous backup.
fn moment(wish: &RestoreWish, ranges: &[TimeRange]) -> Result<(RestoreFrom, DataStore), Impossible> {
    let Some(last) = ranges.iter().max_by_key(|range| range.end) else {
        return Err(Impossible::new(
            "NoRecoveryPoint",
            "continuous backup of this account has no restorable time range yet",
            "wait some minutes after the protection was configured",
        ));
    };
    let at = match &wish.point {
        Choice::Latest => last.end,
        Choice::At(at) => *at,
        Choice::Id(id) => {
            return Err(Impossible::new(
                "UserErrorInvalidRecoveryPointInTime",
                format!("continuous backup has no recovery points, so none is called `{id}`"),
                "state a moment by RFC 3339, such as 2026-03-01T12:00:00Z",
            ));
        }
    };
    if wish.rehydrate.is_some() || !matches!(wish.tier, None | Some(DataStore::OperationalStore)) {
        return Err(Impossible::new(
            "RecoveryPointNotInTier",
            "continuous backup of blobs lies in the operational tier",
            "leave out `tier` and `rehydrate`, or restore to another account from the vault",
        ));
    }
    if !ranges.iter().any(|range| range.holds(at)) {
        let spans: Vec<String> =
            ranges.iter().map(|range| format!("{} to {}", range.start, range.end)).collect();
        return Err(Impossible::new(
            "UserErrorInvalidRecoveryPointInTime",
            format!("the account cannot be brought back to {at}"),
            format!("choose a moment of {}", spans.join(", ")),
        ));
    }
    Ok((RestoreFrom::Moment { at }, DataStore::OperationalStore))
}

//! From which copy a restore reads: the chosen point, its tier, and whether it has to leave the archive first.

use jiff::Timestamp;

use super::ground::is_kept_in;
use super::kind::GoesBackTo;
use super::{DesiredRegion, DesiredRestore, RestoreFrom, RestoreGround, log};
use crate::impossible::Impossible;
use crate::instance::ProtectionState;
use crate::points::{Choice, RecoveryPoint, RehydrationStatus, TimeRange, choose};
use crate::tier::DataStore;

/// Days that a rehydrated copy may stay outside of the archive.
const REHYDRATED_DAYS: std::ops::RangeInclusive<u32> = 10..=30;

/// What the wish goes back to, and the store to read from.
pub(super) fn from(
    desired: &DesiredRestore,
    ground: &RestoreGround,
    now: Timestamp,
) -> Result<(RestoreFrom, DataStore), Impossible> {
    match desired.to.kind().goes_back_to() {
        GoesBackTo::Moments => return moment(desired, ground),
        GoesBackTo::PointsAndMoments => {
            if let Some(found) = log::moment(desired, ground, now)? {
                return Ok(found);
            }
        }
        GoesBackTo::Points => {}
    }
    if let Some(impossible) = no_points(desired, ground) {
        return Err(impossible);
    }
    let named_tier = desired.tier;
    let mut points = ground.points.clone();
    if let (Some(tier), Choice::Latest | Choice::LatestClean | Choice::At(_)) = (named_tier, &desired.point) {
        points.retain(|point| point.is_in(tier));
        if let (true, Ok(elsewhere)) = (points.is_empty(), choose(&ground.points, &desired.point, now)) {
            return Err(not_in(elsewhere, tier));
        }
    }
    let point = choose(&points, &desired.point, now)?;
    if point.is_suspicious() && !desired.even_if_suspicious {
        return Err(suspicious(point));
    }
    if let Some(rehydrate) = &desired.rehydrate
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
        Some(DataStore::ArchiveStore) | None => archived(desired, point),
        Some(tier) if !point.is_in(tier) && point.readable() != Some(tier) => Err(not_in(point, tier)),
        Some(_) if desired.rehydrate.is_some() => Err(Impossible::new(
            "RehydrationNotNeeded",
            format!("recovery point `{}` does not lie in the archive tier", point.id),
            "leave out `rehydrate`",
        )),
        Some(tier) => Ok((RestoreFrom::Point { id: point.id.clone() }, tier)),
    }
}

/// A person is asked before what Azure suspects is brought back.
fn suspicious(point: &RecoveryPoint) -> Impossible {
    Impossible::new(
        "RecoveryPointSuspicious",
        format!("Azure suspects a threat in recovery point `{}` of {}", point.id, point.time),
        "restore the newest point without one (`latest-clean`), or say that you want it all the same \
         (`evenIfSuspicious`; on the command line `--even-if-suspicious`)",
    )
}

fn archived(desired: &DesiredRestore, point: &RecoveryPoint) -> Result<(RestoreFrom, DataStore), Impossible> {
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
        Some(RehydrationStatus::Completed) if desired.rehydrate.is_none() => {
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
    match &desired.rehydrate {
        Some(rehydrate) => Ok((
            RestoreFrom::Archived { id: point.id.clone(), rehydrate: rehydrate.clone() },
            DataStore::ArchiveStore,
        )),
        None => Err(Impossible::new(
            "UserErrorArchivedRecoveryPointsRequestedForRestore",
            format!("recovery point `{}` of {} lies in the archive tier", point.id, point.time),
            "ask for it with `rehydrate` (priority standard or high, 10 to 30 days; on the command line `--rehydrate`), or choose a later point",
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

/// Why there is nothing to choose from, if there is not: the way out differs by what the policy does.
fn no_points(desired: &DesiredRestore, ground: &RestoreGround) -> Option<Impossible> {
    if !ground.points.is_empty() {
        return None;
    }
    let name = ground.source.datasource.name();
    Some(if !is_kept_in(&ground.stores, DataStore::VaultStore) {
        Impossible::new(
            "NoVaultedBackup",
            format!(
                "account `{name}` has operational backup only, so the vault has no recovery points of it"
            ),
            "restore it in place to a moment (`blobs-in-place`); containers come to another account from vaulted backup",
        )
    } else if desired.region == DesiredRegion::Secondary {
        Impossible::new(
            "NoRecoveryPoint",
            format!("no recovery point of `{name}` is in the paired region yet"),
            "wait: a recovery point gets there within twelve hours; or restore in the region of the vault",
        )
    } else if matches!(ground.source.state, ProtectionState::Configured) {
        let (code, which) = match &desired.point {
            Choice::Id(id) => (
                "UserErrorRestorePointNotFound",
                format!("there is no recovery point `{id}`, nor any other of"),
            ),
            Choice::Latest | Choice::LatestClean | Choice::At(_) => {
                ("NoRecoveryPoint", "there is no recovery point of".to_owned())
            }
        };
        Impossible::new(
            code,
            format!("{which} `{name}`: none was taken yet, or all have expired"),
            "take a backup now, or wait for the schedule of the policy",
        )
    } else {
        Impossible::new(
            "NoRecoveryPoint",
            format!("there is no recovery point of `{name}`, and its protection takes no backups now"),
            "resume its protection, then take a backup",
        )
    })
}

/// A moment of continuous backup.
fn moment(desired: &DesiredRestore, ground: &RestoreGround) -> Result<(RestoreFrom, DataStore), Impossible> {
    if desired.rehydrate.is_some() || !matches!(desired.tier, None | Some(DataStore::OperationalStore)) {
        return Err(Impossible::new(
            "RecoveryPointNotInTier",
            "continuous backup of blobs lies in the operational tier",
            "leave out `tier` and `rehydrate`, or restore to another account from the vault",
        ));
    }
    let ranges = &ground.ranges;
    let ends = |range: &TimeRange| (range.start, range.end);
    let Some((first, last)) =
        ranges.iter().map(ends).reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    else {
        return Err(no_ranges(ground));
    };
    let at = match &desired.point {
        Choice::Latest | Choice::LatestClean => {
            return Err(Impossible::new(
                "MomentMissing",
                "a restore in place goes back to a moment, and the latest moment is now: nothing would change",
                format!("state `point` as a time from {first} up to {last}"),
            ));
        }
        Choice::At(at) => *at,
        Choice::Id(id) => {
            return Err(Impossible::new(
                "UserErrorInvalidRecoveryPointInTime",
                format!("continuous backup has no recovery points, so none is called `{id}`"),
                "state a moment by RFC 3339, such as 2026-03-01T12:00:00Z",
            ));
        }
    };
    if !ranges.iter().any(|range| range.holds(at)) {
        let spans: Vec<String> = ranges.iter().map(ToString::to_string).collect();
        return Err(Impossible::new(
            "UserErrorInvalidRecoveryPointInTime",
            format!("the account cannot be brought back to {at}"),
            format!("choose a moment of {}", spans.join(", ")),
        ));
    }
    Ok((RestoreFrom::Moment { at }, DataStore::OperationalStore))
}

/// Why an account cannot be brought back to any moment.
fn no_ranges(ground: &RestoreGround) -> Impossible {
    let name = ground.source.datasource.name();
    if !is_kept_in(&ground.stores, DataStore::OperationalStore) {
        return Impossible::new(
            "UserErrorPitrDisabledOnStorageAccount",
            format!("account `{name}` has no operational backup, so it cannot be brought back in place"),
            "its backups are in the vault: restore them to another account (`containers`)",
        );
    }
    if ground.place.seen.is_none() {
        return Impossible::new(
            "UserErrorStorageAccountNotFound",
            format!("account `{name}` does not exist, and operational backup is kept in the account itself"),
            "recover the deleted account in Azure first (possible for 14 days), or restore from the vault what it has",
        );
    }
    Impossible::new(
        "NoRecoveryPoint",
        "continuous backup of this account has no restorable time range yet",
        "wait some minutes after the protection was configured",
    )
}

//! Going back to a moment that backups of a log cover, or to a recovery point.

use jiff::Timestamp;

use super::{DesiredRestore, RestoreFrom, RestoreGround};
use crate::impossible::Impossible;
use crate::points::{Choice, PointState, RecoveryPoint};
use crate::tier::DataStore;

/// The moment that is wished, where the log covers it; none where a recovery point is meant.
pub(super) fn moment(
    desired: &DesiredRestore,
    ground: &RestoreGround,
    now: Timestamp,
) -> Result<Option<(RestoreFrom, DataStore)>, Impossible> {
    let moment = |at| Ok(Some((RestoreFrom::Moment { at }, DataStore::VaultStore)));
    match &desired.point {
        Choice::Id(_) => Ok(None),
        // Azure looks for no threats in databases: the latest is as clean as any.
        Choice::Latest | Choice::LatestClean => {
            let newest = usable(&ground.points, now).map(|point| point.time).max();
            let last = ground.ranges.iter().map(|range| range.end).max();
            match last {
                Some(last) if desired.rehydrate.is_none() && newest.is_none_or(|newest| newest <= last) => {
                    moment(last)
                }
                Some(_) | None => Ok(None),
            }
        }
        Choice::At(at) if ground.ranges.iter().any(|range| range.holds(*at)) => moment(*at),
        Choice::At(at) => match usable(&ground.points, now).find(|point| is_of(point, *at)) {
            Some(_) => Ok(None),
            None => Err(in_a_gap(*at, ground, now)),
        },
    }
}

fn usable(points: &[RecoveryPoint], now: Timestamp) -> impl Iterator<Item = &RecoveryPoint> {
    points.iter().filter(move |point| !point.has_expired(now) && point.state == PointState::Completed)
}

/// People write whole seconds.
fn is_of(point: &RecoveryPoint, at: Timestamp) -> bool {
    point.time == at || (at.subsec_nanosecond() == 0 && point.time.as_second() == at.as_second())
}

/// The refusal of a moment that nothing covers, with the nearest ones on both sides.
fn in_a_gap(at: Timestamp, ground: &RestoreGround, now: Timestamp) -> Impossible {
    let name = ground.source.datasource.name();
    let points = || usable(&ground.points, now).map(|point| point.time);
    let before = points().chain(ground.ranges.iter().map(|range| range.end)).filter(|time| *time < at).max();
    let after = points().chain(ground.ranges.iter().map(|range| range.start)).filter(|time| *time > at).min();
    let nearest: Vec<String> = before.into_iter().chain(after).map(|time| time.to_string()).collect();
    let way_out = match nearest.as_slice() {
        [] => "take a full backup first, or wait for the schedule of the policy".to_owned(),
        nearest => {
            let ranges: Vec<String> = ground.ranges.iter().map(ToString::to_string).collect();
            let ranges = match ranges.is_empty() {
                true => "its log is not backed up, so only recovery points can be restored".to_owned(),
                false => format!("any moment of {}", ranges.join(", ")),
            };
            format!("choose {}, the nearest; or {ranges}", nearest.join(" or "))
        }
    };
    Impossible::new(
        "UserErrorInvalidRecoveryPointInTime",
        format!("database `{name}` cannot be brought back to {at}: no backup of its log covers that moment"),
        way_out,
    )
}

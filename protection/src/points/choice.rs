//! Which recovery point a person means: the latest, the latest without a threat, the last before a moment, or one by its id.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{PointState, RecoveryPoint};
use crate::impossible::Impossible;

/// A recovery point as a person names it; `latest`, `latest-clean`, a moment by RFC 3339, or an id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Choice {
    /// The newest that can be restored.
    #[default]
    Latest,
    /// The last at or before this moment that can be restored; for continuous backup the moment itself.
    At(Timestamp),
    /// This one and no other.
    Id(String),
    /// The newest that can be restored and in which Azure suspects no threat.
    LatestClean,
}

const LATEST_CLEAN: &str = "latest-clean";

impl From<String> for Choice {
    fn from(text: String) -> Self {
        let trimmed = text.trim();
        if trimmed.is_empty() || trimmed.eq_ignore_ascii_case("latest") {
            return Self::Latest;
        }
        if trimmed.eq_ignore_ascii_case(LATEST_CLEAN) {
            return Self::LatestClean;
        }
        trimmed.parse().map_or_else(|_| Self::Id(trimmed.to_owned()), Self::At)
    }
}

impl From<Choice> for String {
    fn from(choice: Choice) -> Self {
        choice.to_string()
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("latest"),
            Self::LatestClean => f.write_str(LATEST_CLEAN),
            Self::At(moment) => moment.fmt(f),
            Self::Id(id) => f.write_str(id),
        }
    }
}

/// The recovery point that is meant; an expired or partial one is never taken unless it is named by its id,
/// and an expired one not even then.
pub fn choose<'a>(
    points: &'a [RecoveryPoint],
    choice: &Choice,
    now: Timestamp,
) -> Result<&'a RecoveryPoint, Impossible> {
    match choice {
        Choice::Latest => last_before(points, None, now),
        Choice::LatestClean => clean(points, now),
        Choice::At(moment) => last_before(points, Some(*moment), now),
        Choice::Id(id) => by_id(points, id, now),
    }
}

/// The recovery point whose session for files is meant. Where none is named it is the one that is open, which need not be
/// the latest.
pub fn choose_open<'a>(
    points: &'a [RecoveryPoint],
    choice: &Choice,
    now: Timestamp,
) -> Result<&'a RecoveryPoint, Impossible> {
    if *choice != Choice::Latest {
        return choose(points, choice, now);
    }
    let open: Vec<&RecoveryPoint> = points.iter().filter(|point| point.files_open).collect();
    match open.as_slice() {
        [only] => Ok(*only),
        [] => Err(Impossible::new(
            "NoSession",
            "the files of no recovery point are open",
            "nothing has to be ended: a session ends by itself after twelve hours",
        )),
        several => {
            let named = several.iter().map(|point| format!("`{}` of {}", point.id, point.time));
            let named: Vec<String> = named.collect();
            Err(Impossible::new(
                "SessionAmbiguous",
                format!("the files of several recovery points are open: {}", named.join(", ")),
                "name the one that is meant: `point` in the request, `--point` on the command line",
            ))
        }
    }
}

fn by_id<'a>(points: &'a [RecoveryPoint], id: &str, now: Timestamp) -> Result<&'a RecoveryPoint, Impossible> {
    let Some(point) = points.iter().find(|point| point.id.eq_ignore_ascii_case(id)) else {
        return Err(Impossible::new(
            "UserErrorRestorePointNotFound",
            format!("there is no recovery point `{id}`"),
            "list the recovery points and name one of them, `latest`, or a time with its zone such as 2026-01-31T01:30:00Z",
        ));
    };
    if point.has_expired(now) {
        return Err(expired(point));
    }
    Ok(point)
}

/// The newest without a threat. Where every one is suspected, none is taken.
fn clean(points: &[RecoveryPoint], now: Timestamp) -> Result<&RecoveryPoint, Impossible> {
    let can_be = |point: &&RecoveryPoint| {
        !point.is_suspicious() && !point.has_expired(now) && point.state == PointState::Completed
    };
    match points.iter().filter(can_be).max_by_key(|point| point.time) {
        Some(point) => Ok(point),
        None if points.iter().any(RecoveryPoint::is_suspicious) => Err(Impossible::new(
            "NoCleanRecoveryPoint",
            "Azure suspects a threat in every recovery point that can be restored",
            "look at the threats in Defender for Cloud, then name a point by its id",
        )),
        None => last_before(points, None, now),
    }
}

fn last_before(
    points: &[RecoveryPoint],
    moment: Option<Timestamp>,
    now: Timestamp,
) -> Result<&RecoveryPoint, Impossible> {
    if points.is_empty() {
        return Err(Impossible::new(
            "NoRecoveryPoint",
            "there is no recovery point: none was taken yet, or all have expired",
            "take a backup now, or wait for the schedule of the policy",
        ));
    }
    let early = || points.iter().filter(|point| moment.is_none_or(|moment| is_by(point.time, moment)));
    let whole = early().filter(|point| !point.has_expired(now) && point.state == PointState::Completed);
    if let Some(point) = whole.max_by_key(|point| point.time) {
        return Ok(point);
    }
    let Some(newest) = early().max_by_key(|point| point.time) else {
        let first = points.iter().map(|point| point.time).min().unwrap_or_default();
        let first = first.strftime("%Y-%m-%dT%H:%M:%SZ");
        return Err(Impossible::new(
            "NoRecoveryPoint",
            format!("there is no recovery point from that time or before; the oldest is from {first}"),
            "name a later moment",
        ));
    };
    if newest.has_expired(now) {
        return Err(expired(newest));
    }
    Err(Impossible::new(
        "RecoveryPointPartial",
        format!("recovery point `{}` of {} is partial: not all could be backed up", newest.id, newest.time),
        "name it by its id to restore what is in it, or take a backup now",
    ))
}

/// Whether a time is at or before a moment; people write whole seconds, Azure counts in fractions of them.
fn is_by(time: Timestamp, moment: Timestamp) -> bool {
    if moment.subsec_nanosecond() == 0 { time.as_second() <= moment.as_second() } else { time <= moment }
}

fn expired(point: &RecoveryPoint) -> Impossible {
    Impossible::new(
        "RecoveryPointExpired",
        format!("recovery point `{}` of {} has expired", point.id, point.time),
        "choose a later one; the policy's retention says how long points are kept",
    )
}

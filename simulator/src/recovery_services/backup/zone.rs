//! Time zones of policies by their Windows names. Schedules do not follow daylight saving (documentation), so each is one offset.

use jiff::tz::Offset;
use serde_json::Value;

use crate::wire::json as body_json;

/// Windows name and minutes ahead of UTC.
const ZONES: [(&str, i32); 18] = [
    ("UTC", 0),
    ("GMT Standard Time", 0),
    ("W. Europe Standard Time", 60),
    ("Central Europe Standard Time", 60),
    ("Romance Standard Time", 60),
    ("E. Europe Standard Time", 120),
    ("GTB Standard Time", 120),
    ("FLE Standard Time", 120),
    ("Arabian Standard Time", 240),
    ("India Standard Time", 330),
    ("China Standard Time", 480),
    ("Singapore Standard Time", 480),
    ("Tokyo Standard Time", 540),
    ("AUS Eastern Standard Time", 600),
    ("Eastern Standard Time", -300),
    ("Central Standard Time", -360),
    ("Mountain Standard Time", -420),
    ("Pacific Standard Time", -480),
];

/// The offset of a policy; of a zone that is not listed, that of UTC.
pub(super) fn offset(properties: &Value) -> Offset {
    let zone = body_json::text(properties, &["timeZone"]).unwrap_or("UTC");
    let minutes =
        ZONES.iter().find(|(name, _)| name.eq_ignore_ascii_case(zone)).map_or(0, |(_, minutes)| *minutes);
    Offset::from_seconds(minutes * 60).unwrap_or(Offset::UTC)
}

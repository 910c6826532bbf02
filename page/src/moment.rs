//! Times in words; the exact time is beside them.

use jiff::Timestamp;

/// How long ago, or how soon, in one unit.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second() - at.as_second();
    let (count, unit) = match seconds.abs() {
        0..=59 => (seconds.abs(), "second"),
        60..=3_599 => (seconds.abs() / 60, "minute"),
        3_600..=172_799 => (seconds.abs() / 3_600, "hour"),
        _ => (seconds.abs() / 86_400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    match seconds {
        0 => "now".to_owned(),
        1.. => format!("{count} {unit}{plural} ago"),
        _ => format!("in {count} {unit}{plural}"),
    }
}

/// How long something takes, in one or two units.
pub fn lasting(seconds: u64) -> String {
    let (count, unit, rest, small) = match seconds {
        0..=59 => (seconds, "s", 0, ""),
        60..=3_599 => (seconds / 60, "min", seconds % 60, "s"),
        3_600..=86_399 => (seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => (seconds / 86_400, "days", seconds % 86_400 / 3_600, "h"),
    };
    let unit = if (count, unit) == (1, "days") { "day" } else { unit };
    if rest == 0 { format!("{count} {unit}") } else { format!("{count} {unit} {rest} {small}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_something_takes_is_told_in_two_units_at_most() {
        for (seconds, told) in [
            (0, "0 s"),
            (59, "59 s"),
            (130, "2 min 10 s"),
            (7_200, "2 h"),
            (9_000, "2 h 30 min"),
            (90_000, "1 day 1 h"),
            (259_200, "3 days"),
        ] {
            assert_eq!(lasting(seconds), told);
        }
    }

    #[test]
    fn a_time_is_told_in_one_unit() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-29T12:00:00Z");
        for (then, told) in [
            ("2026-11-29T12:00:00Z", "now"),
            ("2026-11-29T11:59:59Z", "1 second ago"),
            ("2026-11-29T11:15:00Z", "45 minutes ago"),
            ("2026-11-28T12:00:00Z", "24 hours ago"),
            ("2026-11-01T12:00:00Z", "28 days ago"),
            ("2026-12-06T12:00:00Z", "in 7 days"),
        ] {
            assert_eq!(ago(at(then), now), told);
        }
    }
}

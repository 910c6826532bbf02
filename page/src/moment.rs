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

#[cfg(test)]
mod tests {
    use super::*;

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

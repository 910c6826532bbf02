//! .NET's time spans, as `host.json` writes them: `hh:mm:ss`, with days and fractions if need be.

use std::time::Duration;

/// `[d.]hh:mm[:ss[.fraction]]`; `None` if the text is anything else.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let fields: Vec<&str> = text.trim().split(':').collect();
    let (first, minutes, seconds) = match fields.as_slice() {
        [first, minutes] => (*first, *minutes, "0"),
        [first, minutes, seconds] => (*first, *minutes, *seconds),
        _ => return None,
    };
    let (days, hours) = first.split_once('.').unwrap_or(("0", first));
    let (days, hours, minutes): (u64, u64, u64) =
        (days.parse().ok()?, hours.parse().ok()?, minutes.parse().ok()?);
    let seconds: f64 = seconds.parse().ok()?;
    if hours > 23 || minutes > 59 || !(0.0..60.0).contains(&seconds) {
        return None;
    }
    let whole = Duration::from_secs(days.checked_mul(86_400)?.checked_add(hours * 3600 + minutes * 60)?);
    Some(whole + Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_dotnets_forms() {
        assert_eq!(parse("00:00:30"), Some(Duration::from_secs(30)));
        assert_eq!(parse("00:00:00.2500000"), Some(Duration::from_millis(250)));
        assert_eq!(parse("1.02:03"), Some(Duration::from_secs(86_400 + 2 * 3600 + 180)));
        for wrong in ["", "30", "25:00:00", "00:60:00", "00:00:-1", "a:b:c"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}

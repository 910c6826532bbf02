//! How jobs write instants and spans.

use jiff::Timestamp;

use crate::clock::precise;

pub(super) fn etag(at: Timestamp) -> String {
    format!("W/\"datetime'{}'\"", precise(at).replace(':', "%3A"))
}

pub(super) fn iso_duration(seconds: f64) -> String {
    let minutes = (seconds / 60.0).floor();
    if minutes >= 1.0 {
        format!("PT{minutes}M{:.7}S", seconds - minutes * 60.0)
    } else {
        format!("PT{seconds}S")
    }
}

pub(super) fn clock_duration(seconds: f64) -> String {
    let minutes = (seconds / 60.0) as u64;
    format!("{:02}:{:02}:{:010.7}", minutes / 60, minutes % 60, seconds % 60.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_in_two_notations() {
        assert_eq!(iso_duration(0.0), "PT0S");
        assert_eq!(iso_duration(185.5), "PT3M5.5000000S");
        assert_eq!(clock_duration(185.5), "00:03:05.5000000");
    }
}

//! How long to wait until an event is sent again.

use jiff::SignedDuration;

/// Waits after each failure; the last one is repeated.
const WAITS: [i64; 7] = [10, 30, 60, 300, 600, 1800, 3600];
/// Longest wait that a receiver can ask for.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);
/// An event that could not be sent for so long is given up.
pub(crate) const GIVEN_UP: SignedDuration = SignedDuration::from_hours(24);

/// The wait after so many failures, the receiver having asked for `asked`.
pub(crate) fn wait(failures: u32, asked: Option<std::time::Duration>) -> SignedDuration {
    let step = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
    let usual = SignedDuration::from_secs(WAITS.get(step).copied().unwrap_or(3600));
    let asked = asked.and_then(|asked| SignedDuration::try_from(asked).ok()).unwrap_or_default();
    usual.max(asked.min(LONGEST))
}

#[test]
fn waits_grow_to_an_hour_and_heed_the_receiver_within_bounds() {
    let seconds =
        |failures, asked: Option<u64>| wait(failures, asked.map(std::time::Duration::from_secs)).as_secs();
    assert_eq!(
        [1, 2, 3, 7, 8, u32::MAX].map(|failures| seconds(failures, None)),
        [10, 30, 60, 3600, 3600, 3600]
    );
    assert_eq!(seconds(1, Some(120)), 120);
    assert_eq!(seconds(1, Some(5)), 10);
    assert_eq!(seconds(1, Some(1_000_000)), 3600);
}

//! Retention: the one field on which all rules have a say, since ranges can be intersected.

use holdfast_rule_set::{Protection, Rank, Retention};

use super::super::Voice;
use super::stated;

/// The intersection of all ranges. A range that leaves nothing is moved to the nearest end of
/// what higher ranks allow; equals that exclude each other resolve to the larger retention, and
/// `clash` is told of them and of the days that are kept.
pub(super) fn agreed<'a>(
    voices: &[Voice<'a>],
    defaults: &Protection,
    clash: impl FnMut(&[(&'a Rank, Retention)], u32),
) -> Option<Retention> {
    let ranges: Vec<(&Rank, Retention)> = ranges(voices).collect();
    intersection(&ranges, defaults, clash)
}

/// The same of these ranges, by rank.
pub(super) fn of_ranges(ranges: &[(&Rank, Retention)], defaults: &Protection) -> Option<Retention> {
    intersection(ranges, defaults, |_, _| {})
}

fn intersection<'a>(
    ranges: &[(&'a Rank, Retention)],
    defaults: &Protection,
    mut clash: impl FnMut(&[(&'a Rank, Retention)], u32),
) -> Option<Retention> {
    let mut agreed: Option<Retention> = None;
    for group in ranges.chunk_by(|(one, _), (other, _)| one.equals(other)) {
        let range = of_equals(group, &mut clash);
        agreed = Some(agreed.map_or(range, |agreed| narrow(agreed, range)));
    }
    match (agreed, defaults.retention) {
        (agreed, Some(default)) => Some(narrow(agreed.unwrap_or_default(), default)),
        (agreed, None) => agreed,
    }
}

/// The ranges that say anything, by rank.
pub(super) fn ranges<'a>(voices: &[Voice<'a>]) -> impl Iterator<Item = (&'a Rank, Retention)> {
    let ranges = stated(voices).filter_map(|(rank, stated)| Some((rank, stated.retention?)));
    ranges.filter(|(_, range)| *range != Retention::default())
}

/// Whether every retention in `range` satisfies `desired`.
pub(super) fn allows(desired: Retention, range: Retention) -> bool {
    let (low, high) = bounds(range);
    let (lowest_asked, highest_asked) = bounds(desired);
    lowest_asked <= low && high <= highest_asked
}

fn of_equals<'a>(
    group: &[(&'a Rank, Retention)],
    clash: &mut impl FnMut(&[(&'a Rank, Retention)], u32),
) -> Retention {
    let ranges = || group.iter().map(|(_, range)| range);
    let min_days = ranges().filter_map(|range| range.min_days).max();
    let max_days = ranges().filter_map(|range| range.max_days).min();
    match (min_days, max_days) {
        (Some(min), Some(max)) if min > max => {
            clash(group, min);
            Retention { min_days: Some(min), max_days: Some(min) }
        }
        _ => Retention { min_days, max_days },
    }
}

/// What is left of `agreed` by a wish of lower rank.
fn narrow(agreed: Retention, desired: Retention) -> Retention {
    let (low, high) = bounds(agreed);
    let (lowest_asked, highest_asked) = bounds(desired);
    let into = |day: u32| day.clamp(low, high);
    let (min, max) = (into(lowest_asked), into(highest_asked));
    Retention { min_days: (min > 0).then_some(min), max_days: (max < u32::MAX).then_some(max) }
}

/// Both ends; a range that is written back to front counts as its lower end's promise.
fn bounds(range: Retention) -> (u32, u32) {
    let low = range.min_days.unwrap_or(0);
    (low, range.max_days.unwrap_or(u32::MAX).max(low))
}

//! Which fields would be others without a rule, for all rules in one pass over each field.

use std::borrow::Cow;

use holdfast_rule_set::{Protection, Rank, Retention};

use super::super::{Says, Voice};
use super::retention;

/// For each of these voices, which are sorted by rank: the names of the fields that would be others without it.
pub(in super::super) fn lost_without_each(
    voices: &[Voice<'_>],
    defaults: &Protection,
) -> Vec<Vec<Cow<'static, str>>> {
    let mut missed = Missed { voices, defaults, lost: voices.iter().map(|_| Vec::new()).collect() };
    missed.field("vault", |stated| &stated.vault);
    missed.field("policy", |stated| &stated.policy);
    missed.retention();
    missed.field("schedule", |stated| &stated.schedule);
    missed.field("tier", |stated| &stated.tier);
    missed.field("redundancy", |stated| &stated.redundancy);
    missed.field("snapshot-resource-group", |stated| &stated.snapshot_resource_group);
    missed.field("disk-luns", |stated| &stated.disk_luns);
    missed.field("blob-containers", |stated| &stated.blob_containers);
    missed.field("databases", |stated| &stated.databases);
    missed.field("file-shares", |stated| &stated.file_shares);
    missed.field("long-term", |stated| &stated.long_term);
    missed.field("snapshot-days", |stated| &stated.snapshot_days);
    missed.field("log-backup", |stated| &stated.log_backup);
    missed.field("partial-backup", |stated| &stated.partial_backup);
    missed.field("archive", |stated| &stated.archive);
    missed.field("consistency", |stated| &stated.consistency);
    missed.field("compression", |stated| &stated.compression);
    missed.field("restore-test", |stated| &stated.restore_test);
    missed.lost
}

struct Missed<'a, 'b> {
    voices: &'b [Voice<'a>],
    defaults: &'a Protection,
    lost: Vec<Vec<Cow<'static, str>>>,
}

impl<'a> Missed<'a, '_> {
    /// Only who won a field is missed in it, where who comes next says something else.
    fn field<T: PartialEq + 'a>(&mut self, name: &'static str, of: impl Fn(&'a Protection) -> &'a Option<T>) {
        let stated = |(at, voice): (usize, &Voice<'a>)| match voice.says {
            Says::Protect(protection) => of(protection).as_ref().map(|value| (at, value)),
            Says::Exclude { .. } | Says::Hold(_) => None,
        };
        let mut stated = self.voices.iter().enumerate().filter_map(stated);
        let Some((winner, won)) = stated.next() else { return };
        let next = stated.next().map(|(_, value)| value).or_else(|| of(self.defaults).as_ref());
        if next != Some(won) {
            self.lose(winner, name);
        }
    }

    /// All ranges have a say, so each that says anything is left out in turn.
    fn retention(&mut self) {
        let agreed = retention::agreed(self.voices, self.defaults, |_, _| {});
        let ranges: Vec<(&Rank, Retention)> = retention::ranges(self.voices).collect();
        let mut others = Vec::with_capacity(ranges.len());
        for (at, voice) in self.voices.iter().enumerate() {
            others.clear();
            others.extend(ranges.iter().filter(|(rank, _)| !std::ptr::eq(*rank, voice.rank)));
            if others.len() < ranges.len() && retention::of_ranges(&others, self.defaults) != agreed {
                self.lose(at, "retention");
            }
        }
    }

    fn lose(&mut self, voice: usize, field: &'static str) {
        if let Some(lost) = self.lost.get_mut(voice) {
            lost.push(field.into());
        }
    }
}

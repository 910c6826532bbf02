//! The tag of a machine that says which databases run in it.

use holdfast_evaluator::Resource;

use crate::workload::tag::tag;

/// Names the workloads of a machine beside the machine itself, such as `sql-in-vm`; with commas or blanks between
/// several. Where it is there, nothing else is asked.
pub const WORKLOADS_TAG: &str = "holdfast-workloads";

/// Whether the tag names a workload; none without the tag.
pub(super) fn names(machine: &Resource, word: &str) -> Option<bool> {
    let text = tag(machine, WORKLOADS_TAG)?;
    let mut words = text.split([',', ' ', ';']).map(str::trim);
    Some(words.any(|named| named.eq_ignore_ascii_case(word)))
}

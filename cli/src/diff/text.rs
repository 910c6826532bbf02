//! A diff for a person.

use std::fmt::Write as _;

use holdfast_replay::{DiffReport, FieldChange, Group, Kind, ResourceChange};
use serde_json::Value;

use super::{Diff, Sets};
use crate::page::{WIDTH, count, end_of, start_of, wrapped};
use crate::rule_sets;

/// Groups that are shown unless all are asked for.
const GROUPS: usize = 20;
/// Entries of the ledger that are named.
const NAMED: usize = 5;

/// The diff, at most 80 columns wide.
pub(super) fn of(diff: &Diff, sets: &Sets, all: bool) -> String {
    let current = sets.current.as_ref().map_or_else(|| "as recorded".to_owned(), rule_sets::name);
    let mut text = sentence(&diff.report);
    let _ = writeln!(text, "\nCurrent:   {current}\nCandidate: {}", rule_sets::name(&sets.candidate));
    table(&mut text, &diff.report, all);
    unreadable(&mut text, &diff.unreadable);
    text
}

/// Such as `41 of 9,812 would change: 32 gain protection, 9 change vault.`
fn sentence(report: &DiffReport) -> String {
    let changed = report.changed();
    let whole = count(report.resources);
    if report.resources == 0 {
        return "There is nothing to decide about.\n".to_owned();
    }
    if changed == 0 {
        return with_reasons(format!("None of {whole} resources would change"), report);
    }
    let mut parts = Vec::new();
    for (&kind, &number) in report.kinds.iter().filter(|(kind, _)| kind.is_change()) {
        if kind == Kind::ChangesProtection {
            parts.extend(report.field_sets.iter().map(|(fields, number)| {
                format!("{} {} {}", count(*number), verb(kind, *number), listed(fields))
            }));
        } else {
            parts.push(format!("{} {}", count(number), verb(kind, number)));
        }
    }
    with_reasons(format!("{} of {whole} would change: {}", count(changed), parts.join(", ")), report)
}

fn with_reasons(sentence: String, report: &DiffReport) -> String {
    let reasons: Vec<String> = [Kind::UnprotectedForAnotherReason, Kind::SameForAnotherReason]
        .into_iter()
        .filter(|kind| report.count(*kind) > 0)
        .map(|kind| match kind {
            Kind::SameForAnotherReason => {
                format!("{} protected the same way for another reason", count(report.count(kind)))
            }
            _ => format!("{} still unprotected, for another reason", count(report.count(kind))),
        })
        .collect();
    let mut text = wrapped(&format!("{sentence}."), 0);
    if !reasons.is_empty() {
        text.push_str(&wrapped(&format!("Not counted: {}.", reasons.join("; ")), 0));
    }
    text
}

fn verb(kind: Kind, number: u64) -> &'static str {
    if number == 1 { kind.verb() } else { kind.plural_verb() }
}

/// Such as `retention, schedule and vault`.
fn listed(fields: &[String]) -> String {
    match fields {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn table(text: &mut String, report: &DiffReport, all: bool) {
    let mut groups: Vec<(&Group, u64)> =
        report.groups.iter().map(|(group, number)| (group, *number)).collect();
    // The worst first, then the most; equals as they are sorted.
    groups.sort_by_key(|(group, number)| (group.kind, std::cmp::Reverse(*number)));
    if groups.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{:>9}  {:<31}  because of", "resources", "change");
    let shown = if all { groups.len() } else { GROUPS };
    for (group, number) in groups.iter().take(shown) {
        row(text, group, *number);
        for change in report.examples_of(group) {
            example(text, group, change, all);
        }
    }
    if groups.len() > shown {
        let _ = writeln!(text, "and {} more kinds of change (--all shows them)", groups.len() - shown);
    }
}

fn row(text: &mut String, group: &Group, number: u64) {
    let what = match group.kind {
        Kind::ChangesProtection => format!("{} {}", group.kind, group.field),
        Kind::SameForAnotherReason => "(protected the same way)".to_owned(),
        Kind::UnprotectedForAnotherReason => "(still unprotected)".to_owned(),
        kind => kind.to_string(),
    };
    let mut causes: Vec<String> =
        group.because.iter().map(|cause| format!("{}: {}", cause.rule, cause.shift)).collect();
    if causes.is_empty() {
        causes.push("layers or defaults of the rule set".to_owned());
    }
    let because = causes.iter().map(|cause| start_of(cause, WIDTH - 44));
    for (index, cause) in because.enumerate() {
        let _ = match index {
            0 => writeln!(text, "{:>9}  {what:<31}  {cause}", count(number)),
            _ => writeln!(text, "{:44}{cause}", ""),
        };
    }
}

fn example(text: &mut String, group: &Group, change: &ResourceChange, all: bool) {
    let name = if all { change.resource.clone() } else { short(&change.resource) };
    let _ = writeln!(text, "{:11}{}", "", if all { name } else { end_of(&name, WIDTH - 11) });
    let Some(field) = change.change.fields.iter().find(|field| field.field == group.field) else { return };
    if group.kind == Kind::ChangesProtection {
        text.push_str(&wrapped(&from_to(field), 13));
    }
}

fn from_to(field: &FieldChange) -> String {
    format!("{} -> {}", shown(field.from.as_ref()), shown(field.to.as_ref()))
}

/// A value of a field as a person would say it.
fn shown(value: Option<&Value>) -> String {
    match value {
        None => "not stated".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Object(map)) => {
            // A vault is chosen by name, or by tags.
            if let (1, Some(name)) = (map.len(), map.get("named")) {
                return shown(Some(name));
            }
            let parts: Vec<String> =
                map.iter().map(|(name, value)| format!("{name} {}", shown(Some(value)))).collect();
            parts.join(", ")
        }
        Some(Value::Array(items)) => {
            let parts: Vec<String> = items.iter().map(|item| shown(Some(item))).collect();
            format!("[{}]", parts.join(", "))
        }
        Some(other) => other.to_string(),
    }
}

/// Group, type and name of an ARM id: `rg-shop/disks/data`.
fn short(id: &str) -> String {
    let parts: Vec<&str> = id.split('/').collect();
    let after = |word: &str| {
        let at = parts.iter().position(|part| part.eq_ignore_ascii_case(word))?;
        parts.get(at + 1).copied()
    };
    match (after("resourceGroups"), parts.as_slice()) {
        (Some(group), [.., kind, name]) => format!("{group}/{kind}/{name}"),
        _ => id.to_owned(),
    }
}

fn unreadable(text: &mut String, entries: &[(String, String)]) {
    if entries.is_empty() {
        return;
    }
    let (entry, are) = if entries.len() == 1 { ("entry", "is") } else { ("entries", "are") };
    let _ = writeln!(
        text,
        "\n{} {entry} of the ledger could not be read and {are} not counted:",
        count(entries.len() as u64)
    );
    for (path, why) in entries.iter().take(NAMED) {
        let _ = writeln!(text, "  {}", end_of(path, WIDTH - 2));
        text.push_str(&wrapped(why, 4));
    }
    if entries.len() > NAMED {
        let _ = writeln!(text, "  and {} more (--json shows them)", count((entries.len() - NAMED) as u64));
    }
}

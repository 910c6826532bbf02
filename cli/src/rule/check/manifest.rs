//! What a manifest says, held against what a rule set, a person and the documentation need.

use holdfast_evaluator::{Manifest, ManifestIssue, ManifestPart, manifest_issues, schema_issues};
use serde_json::Value;

use super::Finding;

/// What a manifest that lists no facts means: any may still be asked for in an evaluation.
const NONE_LISTED: &str = "none are fetched for every resource; the rule may ask for some with `need-facts`";

/// Adds what is questionable about a part that nothing is wrong with.
type Question = fn(&Manifest, &mut Vec<Finding>);

/// Looks at every part of a manifest. What is wrong with it is what the handler refuses it for.
pub(super) fn look(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let issues = manifest_issues(manifest);
    let parts: [(ManifestPart, &'static str, Question); 6] = [
        (ManifestPart::Title, "manifest", title),
        (ManifestPart::Types, "types", types),
        (ManifestPart::Workloads, "workloads", |_, _| {}),
        (ManifestPart::Facts, "facts", facts),
        (ManifestPart::Schema, "schema", schema),
        (ManifestPart::Reasons, "reasons", reasons),
    ];
    for (part, area, look) in parts {
        let here: Vec<&ManifestIssue> = issues.iter().filter(|issue| issue.part == part).collect();
        if here.is_empty() {
            look(manifest, findings);
        }
        findings.extend(here.into_iter().map(|issue| Finding::wrong(area, issue.message.clone())));
    }
}

fn title(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let summary = &manifest.summary;
    if summary.contains('\n') || summary.chars().count() > 100 {
        findings.push(Finding::look("manifest", "the summary is longer than one line of 100 characters"));
    } else {
        findings.push(Finding::ok("manifest", summary.clone()));
    }
}

fn types(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let text = match manifest.resource_types.as_slice() {
        [] => "speaks of every type; a binding can narrow that with `types`".to_owned(),
        types => types.join(", "),
    };
    findings.push(Finding::ok("types", text));
}

fn facts(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let text = match manifest.fact_kinds.as_slice() {
        [] => NONE_LISTED.to_owned(),
        kinds => format!("{}; fetched for every resource", kinds.join(", ")),
    };
    findings.push(Finding::ok("facts", text));
}

fn schema(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let issues = schema_issues(&manifest.settings_schema);
    if !issues.is_empty() {
        findings.extend(issues.iter().map(|issue| Finding::issue("schema", issue)));
        return;
    }
    let schema: Value = serde_json::from_str(&manifest.settings_schema).unwrap_or_default();
    let properties = schema.get("properties").and_then(Value::as_object);
    let bare: Vec<&str> = properties
        .into_iter()
        .flatten()
        .filter(|(_, property)| property.get("description").is_none())
        .map(|(name, _)| name.as_str())
        .collect();
    if schema.get("additionalProperties").is_none() && schema.get("unevaluatedProperties").is_none() {
        let text = "a misspelt setting would pass unseen; state `\"additionalProperties\": false`";
        findings.push(Finding::look("schema", text));
    }
    if !bare.is_empty() {
        let text = format!("no description, so none in the documentation: {}", bare.join(", "));
        findings.push(Finding::look("schema", text));
    }
    let text = match properties.map(serde_json::Map::len) {
        None | Some(0) => "JSON Schema without properties".to_owned(),
        Some(_) => {
            let names: Vec<&str> = properties.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
            format!("JSON Schema for {}", names.join(", "))
        }
    };
    findings.push(Finding::ok("schema", text));
}

fn reasons(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let finding = match manifest.reason_codes.as_slice() {
        [] => {
            let text = "no code is stated; reports and tests tell a rule's reasons apart by their codes";
            Finding::look("reasons", text)
        }
        codes => Finding::ok("reasons", codes.join(", ")),
    };
    findings.push(finding);
}

/// Lower-case words of letters and digits, joined by hyphens.
pub(crate) fn is_kebab(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && !text.ends_with('-')
        && !text.contains("--")
        && text.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shipped rule `select` lists no facts, and asks for tags of groups and for machines where its settings say so.
    #[test]
    fn a_rule_that_lists_no_facts_is_not_said_to_see_the_resource_alone() {
        let manifest = Manifest {
            name: "select".to_owned(),
            version: "1.0.0".to_owned(),
            summary: "selects by tags".to_owned(),
            resource_types: Vec::new(),
            workloads: Vec::new(),
            fact_kinds: Vec::new(),
            settings_schema: "{}".to_owned(),
            reason_codes: Vec::new(),
        };
        let mut findings = Vec::new();
        facts(&manifest, &mut findings);
        let said: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(said, [NONE_LISTED]);
        assert!(NONE_LISTED.contains("`need-facts`"));
    }

    #[test]
    fn names_are_told_from_what_is_none() {
        assert!(
            is_kebab("keep-disks-2")
                && !is_kebab("Keep")
                && !is_kebab("a--b")
                && !is_kebab("a-")
                && !is_kebab("")
        );
    }
}

//! What a manifest says, held against what a rule set, a person and the documentation need.

use std::collections::BTreeSet;

use holdfast_evaluator::{FactKind, Manifest, schema_issues};
use serde_json::Value;

use super::Finding;

/// Looks at every part of a manifest.
pub(super) fn look(manifest: &Manifest, findings: &mut Vec<Finding>) {
    title(manifest, findings);
    types(manifest, findings);
    facts(manifest, findings);
    schema(manifest, findings);
    reasons(manifest, findings);
}

fn title(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let Manifest { name, version, summary, .. } = manifest;
    let before = findings.len();
    if !is_kebab(name) {
        let text =
            format!("the name `{name}` is not written like keep-disks: lower case, digits and hyphens");
        findings.push(Finding::wrong("manifest", text));
    }
    if !is_version(version) {
        let text = format!("the version `{version}` is not written like 1.2.3");
        findings.push(Finding::wrong("manifest", text));
    }
    if summary.trim().is_empty() {
        findings.push(Finding::wrong("manifest", "the summary is empty; one line says what the rule does"));
    } else if summary.contains('\n') || summary.chars().count() > 100 {
        findings.push(Finding::look("manifest", "the summary is longer than one line of 100 characters"));
    }
    if findings.len() == before {
        findings.push(Finding::ok("manifest", summary.clone()));
    }
}

fn types(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let odd: Vec<&str> =
        manifest.resource_types.iter().map(String::as_str).filter(|name| !is_type(name)).collect();
    if !odd.is_empty() {
        let text =
            format!("no resource type: {}; one is written like Microsoft.Compute/disks", odd.join(", "));
        findings.push(Finding::wrong("types", text));
    } else if manifest.resource_types.is_empty() {
        findings.push(Finding::ok("types", "speaks of every type; a binding can narrow that with `types`"));
    } else {
        findings.push(Finding::ok("types", manifest.resource_types.join(", ")));
    }
}

fn facts(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let known = |kind: &String| kind.parse::<FactKind>().is_ok();
    let unknown: Vec<&str> =
        manifest.fact_kinds.iter().filter(|kind| !known(kind)).map(String::as_str).collect();
    if unknown.is_empty() {
        let text = match manifest.fact_kinds.as_slice() {
            [] => "none; what is decided depends on the resource alone".to_owned(),
            kinds => format!("{}; fetched for every resource", kinds.join(", ")),
        };
        findings.push(Finding::ok("facts", text));
    } else {
        let all = FactKind::ALL.map(FactKind::name);
        let text = format!("the host cannot fetch {}; it knows {}", unknown.join(", "), all.join(", "));
        findings.push(Finding::wrong("facts", text));
    }
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
    let codes = &manifest.reason_codes;
    let odd: Vec<&str> = codes.iter().map(String::as_str).filter(|code| !is_kebab(code)).collect();
    let mut seen = BTreeSet::new();
    let twice: Vec<&str> = codes.iter().map(String::as_str).filter(|code| !seen.insert(*code)).collect();
    if !odd.is_empty() {
        let text = format!("not written like tag-asks: {}", odd.join(", "));
        findings.push(Finding::wrong("reasons", text));
    }
    if !twice.is_empty() {
        findings.push(Finding::wrong("reasons", format!("stated twice: {}", twice.join(", "))));
    }
    if codes.is_empty() {
        let text = "no code is stated; reports and tests tell a rule's reasons apart by their codes";
        findings.push(Finding::look("reasons", text));
    } else if odd.is_empty() && twice.is_empty() {
        findings.push(Finding::ok("reasons", codes.join(", ")));
    }
}

/// Lower-case words of letters and digits, joined by hyphens.
pub(crate) fn is_kebab(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && !text.ends_with('-')
        && !text.contains("--")
        && text.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-')
}

fn is_version(text: &str) -> bool {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| part.parse::<u64>().is_ok())
}

fn is_type(text: &str) -> bool {
    let mut parts = text.split('/');
    let namespace = parts.next().is_some_and(|namespace| namespace.contains('.'));
    let legal =
        |part: &str| !part.is_empty() && part.chars().all(|one| one.is_ascii_alphanumeric() || one == '-');
    namespace && text.contains('/') && parts.all(legal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_versions_and_types_are_told_from_what_is_none() {
        assert!(
            is_kebab("keep-disks-2")
                && !is_kebab("Keep")
                && !is_kebab("a--b")
                && !is_kebab("a-")
                && !is_kebab("")
        );
        assert!(is_version("1.2.3-rc.1") && !is_version("1.2") && !is_version("one.2.3"));
        assert!(
            is_type("Microsoft.Sql/servers/databases") && !is_type("disks") && !is_type("Microsoft.Compute/")
        );
    }
}

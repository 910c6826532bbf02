//! The part of the case format that the templates use.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use holdfast_evaluator::{Request, Resource};
use serde::Deserialize;
use serde_json::{Value, json};

/// A template's `tests/rule.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// Settings of every case; absent where holdfast-rule.toml states them.
    pub settings: Option<Value>,
    /// The cases.
    pub cases: Vec<Case>,
}

/// What a rule is given, and what it has to say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// For people.
    pub name: String,
    resource: Given,
    /// What it has to say.
    pub expect: Expect,
}

/// What a rule has to say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// `protect`, `abstain` or `exclude`.
    pub verdict: String,
    /// Fields that have to be stated so.
    #[serde(default)]
    pub protection: BTreeMap<String, Value>,
    /// Kind, and time if any.
    pub exclude: Option<BTreeMap<String, Value>>,
    /// All reason codes, in order.
    pub reasons: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    #[serde(rename = "type")]
    resource_type: String,
    location: String,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    sku: Option<String>,
}

impl CaseFile {
    /// Reads a file of cases.
    ///
    /// # Errors
    ///
    /// Says where it departs from the format.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
        serde_saphyr::from_str(&text).with_context(|| path.display().to_string())
    }
}

impl Case {
    /// What the evaluator is asked.
    pub fn request(&self) -> Request {
        let given = &self.resource;
        let subscription = "00000000-0000-0000-0000-000000000000";
        let id = format!(
            "/subscriptions/{subscription}/resourceGroups/rg-example/providers/{}/example",
            given.resource_type
        );
        let body = json!({
            "id": id, "location": given.location, "name": "example", "properties": {},
            "tags": given.tags, "type": given.resource_type,
        });
        Request {
            resource: Resource {
                id,
                resource_type: given.resource_type.clone(),
                name: "example".to_owned(),
                location: given.location.clone(),
                resource_group: "rg-example".to_owned(),
                subscription: subscription.to_owned(),
                tags: given.tags.clone(),
                sku: given.sku.clone(),
                kind: None,
                body: body.to_string(),
            },
            facts: Vec::new(),
            event_time: "2026-01-01T00:00:00Z".to_owned(),
            ..Request::default()
        }
    }
}

impl Expect {
    /// What a rule said, held against this: the first difference, in words.
    pub fn difference(&self, verdict: &str, said: &Value, reasons: &[String]) -> Option<String> {
        if verdict != self.verdict {
            return Some(format!("verdict {verdict} instead of {}: {said}", self.verdict));
        }
        if reasons != self.reasons {
            return Some(format!("reasons {reasons:?} instead of {:?}", self.reasons));
        }
        let wanted = self.protection.iter().chain(self.exclude.iter().flatten());
        wanted
            .filter(|(field, wanted)| said.get(field.as_str()) != Some(*wanted))
            .map(|(field, wanted)| format!("{field}: {said} instead of {wanted}"))
            .next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differs(verdict: &str, said: Value, reasons: &[&str]) -> bool {
        let text = "verdict: protect\nprotection: { retention: { min-days: 30 } }\nreasons: [tag-asks]\n";
        let expect: Expect = serde_saphyr::from_str(text).expect("an expectation");
        let reasons: Vec<String> = reasons.iter().map(|code| (*code).to_owned()).collect();
        expect.difference(verdict, &said, &reasons).is_some()
    }

    #[test]
    fn an_expectation_is_held_against_verdict_fields_and_reasons() {
        let said = json!({ "retention": { "min-days": 30 }, "tier": "vault" });
        assert!(!differs("protect", said.clone(), &["tag-asks"]));
        assert!(differs("abstain", said.clone(), &["tag-asks"]));
        assert!(differs("protect", said, &["no-tag"]));
        assert!(differs("protect", json!({ "retention": { "min-days": 31 } }), &["tag-asks"]));
        assert!(differs("protect", Value::Null, &["tag-asks"]));
    }
}

//! What a module says of itself, and what that must be: one set of rules, for the tools of authors and for the handler.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::fact_kind::FactKind;
use crate::visible::Visible;

/// Who a rule is, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Manifest {
    /// Such as `select`.
    pub name: String,
    /// Version of the module.
    pub version: String,
    /// One line for people.
    pub summary: String,
    /// Resource types that the rule speaks about; empty means all.
    pub resource_types: Vec<String>,
    /// Workloads that the rule speaks about; empty means the first one of each type, as for a rule of 1.0.0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workloads: Vec<String>,
    /// Kinds of fact that the rule wants with every request.
    pub fact_kinds: Vec<String>,
    /// JSON Schema (2020-12) of the settings.
    pub settings_schema: String,
    /// Codes that the rule gives as reasons.
    pub reason_codes: Vec<String>,
}

/// Characters of a name, a version, a code or the name of a resource type.
const NAME: usize = 128;
/// Characters of a summary, which every answer about the rule repeats.
const SUMMARY: usize = 500;
/// Resource types, fact kinds or reason codes.
const LISTED: usize = 256;
/// Bytes of a schema.
const SCHEMA: usize = 256 << 10;
/// Characters of a wrong text that a message repeats, and how many such texts.
const SHOWN: usize = 60;
const SHOWN_TEXTS: usize = 5;

/// A part of a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManifestPart {
    /// Name, version or summary.
    Title,
    /// Resource types.
    Types,
    /// Workloads.
    Workloads,
    /// Fact kinds.
    Facts,
    /// The schema of the settings.
    Schema,
    /// Reason codes.
    Reasons,
}

/// Something in a manifest for which its module is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestIssue {
    /// Where it is.
    pub part: ManifestPart,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// Everything in a manifest for which its module is refused. That the schema is a JSON Schema is checked apart.
pub fn manifest_issues(manifest: &Manifest) -> Vec<ManifestIssue> {
    let parts = [
        (ManifestPart::Title, title(manifest)),
        (ManifestPart::Types, types(&manifest.resource_types)),
        (ManifestPart::Workloads, workloads(&manifest.workloads)),
        (ManifestPart::Facts, facts(&manifest.fact_kinds)),
        (ManifestPart::Schema, schema(&manifest.settings_schema)),
        (ManifestPart::Reasons, reasons(&manifest.reason_codes)),
    ];
    let issues = |(part, messages): (ManifestPart, Vec<String>)| {
        messages.into_iter().map(move |message| ManifestIssue { part, message })
    };
    parts.into_iter().flat_map(issues).collect()
}

fn title(manifest: &Manifest) -> Vec<String> {
    let Manifest { name, version, summary, .. } = manifest;
    let mut wrong = Vec::new();
    if !is_kebab(name) {
        let name = Visible::within(name, SHOWN);
        wrong.push(format!(
            "the name `{name}` is not written like keep-disks: at most {NAME} lower-case letters, digits and hyphens"
        ));
    }
    if version.len() > NAME || semver::Version::parse(version).is_err() {
        let version = Visible::within(version, SHOWN);
        wrong.push(format!("the version `{version}` is not a semantic version such as 1.2.3"));
    }
    let characters = summary.chars().count();
    if summary.trim().is_empty() {
        wrong.push("the summary is empty; one line says what the rule does".to_owned());
    } else if characters > SUMMARY {
        wrong.push(format!("the summary has {characters} characters: the limit is {SUMMARY}"));
    } else if summary.chars().any(|one| Visible::hides(one) && one != '\n') {
        wrong.push("the summary has control or invisible characters; write plain text".to_owned());
    }
    wrong
}

fn types(types: &[String]) -> Vec<String> {
    let odd = types.iter().filter(|name| !is_type(name));
    counted("resource types", types.len())
        .into_iter()
        .chain(
            shown(odd)
                .map(|odd| format!("no resource type: {odd}; one is written like Microsoft.Compute/disks")),
        )
        .collect()
}

fn workloads(workloads: &[String]) -> Vec<String> {
    let odd = workloads.iter().filter(|name| !is_kebab(name));
    counted("workloads", workloads.len())
        .into_iter()
        .chain(shown(odd).map(|odd| format!("workloads that are not written like azure-vm: {odd}")))
        .collect()
}

fn facts(kinds: &[String]) -> Vec<String> {
    let unknown = kinds.iter().filter(|kind| kind.parse::<FactKind>().is_err());
    let known = FactKind::ALL.map(FactKind::name).join(", ");
    counted("fact kinds", kinds.len())
        .into_iter()
        .chain(shown(unknown).map(|unknown| format!("the host cannot fetch {unknown}; it knows {known}")))
        .collect()
}

fn schema(schema: &str) -> Vec<String> {
    let bytes = schema.len();
    let long =
        (bytes > SCHEMA).then(|| format!("the settings schema has {bytes} bytes: the limit is {SCHEMA}"));
    long.into_iter().collect()
}

fn reasons(codes: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let odd = codes.iter().filter(|code| !is_kebab(code));
    let twice = codes.iter().filter(|code| !seen.insert(code.as_str()));
    counted("reason codes", codes.len())
        .into_iter()
        .chain(shown(odd).map(|odd| format!("reason codes that are not written like tag-asks: {odd}")))
        .chain(shown(twice).map(|twice| format!("reason codes that are stated twice: {twice}")))
        .collect()
}

fn counted(what: &str, found: usize) -> Option<String> {
    (found > LISTED).then(|| format!("it states {found} {what}: the limit is {LISTED}"))
}

/// The first of these texts; `None` if there are none.
fn shown<'a>(texts: impl Iterator<Item = &'a String>) -> Option<String> {
    let texts: Vec<&String> = texts.take(SHOWN_TEXTS + 1).collect();
    let mut shown: Vec<String> =
        texts.iter().take(SHOWN_TEXTS).map(|text| format!("`{}`", Visible::within(text, SHOWN))).collect();
    if texts.len() > SHOWN_TEXTS {
        shown.push("and more".to_owned());
    }
    (!shown.is_empty()).then(|| shown.join(", "))
}

/// Lower-case words of letters and digits, joined by hyphens.
fn is_kebab(text: &str) -> bool {
    text.len() <= NAME
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && !text.ends_with('-')
        && !text.contains("--")
        && text.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-')
}

fn is_type(text: &str) -> bool {
    let mut parts = text.split('/');
    let namespace = parts.next().is_some_and(|namespace| {
        namespace.contains('.')
            && namespace.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '.' | '-'))
    });
    let legal =
        |part: &str| !part.is_empty() && part.chars().all(|one| one.is_ascii_alphanumeric() || one == '-');
    text.len() <= NAME && namespace && text.contains('/') && parts.all(legal)
}

impl fmt::Display for ManifestIssue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest {
            name: "keep-disks".to_owned(),
            version: "1.2.3-rc.1+build".to_owned(),
            summary: "Keeps disks.".to_owned(),
            resource_types: vec!["Microsoft.Sql/servers/databases".to_owned()],
            workloads: Vec::new(),
            fact_kinds: Vec::new(),
            settings_schema: "{}".to_owned(),
            reason_codes: vec!["tag-asks".to_owned()],
        }
    }

    #[test]
    fn what_authors_write_is_admitted() {
        assert_eq!(manifest_issues(&manifest()), []);
        let bare = Manifest { resource_types: Vec::new(), reason_codes: Vec::new(), ..manifest() };
        assert_eq!(manifest_issues(&bare), []);
    }

    /// Changes one part of a sound manifest.
    type Change = fn(&mut Manifest);

    #[test]
    fn each_part_is_held_to_its_rules_and_to_its_bounds() {
        let cases: [(Change, ManifestPart, &str); 19] = [
            (|sound| sound.name.clear(), ManifestPart::Title, "the name ``"),
            (|sound| sound.name = "Keep".to_owned(), ManifestPart::Title, "the name `Keep`"),
            (|sound| sound.name = "a--b".to_owned(), ManifestPart::Title, "the name `a--b`"),
            (|sound| sound.name = "x\u{1b}[2J".to_owned(), ManifestPart::Title, "the name `x\\u{1b}[2J`"),
            (|sound| sound.name = "x".repeat(1 << 20), ManifestPart::Title, "characters more)"),
            (|sound| sound.version = "1.2".to_owned(), ManifestPart::Title, "the version `1.2`"),
            (|sound| sound.version = "01.2.3".to_owned(), ManifestPart::Title, "the version `01.2.3`"),
            (|sound| sound.version = "1.2.3-\u{202e}".to_owned(), ManifestPart::Title, "\\u{202e}"),
            (|sound| sound.summary = " \n".to_owned(), ManifestPart::Title, "the summary is empty"),
            (|sound| sound.summary = "x".repeat(600_000), ManifestPart::Title, "600000 characters"),
            (|sound| sound.summary = "a\u{1b}]0;b\u{7}".to_owned(), ManifestPart::Title, "control"),
            (|sound| sound.resource_types = vec!["disks".to_owned()], ManifestPart::Types, "`disks`"),
            (
                |sound| sound.resource_types = vec!["M.C/d".to_owned(); 257],
                ManifestPart::Types,
                "257 resource",
            ),
            (|sound| sound.workloads = vec!["Azure VM".to_owned()], ManifestPart::Workloads, "`Azure VM`"),
            (|sound| sound.fact_kinds = vec!["weather".to_owned()], ManifestPart::Facts, "`weather`"),
            (|sound| sound.settings_schema = " ".repeat(300_000), ManifestPart::Schema, "300000 bytes"),
            (|sound| sound.reason_codes = vec!["Odd".to_owned()], ManifestPart::Reasons, "`Odd`"),
            (
                |sound| sound.reason_codes = vec!["a".to_owned(); 2],
                ManifestPart::Reasons,
                "stated twice: `a`",
            ),
            (
                |sound| sound.reason_codes = (0..300).map(|one| format!("code-{one}")).collect(),
                ManifestPart::Reasons,
                "300 reason codes",
            ),
        ];
        for (change, part, expected) in cases {
            let mut wrong = manifest();
            change(&mut wrong);
            let issues = manifest_issues(&wrong);
            let [issue] = issues.as_slice() else { panic!("{issues:?}") };
            assert_eq!(issue.part, part);
            assert!(issue.message.contains(expected), "`{expected}` is not in: {issue}");
            assert!(issue.message.len() < 1_000 && !issue.message.contains(Visible::hides), "{issue:?}");
        }
    }
}

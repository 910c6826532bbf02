//! The parsers. Packed answers of rules are held by `evaluator/src/contract/packed/hostile.rs`, hostile modules by `evaluator/tests/it/hostile`.

use std::collections::BTreeMap;

use holdfast_distribution::SignatureFile;
use holdfast_functions::settings::Settings;
use holdfast_protection::ledger::LedgerRecord;
use holdfast_protection::work::WorkItem;
use holdfast_protection::{ResourceId, event, ledger};
use holdfast_rule_set::RuleSetFile;
use jiff::Timestamp;

/// A parser.
#[derive(Debug)]
pub struct Target {
    /// Its name, and that of its corpus.
    pub name: &'static str,
    /// Has it read something.
    pub parse: fn(&[u8]),
    /// Files and folders of the repository that are a corpus too.
    pub also: &'static [&'static str],
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "event", parse: read_event, also: &[] },
    Target { name: "envelope", parse: read_envelope, also: &[] },
    Target { name: "work-item", parse: read_work_item, also: &["protection/tests/golden/messages"] },
    Target {
        name: "ledger-document",
        parse: read_ledger_document,
        also: &["protection/tests/golden/ledger"],
    },
    Target { name: "rule-set", parse: read_rule_set, also: &["rules/ruleset.toml"] },
    Target { name: "settings", parse: read_settings, also: &[] },
    Target { name: "resource-id", parse: read_resource_id, also: &[] },
    Target { name: "policy-text", parse: read_policy_text, also: &[] },
    Target { name: "oci-manifest", parse: read_oci_manifest, also: &[] },
    Target { name: "signature-file", parse: read_signature_file, also: &[] },
    Target { name: "kql", parse: read_kql, also: &[] },
    Target { name: "filter", parse: read_filter, also: &[] },
    Target { name: "template-expression", parse: read_template_expression, also: &[] },
];

fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

fn read_event(bytes: &[u8]) {
    let _ = event::parse(&text(bytes));
}

fn read_envelope(bytes: &[u8]) {
    let _ = holdfast_functions::value_of_trigger(bytes, "event");
}

fn read_work_item(bytes: &[u8]) {
    if let Ok(read) = WorkItem::read(&text(bytes), Timestamp::UNIX_EPOCH) {
        // What was read can be written, and read again.
        if let Ok(message) = read.item.message() {
            let again = WorkItem::read(&message.text, Timestamp::UNIX_EPOCH);
            assert!(again.is_ok(), "it cannot be read again: {}", message.text);
        }
    }
}

fn read_ledger_document(bytes: &[u8]) {
    if let Ok(document) = serde_json::from_slice(bytes) {
        let _ = ledger::read::<LedgerRecord>(document);
    }
}

fn read_rule_set(bytes: &[u8]) {
    let _ = RuleSetFile::parse(&text(bytes));
}

/// A setting on each line.
fn read_settings(bytes: &[u8]) {
    let text = text(bytes);
    let lines = text.lines().filter_map(|line| line.split_once('='));
    let environment: BTreeMap<String, String> =
        lines.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let _ = Settings::read(&environment);
}

fn read_resource_id(bytes: &[u8]) {
    if let Ok(id) = text(bytes).parse::<ResourceId>() {
        let written = id.to_string();
        let again: Result<ResourceId, _> = written.parse();
        assert!(again.is_ok_and(|again| again == id), "`{written}` is read as another id");
    }
}

fn read_policy_text(bytes: &[u8]) {
    let _ = holdfast_azure_policy::read(&text(bytes), None);
}

fn read_oci_manifest(bytes: &[u8]) {
    let _ = holdfast_distribution::is_artifact(bytes);
}

fn read_signature_file(bytes: &[u8]) {
    if let Ok(file) = SignatureFile::parse(bytes) {
        assert!(SignatureFile::parse(file.to_json().as_bytes()).is_ok(), "it cannot be read again");
    }
}

fn read_kql(bytes: &[u8]) {
    let _ = holdfast_simulator::reads_query(&text(bytes));
}

fn read_filter(bytes: &[u8]) {
    let _ = holdfast_simulator::reads_filter(&text(bytes));
}

fn read_template_expression(bytes: &[u8]) {
    let _ = holdfast_simulator::reads_expression(&text(bytes));
}

//! A ledger with decisions in it, as files.

use std::path::{Path, PathBuf};

use holdfast_evaluator::{Evaluator, Request, Resource, RuleSet};
use holdfast_protection::ledger::{self, Entry, LedgerRecord};

use crate::rules::shipped;

const SUBSCRIPTION: &str = "5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10";

/// The shipped rule set, loaded.
pub(crate) fn evaluator() -> Evaluator {
    Evaluator::new(RuleSet::load(&shipped().join("ruleset.toml")).unwrap()).unwrap()
}

/// Decisions about `resources` disks, on two days each, the second of which they are tagged otherwise.
pub(crate) fn decisions(resources: usize) -> Vec<Entry> {
    let evaluator = evaluator();
    let days = ["2026-01-01T08:00:00Z", "2026-01-02T08:00:00Z"];
    let all =
        (0..resources).flat_map(|number| days.iter().enumerate().map(move |(day, at)| (number, day, *at)));
    all.map(|(number, day, at)| {
        let env = ["prod", "staging", "test", "sandbox"][(number + day) % 4];
        let tier = ["gold", "silver"][number % 2];
        entry(&evaluator, &request(number, at, &[("env", env), ("tier", tier)]))
    })
    .collect()
}

pub(crate) fn request(number: usize, at: &str, tags: &[(&str, &str)]) -> Request {
    let group = format!("rg-{}", number % 3);
    let name = format!("disk-{number:03}");
    let id = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.Compute/disks/{name}"
    );
    let resource = Resource {
        id,
        resource_type: "Microsoft.Compute/disks".to_owned(),
        name,
        location: ["westeurope", "eastus"][number % 2].to_owned(),
        resource_group: group,
        subscription: SUBSCRIPTION.to_owned(),
        tags: tags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        sku: Some("Premium_LRS".to_owned()),
        kind: None,
        body: r#"{"properties":{"diskSizeGB":128}}"#.to_owned(),
    };
    Request { resource, facts: Vec::new(), event_time: at.to_owned(), ..Request::default() }
}

/// What the ledger holds after this request was decided.
pub(crate) fn entry(evaluator: &Evaluator, request: &Request) -> Entry {
    let described = LedgerRecord::Decided {
        decision: Box::new(evaluator.decide(request)),
        request: Box::new(request.clone()),
    };
    ledger::about(
        &request.resource.id.parse::<holdfast_protection::ResourceId>().unwrap(),
        request.event_time.parse().unwrap(),
        &described,
    )
}

/// Writes entries as an export would; gives their files.
pub(crate) fn write(folder: &Path, entries: &[Entry]) -> Vec<PathBuf> {
    let files = entries.iter().map(|entry| {
        let file = folder.join(&entry.path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &entry.body).unwrap();
        file
    });
    files.collect()
}

/// Changes the text of a file.
pub(crate) fn change(file: &Path, change: impl Fn(String) -> String) {
    let text = std::fs::read_to_string(file).unwrap();
    let changed = change(text.clone());
    assert_ne!(text, changed, "nothing was changed in {}", file.display());
    std::fs::write(file, changed).unwrap();
}

//! The shipped rules, rule sets made of them, and requests to ask them with.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use holdfast_evaluator::{Evaluator, Request, Resource, RuleSet};
use holdfast_protection::ledger::{self, LedgerRecord};
use proptest::prelude::*;

use crate::shipped_rules;

/// A change to the text of the shipped rule set.
pub(crate) type Edit<'a> = (&'a str, &'a str);

/// The shipped rule set.
pub(crate) fn shipped() -> &'static Evaluator {
    static SHIPPED: OnceLock<Evaluator> = OnceLock::new();
    SHIPPED.get_or_init(|| edited(&[]))
}

/// Another one: other tags, no opting out for sandboxes, other vaults, one rule less.
pub(crate) fn other() -> &'static Evaluator {
    static OTHER: OnceLock<Evaluator> = OnceLock::new();
    OTHER.get_or_init(|| {
        edited(&[
            ("revision = 1", "revision = 2"),
            (r#"env = ["prod", "staging"]"#, r#"env = ["prod", "test"]"#),
            (r#"env = ["sandbox"]"#, r#"env = ["scratch"]"#),
            (r#"vault = "bv-{location}""#, r#"vault = "bv-prod-{location}""#),
        ])
    })
}

/// The shipped rule set with edits, loaded.
pub(crate) fn edited(edits: &[Edit<'_>]) -> Evaluator {
    let rules = shipped_rules::built().unwrap();
    let mut text = std::fs::read_to_string(rules.join("ruleset.toml")).unwrap();
    for (from, to) in edits {
        assert!(text.contains(from), "the shipped rule set has no `{from}`");
        text = text.replace(from, to);
    }
    let folder = tempfile::tempdir().unwrap();
    for module in ["select.wasm", "retention.wasm", "placement.wasm"] {
        std::fs::copy(rules.join(module), folder.path().join(module)).unwrap();
    }
    let path = folder.path().join("ruleset.toml");
    std::fs::write(&path, text).unwrap();
    Evaluator::new(RuleSet::load(&path).unwrap()).unwrap()
}

/// What the ledger holds after this request was decided.
pub(crate) fn document(evaluator: &Evaluator, request: &Request) -> (String, Vec<u8>) {
    let decision = Box::new(evaluator.decide(request));
    let told = LedgerRecord::Decided { decision, request: Box::new(request.clone()) };
    let entry = ledger::about(
        &request.resource.id.parse::<holdfast_protection::ResourceId>().unwrap(),
        request.event_time.parse().unwrap(),
        &told,
    );
    (entry.path, entry.body.into_bytes())
}

/// A request about a disk in westeurope.
pub(crate) fn disk(tags: &[(&str, &str)]) -> Request {
    let tags = tags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    request("Microsoft.Compute/disks", "westeurope", tags)
}

fn request(resource_type: &str, location: &str, tags: BTreeMap<String, String>) -> Request {
    let subscription = "11111111-2222-3333-4444-555555555555";
    let resource = Resource {
        id: format!("/subscriptions/{subscription}/resourceGroups/rg-shop/providers/{resource_type}/one"),
        resource_type: resource_type.to_owned(),
        name: "one".to_owned(),
        location: location.to_owned(),
        resource_group: "rg-shop".to_owned(),
        subscription: subscription.to_owned(),
        tags,
        sku: Some("Premium_LRS".to_owned()),
        kind: None,
        body: r#"{"location":"westeurope","properties":{"diskSizeGB":128}}"#.to_owned(),
    };
    Request {
        resource,
        facts: Vec::new(),
        event_time: "2026-01-01T00:00:00Z".to_owned(),
        ..Request::default()
    }
}

/// Requests of every type, region and tag that the shipped rules look at, and others.
pub(crate) fn requests() -> impl Strategy<Value = Request> {
    let types = prop::sample::select(vec![
        "Microsoft.Compute/disks",
        "Microsoft.DBforPostgreSQL/flexibleServers",
        "Microsoft.Storage/storageAccounts",
        "Microsoft.KeyVault/vaults",
    ]);
    let regions = prop::sample::select(vec!["westeurope", "eastus", "japaneast"]);
    let one_of = |words: &'static [&'static str]| prop::option::of(prop::sample::select(words));
    let tags = (
        one_of(&["prod", "staging", "test", "sandbox", "scratch", "ü \"quoted\" \u{1f}\u{2028}"]),
        one_of(&["gold", "silver", "bronze", "lead"]),
        one_of(&["off", "on"]),
        prop::option::of("\\PC{0,12}"),
    );
    (types, regions, tags).prop_map(|(resource_type, location, (env, tier, backup, note))| {
        let pairs = [
            ("env", env.map(str::to_owned)),
            ("tier", tier.map(str::to_owned)),
            ("backup", backup.map(str::to_owned)),
            ("note", note),
        ];
        let tags = pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        request(resource_type, location, tags.collect())
    })
}

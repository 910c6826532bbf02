//! Versions of the contract side by side: what was built for 1.0.0 goes on as ever, and knows no workload.

use std::fs;
use std::path::Path;

use holdfast_evaluator::{
    ContractVersion, Decision, Digest, OperationKind, Outcome, Request, TargetWorkload, World,
};
use wit_component::StringEncoding;
use wit_parser::Resolve;

use crate::built::{request, rules};
use crate::folder::Folder;
use crate::forge::component;
use crate::reviews::{CLAUSES, asked};
use crate::test_rules;

const VM: &str = "Microsoft.Compute/virtualMachines";
const SETTINGS: &str = "[[rule.settings.protect]]\ntags = { env = [\"prod\"] }\n";

/// The shipped rules as they were built when 1.0.0 was the only version. These files never change.
const GUESTS: [(&str, &str); 2] = [
    ("select", "sha256:4eb661ff197cfbdcfa6c1ed1d8056a912e0d331a3d477e53bffd77293c8c0110"),
    ("guard", "sha256:0c688050d82db47954f91222badfafb544e6765fbbe4569275b5e5eab68a8680"),
];

fn guest(name: &str) -> anyhow::Result<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests/1.0.0");
    Ok(fs::read(folder.join(format!("{name}.wasm")))?)
}

/// The rule `select` as it is built today.
fn select_today() -> anyhow::Result<Vec<u8>> {
    Ok(fs::read(rules()?.join("select.wasm"))?)
}

/// A request about a workload of a machine that `select` is to protect.
fn about(workload: Option<(&str, bool)>) -> Request {
    let workload = workload.map(|(name, first)| TargetWorkload { name: name.to_owned(), first });
    Request { workload, ..request(VM, "westeurope", &[("env", "prod")]) }
}

fn opinions(decision: &Decision) -> usize {
    decision.record.opinions.len()
}

#[test]
fn guests_of_the_first_version_are_the_files_that_they_were() -> anyhow::Result<()> {
    for (name, digest) in GUESTS {
        assert_eq!(Digest::of(&guest(name)?).to_string(), digest, "{name}");
    }
    Ok(())
}

#[test]
fn a_guest_of_the_first_version_says_what_the_same_rule_says_today() -> anyhow::Result<()> {
    let (old, new) = (guest("select")?, select_today()?);
    let folder = Folder::new(1)?.rule("old", &old, SETTINGS)?.rule("new", &new, SETTINGS)?;
    let evaluator = folder.evaluator()?;
    let versions: Vec<_> =
        evaluator.rule_set().bindings().map(|binding| (binding.id(), binding.contract())).collect();
    assert_eq!(versions, [("new", ContractVersion::V1_1), ("old", ContractVersion::V1_0)]);
    for tags in [&[("env", "prod")][..], &[("env", "test")], &[]] {
        let decision = evaluator.decide(&request(VM, "westeurope", tags));
        let said: Vec<_> = decision
            .record
            .opinions
            .iter()
            .map(|opinion| (&opinion.verdict, &opinion.said, &opinion.reasons, &opinion.labels))
            .collect();
        assert_eq!(said.len(), 2);
        assert_eq!(said.first(), said.last(), "{tags:?}");
    }
    Ok(())
}

#[test]
fn who_names_no_workload_is_asked_about_the_first_one_only() -> anyhow::Result<()> {
    for module in [guest("select")?, select_today()?] {
        let evaluator = Folder::new(1)?.rule("select", &module, SETTINGS)?.evaluator()?;
        for workload in [None, Some(("azure-vm", true))] {
            let decision = evaluator.decide(&about(workload));
            assert!(matches!(decision.outcome, Outcome::Protect { .. }), "{:?}", decision.outcome);
        }
        let database = about(Some(("sql-in-vm", false)));
        let decision = evaluator.decide(&database);
        assert_eq!((decision.outcome, opinions(&evaluator.decide(&database))), (Outcome::NotCovered, 0));
        let many = evaluator.decide_many(&[database, about(None)], std::num::NonZeroUsize::MIN);
        assert_eq!(many.first(), Some(&Outcome::NotCovered));
        assert!(matches!(many.last(), Some(Outcome::Protect { .. })), "{many:?}");
    }
    Ok(())
}

#[test]
fn a_binding_may_name_the_workloads_of_a_rule_that_is_told_of_them() -> anyhow::Result<()> {
    let binding = format!("workloads = [\"sql-in-vm\"]\n{SETTINGS}");
    let evaluator = Folder::new(1)?.rule("select", &select_today()?, &binding)?.evaluator()?;
    assert_eq!(opinions(&evaluator.decide(&about(Some(("azure-vm", true))))), 0);
    assert_eq!(opinions(&evaluator.decide(&about(Some(("sql-in-vm", false))))), 1);
    let refused = Folder::new(1)?.rule("select", &guest("select")?, &binding)?.refused()?;
    assert!(refused.contains("holdfast:rule@1.0.0") && refused.contains("`workloads`"), "{refused}");
    let foreign = Folder::new(1)?
        .rule("verifier", &test_rules::component("verifier")?, "workloads = [\"azure-vm\"]")?
        .refused()?;
    assert!(foreign.contains("`azure-vm`") && foreign.contains("speaks only of: azure-disks"), "{foreign}");
    Ok(())
}

#[test]
fn a_guest_of_the_first_version_judges_operations_as_ever() -> anyhow::Result<()> {
    let (old, new) = (guest("guard")?, fs::read(rules()?.join("guard.wasm"))?);
    let folder = Folder::new(1)?.rule("old", &old, CLAUSES)?.rule("new", &new, CLAUSES)?;
    let evaluator = folder.evaluator()?;
    let bindings: Vec<_> =
        evaluator.rule_set().bindings().map(|binding| (binding.world(), binding.contract())).collect();
    let expected = [ContractVersion::V1_1, ContractVersion::V1_0].map(|version| (World::Review, version));
    assert_eq!(bindings, expected);
    for (kind, verdict) in
        [(OperationKind::StopAndDelete, "needs-approval"), (OperationKind::Backup, "abstain")]
    {
        let mut asked = asked(kind, &[("env", "test")], &["admin"]);
        asked.parent_tags.insert("env".to_owned(), "prod".to_owned());
        let review = evaluator.review(&asked);
        let said: Vec<_> = review
            .record
            .opinions
            .iter()
            .map(|opinion| (&*opinion.verdict, &opinion.said, &opinion.reasons))
            .collect();
        assert_eq!(said.first().map(|said| said.0), Some(verdict));
        assert_eq!(said.first(), said.last());
    }
    Ok(())
}

#[test]
fn workload_and_labels_are_part_of_what_a_decision_is_made_of() -> anyhow::Result<()> {
    let evaluator = Folder::new(1)?.rule("select", &select_today()?, SETTINGS)?.evaluator()?;
    let bare = about(None);
    let mut labelled = bare.clone();
    labelled.labels.insert("class".to_owned(), "secret".to_owned());
    let inputs: std::collections::BTreeSet<String> = [&bare, &about(Some(("azure-vm", true))), &labelled]
        .map(|request| evaluator.decide(request).record.digests.input)
        .into();
    assert_eq!(inputs.len(), 3);
    let as_before = serde_json::to_value(&bare)?;
    assert!(as_before.get("workload").is_none() && as_before.get("labels").is_none(), "{as_before}");
    Ok(())
}

/// A module whose every answer is zeroes.
const ZEROES: &str = r#"(module
    (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 8192)
    (func (export "describe") (result i32) i32.const 4096)
    (func (export "configure") (param i32 i32) (result i32) i32.const 4096)
    (func (export "evaluate") (param i32) (result i32) i32.const 4096))"#;

#[test]
fn the_types_of_all_exports_are_those_of_one_version() -> anyhow::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("wit/1.1.0/holdfast-rule.wit");
    let contract = fs::read_to_string(path)?;
    let without_workload = contract.replacen("    workload: string,\n", "", 1);
    assert_ne!(contract, without_workload);
    for (contract, expected) in
        [(contract, "the name `` is not written like"), (without_workload, "does not fit holdfast:rule")]
    {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("contract.wit", &contract)?;
        let world = resolve.select_world(&[package], Some("rule"))?;
        let module = component(ZEROES, &(resolve, world), StringEncoding::UTF8)?;
        let refused = Folder::new(1)?.rule("zeroes", &module, "")?.refused()?;
        assert!(refused.contains(expected), "{refused}");
    }
    Ok(())
}

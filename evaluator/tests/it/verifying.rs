//! Verifications of restores, with the test rule `verifier` and with rules that misbehave.

use holdfast_evaluator::{
    ContractVersion, Evaluator, Finding, Measured, Measurement, RecoveryPoint, TargetWorkload, Tier,
    Verification, VerifyRequest, World,
};

use crate::built::request;
use crate::folder::Folder;
use crate::test_rules;

const DISK: &str = "Microsoft.Compute/disks";

fn restored(measured: &[(&str, Measured)]) -> VerifyRequest {
    let asked = request(DISK, "westeurope", &[("env", "prod")]);
    let measurement =
        |(name, value): &(&str, Measured)| Measurement { name: (*name).to_owned(), value: value.clone() };
    VerifyRequest {
        restored: Some(asked.resource.clone()),
        resource: asked.resource,
        workload: Some(TargetWorkload { name: "azure-disks".to_owned(), first: true }),
        labels: [("class".to_owned(), "secret".to_owned())].into(),
        point: RecoveryPoint {
            id: "point-1".to_owned(),
            time: "2025-12-31T02:00:00Z".to_owned(),
            tier: Some(Tier::Operational),
        },
        measurements: measured.iter().map(measurement).collect(),
        facts: Vec::new(),
        event_time: asked.event_time,
    }
}

fn evaluator() -> anyhow::Result<Evaluator> {
    Folder::new(1)?.rule("verifier", &test_rules::component("verifier")?, "")?.evaluator()
}

fn evidence(verification: &Verification) -> String {
    let opinions = verification.record.opinions.iter();
    let reasons = opinions.flat_map(|opinion| &opinion.reasons).flat_map(|reason| &reason.evidence);
    reasons.map(|evidence| evidence.value.clone()).collect()
}

#[test]
fn a_restore_is_judged_by_what_was_measured() -> anyhow::Result<()> {
    let evaluator = evaluator()?;
    let bytes = |source, found| {
        restored(&[("source-bytes", Measured::Number(source)), ("restored-bytes", Measured::Number(found))])
    };
    assert_eq!(evaluator.verify(&bytes(5, 5)).finding, Finding::Passed);
    let failed = evaluator.verify(&bytes(5, 4));
    let Finding::Failed { faults } = &failed.finding else { anyhow::bail!("{failed:?}") };
    assert_eq!(faults.len(), 1);
    assert!(failed.record.summary.contains("4 of 5 bytes were restored (verifier)"), "{failed:?}");
    let open = evaluator.verify(&restored(&[]));
    let Finding::Inconclusive { faults } = &open.finding else { anyhow::bail!("{open:?}") };
    assert_eq!(faults.first().map(|fault| fault.code.as_str()), Some("not-measured"));
    Ok(())
}

#[test]
fn a_rule_is_told_all_that_there_is_in_one_order() -> anyhow::Result<()> {
    let evaluator = evaluator()?;
    let measured = [
        ("text", Measured::Text("word".to_owned())),
        ("number", Measured::Number(-7)),
        ("fraction", Measured::Fraction(0.5)),
        ("truth", Measured::Truth(true)),
        ("time", Measured::Time("2026-01-01T00:00:00Z".to_owned())),
    ];
    let one = evaluator.verify(&restored(&measured));
    let told = evidence(&one);
    let shown = ["azure-disks", "secret", "point-1", "Operational", "rg-shop", "word", "-7", "0.5", "true"];
    for part in shown {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    let backward: Vec<_> = measured.iter().rev().cloned().collect();
    let other = evaluator.verify(&restored(&backward));
    assert_eq!(serde_json::to_vec(&one)?, serde_json::to_vec(&other)?);
    Ok(())
}

#[test]
fn where_no_rule_speaks_nobody_can_tell() -> anyhow::Result<()> {
    let evaluator = evaluator()?;
    let mut elsewhere = restored(&[]);
    elsewhere.workload = Some(TargetWorkload { name: "azure-vm".to_owned(), first: true });
    let verification = evaluator.verify(&elsewhere);
    assert_eq!(verification.finding, Finding::Inconclusive { faults: Vec::new() });
    assert!(verification.record.opinions.is_empty());
    let decision = evaluator.decide(&request(DISK, "westeurope", &[]));
    assert!(decision.record.opinions.is_empty(), "a rule for restores was asked about a resource");
    Ok(())
}

#[test]
fn a_rule_that_fails_tells_nothing() -> anyhow::Result<()> {
    let module = test_rules::component("verifier")?;
    let starved = Folder::new(1)?.rule("verifier", &module, "limits = { fuel = 100 }")?.evaluator()?;
    let verification = starved.verify(&restored(&[]));
    let Finding::Inconclusive { faults } = &verification.finding else { anyhow::bail!("{verification:?}") };
    assert_eq!(faults.first().map(|fault| fault.code.as_str()), Some("failed"));
    assert!(verification.record.summary.contains("ran out of fuel"), "{verification:?}");
    Ok(())
}

#[test]
fn tools_say_what_it_is() -> anyhow::Result<()> {
    let inspected = holdfast_evaluator::inspect(&test_rules::component("verifier")?)?;
    assert_eq!((inspected.world, inspected.contract), (World::Verify, ContractVersion::V1_1));
    assert_eq!(inspected.manifest.workloads, ["azure-disks"]);
    let refused = Folder::new(1)?
        .rule("verifier", &test_rules::component("verifier")?, "on-error = \"hold\"")?
        .refused()?;
    assert!(refused.contains("does not judge resources"), "{refused}");
    Ok(())
}

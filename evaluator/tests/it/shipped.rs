//! The shipped rule set decides as its comments say.

use holdfast_evaluator::{
    Evaluator, ExclusionKind, Outcome, Protection, Retention, RuleSet, Schedule, Tier, VaultChoice,
};

use crate::built::{request, rules};

const DISK: &str = "Microsoft.Compute/disks";
const POSTGRESQL: &str = "Microsoft.DBforPostgreSQL/flexibleServers";
const STORAGE: &str = "Microsoft.Storage/storageAccounts";

fn evaluator() -> anyhow::Result<Evaluator> {
    let rule_set = RuleSet::load(&rules()?.join("ruleset.toml"))?;
    Ok(Evaluator::new(rule_set)?)
}

fn protection(outcome: Outcome) -> anyhow::Result<Protection> {
    match outcome {
        Outcome::Protect { protection } => Ok(protection),
        other => anyhow::bail!("expected a protection, got {other:?}"),
    }
}

#[test]
fn a_gold_disk_is_protected_by_three_rules_together() -> anyhow::Result<()> {
    let asked = request(DISK, "westeurope", &[("env", "prod"), ("tier", "gold")]);
    let decision = evaluator()?.decide(&asked);
    assert_eq!(
        decision.record.summary,
        "protect: tag env=prod (select); keep 30 days because tier=gold (retention); \
         vault bv-westeurope, snapshots in rg-snapshots-westeurope (placement)"
    );
    let won: Vec<_> =
        decision.record.winners.iter().map(|(field, winner)| (&**field, winner.rules.join("+"))).collect();
    assert_eq!(
        won,
        [
            ("retention", "retention".to_owned()),
            ("schedule", "retention".to_owned()),
            ("snapshot-resource-group", "placement".to_owned()),
            ("tier", "defaults".to_owned()),
            ("vault", "placement".to_owned()),
        ]
    );
    assert_eq!(
        protection(decision.outcome)?,
        Protection {
            vault: Some(VaultChoice::Named("bv-westeurope".into())),
            retention: Some(Retention { min_days: Some(30), max_days: Some(30) }),
            schedule: Some(Schedule {
                every: "PT4H".into(),
                at: Some("02:00".into()),
                ..Schedule::default()
            }),
            tier: Some(Tier::Operational),
            snapshot_resource_group: Some("rg-snapshots-westeurope".into()),
            ..Protection::default()
        }
    );
    Ok(())
}

#[test]
fn each_type_gets_what_azure_allows() -> anyhow::Result<()> {
    let evaluator = evaluator()?;
    let tags = [("env", "staging")];
    let server = evaluator.decide(&request(POSTGRESQL, "northeurope", &tags));
    let server = protection(server.outcome)?;
    assert_eq!(server.schedule.map(|schedule| schedule.every).as_deref(), Some("P1W"));
    assert_eq!(server.tier, Some(Tier::Vault));
    assert_eq!(server.snapshot_resource_group, None);
    let account = protection(evaluator.decide(&request(STORAGE, "eastus", &tags)).outcome)?;
    assert_eq!(account.schedule, None);
    assert_eq!(account.tier, None, "which tier there is depends on the kind of the account");
    Ok(())
}

#[test]
fn tags_exclude_even_what_other_tags_protect() -> anyhow::Result<()> {
    let evaluator = evaluator()?;
    for (tags, expected) in [
        (vec![("backup", "off"), ("env", "prod")], ExclusionKind::OptedOut),
        (vec![("env", "sandbox")], ExclusionKind::Ephemeral),
        (vec![("lifetime", "ephemeral"), ("env", "prod")], ExclusionKind::Ephemeral),
    ] {
        let decision = evaluator.decide(&request(DISK, "westeurope", &tags));
        let Outcome::Exclude { kind, .. } = decision.outcome else {
            anyhow::bail!("{tags:?} gave {:?}", decision.outcome);
        };
        assert_eq!(kind, expected);
        assert!(decision.record.summary.starts_with("exclude ("));
    }
    Ok(())
}

#[test]
fn what_nobody_asks_for_is_not_covered() -> anyhow::Result<()> {
    let evaluator = evaluator()?;
    let untagged = evaluator.decide(&request(DISK, "westeurope", &[]));
    assert_eq!(untagged.outcome, Outcome::NotCovered);
    assert_eq!(untagged.record.summary, "not covered: no tag asks for protection (select)");
    let elsewhere = evaluator.decide(&request(DISK, "eastasia", &[("env", "prod")]));
    assert_eq!(elsewhere.outcome, Outcome::NotCovered);
    assert!(evaluator.covers("microsoft.compute/DISKS"));
    assert!(!evaluator.covers("Microsoft.Web/sites"));
    Ok(())
}

#[test]
fn the_same_request_gives_the_same_bytes_on_every_thread() -> anyhow::Result<()> {
    let evaluator = evaluator()?;
    let asked = request(DISK, "westeurope", &[("env", "prod"), ("tier", "silver")]);
    let expected = serde_json::to_string(&evaluator.decide(&asked))?;
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (evaluator, asked) = (evaluator.clone(), asked.clone());
            std::thread::spawn(move || {
                (0..50)
                    .map(|_| serde_json::to_string(&evaluator.decide(&asked)))
                    .collect::<Result<Vec<_>, _>>()
            })
        })
        .collect();
    for thread in threads {
        let decisions = thread.join().map_err(|_| anyhow::anyhow!("a thread panicked"))??;
        assert!(decisions.iter().all(|decision| *decision == expected));
    }
    Ok(())
}

#[test]
fn a_second_load_has_the_same_digest() -> anyhow::Result<()> {
    let path = rules()?.join("ruleset.toml");
    let (one, other) = (RuleSet::load(&path)?, RuleSet::load(&path)?);
    assert_eq!(one.digest(), other.digest());
    assert_eq!(one.revision(), 1);
    let ids: Vec<_> = one.bindings().map(holdfast_evaluator::Binding::id).collect();
    assert_eq!(ids, ["placement", "retention", "select"]);
    assert!(one.bindings().all(holdfast_evaluator::Binding::starts_configured));
    Ok(())
}

#[test]
fn a_body_that_outgrows_the_arena_is_judged_all_the_same() -> anyhow::Result<()> {
    let evaluator = evaluator()?;
    let mut asked = request(DISK, "westeurope", &[("env", "prod")]);
    let small = evaluator.decide(&asked);
    asked.resource.body = format!(r#"{{"note":"{}"}}"#, "x".repeat(200_000));
    let large = evaluator.decide(&asked);
    assert_eq!(small.outcome, large.outcome);
    assert_ne!(small.record.digests.input, large.record.digests.input);
    Ok(())
}

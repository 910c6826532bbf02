//! The rule set in force: swapped whole while threads decide, never back by accident, back on purpose.

use std::num::NonZeroUsize;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::Context as _;
use holdfast_evaluator::{ActiveRules, Evaluator, PastState, SwapError, Swapped};
use proptest::prelude::*;

use crate::built::request;
use crate::folder::Folder;
use crate::forge::Forged;

const DISK: &str = "Microsoft.Compute/disks";

/// A rule set with one rule that stays silent; `more` is added to its binding.
fn set(revision: u64, version: &str, more: &str) -> anyhow::Result<Evaluator> {
    let module = Forged { version, ..Forged::default() }.component()?;
    let rule_set = Folder::new(revision)?.rule("quiet", &module, more)?.load()??;
    Ok(Evaluator::with_lanes(rule_set, NonZeroUsize::MIN)?)
}

fn revision(rules: &ActiveRules) -> u64 {
    rules.current().rule_set().revision()
}

fn states(rules: &ActiveRules) -> Vec<(u64, PastState)> {
    rules.history().into_iter().map(|past| (past.revision, past.state)).collect()
}

#[test]
fn work_ends_on_the_set_it_began_with() -> anyhow::Result<()> {
    let rules = ActiveRules::new(set(1, "1.0.0", "")?);
    let later: Vec<Evaluator> =
        (2..8).map(|revision| set(revision, "1.0.0", "")).collect::<anyhow::Result<_>>()?;
    let stop = AtomicBool::new(false);
    let asked = request(DISK, "westeurope", &[]);
    thread::scope(|scope| -> anyhow::Result<()> {
        let deciding: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let (mut decisions, mut last, mut torn) = (0_u64, 0, false);
                    while !stop.load(Ordering::Relaxed) || decisions == 0 {
                        let mine = rules.current();
                        let begun = mine.rule_set().revision();
                        thread::yield_now();
                        let digests = mine.decide(&asked).record.digests;
                        torn |= digests.rule_set_revision != begun || begun < last;
                        torn |= digests.rule_set != mine.rule_set().digest().to_string();
                        (last, decisions) = (begun, decisions + 1);
                    }
                    (decisions, torn)
                })
            })
            .collect();
        for (from, offered) in (1..).zip(later) {
            assert_eq!(rules.swap(offered)?, Swapped::Taken { from, to: from + 1 });
            thread::yield_now();
        }
        stop.store(true, Ordering::Relaxed);
        for thread in deciding {
            let (decisions, torn) = thread.join().map_err(|_| anyhow::anyhow!("a thread panicked"))?;
            assert!(decisions > 0 && !torn, "{decisions} decisions, torn: {torn}");
        }
        Ok(())
    })?;
    assert_eq!(revision(&rules), 7);
    let kept = [(5, PastState::Superseded), (6, PastState::Superseded), (7, PastState::Serving)];
    assert_eq!(states(&rules), kept);
    Ok(())
}

#[test]
fn of_many_that_swap_at_once_the_newest_serves() -> anyhow::Result<()> {
    let rules = ActiveRules::new(set(1, "1.0.0", "")?);
    let offered: Vec<Evaluator> =
        (2..10).map(|revision| set(revision, "1.0.0", "")).collect::<anyhow::Result<_>>()?;
    let taken: Vec<bool> = thread::scope(|scope| {
        let swapping: Vec<_> =
            offered.into_iter().map(|one| scope.spawn(|| rules.swap(one).is_ok())).collect();
        swapping.into_iter().map(|thread| thread.join().unwrap_or(false)).collect()
    });
    assert!(taken.last().is_some_and(|newest| *newest), "the newest is always taken");
    assert_eq!(revision(&rules), 9);
    Ok(())
}

#[test]
fn nothing_older_and_nothing_altered_is_taken() -> anyhow::Result<()> {
    let rules = ActiveRules::new(set(5, "1.0.0", "")?);
    assert_eq!(rules.swap(set(5, "1.0.0", "")?)?, Swapped::Unchanged);
    let altered = rules.swap(set(5, "1.0.0", "priority = 3")?).err().context("it was taken")?;
    assert!(matches!(altered, SwapError::Altered { revision: 5, .. }), "{altered:?}");
    assert!(altered.to_string().contains("increase `revision`"));
    let older = rules.swap(set(4, "1.0.0", "")?).err().context("it was taken")?;
    assert_eq!(older, SwapError::Older { offered: 4, highest: 5 });
    assert_eq!(revision(&rules), 5, "what serves goes on serving");
    Ok(())
}

#[test]
fn a_module_goes_back_only_if_its_binding_says_so() -> anyhow::Result<()> {
    let rules = ActiveRules::new(set(1, "1.10.0", "")?);
    let refused = rules.swap(set(2, "1.9.0", "")?).err().context("it was taken")?.to_string();
    for part in
        ["rule `quiet` of layer `organisation`", "from forged 1.10.0 to 1.9.0", "`allow-downgrade = true`"]
    {
        assert!(refused.contains(part), "`{part}` is not in: {refused}");
    }
    assert_eq!(rules.swap(set(2, "1.9.0", "allow-downgrade = true")?)?, Swapped::Taken { from: 1, to: 2 });
    assert_eq!(rules.swap(set(3, "1.9.0", "")?)?, Swapped::Taken { from: 2, to: 3 });
    Ok(())
}

#[test]
fn a_rollback_holds_until_a_new_revision_comes() -> anyhow::Result<()> {
    let rules = ActiveRules::new(set(1, "1.0.0", "")?);
    rules.swap(set(2, "1.1.0", "")?)?;
    rules.swap(set(3, "1.2.0", "")?)?;
    assert_eq!(rules.rollback(1)?, Swapped::Taken { from: 3, to: 1 });
    assert_eq!(
        states(&rules),
        [(1, PastState::Serving), (2, PastState::Withdrawn), (3, PastState::Withdrawn)]
    );
    // What polls for rule sets still finds revision 3, and must not undo the rollback.
    assert_eq!(rules.swap(set(3, "1.2.0", "")?), Err(SwapError::Withdrawn { revision: 3 }));
    assert_eq!(rules.rollback(1)?, Swapped::Unchanged);
    assert_eq!(rules.rollback(2)?, Swapped::Taken { from: 1, to: 2 });
    assert_eq!(rules.rollback(3)?, Swapped::Taken { from: 2, to: 3 });
    rules.rollback(2)?;
    assert_eq!(rules.swap(set(4, "1.2.1", "")?)?, Swapped::Taken { from: 2, to: 4 });
    // What was withdrawn goes first, whatever its revision.
    assert_eq!(
        states(&rules),
        [(1, PastState::Superseded), (2, PastState::Superseded), (4, PastState::Serving)]
    );
    let gone = rules.rollback(3).err().context("it was rolled back")?;
    assert_eq!(gone, SwapError::NotKept { revision: 3, kept: vec![1, 2, 4] });
    assert_eq!(gone.to_string(), "revision 3 is not kept; kept are: 1, 2, 4");
    Ok(())
}

#[test]
fn the_last_good_set_is_kept_while_any_withdrawn_one_is() -> anyhow::Result<()> {
    let rules = ActiveRules::new(set(2, "1.0.0", "")?);
    rules.swap(set(4, "1.0.0", "")?)?;
    rules.swap(set(5, "1.0.0", "")?)?;
    rules.rollback(2)?;
    rules.swap(set(6, "1.0.0", "")?)?;
    assert_eq!(
        states(&rules),
        [(2, PastState::Superseded), (5, PastState::Withdrawn), (6, PastState::Serving)]
    );
    assert_eq!(rules.rollback(2)?, Swapped::Taken { from: 6, to: 2 });
    Ok(())
}

/// A rule set with bindings of these ids and versions.
fn bound(revision: u64, bindings: &[(&str, &str, &str)]) -> anyhow::Result<Evaluator> {
    let mut folder =
        if bindings.is_empty() { Folder::without_rules(revision)? } else { Folder::new(revision)? };
    for (id, version, more) in bindings {
        folder = folder.rule(id, &Forged { version, ..Forged::default() }.component()?, more)?;
    }
    Ok(Evaluator::with_lanes(folder.load()??, NonZeroUsize::MIN)?)
}

#[test]
fn an_old_module_does_not_come_back_under_another_id_or_after_a_pause() -> anyhow::Result<()> {
    let rules = ActiveRules::new(bound(1, &[("quiet", "1.10.0", "")])?);
    let back = |revision, id| bound(revision, &[(id, "1.9.0", "")]);
    for (revision, id) in [(2, "quiet"), (3, "renamed")] {
        let refused = rules.swap(back(revision, id)?).err().context("it was taken")?;
        assert!(
            matches!(&refused, SwapError::Downgrade { accepted, .. } if accepted == "1.10.0"),
            "{refused}"
        );
    }
    // Left out for one revision, it is not forgotten.
    rules.swap(bound(4, &[])?)?;
    let refused = rules.swap(back(5, "quiet")?).err().context("it was taken")?;
    assert!(matches!(refused, SwapError::Downgrade { .. }), "{refused}");
    // In another layer it is another matter.
    let module = Forged { version: "1.9.0", ..Forged::default() }.component()?;
    let folder = Folder::new(7)?.rule("elsewhere", &module, "")?;
    let text =
        std::fs::read_to_string(folder.written()?)?.replace("layer = \"organisation\"", "layer = \"team\"");
    std::fs::write(folder.path().join("ruleset.toml"), text)?;
    let elsewhere = holdfast_evaluator::RuleSet::load(&folder.path().join("ruleset.toml"))?;
    rules.swap(Evaluator::with_lanes(elsewhere, NonZeroUsize::MIN)?)?;
    Ok(())
}

#[test]
fn two_versions_of_a_module_in_force_stay_in_force() -> anyhow::Result<()> {
    let both = [("new", "1.10.0", ""), ("old", "1.9.0", "")];
    let rules = ActiveRules::new(bound(1, &both)?);
    assert_eq!(rules.swap(bound(2, &both)?)?, Swapped::Taken { from: 1, to: 2 });
    let older = [("new", "1.10.0", ""), ("old", "1.8.0", "")];
    assert!(matches!(rules.swap(bound(3, &older)?), Err(SwapError::Downgrade { .. })));
    Ok(())
}

#[test]
fn after_an_order_to_go_back_its_versions_count() -> anyhow::Result<()> {
    let rules = ActiveRules::new(bound(1, &[("quiet", "1.0.0", "")])?);
    rules.swap(bound(2, &[("quiet", "1.1.0", "")])?)?;
    rules.rollback(1)?;
    assert_eq!(rules.swap(bound(3, &[("quiet", "1.0.0", "")])?)?, Swapped::Taken { from: 1, to: 3 });
    Ok(())
}

#[test]
fn what_is_forgotten_still_counts_as_seen() -> anyhow::Result<()> {
    let rules = ActiveRules::keeping(set(1, "1.0.0", "")?, NonZeroUsize::MIN);
    rules.swap(set(9, "1.0.0", "")?)?;
    assert_eq!(states(&rules), [(9, PastState::Serving)]);
    assert_eq!(rules.swap(set(8, "1.0.0", "")?), Err(SwapError::Older { offered: 8, highest: 9 }));
    Ok(())
}

/// Rule sets without rules: of each revision up to the sixth, two that differ.
fn sets() -> anyhow::Result<&'static [Evaluator]> {
    static SETS: OnceLock<Result<Vec<Evaluator>, String>> = OnceLock::new();
    let make = || -> anyhow::Result<Vec<Evaluator>> {
        let mut sets = Vec::new();
        for revision in 1..=6 {
            for review in ["", "[review]\ndefault = \"deny\""] {
                let rule_set = Folder::without_rules(revision)?.with(review).load()??;
                sets.push(Evaluator::with_lanes(rule_set, NonZeroUsize::MIN)?);
            }
        }
        Ok(sets)
    };
    let sets = SETS.get_or_init(|| make().map_err(|error| format!("{error:#}")));
    sets.as_deref().map_err(|error| anyhow::anyhow!("{error}"))
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// Offers the set of this index.
    Swap(usize),
    Rollback(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step =
        prop_oneof![3 => (0..12_usize).prop_map(Step::Swap), 1 => (1..=6_u64).prop_map(Step::Rollback)];
    proptest::collection::vec(step, 1..20)
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, cases: 1000, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_is_offered_only_newer_sets_and_rollbacks_change_what_serves(steps in steps()) {
        let failed = |error: anyhow::Error| TestCaseError::fail(error.to_string());
        let sets = sets().map_err(failed)?;
        let rules = ActiveRules::new(sets[0].clone());
        let mut highest = 1;
        for step in steps {
            let (before, kept) = (rules.current().rule_set().digest(), rules.history());
            let serving = revision(&rules);
            let result = match step {
                Step::Swap(index) => rules.swap(sets[index].clone()),
                Step::Rollback(to) => rules.rollback(to),
            };
            match (step, result) {
                (_, Ok(Swapped::Unchanged) | Err(_)) => {
                    prop_assert_eq!(rules.current().rule_set().digest(), before, "what serves goes on serving");
                    prop_assert_eq!(rules.history(), kept);
                }
                (Step::Swap(index), Ok(Swapped::Taken { from, to })) => {
                    prop_assert!(from == serving && to > highest, "{to} is not newer than {highest}");
                    prop_assert_eq!(rules.current().rule_set().digest(), sets[index].rule_set().digest());
                    highest = to;
                }
                (Step::Rollback(wanted), Ok(Swapped::Taken { from, to })) => {
                    prop_assert!(from == serving && to == wanted);
                    let past = kept.iter().find(|past| past.revision == wanted);
                    let served = rules.current().rule_set().digest();
                    prop_assert_eq!(past.map(|past| past.digest), Some(served), "it is what it was");
                }
            }
            let history = rules.history();
            prop_assert!(history.len() <= 3 && history.windows(2).all(|two| two[0].revision < two[1].revision));
            let serving: Vec<u64> = history
                .iter()
                .filter(|past| past.state == PastState::Serving)
                .map(|past| past.revision)
                .collect();
            prop_assert_eq!(serving, [revision(&rules)]);
        }
    }
}

//! The two doors of a real guest, and many requests to a sandbox: all say the same.

use std::fs;
use std::num::NonZeroUsize;
use std::sync::OnceLock;

use anyhow::Context as _;
use holdfast_evaluator::{Digest, Evaluator, Fact, Outcome, Request, RuleSet, Ruled, TargetWorkload};
use proptest::prelude::*;

use crate::built::{request, rules};
use crate::forge::Forged;
use crate::test_rules;

const DISK: &str = "Microsoft.Compute/disks";

/// An evaluator with `mirror` alone, whose every opinion is recorded.
fn evaluator() -> anyhow::Result<&'static Evaluator> {
    static MADE: OnceLock<Result<Evaluator, String>> = OnceLock::new();
    let made = MADE.get_or_init(|| make().map_err(|error| format!("{error:#}")));
    made.as_ref().map_err(|error| anyhow::anyhow!("{error}"))
}

fn make() -> anyhow::Result<Evaluator> {
    alone(&test_rules::component("mirror")?, 50_000_000)
}

/// An evaluator with this module alone, which holds what the module fails at.
pub(crate) fn alone(module: &[u8], fuel: u64) -> anyhow::Result<Evaluator> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("alone.wasm"), module)?;
    let text = format!(
        "revision = 1\n[[layer]]\nname = \"organisation\"\n[[rule]]\nid = \"alone\"\nmodule = \"alone.wasm\"\n\
         digest = \"{}\"\nlayer = \"organisation\"\non-error = \"hold\"\n\
         limits = {{ fuel = {fuel} }}\n",
        Digest::of(module)
    );
    fs::write(folder.path().join("ruleset.toml"), text)?;
    let rule_set = RuleSet::load(&folder.path().join("ruleset.toml"))?;
    Ok(Evaluator::with_lanes(rule_set, NonZeroUsize::MIN)?)
}

fn any_request() -> impl Strategy<Value = Request> {
    let text = || prop_oneof!["[a-z]{0,6}", any::<String>()];
    let fact = (text(), text(), prop::option::of(text())).prop_map(|(kind, scope, value)| Fact {
        kind,
        scope,
        value,
    });
    (
        prop::collection::vec(text(), 7),
        prop::collection::btree_map(text(), text(), 0..12),
        (prop::option::of(text()), prop::option::of(text())),
        prop::collection::vec(fact, 0..4),
        prop_oneof!["[\\x00-\\x0a]{0,60}", any::<String>()],
        (prop::option::of(text()), prop::collection::btree_map(text(), text(), 0..4)),
    )
        .prop_map(|(texts, tags, (sku, kind), facts, body, (workload, labels))| {
            let mut request = request(DISK, "westeurope", &[]);
            let mut texts = texts.into_iter();
            let resource = &mut request.resource;
            for field in [
                &mut resource.id,
                &mut resource.resource_type,
                &mut resource.name,
                &mut resource.location,
                &mut resource.resource_group,
                &mut resource.subscription,
            ] {
                *field = texts.next().unwrap_or_default();
            }
            request.event_time = texts.next().unwrap_or_default();
            (resource.tags, resource.sku, resource.kind, resource.body) = (tags, sku, kind, body);
            request.facts = facts;
            request.workload = workload.map(|name| TargetWorkload { name, first: true });
            request.labels = labels;
            request
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_doors_say_the_same(request in any_request()) {
        let evaluator = evaluator().map_err(|error| TestCaseError::fail(error.to_string()))?;
        let (typed, packed) = (evaluator.said_typed(&request), evaluator.said_packed(&request));
        prop_assert!(typed.is_some());
        prop_assert_eq!(typed, packed);
    }

    #[test]
    fn an_instance_that_stands_is_as_good_as_a_new_one(request in any_request()) {
        let evaluator = evaluator().map_err(|error| TestCaseError::fail(error.to_string()))?;
        let (new, standing) = (evaluator.said_anew(&request), evaluator.said_after_reset(&request));
        prop_assert!(new.is_some());
        prop_assert_eq!(new, standing, "fuel included");
        let (new, standing) =
            (evaluator.said_typed_anew(&request), evaluator.said_typed_after_reset(&request));
        prop_assert!(new.is_some());
        prop_assert_eq!(new, standing, "fuel included, through the typed door");
    }

    #[test]
    fn the_same_request_burns_the_same_fuel(request in any_request()) {
        let evaluator = evaluator().map_err(|error| TestCaseError::fail(error.to_string()))?;
        let first = serde_json::to_string(&evaluator.decide(&request)).unwrap_or_default();
        prop_assert_eq!(first, serde_json::to_string(&evaluator.decide(&request)).unwrap_or_default());
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn many_are_decided_as_each_alone(
        requests in prop::collection::vec(any_request(), 0..100),
        threads in 1..3_usize,
    ) {
        let evaluator = evaluator().map_err(|error| TestCaseError::fail(error.to_string()))?;
        let threads = NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN);
        let alone: Vec<_> = requests.iter().map(|request| evaluator.decide(request).outcome).collect();
        prop_assert_eq!(evaluator.decide_many(&requests, threads), alone);
    }
}

#[test]
fn the_shipped_rules_decide_many_as_each_alone() -> anyhow::Result<()> {
    let evaluator = Evaluator::new(RuleSet::load(&rules()?.join("ruleset.toml"))?)?;
    let types = [DISK, "Microsoft.DBforPostgreSQL/flexibleServers", "Microsoft.Web/sites"];
    let requests: Vec<Request> = (0..300)
        .map(|number| {
            let env = ["prod", "test", "sandbox"][number % 3];
            let mut asked =
                request(types[number % types.len()], "westeurope", &[("env", env), ("tier", "gold")]);
            // One that no rule is given, and that must not harm the others.
            if number == 100 {
                asked.resource.body = "x".repeat(300_000);
            }
            asked
        })
        .collect();
    let many = evaluator.decide_many(&requests, NonZeroUsize::new(2).context("two")?);
    for (request, outcome) in requests.iter().zip(&many) {
        assert_eq!(evaluator.decide(request).outcome, *outcome);
    }
    assert_eq!(many.len(), requests.len());
    Ok(())
}

#[test]
fn a_batch_keeps_its_instance_whatever_the_size_of_bodies() -> anyhow::Result<()> {
    let evaluator = Evaluator::with_lanes(RuleSet::load(&rules()?.join("ruleset.toml"))?, NonZeroUsize::MIN)?;
    for body in [2, 200, 900, 9_000] {
        let mut asked = request(DISK, "westeurope", &[("env", "prod"), ("tier", "gold")]);
        asked.resource.tags.extend((0..8).map(|tag| (format!("cost-centre-{tag}"), format!("value-{tag}"))));
        asked.resource.body = "x".repeat(body);
        for _ in 0..3 {
            assert_eq!(evaluator.evaluate_first_of_many(&vec![asked.clone(); 64]), Some(64));
            asked.resource.sku = None;
        }
        assert_eq!(evaluator.instances_of_first(), Some(1), "after bodies of {body} bytes");
    }
    Ok(())
}

/// The shipped rule set with one rule in shadow.
fn in_shadow(id: &str) -> anyhow::Result<Evaluator> {
    let (folder, shipped) = (tempfile::tempdir()?, rules()?);
    for file in fs::read_dir(shipped)? {
        let file = file?;
        if file.path().extension().is_some_and(|extension| extension == "wasm") {
            fs::copy(file.path(), folder.path().join(file.file_name()))?;
        }
    }
    let mut text = fs::read_to_string(shipped.join("ruleset.toml"))?.replace("mode = \"enforce\"\n", "");
    let named = format!("id = \"{id}\"");
    anyhow::ensure!(text.contains(&named), "no rule is called {id}");
    text = text.replace(&named, &format!("{named}\nmode = \"shadow\""));
    fs::write(folder.path().join("ruleset.toml"), text)?;
    Ok(Evaluator::new(RuleSet::load(&folder.path().join("ruleset.toml"))?)?)
}

#[test]
fn what_shadow_rules_would_change_is_told_of_many_as_of_each() -> anyhow::Result<()> {
    // Without `select`, production is not protected and the sandbox is not excluded; `retention` speaks of production.
    for (id, expected) in [("select", 20), ("retention", 10)] {
        let evaluator = in_shadow(id)?;
        let asked = |number: usize| {
            let env = ["prod", "test", "sandbox"][number % 3];
            request(DISK, "westeurope", &[("env", env), ("tier", "gold")])
        };
        let requests: Vec<Request> = (0..30).map(asked).collect();
        let many = evaluator.decide_many_by_rule(&requests, NonZeroUsize::MIN);
        let alone = requests.iter().map(|request| Ruled::of(evaluator.decide(request))).collect::<Vec<_>>();
        assert_eq!(many, alone, "{id}");
        let differing = many.iter().filter(|ruled| ruled.shadows == [id.into()]).count();
        assert_eq!(differing, expected, "{id}");
    }
    Ok(())
}

/// A module whose packed door has this body, and what is said of it by one decision and by many.
fn held(body: &str) -> anyhow::Result<String> {
    let door = format!(r#"(func (export "evaluate-packed") (param i32 i32) (result i32) {body})"#);
    let forged = Forged { world: "packed-rule", more: &door, pages: 8, ..Forged::default() };
    // So little that even a busy machine burns it before the wall clock strikes.
    let evaluator = alone(&forged.component()?, 100_000)?;
    let requests = vec![request(DISK, "westeurope", &[]); 3];
    let single = evaluator.decide(&request(DISK, "westeurope", &[])).outcome;
    assert_eq!(evaluator.decide_many(&requests, NonZeroUsize::MIN), vec![single.clone(); 3]);
    match single {
        Outcome::Hold { reason } => Ok(reason),
        other => Ok(format!("{other:?}")),
    }
}

#[test]
fn a_packed_door_that_misbehaves_is_held_within_its_limits() -> anyhow::Result<()> {
    // The result lies at 8192: address and length of the answers, which are read from zeroes.
    let answers = |length: u32| {
        format!(
            "(i32.store (i32.const 8192) (i32.const 4096)) (i32.store (i32.const 8196) (i32.const {length}))
             i32.const 8192"
        )
    };
    let one = format!("(i32.store8 (i32.const 4096) (i32.const 1)) {}", answers(9));
    for (body, expected) in [
        (one.as_str(), "NotCovered"),
        (&answers(9), "byte 4: there are not as many answers as requests"),
        (&answers(0), "byte 0: the bytes end too early"),
        (&answers(300_000), "within the limit of 65536 bytes"),
        (&answers(4_000_000_000), "could not be read"),
        ("i32.const -16", "could not be read"),
        ("unreachable", "it trapped"),
        ("(loop (br 0)) unreachable", "ran out of fuel: the limit is 100000"),
    ] {
        let said = held(body)?;
        assert!(said.contains(expected), "`{expected}` is not in: {said}");
    }
    Ok(())
}

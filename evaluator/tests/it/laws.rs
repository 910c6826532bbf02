//! Laws that hold with real modules, for any request. Each is tried 1,000 times.

use std::fs;
use std::sync::OnceLock;

use holdfast_evaluator::{Decision, Evaluator, Fact, FactKey, FactKind, Request, Round};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::built::{request, rules};
use crate::folder::Folder;
use crate::forge::Forged;

/// The shipped rules, and one that protects when it is shown a fact about vaults.
fn evaluator() -> anyhow::Result<&'static Evaluator> {
    static EVALUATOR: OnceLock<Result<Evaluator, String>> = OnceLock::new();
    let made = EVALUATOR.get_or_init(|| make().map_err(|error| format!("{error:#}")));
    made.as_ref().map_err(|error| anyhow::anyhow!("{error}"))
}

fn make() -> anyhow::Result<Evaluator> {
    let folder = rules()?;
    let module = |name: &str| fs::read(folder.join(format!("{name}.wasm")));
    let watching = Forged {
        fact_kinds: &["vaults"],
        evaluate: "(i32.store8 (i32.const 4100) (i32.load offset=92 (local.get 0))) i32.const 4096",
        ..Forged::default()
    };
    let select = r#"settings = { protect = [{ tags = { env = ["prod"] } }], exclude = [
        { kind = "ephemeral", tags = { env = ["test"] }, until = 2026-06-30T00:00:00Z }] }"#;
    let retention = r#"decides = "how"
        settings = { tag = "tier", tiers = { gold = { min-days = 30 }, bronze = { max-days = 7 } } }"#;
    let placement = r#"decides = "how"
        settings = { default = { vault = "bv-{location}" } }"#;
    Folder::new(1)?
        .rule("select", &module("select")?, select)?
        .rule("retention", &module("retention")?, retention)?
        .rule("placement", &module("placement")?, placement)?
        .rule("watching", &watching.component()?, "")?
        .evaluator()
}

fn requests() -> impl Strategy<Value = Request> {
    let env = select(vec!["prod", "test", "other"]);
    let tier = select(vec!["gold", "bronze", "other"]);
    let location = select(vec!["westeurope", "eastus"]);
    let time = select(vec!["2026-01-01T00:00:00Z", "2026-06-30T00:00:00Z", "2027-01-01T00:00:00.5Z"]);
    (env, tier, location, time, any::<u16>(), any::<bool>()).prop_map(
        |(env, tier, location, time, body, known)| {
            let tags = [("env", env), ("tier", tier)];
            let mut made = request("Microsoft.Compute/disks", location, &tags);
            made.event_time = time.to_owned();
            made.resource.body = format!(r#"{{"size":{body}}}"#);
            let value = known.then(|| "[]".to_owned());
            made.facts.push(FactKey::about(FactKind::Vaults, &made.resource).with(value));
            made
        },
    )
}

/// Facts that no rule of the set asks for: other kinds, and vaults of other regions.
fn unasked() -> impl Strategy<Value = Vec<Fact>> {
    let kind = select(vec!["locks", "creator", "protection", "vaults", "weather", ""]);
    let scope = select(vec!["elsewhere", "northeurope", "/subscriptions/s"]);
    let value = proptest::option::of(select(vec!["1", "{}"]));
    let fact = (kind, scope, value).prop_map(|(kind, scope, value)| Fact {
        kind: kind.to_owned(),
        scope: scope.to_owned(),
        value: value.map(str::to_owned),
    });
    vec(fact, 1..5)
}

fn bytes(decision: &Decision) -> Result<String, TestCaseError> {
    serde_json::to_string(decision).map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, cases: 1000, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn facts_that_nobody_asked_for_change_no_outcome(asked in requests(), more in unasked()) {
        let evaluator = evaluator().map_err(failed)?;
        let mut with = asked.clone();
        with.facts.extend(more);
        let (one, mut other) = (evaluator.decide(&asked), evaluator.decide(&with));
        prop_assert_ne!(&one.record.digests.input, &other.record.digests.input, "they are on record");
        other.record.digests.input.clone_from(&one.record.digests.input);
        prop_assert_eq!(bytes(&one)?, bytes(&other)?, "but for that, nothing differs, fuel included");
    }

    #[test]
    fn the_same_input_gives_the_same_bytes_whatever_door_and_order(asked in requests(), more in unasked()) {
        let evaluator = evaluator().map_err(failed)?;
        let mut one = asked;
        one.facts.extend(more);
        let mut other = one.clone();
        other.facts.reverse();
        let decided = evaluator.decide(&one);
        let Round::Decided(asked) = evaluator.ask(&other) else {
            return Err(TestCaseError::fail("it wants more facts"));
        };
        prop_assert_eq!(bytes(&decided)?, bytes(&asked)?);
        let read: Decision = serde_json::from_str(&bytes(&decided)?).map_err(failed)?;
        prop_assert_eq!(&read, &decided, "a record reads back as it was written");
    }

    #[test]
    fn a_declared_fact_is_wanted_exactly_where_it_is_missing(asked in requests()) {
        let evaluator = evaluator().map_err(failed)?;
        let wanted = evaluator.facts_for(&asked.resource);
        prop_assert!(matches!(evaluator.ask(&asked), Round::Decided(_)));
        let bare = Request { facts: Vec::new(), ..asked };
        prop_assert_eq!(evaluator.ask(&bare), Round::Wants(wanted));
    }
}

//! Modules that misbehave: each ends inside its limit, is named with the figure, and harms no other.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use holdfast_evaluator::{Digest, Evaluator, LoadError, Outcome, RuleSet};
use tempfile::TempDir;

use crate::built::{request, rules};
use crate::forge::{FINE, Forged};

const DISK: &str = "Microsoft.Compute/disks";

/// A folder with a rule set of one forged rule, and the shipped `select` beside it.
struct Set {
    folder: TempDir,
    text: String,
}

impl Set {
    fn with(module: &[u8], binding: &str) -> anyhow::Result<Self> {
        let folder = TempDir::new()?;
        fs::write(folder.path().join("forged.wasm"), module)?;
        let select = fs::read(rules()?.join("select.wasm"))?;
        fs::write(folder.path().join("select.wasm"), &select)?;
        let text = format!(
            r#"
            revision = 7
            [[layer]]
            name = "organisation"
            [[rule]]
            id = "select"
            module = "select.wasm"
            digest = "{select}"
            layer = "organisation"
            settings = {{ protect = [{{ tags = {{ env = ["prod"] }} }}] }}
            [[rule]]
            id = "forged"
            module = "forged.wasm"
            digest = "{forged}"
            layer = "organisation"
            {binding}
            "#,
            select = Digest::of(&select),
            forged = Digest::of(module),
        );
        Ok(Self { folder, text })
    }

    fn forged(forged: Forged<'_>, binding: &str) -> anyhow::Result<Self> {
        Self::with(&forged.component()?, binding)
    }

    fn path(&self) -> anyhow::Result<PathBuf> {
        let path = self.folder.path().join("ruleset.toml");
        fs::write(&path, &self.text)?;
        Ok(path)
    }

    fn load(&self) -> anyhow::Result<Result<RuleSet, LoadError>> {
        Ok(RuleSet::load(&self.path()?))
    }

    /// The whole message of an error that loading must end with.
    fn refused(&self) -> anyhow::Result<String> {
        let error = self.load()?.err().context("the rule set was taken into use")?;
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(next) = cause {
            message = format!("{message}: {next}");
            cause = next.source();
        }
        Ok(message)
    }
}

fn assert_says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
}

/// Evaluates with a forged rule beside `select`; gives what is said of the failure.
fn failure(forged: Forged<'_>) -> anyhow::Result<String> {
    let rule_set = Set::forged(forged, "")?.load()??;
    let evaluator = Evaluator::new(rule_set)?;
    for round in 0..3 {
        let decision = evaluator.decide(&request(DISK, "westeurope", &[("env", "prod")]));
        assert!(matches!(decision.outcome, Outcome::Protect { .. }), "round {round}");
        let select = decision.record.opinions.iter().find(|said| said.rule == "select");
        assert_eq!(select.map(|said| said.verdict.as_str()), Some("protect"));
        let forged = decision.record.opinions.iter().find(|said| said.rule == "forged");
        let forged = forged.context("the forged rule is not in the record")?;
        assert_eq!(forged.verdict, "indeterminate");
        if round == 2 {
            return Ok(forged.said.to_string());
        }
    }
    anyhow::bail!("unreachable rounds")
}

#[test]
fn the_forged_rule_itself_is_sound() -> anyhow::Result<()> {
    let evaluator = Evaluator::new(Set::forged(Forged::default(), "")?.load()??)?;
    let decision = evaluator.decide(&request(DISK, "westeurope", &[("env", "prod")]));
    let verdicts: Vec<_> =
        decision.record.opinions.iter().map(|said| (said.rule.as_str(), said.verdict.as_str())).collect();
    assert_eq!(verdicts, [("forged", "abstain"), ("select", "protect")]);
    Ok(())
}

#[test]
fn an_endless_loop_burns_its_fuel() -> anyhow::Result<()> {
    let said = failure(Forged { evaluate: "(loop (br 0)) unreachable", ..Forged::default() })?;
    assert_says(&said, &["ran out of fuel: the limit is 50000000", "protect-with-default"]);
    Ok(())
}

#[test]
fn a_binding_can_lower_the_fuel() -> anyhow::Result<()> {
    let forged = Forged { evaluate: "(loop (br 0)) unreachable", ..Forged::default() };
    let set = Set::forged(forged, "limits = { fuel = 1000 }")?;
    let decision = Evaluator::new(set.load()??)?.decide(&request(DISK, "westeurope", &[]));
    let forged = decision.record.opinions.first().context("nothing recorded")?;
    assert_says(&forged.said.to_string(), &["the limit is 1000"]);
    assert!(forged.fuel <= 1000, "it burnt {}", forged.fuel);
    let set = Set::forged(Forged::default(), "limits = { fuel = 50000001 }")?;
    assert_says(&set.refused()?, &["`forged`", "limits may only be lowered", "50000000"]);
    Ok(())
}

#[test]
fn a_memory_bomb_stops_at_its_limit() -> anyhow::Result<()> {
    let said = failure(Forged {
        evaluate: "(loop (drop (memory.grow (i32.const 16))) (br 0)) unreachable",
        ..Forged::default()
    })?;
    assert_says(&said, &["bytes of memory: the limit is 33554432"]);
    Ok(())
}

#[test]
fn a_memory_that_is_too_large_from_the_start_is_refused() -> anyhow::Result<()> {
    let forged = Forged { pages: 1000, ..Forged::default() };
    let message = Set::forged(forged, "")?.refused()?;
    assert_says(&message, &["`forged`", "65536000 bytes of memory: the limit is 33554432"]);
    Ok(())
}

#[test]
fn a_binding_whose_limits_let_nothing_start_is_refused() -> anyhow::Result<()> {
    let set = Set::forged(Forged::default(), "limits = { memory-bytes = 1 }")?;
    let message = Evaluator::new(set.load()??).err().context("it was taken")?.to_string();
    assert_says(&message, &["`forged`", "bytes of memory: the limit is 1"]);
    Ok(())
}

#[test]
fn traps_end_one_rule_only() -> anyhow::Result<()> {
    let trap = failure(Forged { evaluate: "unreachable", ..Forged::default() })?;
    assert_says(&trap, &["it trapped", "unreachable"]);
    let overflow = failure(Forged { evaluate: "(call $evaluate (local.get 0))", ..Forged::default() })?;
    assert_says(&overflow, &["it trapped", "call stack exhausted"]);
    Ok(())
}

#[test]
fn a_huge_or_broken_answer_is_not_read() -> anyhow::Result<()> {
    let answer = |length: u32| {
        format!(
            "(i32.store8 (i32.const 8192) (i32.const 1))
             (i32.store (i32.const 8196) (i32.const 0))
             (i32.store (i32.const 8200) (i32.const 4096))
             (i32.store (i32.const 8204) (i32.const {length}))
             i32.const 8192"
        )
    };
    let huge = failure(Forged { pages: 8, evaluate: &answer(300_000), ..Forged::default() })?;
    assert_says(&huge, &["could not be read within the limit of 65536 bytes"]);
    let outside = failure(Forged { evaluate: &answer(4_000_000_000), ..Forged::default() })?;
    assert_says(&outside, &["could not be read"]);
    let nowhere = failure(Forged { evaluate: "i32.const -16", ..Forged::default() })?;
    assert_says(&nowhere, &["could not be read"]);
    Ok(())
}

#[test]
fn a_request_that_is_too_large_is_not_given_to_rules() -> anyhow::Result<()> {
    let evaluator = Evaluator::new(Set::forged(Forged::default(), "on-error = \"hold\"")?.load()??)?;
    let mut asked = request(DISK, "westeurope", &[("env", "prod")]);
    asked.resource.body = "x".repeat(300_000);
    let decision = evaluator.decide(&asked);
    let Outcome::Hold { reason } = decision.outcome else {
        anyhow::bail!("expected a hold, got {:?}", decision.outcome);
    };
    assert_says(&reason, &["`forged`", "bytes of text: the limit is 262144"]);
    Ok(())
}

#[test]
fn a_rule_that_cannot_be_configured_is_refused_inside_its_fuel() -> anyhow::Result<()> {
    let forged = Forged { configure: "(loop (br 0)) unreachable", ..Forged::default() };
    let message = Set::forged(forged, "")?.refused()?;
    assert_says(&message, &["`forged`", "`configure`", "ran out of fuel: the limit is 50000000"]);
    let broken = Forged { schema: "[]", ..Forged::default() };
    assert_says(&Set::forged(broken, "")?.refused()?, &["`forged`", "no usable JSON Schema"]);
    Ok(())
}

#[test]
fn wrong_worlds_and_imports_are_not_admitted() -> anyhow::Result<()> {
    let refused = |text: &str| Set::with(&wat::parse_str(text)?, "")?.refused();
    assert_says(
        &refused("(component)")?,
        &["`forged`", "forged.wasm", "missing: describe, configure, evaluate"],
    );
    assert_says(&refused("(module)")?, &["core module", "wasm-tools component new"]);
    assert_says(
        &refused(r#"(component (import "wasi:clocks/wall-clock@0.2.0" (instance)))"#)?,
        &["it imports `wasi:clocks/wall-clock@0.2.0`", "imports nothing"],
    );
    assert_says(&refused(r#"(component (import "now" (func (result u64))))"#)?, &["it imports `now`"]);
    assert_says(
        &refused(
            r#"(component
                (import "holdfast:rule/types@1.0.0" (instance (export "leak" (func))))
                (core module $m (func (export "f")))
                (core instance $i (instantiate $m))
                (func $f (canon lift (core func $i "f")))
                (export "describe" (func $f))
                (export "configure" (func $f))
                (export "evaluate" (func $f)))"#,
        )?,
        &["does not fit holdfast:rule@1.0.0", "leak"],
    );
    assert_says(
        &refused(
            r#"(component
                (core module $m (func (export "f")))
                (core instance $i (instantiate $m))
                (func $f (canon lift (core func $i "f")))
                (export "describe" (func $f))
                (export "configure" (func $f))
                (export "evaluate" (func $f)))"#,
        )?,
        &["`forged`", "does not fit holdfast:rule@1.0.0"],
    );
    let garbage = Set::with(b"\0asm and then something else", "")?.refused()?;
    assert_says(&garbage, &["not a valid component"]);
    Ok(())
}

#[test]
fn a_module_that_is_not_the_pinned_one_is_refused() -> anyhow::Result<()> {
    let set = Set::forged(Forged::default(), "")?;
    let other = Forged { pages: 2, ..Forged::default() };
    let other = other.component()?;
    fs::write(set.folder.path().join("forged.wasm"), &other)?;
    let found = Digest::of(&other).to_string();
    assert_says(&set.refused()?, &["`forged`", "expected sha256:", &found, "restore the module"]);

    let mut unpinned = Set::forged(Forged::default(), "")?;
    let kept = unpinned.text.lines().filter(|line| !line.contains("digest"));
    unpinned.text = kept.collect::<Vec<_>>().join("\n");
    assert_says(&unpinned.refused()?, &["does not pin", "digest = \"sha256:", "cargo xtask rules"]);
    Ok(())
}

#[test]
fn settings_that_do_not_fit_are_refused_with_pointers() -> anyhow::Result<()> {
    let mut set = Set::forged(Forged::default(), "")?;
    set.text = set.text.replace(r#"env = ["prod"]"#, "env = 5");
    assert_says(&set.refused()?, &["`select`", "select.wasm", "/protect/0/tags/env"]);

    let retention = fs::read(rules()?.join("retention.wasm"))?;
    let settings = r#"settings = { tag = "tier", default = "lead", tiers = { gold = { min-days = 1 } } }"#;
    let message = Set::with(&retention, settings)?.refused()?;
    assert_says(&message, &["`forged`", "/default", "`lead`, which is not among the tiers"]);
    Ok(())
}

#[test]
fn mistakes_in_the_file_are_located() -> anyhow::Result<()> {
    for (binding, expected) in [
        ("colour = 1", "rule[1].colour"),
        ("mode = \"loud\"", "rule[1].mode"),
        ("on-error = \"ignore\"", "is for shadow rules"),
        ("types = [", "TOML parse error"),
    ] {
        assert_says(&Set::forged(Forged::default(), binding)?.refused()?, &[expected]);
    }
    let mut set = Set::forged(Forged::default(), "")?;
    set.text.push_str("\n[defaults.all]\nretention = { min-days = 9, max-days = 3 }\n");
    assert_says(&set.refused()?, &["defaults.all.retention", "less than min-days"]);
    let mut set = Set::forged(Forged::default(), "")?;
    set.text = set.text.replace("name = \"organisation\"", "name = \"platform\"");
    assert_says(&set.refused()?, &["the layer `organisation` is not stated", "platform"]);
    Ok(())
}

#[test]
fn a_failing_shadow_rule_is_recorded_and_ignored() -> anyhow::Result<()> {
    let forged = Forged { evaluate: "unreachable", configure: FINE, ..Forged::default() };
    let set = Set::forged(forged, "mode = \"shadow\"\non-error = \"ignore\"")?;
    let decision = Evaluator::new(set.load()??)?.decide(&request(DISK, "westeurope", &[]));
    assert_eq!(decision.outcome, Outcome::NotCovered);
    let forged = decision.record.opinions.first().context("nothing recorded")?;
    assert_eq!((forged.mode.as_str(), forged.verdict.as_str()), ("shadow", "indeterminate"));
    Ok(())
}

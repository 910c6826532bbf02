//! The same bindings, asked as modules in the sandbox.

use anyhow::{Context as _, ensure};
use holdfast_evaluator::{Binding, Digest, Evaluator, Request, Resource, RuleSet};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use tempfile::TempDir;

use crate::definitions::DEFINITIONS;
use crate::estate::{Asset, asset, assigned};
use crate::oracle::Oracle;
use crate::rule::imported;
use crate::shipped_rules;

const RESOURCES: usize = 80;

/// A folder for rule sets, with the module that is shipped.
struct Rules {
    folder: TempDir,
    digest: String,
}

impl Rules {
    fn build() -> anyhow::Result<Self> {
        let rules = shipped_rules::built().map_err(anyhow::Error::msg)?;
        let module = std::fs::read(rules.join("conditions.wasm"))?;
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("conditions.wasm"), &module)?;
        Ok(Self { folder, digest: Digest::of(&module).to_string() })
    }

    fn load(&self, bindings: &str) -> anyhow::Result<RuleSet> {
        let path = self.folder.path().join("ruleset.toml");
        let text = format!("revision = 1\n\n[[layer]]\nname = \"organisation\"\n\n{bindings}");
        std::fs::write(&path, text)?;
        Ok(RuleSet::load(&path)?)
    }
}

#[test]
fn the_module_selects_what_azure_policy_selects() -> anyhow::Result<()> {
    let rules = Rules::build()?;
    let mut runner = TestRunner::deterministic();
    let mut tried = Vec::new();
    let mut bindings = String::new();
    for definition in &DEFINITIONS {
        let assigned = draw(&assigned(definition), &mut runner)?;
        let mut binding = imported(&assigned.assignment(definition))?;
        binding.id = definition.builtin().id.to_owned();
        binding.digest = Some(rules.digest.clone());
        bindings.push_str(&binding.to_toml());
        tried.push((definition, assigned));
    }
    let rule_set = rules.load(&bindings)?;
    ensure!(rule_set.bindings().all(Binding::starts_configured), "a rule is configured at each evaluation");
    let evaluator = Evaluator::new(rule_set)?;
    let (mut selected, mut left) = (0, 0);
    for (definition, assigned) in &tried {
        let mut oracle = Oracle::new(definition)?;
        let strategy = asset(definition, assigned);
        let mut most_fuel = 0;
        for _ in 0..RESOURCES {
            let asset = draw(&strategy, &mut runner)?;
            let decision = evaluator.decide(&request(&asset));
            let mut opinions = decision.record.opinions.iter();
            let own =
                opinions.find(|opinion| *opinion.rule == *definition.builtin().id).context("not asked")?;
            let found = own.verdict == "protect";
            ensure!(found || own.verdict == "abstain", "{own:?}");
            ensure!(found == oracle.selects(assigned, &asset)?, "{own:#?}\n{asset:#?}\n{assigned:#?}");
            most_fuel = most_fuel.max(own.fuel);
            if found { selected += 1 } else { left += 1 }
        }
        eprintln!("{}: at most {most_fuel} fuel", definition.builtin().id);
    }
    eprintln!("in the sandbox: {selected} selected, {left} not");
    ensure!(selected >= 100 && left >= 100, "{selected} selected and {left} not says little");
    Ok(())
}

#[test]
fn conditions_that_are_nested_too_deep_are_refused() -> anyhow::Result<()> {
    let rules = Rules::build()?;
    let load = |depth: usize| {
        let when = format!("{}tag = \"a\", exists = true{}", "not = { ".repeat(depth), " }".repeat(depth));
        let (digest, case) = (&rules.digest, format!("[{{ when = {{ {when} }}, protect = {{}} }}]"));
        rules.load(&format!(
            "[[rule]]\nid = \"deep\"\nmodule = \"conditions.wasm\"\ndigest = \"{digest}\"\n\
             layer = \"organisation\"\nsettings = {{ case = {case} }}\n"
        ))
    };
    load(7)?;
    for depth in [8, 20, 60] {
        let why = format!("{:#}", load(depth).err().context("taken")?);
        eprintln!("{depth}: {}", why.chars().take(200).collect::<String>());
        ensure!(why.contains("rule `deep`") && why.contains("is nested deeper than 8"), "{why}");
    }
    Ok(())
}

fn draw<S: proptest::strategy::Strategy>(strategy: &S, runner: &mut TestRunner) -> anyhow::Result<S::Value> {
    let tree = strategy.new_tree(runner).map_err(|reason| anyhow::anyhow!("{reason}"))?;
    Ok(tree.current())
}

fn request(asset: &Asset) -> Request {
    let segments: Vec<&str> = asset.id.split('/').collect();
    Request {
        resource: Resource {
            id: asset.id.clone(),
            resource_type: asset.resource_type.clone(),
            name: segments.last().copied().unwrap_or_default().to_owned(),
            location: asset.location.clone(),
            resource_group: segments[4].to_owned(),
            subscription: segments[2].to_owned(),
            tags: asset.tags.clone(),
            sku: asset.sku.clone(),
            kind: asset.kind.clone(),
            body: asset.as_arm_shows_it().to_string(),
        },
        facts: Vec::new(),
        event_time: "2026-01-01T00:00:00Z".to_owned(),
        ..Request::default()
    }
}

//! Modules that misbehave: each ends inside its limit, is named with the figure, and harms no other.

mod corpus;
mod evaluating;
mod files;
mod gate;
mod loading;
mod proposals;
mod remembering;
mod settings;
mod smuggling;

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use holdfast_evaluator::{Digest, Evaluator, LoadError, Outcome, RuleSet};
use tempfile::TempDir;

use crate::built::{request, rules};
use crate::forge::Forged;
use crate::said::whole;
use crate::shipped_rules::code_cache;

const DISK: &str = "Microsoft.Compute/disks";

/// A folder with a rule set of one forged rule, and the shipped `select` beside it.
struct Set {
    folder: TempDir,
    text: String,
}

impl Set {
    fn with(module: &[u8], binding: &str) -> anyhow::Result<Self> {
        code_cache::shared();
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
        let error = self.load()?.err().context("the rule set was taken into force")?;
        Ok(whole(&error))
    }
}

/// Evaluates with a forged rule beside `select`, three times; gives what is said of the failure.
fn failure(forged: Forged<'_>) -> anyhow::Result<String> {
    let evaluator = Evaluator::new(Set::forged(forged, "limits = { fuel = 5000000 }")?.load()??)?;
    let mut said = Vec::new();
    // On an overloaded machine the wall clock may be first, which is another failure.
    for _ in 0..50 {
        let decision = evaluator.decide(&request(DISK, "westeurope", &[("env", "prod")]));
        let select = decision.record.opinions.iter().find(|said| *said.rule == *"select");
        assert_eq!(select.map(|said| &*said.verdict), Some("protect"));
        let forged = decision.record.opinions.iter().find(|said| *said.rule == *"forged");
        let forged = forged.context("the forged rule is not in the record")?;
        assert_eq!(forged.verdict, "indeterminate");
        if forged.said.to_string().contains("the machine is overloaded") {
            continue;
        }
        assert!(matches!(decision.outcome, Outcome::Protect { .. }), "{:?}", decision.outcome);
        said.push(forged.said.to_string());
        if let [one, two, three] = said.as_slice() {
            assert!(one == two && two == three, "{said:?}");
            return Ok(one.clone());
        }
    }
    anyhow::bail!("the machine is too busy for this test: the wall clock ended everything")
}

#[test]
fn the_forged_rule_itself_is_sound() -> anyhow::Result<()> {
    let evaluator = Evaluator::new(Set::forged(Forged::default(), "")?.load()??)?;
    let decision = evaluator.decide(&request(DISK, "westeurope", &[("env", "prod")]));
    let verdicts: Vec<_> =
        decision.record.opinions.iter().map(|said| (&*said.rule, &*said.verdict)).collect();
    assert_eq!(verdicts, [("forged", "abstain"), ("select", "protect")]);
    Ok(())
}

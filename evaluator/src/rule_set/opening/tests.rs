use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use holdfast_rule_set::{Digest, PinnedOnly};
use serde_json::json;
use tempfile::TempDir;
use wasmtime_wizer::Wizer;

use crate::RuleSet;
use crate::compiling::Purpose;
use crate::compiling::counted::asked;
use crate::engine::Limits;
use crate::rule_set::OpenedModule;
use crate::rule_set::loading::Loading;
use crate::rule_set::making::{self, Building, whole};
use crate::sandbox::tests::forge::Forged;
use crate::sandbox::tests::packed;

/// Traps where an instance is given settings a second time.
const ONCE: &str =
    "(if (global.get $given) (then unreachable)) (global.set $given (i32.const 1)) i32.const 4096";
const GIVEN: &str = "(global $given (mut i32) (i32.const 0))";

/// A rule that nobody else has, whose instances take settings once, and can be put back.
fn once(version: &str) -> anyhow::Result<Vec<u8>> {
    let more = format!("{GIVEN} {}", packed(""));
    Forged { version, world: "packed-rule", more: &more, configure: ONCE, ..Forged::default() }.component()
}

/// How often this module was compiled for checking.
fn checked(module: &[u8]) -> anyhow::Result<usize> {
    let (_, instrumented) = Wizer::new().instrument_component(module)?;
    Ok(asked(&instrumented, Purpose::Checking))
}

/// A folder with a rule set of rules with these ids, modules and settings, and a file for each.
struct Set(TempDir);

impl Set {
    fn of<'a>(rules: impl IntoIterator<Item = (&'a str, &'a [u8], &'a str)>) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut text = "revision = 1\n[[layer]]\nname = \"team\"\n".to_owned();
        for (id, module, settings) in rules {
            fs::write(folder.path().join(format!("{id}.wasm")), module)?;
            write!(
                text,
                "[[rule]]\nid = \"{id}\"\nmodule = \"{id}.wasm\"\ndigest = \"{}\"\nlayer = \"team\"\n\
                 settings = {{ {settings} }}\n",
                Digest::of(module)
            )?;
        }
        fs::write(folder.path().join("ruleset.toml"), text)?;
        Ok(Self(folder))
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("ruleset.toml")
    }

    /// What each rule is refused for, in the order of the file, without the folder's name.
    fn refusals(&self) -> anyhow::Result<Vec<Option<String>>> {
        let building = Building { from: making::From::Modules, trust: &PinnedOnly, earlier: None };
        let rules = Loading::read(&self.path())?.in_parallel(&building);
        Ok(rules.into_iter().map(|rule| rule.err().map(|error| self.shown(&whole(&error)))).collect())
    }

    fn shown(&self, message: &str) -> String {
        message.replace(&self.0.path().display().to_string(), "")
    }
}

#[test]
fn twenty_rules_of_one_module_are_compiled_for_checking_once() -> anyhow::Result<()> {
    let (module, other) = (once("20.0.1")?, once("20.0.2")?);
    let ids: Vec<String> = (0..20).map(|number| format!("rule-{number:02}")).collect();
    let settings: Vec<String> = (0..20).map(|number| format!("number = {number}")).collect();
    let twenty = ids.iter().zip(&settings).map(|(id, settings)| (id.as_str(), &*module, settings.as_str()));
    let set = Set::of(twenty.chain([("other", &*other, "")]))?;
    let loaded = RuleSet::load(&set.path())?;
    assert_eq!((checked(&module)?, checked(&other)?), (1, 1));
    assert_eq!((loaded.bindings().count(), loaded.compiled()), (21, 2));
    // Nothing of it stays: a handler at rest would hold what no decision needs.
    RuleSet::load_after(&Set::of([("new", &*module, "number = 21")])?.path(), &PinnedOnly, Some(&loaded))?;
    assert_eq!(checked(&module)?, 2);
    Ok(())
}

#[test]
fn settings_of_one_rule_are_not_seen_by_another() -> anyhow::Result<()> {
    let module = once("20.1.0")?;
    let set = Set::of([("one", &*module, "of = 'one'"), ("other", &*module, "of = 'other'")])?;
    let loaded = RuleSet::load(&set.path())?;
    let given: Vec<_> = loaded.rules().iter().map(|rule| rule.prepared.settings.as_deref()).collect();
    assert_eq!(given, [Some(r#"{"of":"one"}"#), Some(r#"{"of":"other"}"#)]);
    Ok(())
}

#[test]
fn a_refused_module_is_refused_for_each_of_its_rules() -> anyhow::Result<()> {
    let silent = Forged { version: "20.2.0", describe: "unreachable", ..Forged::default() }.component()?;
    let unfit = Forged { version: "twenty", ..Forged::default() }.component()?;
    for module in [b"no module".to_vec(), silent.clone(), unfit] {
        let (one, other) = (("one", &*module, ""), ("other", &*module, ""));
        let both = Set::of([one, other])?;
        let refused = both.refusals()?;
        let alone = [Set::of([one])?.refusals()?, Set::of([other])?.refusals()?].concat();
        assert_eq!(refused, alone);
        for (message, id) in refused.iter().zip(["one", "other"]) {
            let named = format!("rule `{id}`: /{id}.wasm ");
            assert!(message.as_deref().is_some_and(|message| message.starts_with(&named)), "{message:?}");
        }
        // The first in the file is the one that is told of.
        let swapped = Set::of([other, one])?;
        for (set, first) in [(&both, refused.first()), (&swapped, refused.last())] {
            let told = RuleSet::load(&set.path()).err().map(|error| set.shown(&whole(&error)));
            assert_eq!(Some(&told), first);
        }
    }
    assert_eq!(checked(&silent)?, 5, "once for each load");
    Ok(())
}

#[test]
fn settings_that_do_not_fit_are_refused_for_their_rule_alone() -> anyhow::Result<()> {
    let schema = r#"{"required": ["days"]}"#;
    let module = Forged { version: "20.3.0", schema, ..Forged::default() }.component()?;
    let set =
        Set::of([("fit", &*module, "days = 3"), ("unfit", &*module, ""), ("last", &*module, "days = 4")])?;
    let refusals = set.refusals()?;
    let told = "rule `unfit`: the settings do not fit /unfit.wasm: ";
    assert!(
        matches!(&refusals[..], [None, Some(message), None] if message.starts_with(told)),
        "{refusals:?}"
    );
    assert_eq!(checked(&module)?, 1);
    Ok(())
}

#[test]
fn rule_sets_of_an_opened_module_share_its_code_and_not_its_settings() -> anyhow::Result<()> {
    let module = once("20.4.0")?;
    let opened = OpenedModule::open(&module)?;
    let [one, other] = ["one", "other"].map(|of| opened.rule_set(json!({ "of": of }), Limits::default()));
    let (one, other) = (one?, other?);
    let code = |set: &RuleSet| set.rules().first().map(|rule| rule.prepared.source.address());
    assert_eq!(code(&one), code(&other));
    assert_ne!(one.digest(), other.digest());
    assert_eq!(checked(&module)?, 1);
    Ok(())
}

//! A new rule set shares what an earlier one has compiled, and is judged as if it did not.

use holdfast_evaluator::{
    CompiledSigner, Evaluator, Offered, OfferedCode, Otherwise, Outcome, PinnedOnly, RuleSet, Trust,
    precompile,
};

use crate::built::{request, rules};
use crate::folder::Folder;

const DISK: &str = "Microsoft.Compute/disks";

/// A shipped module.
fn module(name: &str) -> anyhow::Result<Vec<u8>> {
    Ok(std::fs::read(rules()?.join(format!("{name}.wasm")))?)
}

/// The shipped rules `select` and `retention`, bound with this in addition.
fn set(revision: u64, select: &str, retention: &str) -> anyhow::Result<Folder> {
    Folder::new(revision)?.rule("select", &module("select")?, select)?.rule(
        "retention",
        &module("retention")?,
        retention,
    )
}

fn after(folder: &Folder, earlier: &RuleSet) -> anyhow::Result<RuleSet> {
    Ok(RuleSet::load_after(&folder.written()?, &PinnedOnly, Some(earlier))?)
}

const SELECT: &str = r#"settings = { protect = [{ tags = { env = ["prod"] } }] }"#;
const OTHER: &str = r#"settings = { protect = [{ tags = { env = ["test"] } }] }"#;
const RETENTION: &str = r#"settings = { tag = "tier", tiers = { gold = { min-days = 30 } } }"#;

#[test]
fn only_what_has_changed_is_compiled() -> anyhow::Result<()> {
    let first = set(1, SELECT, RETENTION)?.load()??;
    assert_eq!(first.compiled(), 2);
    let shadow = format!("mode = \"shadow\"\n{RETENTION}");
    let lower = format!("priority = 3\nlimits = {{ fuel = 3000000 }}\n{RETENTION}");
    for binding in [&shadow, &lower] {
        assert_eq!(after(&set(2, SELECT, binding)?, &first)?.compiled(), 0, "{binding}");
    }
    assert_eq!(after(&set(2, OTHER, RETENTION)?, &first)?.compiled(), 0, "settings are no code");
    let alone = Folder::new(1)?.rule("select", &module("select")?, SELECT)?.load()??;
    assert_eq!(after(&set(2, SELECT, RETENTION)?, &alone)?.compiled(), 1, "another module is");
    assert_eq!(set(2, SELECT, &shadow)?.load()??.compiled(), 2, "on its own it shares nothing");
    Ok(())
}

/// `select` twice, for other values of a tag.
fn two_selects() -> anyhow::Result<Folder> {
    Folder::new(1)?.rule("prod", &module("select")?, SELECT)?.rule("test", &module("select")?, OTHER)
}

/// That each of them decides by its own settings, in turns.
fn each_decides_by_its_own(both: &Evaluator) {
    for value in ["prod", "test", "prod"] {
        let decided = both.decide(&request(DISK, "westeurope", &[("env", value)]));
        let summary = &decided.record.summary;
        assert!(summary.contains(&format!("({value})")), "{summary}");
    }
    let neither = both.decide(&request(DISK, "westeurope", &[("env", "other")]));
    assert_eq!(neither.outcome, Outcome::NotCovered);
}

#[test]
fn rules_of_one_module_share_its_code_and_nothing_else() -> anyhow::Result<()> {
    let both = two_selects()?;
    assert_eq!(both.load()??.compiled(), 1);
    each_decides_by_its_own(&both.evaluator()?);
    Ok(())
}

#[test]
fn precompiled_rules_of_one_module_share_a_file_and_nothing_else() -> anyhow::Result<()> {
    let both = two_selects()?;
    let (path, signer) = (both.written()?, CompiledSigner::from_seed(&[5; 32])?);
    let published = precompile(&both.load()??, &path.with_file_name("compiled"), &signer)?;
    let files: Vec<_> = published.iter().map(|published| &published.path).collect();
    assert!(matches!(files[..], [one, other] if one == other), "{files:?}");
    let loaded = RuleSet::load_precompiled(&path, &signer.key(), &PinnedOnly, Otherwise::Refuse)?;
    each_decides_by_its_own(&Evaluator::new(loaded)?);
    Ok(())
}

#[test]
fn a_shared_rule_decides_as_its_new_binding_says() -> anyhow::Result<()> {
    let first = set(1, SELECT, RETENTION)?.load()??;
    let shadow = format!("mode = \"shadow\"\n{RETENTION}");
    let folder = set(2, SELECT, &shadow)?;
    let (shared, alone) = (Evaluator::new(after(&folder, &first)?)?, folder.evaluator()?);
    // The earlier set may be gone before the later one decides.
    drop(first);
    for tags in [&[("env", "prod"), ("tier", "gold")][..], &[("env", "prod")], &[]] {
        let asked = request(DISK, "westeurope", tags);
        assert_eq!(shared.decide(&asked), alone.decide(&asked), "{tags:?}");
    }
    assert_eq!(shared.rule_set().digest(), alone.rule_set().digest());
    Ok(())
}

/// Takes no module by this name.
struct Revoked(&'static str);

impl Trust for Revoked {
    fn admit(&self, offered: &Offered<'_>) -> Result<Vec<String>, String> {
        match offered.name_version {
            Some((name, _)) if name == self.0 => Err(format!("{name} is revoked")),
            _ => Ok(Vec::new()),
        }
    }

    fn admit_precompiled(&self, _offered: &OfferedCode<'_>) -> Result<(), String> {
        Ok(())
    }
}

#[test]
fn what_is_shared_has_to_be_trusted_and_pinned_again() -> anyhow::Result<()> {
    let folder = set(1, SELECT, RETENTION)?;
    let first = folder.load()??;
    let revoked = RuleSet::load_after(&folder.written()?, &Revoked("retention"), Some(&first));
    let refused = revoked.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(refused.contains("retention is revoked"), "{refused}");
    std::fs::write(folder.path().join("select.wasm"), b"something else")?;
    let altered = after(&folder, &first).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(altered.contains("select.wasm"), "{altered}");
    Ok(())
}

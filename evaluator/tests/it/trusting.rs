//! Who vouches for a module, and modules that are named by reference.

use std::fs;
use std::sync::Mutex;

use holdfast_evaluator::{Digest, Offered, OfferedCode, RuleSet, Trust};

use crate::folder::Folder;
use crate::forge::Forged;

/// Trusts the layers `platform` by a key, `team` without one, and nothing else.
#[derive(Default)]
struct ByLayer {
    asked: Mutex<Vec<String>>,
}

impl Trust for ByLayer {
    fn admit(&self, offered: &Offered<'_>) -> Result<Vec<String>, String> {
        assert_eq!(Digest::of(offered.bytes), offered.digest);
        assert_eq!(fs::read(offered.path).ok().as_deref(), Some(offered.bytes));
        let name = offered.name_version.map(|(name, version)| format!("{name} {version}"));
        let asked = format!("{} {}", offered.rule, name.as_deref().unwrap_or("unknown"));
        self.asked.lock().map_err(|error| error.to_string())?.push(asked);
        match offered.layer {
            "platform" => Ok(vec!["key platform-2026".to_owned(), "release".to_owned()]),
            "team" => Ok(Vec::new()),
            layer => {
                Err(format!("no signature by a key of layer {layer}; sign it with `holdfast rule sign`"))
            }
        }
    }

    fn admit_precompiled(&self, _offered: &OfferedCode<'_>) -> Result<(), String> {
        Err("this test precompiles nothing".to_owned())
    }
}

#[test]
fn every_module_is_offered_before_it_runs_and_after_it_said_who_it_is() -> anyhow::Result<()> {
    let module = Forged { version: "2.1.0", ..Forged::default() }.component()?;
    let digest = Some(Digest::of(&module));
    let set = Folder::new(1)?
        .bound("signed", "one.wasm", digest, "platform", "")?
        .bound("unsigned", "one.wasm", digest, "team", "")?;
    fs::write(set.path().join("one.wasm"), &module)?;
    let trust = ByLayer::default();
    let rule_set = RuleSet::load_with(&set.written()?, &trust)?;
    let signers: Vec<_> =
        rule_set.bindings().map(|binding| (binding.id(), binding.signed_by().join(" and "))).collect();
    assert_eq!(
        signers,
        [("signed", "key platform-2026 and release".to_owned()), ("unsigned", String::new())]
    );
    let mut asked = trust.asked.into_inner()?;
    asked.sort();
    assert_eq!(asked, ["signed forged 2.1.0", "signed unknown", "unsigned forged 2.1.0", "unsigned unknown"]);
    assert_eq!(rule_set.digest(), set.load()??.digest(), "who signed it changes no decision");
    Ok(())
}

#[test]
fn a_module_that_nobody_vouches_for_is_refused_before_it_runs() -> anyhow::Result<()> {
    let endless = Forged { configure: "(loop (br 0)) unreachable", ..Forged::default() }.component()?;
    let message = Folder::new(1)?.rule("mine", &endless, "")?.refused_by(&ByLayer::default())?;
    for part in
        ["rule `mine` of layer `organisation`", "mine.wasm is not trusted", "key of layer organisation"]
    {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    let garbage = Folder::new(1)?.rule("mine", b"no module", "")?.refused_by(&ByLayer::default())?;
    assert!(garbage.contains("is not trusted"), "trust comes before looking at it: {garbage}");
    Ok(())
}

/// Trusts a module until it says who it is.
struct NotThisVersion;

impl Trust for NotThisVersion {
    fn admit(&self, offered: &Offered<'_>) -> Result<Vec<String>, String> {
        match offered.name_version {
            None => Ok(vec!["key".to_owned()]),
            Some((name, version)) => Err(format!("{name} {version} is withdrawn")),
        }
    }

    fn admit_precompiled(&self, offered: &OfferedCode<'_>) -> Result<(), String> {
        let (name, version) = offered.name_version;
        Err(format!("{name} {version} is withdrawn"))
    }
}

#[test]
fn trust_may_depend_on_name_and_version() -> anyhow::Result<()> {
    let module = Forged { version: "0.9.0", ..Forged::default() }.component()?;
    let message = Folder::new(1)?.rule("mine", &module, "")?.refused_by(&NotThisVersion)?;
    assert!(message.contains("forged 0.9.0 is withdrawn"), "{message}");
    Ok(())
}

#[test]
fn a_module_by_reference_lies_under_its_digest() -> anyhow::Result<()> {
    let module = Forged::default().component()?;
    let digest = Digest::of(&module);
    // A registry's digest is that of the artifact around the module.
    let reference = format!("oci://registry.example:5000/rules/forged@{}", Digest::of(b"artifact"));
    let blob = "https://account.blob.core.windows.net/rules/forged.wasm";
    let set = Folder::new(1)?.bound("by-oci", &reference, Some(digest), "team", "")?.bound(
        "by-blob",
        blob,
        Some(digest),
        "team",
        "",
    )?;
    let message = set.refused()?;
    for part in ["rule `by-oci`", &reference, "modules/sha256-", "holdfast rule pull"] {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    let modules = set.path().join("modules");
    fs::create_dir(&modules)?;
    fs::write(modules.join(format!("{}.wasm", digest.to_string().replace(':', "-"))), &module)?;
    let rule_set = set.load()??;
    let names: Vec<_> = rule_set.bindings().map(|binding| (binding.id(), binding.module())).collect();
    assert_eq!(names, [("by-blob", blob), ("by-oci", reference.as_str())]);

    fs::write(modules.join(format!("{}.wasm", digest.to_string().replace(':', "-"))), b"other")?;
    assert!(set.refused()?.contains("is not the module that the rule set pins"));
    Ok(())
}

#[test]
fn a_reference_does_not_pin_the_module() -> anyhow::Result<()> {
    let tagged = "oci://registry.example/rules/forged:1.0".to_owned();
    for reference in [tagged.clone(), format!("{tagged}@{}", Digest::of(b"artifact"))] {
        let message = Folder::new(1)?.bound("mine", &reference, None, "team", "")?.refused()?;
        assert!(message.contains("`mine`") && message.contains("state the module's `digest`"), "{message}");
    }
    Ok(())
}

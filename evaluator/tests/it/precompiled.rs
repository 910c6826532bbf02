//! Precompiled rules: what is loaded decides as what is compiled, and nothing else is loaded.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::Context as _;
use holdfast_evaluator::{
    CompiledSigner, Digest, Evaluator, Offered, OfferedCode, Otherwise, Outcome, PinnedOnly, RuleSet, Trust,
    precompile,
};
use holdfast_rule_set::hex;
use serde_json::Value;
use tempfile::TempDir;

use crate::built::{request, rules};
use crate::folder::Folder;
use crate::forge::Forged;
use crate::said::{assert_says, whole};

const DISK: &str = "Microsoft.Compute/disks";

const SEED: &[u8] = &[7; 32];

/// The shipped rule set, precompiled.
fn publish() -> anyhow::Result<TempDir> {
    let folder = TempDir::new()?;
    let rule_set = RuleSet::load(&rules()?.join("ruleset.toml"))?;
    let published = precompile(&rule_set, folder.path(), &CompiledSigner::from_seed(SEED)?)?;
    assert_eq!(published.len(), 3);
    Ok(folder)
}

/// A folder with the shipped rule set, precompiled, and none of its modules.
struct Deployed {
    folder: TempDir,
    signer: CompiledSigner,
}

impl Deployed {
    fn new() -> anyhow::Result<Self> {
        static PUBLISHED: OnceLock<Result<TempDir, String>> = OnceLock::new();
        let published = PUBLISHED.get_or_init(|| publish().map_err(|error| format!("{error:#}")));
        let published = published.as_ref().map_err(|error| anyhow::anyhow!("{error}"))?;
        let folder = TempDir::new()?;
        fs::copy(rules()?.join("ruleset.toml"), folder.path().join("ruleset.toml"))?;
        fs::create_dir(folder.path().join("compiled"))?;
        for entry in fs::read_dir(published.path())? {
            let entry = entry?;
            fs::copy(entry.path(), folder.path().join("compiled").join(entry.file_name()))?;
        }
        Ok(Self { folder, signer: CompiledSigner::from_seed(SEED)? })
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("ruleset.toml")
    }

    fn compiled(&self, name: &str) -> PathBuf {
        self.folder.path().join("compiled").join(name)
    }

    fn load(&self, otherwise: Otherwise) -> anyhow::Result<RuleSet> {
        Ok(RuleSet::load_precompiled(&self.path(), &self.signer.key(), &PinnedOnly, otherwise)?)
    }

    fn refused(&self) -> anyhow::Result<String> {
        let loaded =
            RuleSet::load_precompiled(&self.path(), &self.signer.key(), &PinnedOnly, Otherwise::Refuse);
        Ok(whole(&loaded.err().context("the rule set was taken into force")?))
    }

    /// Puts the modules beside the rule set, so that there is something to compile.
    fn with_modules(self) -> anyhow::Result<Self> {
        for name in ["select.wasm", "retention.wasm", "placement.wasm"] {
            fs::copy(rules()?.join(name), self.folder.path().join(name))?;
        }
        Ok(self)
    }

    fn manifest(&self) -> anyhow::Result<Value> {
        Ok(serde_json::from_slice(&fs::read(self.compiled("manifest.json"))?)?)
    }

    /// File of the code of the module with this name.
    fn code_of(&self, name: &str) -> anyhow::Result<PathBuf> {
        let manifest = self.manifest()?;
        let mut rules = manifest.pointer("/rules").and_then(Value::as_array).into_iter().flatten();
        let named = |rule: &&Value| rule.pointer("/describes/name").is_some_and(|found| found == name);
        let rule = rules.find(named).context("no such rule")?;
        let code = rule.get("code").and_then(Value::as_str).context("no digest")?.replace(':', "-");
        Ok(self.compiled(&format!("{code}.cwasm")))
    }

    /// Changes the manifest and signs it as this deployment's publisher would.
    fn resign(&self, change: impl FnOnce(&mut Value)) -> anyhow::Result<()> {
        let mut manifest = self.manifest()?;
        change(&mut manifest);
        let bytes = serde_json::to_vec(&manifest)?;
        let pair = aws_lc_rs::signature::Ed25519KeyPair::from_seed_unchecked(SEED)?;
        let message = [b"holdfast precompiled rules 1\0".as_slice(), &bytes].concat();
        let signature = hex(pair.sign(&message).as_ref());
        let signature = serde_json::json!({ "key": self.signer.key().to_string(), "ed25519": signature });
        fs::write(self.compiled("manifest.json"), bytes)?;
        fs::write(self.compiled("manifest.json.sig.json"), signature.to_string())?;
        Ok(())
    }
}

fn change_a_byte(path: &Path) -> anyhow::Result<()> {
    let mut bytes = fs::read(path)?;
    let middle = bytes.len() / 2;
    bytes.iter_mut().skip(middle).take(1).for_each(|byte| *byte ^= 1);
    fs::write(path, bytes)?;
    Ok(())
}

/// Records of what an evaluator decides, as bytes.
fn decided(evaluator: &Evaluator) -> anyhow::Result<Vec<String>> {
    let tags = [vec![("env", "prod"), ("tier", "gold")], vec![("backup", "off")], vec![]];
    let types = [DISK, "Microsoft.DBforPostgreSQL/flexibleServers", "Microsoft.Storage/storageAccounts"];
    let requests = types.iter().flat_map(|kind| tags.iter().map(|tags| request(kind, "westeurope", tags)));
    requests.map(|request| Ok(serde_json::to_string(&evaluator.decide(&request))?)).collect()
}

#[test]
fn precompiled_rules_decide_byte_for_byte_as_compiled_ones() -> anyhow::Result<()> {
    let deployed = Deployed::new()?;
    let loaded = Evaluator::new(deployed.load(Otherwise::Refuse)?)?;
    let compiled = Evaluator::new(RuleSet::load(&rules()?.join("ruleset.toml"))?)?;
    assert_eq!(decided(&loaded)?, decided(&compiled)?);
    assert_eq!(loaded.rule_set().digest(), compiled.rule_set().digest());
    let warm = Evaluator::new(deployed.load(Otherwise::Refuse)?)?;
    warm.warm()?;
    assert_eq!(decided(&warm)?, decided(&compiled)?);
    Ok(())
}

#[test]
fn code_that_is_in_use_cannot_be_changed_from_outside() -> anyhow::Result<()> {
    let deployed = Deployed::new()?;
    let evaluator = Evaluator::new(deployed.load(Otherwise::Refuse)?)?;
    evaluator.warm()?;
    let before = decided(&evaluator)?;
    for entry in fs::read_dir(deployed.folder.path().join("compiled"))? {
        let file = fs::OpenOptions::new().write(true).open(entry?.path())?;
        // In place: a mapping of the file would change with it.
        std::io::Write::write_all(&mut &file, &vec![0xcc; usize::try_from(file.metadata()?.len())?])?;
    }
    assert_eq!(decided(&evaluator)?, before);
    Ok(())
}

#[test]
fn a_foreign_or_broken_signature_is_refused() -> anyhow::Result<()> {
    let deployed = Deployed::new()?;
    let other = CompiledSigner::from_seed(&[8; 32])?.key();
    let error = RuleSet::load_precompiled(&deployed.path(), &other, &PinnedOnly, Otherwise::Refuse);
    let message = whole(&error.err().context("a foreign key was trusted")?);
    assert_says(
        &message,
        &[
            "manifest.json is not signed by the trusted key",
            &other.to_string(),
            &deployed.signer.key().to_string(),
        ],
    );

    change_a_byte(&deployed.compiled("manifest.json"))?;
    assert_says(&deployed.refused()?, &["manifest.json is not what the trusted key", "was broken off"]);
    fs::write(deployed.compiled("manifest.json.sig.json"), "{}")?;
    assert_says(&deployed.refused()?, &["manifest.json.sig.json is not a signature", "missing field"]);
    fs::write(deployed.compiled("manifest.json.sig.json"), r#"{"key":"me","ed25519":"xyz"}"#)?;
    assert_says(&deployed.refused()?, &["hexadecimal"]);
    fs::remove_file(deployed.compiled("manifest.json.sig.json"))?;
    assert_says(&deployed.refused()?, &["could not read", "manifest.json.sig.json", "precompile"]);
    Ok(())
}

#[test]
fn code_of_another_version_machine_or_form_is_refused() -> anyhow::Result<()> {
    let deployed = Deployed::new()?;
    let cases: [(&str, Value, &[&str]); 5] = [
        ("wasmtime", "47.0.1".into(), &["compiled by Wasmtime 47.0.1, this is 48.0."]),
        (
            "target",
            "riscv64gc-unknown-linux-gnu".into(),
            &["code for riscv64gc-unknown-linux-gnu, this machine"],
        ),
        ("format", 1.into(), &["not a manifest of precompiled rules", "its format is 1", "precompile again"]),
        ("compatibility", Digest::of(b"").to_string().into(), &["other engine settings"]),
        ("colour", "red".into(), &["not a manifest of precompiled rules", "unknown field `colour`"]),
    ];
    let sound = deployed.manifest()?;
    for (field, value, expected) in cases {
        deployed.resign(|manifest| {
            *manifest = sound.clone();
            manifest[field] = value;
        })?;
        assert_says(&deployed.refused()?, expected);
    }
    Ok(())
}

#[test]
fn that_an_instance_is_reset_is_part_of_what_was_signed() -> anyhow::Result<()> {
    let deployed = Deployed::new()?;
    assert_eq!(Evaluator::new(deployed.load(Otherwise::Refuse)?)?.first_is_reset(), Some(true));
    let each = |manifest: &mut Value, change: fn(&mut serde_json::Map<String, Value>)| {
        let rules = manifest.pointer_mut("/rules").and_then(Value::as_array_mut).into_iter().flatten();
        rules.filter_map(Value::as_object_mut).for_each(change);
    };
    // The code is the same, with the export by which it could be reset: it is not believed.
    deployed.resign(|manifest| {
        each(manifest, |rule| drop(rule.insert("resettable".to_owned(), false.into())));
    })?;
    let made_anew = Evaluator::new(deployed.load(Otherwise::Refuse)?)?;
    assert_eq!(made_anew.first_is_reset(), Some(false));
    let compiled = Evaluator::new(RuleSet::load(&rules()?.join("ruleset.toml"))?)?;
    assert_eq!(decided(&made_anew)?, decided(&compiled)?);
    deployed.resign(|manifest| each(manifest, |rule| drop(rule.remove("resettable"))))?;
    assert_says(&deployed.refused()?, &["not a manifest of precompiled rules", "missing field `resettable`"]);
    Ok(())
}

#[test]
fn endless_recursion_burns_the_same_fuel_wherever_it_was_compiled() -> anyhow::Result<()> {
    // Rounding and counting bits are one instruction on some processors and calls on others, around which
    // values are kept on the stack.
    let more = "(func $deep (param f64 f64 f64 i64) (result f64)
        (f64.add (call $deep (f64.floor (local.get 0)) (f64.ceil (local.get 1)) (f64.nearest (local.get 2))
                (i64.popcnt (local.get 3)))
            (f64.add (f64.trunc (local.get 0)) (f64.mul (local.get 1) (f64.convert_i64_u (local.get 3))))))";
    let evaluate = "(drop (call $deep (f64.const 1) (f64.const 2) (f64.const 3) (i64.const 4))) unreachable";
    let module = Forged { more, evaluate, ..Forged::default() }.component()?;
    let folder = Folder::new(1)?.rule("deep", &module, "")?;
    let compiled = folder.load()??;
    let signer = CompiledSigner::from_seed(SEED)?;
    precompile(&compiled, &folder.path().join("compiled"), &signer)?;
    let loaded =
        RuleSet::load_precompiled(&folder.written()?, &signer.key(), &PinnedOnly, Otherwise::Refuse)?;
    let asked = request(DISK, "westeurope", &[]);
    let said = Evaluator::new(compiled)?.decide(&asked);
    let opinion = said.record.opinions.first().context("nothing was said")?;
    assert_says(&opinion.said.to_string(), &["call stack exhausted"]);
    assert_eq!(Evaluator::new(loaded)?.decide(&asked), said, "fuel included");
    Ok(())
}

#[test]
fn a_manifest_for_another_rule_set_has_nothing_to_offer() -> anyhow::Result<()> {
    let deployed = Deployed::new()?;
    let text = fs::read_to_string(deployed.path())?;
    // Other settings of the same module are other code.
    fs::write(deployed.path(), text.replace("bv-{location}", "vault-{location}"))?;
    let message = deployed.refused()?;
    assert_says(
        &message,
        &["lists no code for module sha256:", "`placement`", "made for revision 1 (sha256:"],
    );
    // Another module under the same name is other code.
    let text = text.replace("id = \"select\"", "id = \"chosen\"");
    let pinned = Digest::of(&fs::read(rules()?.join("select.wasm"))?).to_string();
    fs::write(deployed.path(), text.replace(&pinned, &Digest::of(b"newer").to_string()))?;
    assert_says(&deployed.refused()?, &["lists no code for module", "`chosen`"]);
    Ok(())
}

type Tamper = fn(&Deployed) -> anyhow::Result<()>;

#[test]
fn code_that_is_not_the_listed_one_holds_every_decision_of_its_rule() -> anyhow::Result<()> {
    let tampers: [(&str, Tamper, &[&str]); 4] = [
        (
            "changed",
            |deployed| change_a_byte(&deployed.code_of("select")?),
            &["is not the code that its manifest lists: expected sha256:", "found sha256:"],
        ),
        (
            "truncated",
            |deployed| {
                let path = deployed.code_of("select")?;
                let bytes = fs::read(&path)?;
                Ok(fs::write(&path, &bytes[..bytes.len() - 1])?)
            },
            &["bytes, its manifest lists"],
        ),
        (
            "swapped",
            |deployed| {
                let (one, other) = (deployed.code_of("select")?, deployed.code_of("retention")?);
                Ok(fs::copy(other, one).map(drop)?)
            },
            &["its manifest lists"],
        ),
        ("missing", |deployed| Ok(fs::remove_file(deployed.code_of("select")?)?), &["could not be read"]),
    ];
    for (name, tamper, expected) in tampers {
        let deployed = Deployed::new()?;
        tamper(&deployed)?;
        let evaluator = Evaluator::new(deployed.load(Otherwise::Refuse)?)?;
        for _ in 0..2 {
            let decision = evaluator.decide(&request(DISK, "westeurope", &[("env", "prod")]));
            let Outcome::Hold { reason } = decision.outcome else {
                anyhow::bail!("{name}: expected a hold, got {:?}", decision.outcome);
            };
            assert_says(&reason, &["`select`", "precompiled code was not taken into force"]);
            assert_says(&reason, expected);
        }
        let refused = whole(&evaluator.warm().err().context("it was taken into force")?);
        assert_says(&refused, &["`select`"]);
        assert_says(&refused, expected);
        // Where there is a compiler it compiles, and says so.
        let deployed = deployed.with_modules()?;
        let rule_set = deployed.load(Otherwise::Compile)?;
        let [notice] = rule_set.notices() else { anyhow::bail!("{:?}", rule_set.notices()) };
        assert_says(notice, &["rule `select` was compiled instead"]);
        assert_says(notice, expected);
        let decision = Evaluator::new(rule_set)?.decide(&request(DISK, "westeurope", &[("env", "prod")]));
        assert!(matches!(decision.outcome, Outcome::Protect { .. }), "{name}: {:?}", decision.outcome);
    }
    Ok(())
}

#[test]
fn with_a_compiler_a_refused_folder_is_compiled_instead() -> anyhow::Result<()> {
    let deployed = Deployed::new()?.with_modules()?;
    assert!(deployed.load(Otherwise::Compile)?.notices().is_empty());
    change_a_byte(&deployed.compiled("manifest.json"))?;
    let rule_set = deployed.load(Otherwise::Compile)?;
    let [notice] = rule_set.notices() else { anyhow::bail!("{:?}", rule_set.notices()) };
    assert_says(notice, &["every rule was compiled instead", "not what the trusted key"]);
    Ok(())
}

#[test]
fn forged_or_foreign_code_under_a_good_signature_is_still_refused() -> anyhow::Result<()> {
    let deployed = Deployed::new()?;
    let sound = fs::read(deployed.code_of("select")?)?;
    let cases: [(Vec<u8>, &str); 5] = [
        (b"\x7fELF and then something else".to_vec(), "cannot be loaded"),
        (Vec::new(), "cannot be loaded"),
        (fs::read(rules()?.join("select.wasm"))?, "cannot be loaded"),
        (of_version(&sound, b"47")?, "incompatible version '47'"),
        (without_fuel()?, "fuel"),
    ];
    for (forged, expected) in cases {
        let (path, digest) = (deployed.code_of("select")?, Digest::of(&forged));
        deployed.resign(|manifest| {
            let mut rules =
                manifest.pointer_mut("/rules").and_then(Value::as_array_mut).into_iter().flatten();
            let named =
                |rule: &&mut Value| rule.pointer("/describes/name").is_some_and(|name| name == "select");
            if let Some(rule) = rules.find(named).and_then(Value::as_object_mut) {
                rule.insert("code".to_owned(), digest.to_string().into());
                rule.insert("bytes".to_owned(), forged.len().into());
            }
        })?;
        fs::remove_file(path)?;
        fs::write(deployed.code_of("select")?, forged)?;
        let evaluator = Evaluator::new(deployed.load(Otherwise::Refuse)?)?;
        let message = whole(&evaluator.warm().err().context("forged code was loaded")?);
        assert_says(&message, &["`select`", "cannot be loaded", expected]);
    }
    Ok(())
}

/// The same code, said to be compiled by another version: Wasmtime itself looks at the first number only.
fn of_version(code: &[u8], version: &[u8; 2]) -> anyhow::Result<Vec<u8>> {
    let stated = |bytes: &[u8]| bytes == b"\0\x0248";
    let at = code.windows(4).position(stated).context("no version in the code")?;
    let mut code = code.to_vec();
    code.iter_mut().skip(at + 2).zip(version).for_each(|(to, from)| *to = *from);
    Ok(code)
}

/// Code that would run without a limit.
fn without_fuel() -> anyhow::Result<Vec<u8>> {
    let engine = wasmtime::Engine::new(wasmtime::Config::new().concurrency_support(false))?;
    Ok(engine.precompile_component(&fs::read(rules()?.join("select.wasm"))?)?)
}

#[test]
fn a_precompiled_rule_set_is_not_precompiled_again() -> anyhow::Result<()> {
    let deployed = Deployed::new()?;
    let rule_set = deployed.load(Otherwise::Refuse)?;
    let error = precompile(&rule_set, &deployed.folder.path().join("again"), &deployed.signer);
    assert_says(&whole(&error.err().context("it was")?), &["was loaded from precompiled code"]);
    Ok(())
}

/// Wants two signers of every module's code, and knows a revoked one.
struct Policy {
    revoked: Option<Digest>,
    wanted: &'static [&'static str],
}

impl Trust for Policy {
    fn admit(&self, offered: &Offered<'_>) -> Result<Vec<String>, String> {
        match self.revoked == Some(offered.digest) {
            true => Err(format!("{} is revoked", offered.digest)),
            false => Ok(vec!["platform-team".to_owned(), "release".to_owned()]),
        }
    }

    fn admit_precompiled(&self, offered: &OfferedCode<'_>) -> Result<(), String> {
        if self.revoked == Some(offered.digest) {
            return Err(format!("{} is revoked", offered.digest));
        }
        let missing = self.wanted.iter().find(|name| !offered.signed_by.iter().any(|by| by == *name));
        missing.map_or(Ok(()), |name| Err(format!("layer {} needs {name}", offered.layer)))
    }
}

#[test]
fn precompiled_code_is_asked_about_as_its_module_would_be() -> anyhow::Result<()> {
    let deployed = Deployed::new()?;
    let load = |trust: &dyn Trust, otherwise| {
        RuleSet::load_precompiled(&deployed.path(), &deployed.signer.key(), trust, otherwise)
            .map_err(|error| whole(&error))
    };
    let nobody = Policy { revoked: None, wanted: &[] };
    assert!(load(&nobody, Otherwise::Refuse).is_ok());
    // It was compiled without a policy, so nobody is known to have signed the modules.
    let signers = Policy { revoked: None, wanted: &["platform-team"] };
    let refused = load(&signers, Otherwise::Refuse).err().context("unsigned code was loaded")?;
    assert_says(&refused, &["is not trusted: layer organisation needs platform-team", "manifest.json"]);

    let select = Digest::of(&fs::read(rules()?.join("select.wasm"))?);
    let revoking = Policy { revoked: Some(select), wanted: &[] };
    let expected = format!("{select} is revoked");
    let refused = load(&revoking, Otherwise::Refuse).err().context("revoked code was loaded")?;
    assert_says(&refused, &["`select`", &expected]);
    let deployed = Deployed::new()?.with_modules()?;
    let loaded =
        RuleSet::load_precompiled(&deployed.path(), &deployed.signer.key(), &revoking, Otherwise::Compile);
    assert_says(&whole(&loaded.err().context("a revoked module was compiled")?), &["`select`", &expected]);
    Ok(())
}

#[test]
fn precompiled_code_says_who_signed_its_module() -> anyhow::Result<()> {
    let deployed = Deployed::new()?.with_modules()?;
    let signers = Policy { revoked: None, wanted: &["platform-team", "release"] };
    let rule_set = RuleSet::load_with(&deployed.path(), &signers)?;
    precompile(&rule_set, &deployed.folder.path().join("compiled"), &deployed.signer)?;
    let loaded =
        RuleSet::load_precompiled(&deployed.path(), &deployed.signer.key(), &signers, Otherwise::Refuse)?;
    for binding in loaded.bindings() {
        assert_eq!(binding.signed_by(), ["platform-team", "release"]);
    }
    Ok(())
}

#[test]
fn a_precompiled_manifest_is_held_to_the_rules_for_manifests() -> anyhow::Result<()> {
    let deployed = Deployed::new()?;
    deployed.resign(|manifest| {
        if let Some(version) = manifest.pointer_mut("/rules/0/describes/version") {
            *version = "latest".into();
        }
    })?;
    assert_says(&deployed.refused()?, &["the version `latest` is not a semantic version"]);
    Ok(())
}

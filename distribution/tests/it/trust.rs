//! Every way in which trust can be missing, each refused with its reason.

use std::path::{Path, PathBuf};

use holdfast_distribution::{Kind, Offer, SignatureFile, Signed, SigningKey, Subject, TrustPolicy};
use holdfast_rule_set::Digest;
use tempfile::TempDir;

const MODULE: &[u8] = b"\0asm a module, as far as signatures are concerned";
const NOW: &str = "2026-11-21T08:00:00Z";

/// A folder with a module, a trust policy and two keys of which the policy knows both.
struct Case {
    folder: TempDir,
    platform: SigningKey,
    team: SigningKey,
}

impl Case {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (platform, team) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
        let case = Self { folder, platform, team };
        std::fs::write(case.module(), MODULE).unwrap();
        case
    }

    fn module(&self) -> PathBuf {
        self.folder.path().join("select.wasm")
    }

    /// The policy, with `more` at its top.
    fn policy(&self, more: &str) -> TrustPolicy {
        std::fs::write(self.folder.path().join("team.pub"), self.team.public().to_pem()).unwrap();
        let pem = self.platform.public().to_pem();
        let text = format!(
            r#"{more}
[[key]]
name = "platform-team"
public-key = """
{pem}"""
not-before = "2026-01-01T00:00:00Z"

[[key]]
name = "web-team"
file = "team.pub"

[rule-set]
any-of = ["platform-team"]

[layer.platform]
any-of = ["platform-team"]

[layer.organisation]
all-of = ["platform-team", "web-team"]

[layer.team]
any-of = ["platform-team", "web-team"]

[layer.lab]
unsigned = "allow"
"#
        );
        let path = self.folder.path().join("trust.toml");
        std::fs::write(&path, text).unwrap();
        TrustPolicy::load(&path).unwrap()
    }

    fn sign(&self, signatures: Vec<Signed>) {
        let mut file = SignatureFile::default();
        signatures.into_iter().for_each(|signed| file.add(signed));
        std::fs::write(self.folder.path().join("select.wasm.sig.json"), file.to_json()).unwrap();
    }

    fn admit(&self, layer: &str) -> Result<Option<String>, String> {
        self.admit_bytes(layer, MODULE)
    }

    fn admit_bytes(&self, layer: &str, bytes: &[u8]) -> Result<Option<String>, String> {
        let admitted = self.policy("").admit(layer, offer(&self.module(), bytes));
        let names = |names: Vec<String>| (!names.is_empty()).then(|| names.join(", "));
        admitted.map(names).map_err(|refusal| refusal.described())
    }
}

fn offer<'a>(path: &'a Path, bytes: &'a [u8]) -> Offer<'a> {
    Offer { path, digest: Digest::of(bytes), bytes, name_version: Some(("select", "1.2.0")) }
}

fn subject(kind: Kind, bytes: &[u8], version: &str) -> Subject {
    Subject {
        kind,
        digest: Digest::of(bytes),
        name: "select".parse().unwrap(),
        version: version.parse().unwrap(),
    }
}

fn signed(key: &SigningKey, bytes: &[u8]) -> Signed {
    Signed::new(subject(Kind::Rule, bytes, "1.2.0"), key, NOW.parse().unwrap())
}

#[track_caller]
fn refused(result: Result<Option<String>, String>, why: &[&str]) {
    let refusal = result.expect_err("it was admitted");
    for part in why {
        assert!(refusal.contains(part), "expected `{part}` in: {refusal}");
    }
}

#[test]
fn who_may_vouch_is_named() {
    let case = Case::new();
    case.sign(vec![signed(&case.platform, MODULE)]);
    assert_eq!(case.admit("platform"), Ok(Some("platform-team".to_owned())));
    assert_eq!(case.admit("team"), Ok(Some("platform-team".to_owned())));
    assert_eq!(case.admit("lab"), Ok(Some("platform-team".to_owned())));
    case.sign(vec![signed(&case.platform, MODULE), signed(&case.team, MODULE)]);
    assert_eq!(case.admit("organisation"), Ok(Some("platform-team, web-team".to_owned())));
}

#[test]
fn an_unsigned_module_is_refused_unless_it_may_be() {
    let case = Case::new();
    refused(
        case.admit("platform"),
        &["not signed", "select.wasm.sig.json", "layer `platform`", "`platform-team`"],
    );
    assert_eq!(case.admit("lab"), Ok(None));
    refused(case.admit("nowhere"), &["nothing about layer `nowhere`"]);
}

#[test]
fn a_tampered_module_is_refused() {
    let case = Case::new();
    case.sign(vec![signed(&case.platform, MODULE)]);
    let mut bytes = MODULE.to_vec();
    bytes[9] ^= 1;
    for layer in ["platform", "team", "lab"] {
        refused(case.admit_bytes(layer, &bytes), &["platform-team", "is for digest sha256:"]);
    }
}

#[test]
fn a_tampered_signature_is_refused() {
    let case = Case::new();
    case.sign(vec![signed(&case.platform, MODULE)]);
    let path = case.folder.path().join("select.wasm.sig.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let start = text.find("\"signature\": \"").unwrap() + 20;
    for at in start..start + 10 {
        let mut bytes = text.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        std::fs::write(&path, bytes).unwrap();
        refused(case.admit("platform"), &["is wrong", "`platform-team`"]);
    }
    std::fs::write(&path, text.replace("2026-11-21", "2026-11-22")).unwrap();
    refused(case.admit("platform"), &["is wrong"]);
    std::fs::write(&path, "{}").unwrap();
    refused(case.admit("lab"), &["not a signature file", "missing field"]);
    std::fs::write(&path, vec![b' '; 2 << 20]).unwrap();
    refused(case.admit("lab"), &["is larger than"]);
}

#[test]
fn a_wrong_key_is_refused() {
    let case = Case::new();
    let stranger = SigningKey::generate().unwrap();
    case.sign(vec![signed(&stranger, MODULE)]);
    let id = stranger.public().id().to_string();
    refused(case.admit("platform"), &[&id, "not in the trust policy", "`platform-team`"]);
    refused(case.admit("lab"), &[&id]);
    // Under the name of a key that is known.
    case.sign(vec![signed(&stranger, MODULE)]);
    let path = case.folder.path().join("select.wasm.sig.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace(&id, &case.platform.public().id().to_string())).unwrap();
    refused(case.admit("platform"), &["is wrong"]);
}

#[test]
fn the_right_key_for_another_layer_is_refused() {
    let case = Case::new();
    case.sign(vec![signed(&case.team, MODULE)]);
    assert_eq!(case.admit("team"), Ok(Some("web-team".to_owned())));
    refused(case.admit("platform"), &["signed by `web-team`", "layer `platform` requires `platform-team`"]);
    refused(case.admit("organisation"), &["requires all of `platform-team`, `web-team`"]);
}

#[test]
fn a_revoked_digest_is_refused_wherever_it_is_bound() {
    let case = Case::new();
    case.sign(vec![signed(&case.platform, MODULE)]);
    let policy = case.policy(&format!("revoked = [\"{}\"]", Digest::of(MODULE)));
    for layer in ["platform", "lab"] {
        let refusal = policy.admit(layer, offer(&case.module(), MODULE)).unwrap_err().described();
        assert!(refusal.contains("is revoked"), "{refusal}");
    }
}

#[test]
fn precompiled_code_needs_what_its_module_would_need() {
    let case = Case::new();
    let policy = case.policy("");
    let digest = Digest::of(MODULE);
    let admitted = |layer: &str, names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        policy.admit_code(layer, digest, &names).map(|()| None).map_err(|refusal| refusal.described())
    };
    let (platform, team) = ("platform-team", "web-team");
    for (layer, names) in [
        ("platform", &[platform][..]),
        ("platform", &[platform, team]),
        ("organisation", &[platform, team]),
        ("team", &[team]),
        ("lab", &[]),
        ("lab", &[team]),
    ] {
        assert_eq!(admitted(layer, names), Ok(None), "{layer} {names:?}");
    }
    refused(
        admitted("platform", &[]),
        &["not known to be signed", "layer `platform` requires `platform-team`", "--trust"],
    );
    refused(admitted("platform", &[team]), &["signed by `web-team`", "requires `platform-team`"]);
    refused(admitted("organisation", &[team]), &["requires all of `platform-team`, `web-team`"]);
    refused(admitted("lab", &["stranger"]), &["signed by `stranger`"]);
    refused(admitted("nowhere", &[platform]), &["nothing about layer `nowhere`"]);
    let revoking = case.policy(&format!("revoked = [\"{digest}\"]"));
    for (layer, names) in [("lab", vec![]), ("platform", vec![platform.to_owned()])] {
        let refusal = revoking.admit_code(layer, digest, &names).unwrap_err().described();
        assert!(refusal.contains("is revoked"), "{refusal}");
    }
}

#[test]
fn the_signature_of_another_module_is_refused() {
    let case = Case::new();
    case.sign(vec![signed(&case.platform, b"\0asm another module")]);
    refused(case.admit("platform"), &["is for digest", &Digest::of(b"\0asm another module").to_string()]);
}

#[test]
fn a_statement_about_another_version_or_name_is_refused() {
    let case = Case::new();
    let older = Signed::new(subject(Kind::Rule, MODULE, "1.1.0"), &case.platform, NOW.parse().unwrap());
    case.sign(vec![older]);
    refused(case.admit("platform"), &["is for version `1.1.0`, but this is `1.2.0`"]);
    let mut other = subject(Kind::Rule, MODULE, "1.2.0");
    other.name = "retention".parse().unwrap();
    case.sign(vec![Signed::new(other, &case.platform, NOW.parse().unwrap())]);
    refused(case.admit("platform"), &["is for name `retention`"]);
}

#[test]
fn a_signature_from_before_the_keys_time_is_refused() {
    let case = Case::new();
    let early = "2025-12-31T23:59:59Z".parse().unwrap();
    case.sign(vec![Signed::new(subject(Kind::Rule, MODULE, "1.2.0"), &case.platform, early)]);
    refused(case.admit("platform"), &["signed at 2025-12-31T23:59:59Z", "from 2026-01-01T00:00:00Z on"]);
    let first = "2026-01-01T00:00:00Z".parse().unwrap();
    case.sign(vec![Signed::new(subject(Kind::Rule, MODULE, "1.2.0"), &case.platform, first)]);
    assert_eq!(case.admit("platform"), Ok(Some("platform-team".to_owned())));
}

#[test]
fn a_wrong_signature_takes_nothing_from_a_right_one() {
    let case = Case::new();
    let stranger = SigningKey::generate().unwrap();
    let old = Signed::new(subject(Kind::Rule, MODULE, "1.1.0"), &case.team, NOW.parse().unwrap());
    case.sign(vec![signed(&stranger, MODULE), old, signed(&case.platform, MODULE)]);
    assert_eq!(case.admit("platform"), Ok(Some("platform-team".to_owned())));
    refused(case.admit("organisation"), &["is for version `1.1.0`"]);
}

#[test]
fn a_rule_is_no_rule_set() {
    let case = Case::new();
    let path = case.folder.path().join("ruleset.toml");
    let bytes = b"revision = 7\n";
    let offered = Offer { name_version: Some(("select", "1.2.0")), ..offer(&path, bytes) };
    let write = |kind| {
        let mut file = SignatureFile::default();
        file.add(Signed::new(subject(kind, bytes, "1.2.0"), &case.platform, NOW.parse().unwrap()));
        std::fs::write(case.folder.path().join("ruleset.toml.sig.json"), file.to_json()).unwrap();
    };
    let policy = case.policy("");
    assert!(
        policy
            .admit_rule_set(offered)
            .unwrap_err()
            .described()
            .contains("the rule set requires `platform-team`")
    );
    write(Kind::Rule);
    let refusal = policy.admit_rule_set(offered).unwrap_err().described();
    assert!(refusal.contains("is for kind rule, but this is rule-set"), "{refusal}");
    write(Kind::RuleSet);
    assert_eq!(policy.admit_rule_set(offered).unwrap(), ["platform-team"]);
    let older = Offer { name_version: Some(("select", "1.3.0")), ..offered };
    assert!(policy.admit_rule_set(older).is_err());
}

#[test]
fn a_mistake_in_the_policy_is_named_by_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trust.toml");
    let key = SigningKey::generate().unwrap().public().to_pem().replace('\n', "\\n");
    let named = |name: &str| format!("[[key]]\nname = \"{name}\"\npublic-key = \"{key}\"\n");
    let identity = "[[identity]]\nname = \"ci\"\nissuer = \"https://i\"\nsubject = ";
    for (text, place) in [
        ("revoked = [\"sha256:12\"]".to_owned(), "`revoked[0]`"),
        ("unsigned = \"allow\"".to_owned(), "unknown field `unsigned`"),
        (named("a") + "colour = 1", "`key[0]"),
        (named("a") + &named("a"), "`key[1].name`"),
        (named("a") + &named("b"), "are the same key"),
        ("[[key]]\nname = \"a\"".to_owned(), "`public-key` or `file`"),
        ("[[key]]\nname = \"a\"\npublic-key = \"AAAA\"".to_owned(), "`key[0].public-key`"),
        ("[[key]]\nname = \"a\"\nfile = \"nowhere.pub\"".to_owned(), "nowhere.pub"),
        (named("a") + "not-before = \"yesterday\"", "`key[0].not-before`"),
        (format!("{identity}\"*\""), "`identity[0].subject`"),
        ("[layer.team]\nany-of = [\"b\"]".to_owned(), "`b` is neither a key nor an identity"),
        (named("a") + "[layer.team]\nany-of = [\"a\"]\nall-of = [\"a\"]", "not both"),
        ("[layer.team]\n".to_owned(), "no signer is listed"),
        ("[layer.team]\nany-of = []".to_owned(), "list is empty"),
        ("[layer.team]\nunsigned = \"maybe\"".to_owned(), "`layer.team.unsigned`"),
        ("[sigstore]\ntrusted-root = \"none.json\"".to_owned(), "none.json"),
        ("[[key".to_owned(), "`the file`"),
    ] {
        std::fs::write(&path, &text).unwrap();
        let error = anyhow::Error::new(TrustPolicy::load(&path).expect_err(&text));
        let described = format!("{error:#}");
        assert!(described.contains(place), "{text}\n{described}");
    }
    assert!(TrustPolicy::load(&folder.path().join("absent.toml")).is_err());
}

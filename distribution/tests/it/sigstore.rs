//! A bundle that the public sigstore instance really signed, verified without a network.
//!
//! It is the sigstore crates' own test material, read from where cargo unpacked them: a text signed
//! by a person with cosign. To a signature a module is bytes, as that text is.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use holdfast_distribution::{BundleVerifier, Offer, TrustPolicy};
use holdfast_rule_set::Digest;
use tempfile::TempDir;

const ISSUER: &str = "https://github.com/login/oauth";

/// The folder of the crate's bundles.
fn bundles() -> PathBuf {
    unpacked("sigstore-verify").join("test_data/bundles")
}

/// Where cargo unpacked a crate.
fn unpacked(name: &str) -> PathBuf {
    // Cargo is asked once: it resolves the whole workspace for each answer, and waits for whatever else it does.
    static METADATA: OnceLock<serde_json::Value> = OnceLock::new();
    let metadata = METADATA.get_or_init(|| {
        // This machine's platform only: what others need has never been downloaded where nobody built for them.
        let version = cargo(&["--version", "--verbose"]);
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let metadata = cargo(&["metadata", "--format-version", "1", "--offline", "--filter-platform", host]);
        serde_json::from_str(&metadata).unwrap()
    });
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == name).unwrap();
    Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap().to_owned()
}

fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output =
        Command::new(cargo).current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(bundles().join(name)).unwrap()
}

/// A module with its bundle beside it.
fn laid_out(bytes: &[u8], bundle: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("select.wasm");
    std::fs::write(&path, bytes).unwrap();
    std::fs::write(folder.path().join("select.wasm.sigstore.json"), bundle).unwrap();
    (folder, path)
}

/// A policy that wants an identity.
fn policy(folder: &Path, issuer: &str, subject: &str, more: &str) -> TrustPolicy {
    let text = format!(
        "[[identity]]\nname = \"signer\"\nissuer = \"{issuer}\"\nsubject = \"{subject}\"\n{more}\n\
         [layer.team]\nany-of = [\"signer\"]\n"
    );
    let path = folder.join("trust.toml");
    std::fs::write(&path, text).unwrap();
    TrustPolicy::load(&path).unwrap()
}

fn admit(policy: &TrustPolicy, path: &Path, bytes: &[u8]) -> Result<Vec<String>, String> {
    let offer = Offer { path, digest: Digest::of(bytes), bytes, name_version: Some(("select", "1.2.0")) };
    policy.admit("team", offer).map_err(|refusal| refusal.described())
}

#[test]
fn the_signer_of_a_real_bundle_is_known() {
    let (artifact, bundle) = (read("cosign-v3-blob.txt"), read("cosign-v3-blob.sigstore.json"));
    let signer = BundleVerifier::public_good().unwrap().signer(&artifact, &bundle).unwrap();
    assert_eq!(signer.issuer, ISSUER);
    assert!(signer.subject.contains('@'), "{}", signer.subject);
    assert_eq!(signer.signed_at.to_string().get(..10), Some("2025-12-03"));
    let (folder, path) = laid_out(&artifact, &bundle);
    let whole = policy(folder.path(), ISSUER, &signer.subject, "");
    assert_eq!(admit(&whole, &path, &artifact), Ok(vec!["signer".to_owned()]));
    let (_, domain) = signer.subject.split_once('@').unwrap();
    let pattern = policy(folder.path(), ISSUER, &format!("*@{domain}"), "");
    assert_eq!(admit(&pattern, &path, &artifact), Ok(vec!["signer".to_owned()]));
}

#[test]
fn whoever_else_signed_is_refused() {
    let (artifact, bundle) = (read("cosign-v3-blob.txt"), read("cosign-v3-blob.sigstore.json"));
    let (folder, path) = laid_out(&artifact, &bundle);
    let other_issuer = policy(folder.path(), "https://accounts.google.com", "*@*", "");
    let refusal = admit(&other_issuer, &path, &artifact).unwrap_err();
    assert!(refusal.contains(ISSUER) && refusal.contains("not in the trust policy"), "{refusal}");
    let other_subject = policy(folder.path(), ISSUER, "*@contoso.com", "");
    assert!(admit(&other_subject, &path, &artifact).unwrap_err().contains("requires `signer`"));
    let later = policy(folder.path(), ISSUER, "*@*", "not-before = \"2026-01-01T00:00:00Z\"");
    assert!(admit(&later, &path, &artifact).unwrap_err().contains("signed at 2025-12-03T"));
}

#[test]
fn a_tampered_artifact_or_bundle_is_refused() {
    let (artifact, bundle) = (read("cosign-v3-blob.txt"), read("cosign-v3-blob.sigstore.json"));
    let text = String::from_utf8(bundle.clone()).unwrap();
    let (folder, path) = laid_out(&artifact, &bundle);
    let trusted = policy(folder.path(), ISSUER, "*@*", "");
    assert!(admit(&trusted, &path, &artifact).is_ok());
    let mut changed = artifact.clone();
    changed[0] ^= 1;
    assert!(admit(&trusted, &path, &changed).unwrap_err().contains("does not verify"));
    for (from, to) in [
        ("\"integratedTime\":\"1764787003\"", "\"integratedTime\":\"1764787004\""),
        ("\"rootHash\":\"dMho", "\"rootHash\":\"dMhp"),
        ("\"signature\":\"MEUC", "\"signature\":\"MEUD"),
    ] {
        assert!(text.contains(from), "the bundle has no {from}");
        std::fs::write(folder.path().join("select.wasm.sigstore.json"), text.replace(from, to)).unwrap();
        let refusal = admit(&trusted, &path, &artifact).unwrap_err();
        assert!(refusal.contains("select.wasm.sigstore.json can't be used"), "{from}: {refusal}");
    }
}

#[test]
fn bundles_that_must_not_verify_do_not() {
    let verifier = BundleVerifier::public_good().unwrap();
    let artifact = read("cosign-v3-blob.txt");
    for name in [
        "bundle_no_log_entry.txt.sigstore",
        "bundle_invalid_version.txt.sigstore",
        "bundle_no_cert_v1.txt.sigstore",
        "bundle_no_checkpoint.txt.sigstore",
        "bundle_cve_2022_36056.txt.sigstore",
        "dsse-2sigs.sigstore.json",
    ] {
        assert!(verifier.signer(&artifact, &read(name)).is_err(), "{name}");
    }
    for nonsense in [b"".as_slice(), b"{}", b"\xff\xfe", b"[1, 2]"] {
        assert!(verifier.signer(&artifact, nonsense).is_err());
    }
}

#[test]
fn another_root_does_not_know_the_signer() {
    let (artifact, bundle) = (read("cosign-v3-blob.txt"), read("cosign-v3-blob.sigstore.json"));
    let root = bundles().join("../trusted_roots/scaffolding.json");
    let verifier = BundleVerifier::from_json(&std::fs::read_to_string(root).unwrap()).unwrap();
    assert!(verifier.signer(&artifact, &bundle).is_err());
    let same = unpacked("sigstore-trust-root").join("src/trusted_root.json");
    let verifier = BundleVerifier::from_json(&std::fs::read_to_string(same).unwrap()).unwrap();
    assert!(verifier.signer(&artifact, &bundle).is_ok());
    assert!(BundleVerifier::from_json("{}").is_err());
}

#[test]
fn a_bundle_of_cosigns_older_form_is_told_from_nonsense() {
    let verifier = BundleVerifier::public_good().unwrap();
    let older =
        br#"{"base64Signature": "MEUC", "cert": "LS0t", "rekorBundle": {"SignedEntryTimestamp": "MEQ"}}"#;
    let error = verifier.signer(b"module", older).unwrap_err().to_string();
    assert!(error.contains("--new-bundle-format"), "{error}");
    let nonsense = verifier.signer(b"module", b"{\"some\": 1}").unwrap_err().to_string();
    assert!(!nonsense.contains("--new-bundle-format"), "{nonsense}");
}

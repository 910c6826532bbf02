//! Keys and signatures as OpenSSL sees them: nobody needs Holdfast to check a signature.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use holdfast_distribution::{Kind, PublicKey, SignatureFile, Signed, SigningKey, Subject};
use holdfast_rule_set::Digest;

fn openssl(folder: &Path, arguments: &[&str]) -> bool {
    let output = Command::new("openssl").current_dir(folder).args(arguments).output();
    output.expect("the tests need openssl 3 (Debian: apt-get install openssl)").status.success()
}

#[test]
fn openssl_verifies_what_we_sign() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let key = SigningKey::generate().unwrap();
    let subject = Subject {
        kind: Kind::Rule,
        digest: Digest::of(b"module"),
        name: "select".parse().unwrap(),
        version: "1.2.0".parse().unwrap(),
    };
    let mut file = SignatureFile::default();
    file.add(Signed::new(subject, &key, "2026-11-21T08:00:00Z".parse().unwrap()));
    let json: serde_json::Value = serde_json::from_str(&file.to_json()).unwrap();
    let signature = json["signatures"][0]["signature"].as_str().unwrap();
    let signature = base64::engine::general_purpose::STANDARD.decode(signature).unwrap();
    std::fs::write(at("signature"), signature).unwrap();
    std::fs::write(at("key.pub"), key.public().to_pem()).unwrap();
    let text = file.signatures()[0].statement.signed_text();
    std::fs::write(at("statement"), &text).unwrap();
    let verify = [
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        "key.pub",
        "-rawin",
        "-in",
        "statement",
        "-sigfile",
        "signature",
    ];
    assert!(openssl(folder.path(), &verify));
    std::fs::write(at("statement"), text.replace("1.2.0", "1.2.1")).unwrap();
    assert!(!openssl(folder.path(), &verify));
}

#[test]
fn keys_of_openssl_are_taken_and_ours_are_taken_by_it() {
    let folder = tempfile::tempdir().unwrap();
    let text = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(openssl(folder.path(), &["genpkey", "-algorithm", "ed25519", "-out", "a.key"]));
    assert!(openssl(folder.path(), &["pkey", "-in", "a.key", "-pubout", "-out", "a.pub"]));
    let key = SigningKey::from_pem(&text("a.key")).unwrap();
    assert_eq!(PublicKey::parse(&text("a.pub")).unwrap(), *key.public());
    std::fs::write(folder.path().join("b.key"), SigningKey::generate().unwrap().to_pem().unwrap()).unwrap();
    assert!(openssl(folder.path(), &["pkey", "-in", "b.key", "-noout", "-check"]));
    assert!(openssl(
        folder.path(),
        &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "c.key"]
    ));
    assert!(SigningKey::from_pem(&text("c.key")).is_err());
}

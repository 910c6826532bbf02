//! Publishing, fetching and listing against the real registry.

use holdfast_distribution::{
    ArtifactKind, Credentials, Kind, Labels, PushedFile, RegistryError, SignatureFile, Signed, SigningKey,
    Subject,
};
use holdfast_rule_set::Digest;

use crate::docker_registry::{DockerRegistry, PASSWORD, ann, anonymous, client};

pub(crate) fn labels() -> Labels {
    let summary = "chooses what is protected".into();
    Labels { name: "select".into(), version: "1.2.0".into(), summary, ..Labels::default() }
}

pub(crate) fn signatures(module: &[u8], key: &SigningKey) -> SignatureFile {
    let subject = Subject {
        kind: Kind::Rule,
        digest: Digest::of(module),
        name: "select".parse().unwrap(),
        version: "1.2.0".parse().unwrap(),
    };
    let mut file = SignatureFile::default();
    file.add(Signed::new(subject, key, "2026-11-21T08:00:00Z".parse().unwrap()));
    file
}

/// As large as a rule in JavaScript, and never twice the same at any place.
pub(crate) fn module(size: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(size).collect()
}

#[tokio::test]
async fn a_rule_travels_with_its_signatures() {
    let Some(running) = DockerRegistry::start().await else { return };
    let (registry, module) = (anonymous(), module(11 << 20));
    let tag = running.tagged("rules/select", "1.2.0");
    let pushed = registry.push_rule(&tag, &module, &labels()).await.unwrap();
    let again = registry.push_rule(&tag, &module, &labels()).await.unwrap();
    assert_eq!(pushed, again, "publishing again changes nothing");
    assert_eq!(registry.resolve(&tag).await.unwrap(), pushed.artifact);

    let unsigned = registry.pull(&pushed.reference).await.unwrap();
    assert_eq!((unsigned.kind, unsigned.content()), (ArtifactKind::Rule, module.as_slice()));
    assert_eq!((unsigned.labels, unsigned.signatures, unsigned.bundle), (labels(), None, None));

    // Signed afterwards, by two, without a change to what is pinned.
    let keys = [SigningKey::generate().unwrap(), SigningKey::generate().unwrap()];
    for key in &keys {
        let file = signatures(&module, key).to_json();
        for _ in 0..2 {
            registry.attach_signatures(&tag.repository, pushed.artifact, file.as_bytes()).await.unwrap();
        }
    }
    registry.attach_bundle(&tag.repository, pushed.artifact, b"{\"a\": \"bundle\"}").await.unwrap();
    registry.attach_signatures(&tag.repository, pushed.artifact, b"nonsense").await.unwrap();
    let pulled = registry.pull(&tag).await.unwrap();
    assert_eq!(pulled.reference, pushed.reference);
    let signatures = pulled.signatures.unwrap();
    assert_eq!(signatures.signatures().len(), 2, "each once, and no nonsense");
    assert!(keys.iter().zip(signatures.signatures()).all(|(key, signed)| signed.is_by(key.public())));
    assert_eq!(pulled.bundle.as_deref(), Some(b"{\"a\": \"bundle\"}".as_slice()));

    let newer = running.tagged("rules/select", "1.3.0");
    registry
        .push_rule(&newer, b"\0asm newer", &Labels { version: "1.3.0".into(), ..labels() })
        .await
        .unwrap();
    let listed = registry.list(&tag.repository).await.unwrap();
    let rows: Vec<(&str, &str, usize)> = listed
        .iter()
        .map(|one| (one.tag.as_str(), one.labels.version.as_str(), one.signed_by.len()))
        .collect();
    assert_eq!(rows, [("1.2.0", "1.2.0", 3), ("1.3.0", "1.3.0", 0)], "no tag of ours among them");
    assert_eq!((listed[0].digest, listed[0].bytes), (pushed.artifact, 11 << 20));
}

#[tokio::test]
async fn a_tag_may_move_and_a_digest_stays() {
    let Some(running) = DockerRegistry::start().await else { return };
    let (registry, tag) = (anonymous(), running.tagged("select", "stable"));
    let first = registry.push_rule(&tag, b"\0asm one", &labels()).await.unwrap();
    let second = registry.push_rule(&tag, b"\0asm two", &labels()).await.unwrap();
    assert_eq!(registry.pull(&tag).await.unwrap().content(), b"\0asm two");
    assert_eq!(registry.pull(&first.reference).await.unwrap().content(), b"\0asm one");
    assert_ne!(first.artifact, second.artifact);
}

#[tokio::test]
async fn a_rule_set_travels_as_one_artifact() {
    let Some(running) = DockerRegistry::start().await else { return };
    let (registry, tag) = (anonymous(), running.tagged("rule-sets/prod", "7"));
    let file = |path: &str, bytes: &[u8]| PushedFile { path: path.to_owned(), bytes: bytes.to_vec() };
    let files = [
        file("ruleset.toml", b"revision = 7\n"),
        file("select.wasm", b"\0asm"),
        file("compiled/x.bin", b"code"),
    ];
    let pushed = registry.push_rule_set(&tag, &files, &labels()).await.unwrap();
    assert_eq!(pushed.content, Digest::of(b"revision = 7\n"));
    let pulled = registry.pull(&pushed.reference).await.unwrap();
    assert_eq!(pulled.kind, ArtifactKind::RuleSet);
    let paths: Vec<&str> = pulled.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["ruleset.toml", "select.wasm", "compiled/x.bin"]);

    for path in ["../../outside", "/etc/passwd", "a/../../b", ""] {
        let evil = [file("ruleset.toml", b"revision = 8\n"), file(path, b"x")];
        let pushed = registry.push_rule_set(&tag, &evil, &labels()).await.unwrap();
        let error = registry.pull(&pushed.reference).await.unwrap_err().to_string();
        assert!(error.contains("title is unusable"), "{path}: {error}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let Some(running) = DockerRegistry::start().await else { return };
    let registry = anonymous();
    let missing = registry.pull(&running.tagged("nothing", "1")).await.unwrap_err();
    assert!(matches!(missing, RegistryError::Missing { .. }), "{missing}");
    let absent = registry.list(&running.repository("nothing")).await.unwrap_err();
    assert!(matches!(absent, RegistryError::Missing { .. }), "{absent}");
    let closed = "oci://127.0.0.1:1/rules/select:1".parse().unwrap();
    let error = registry.pull(&closed).await.unwrap_err();
    assert!(matches!(error, RegistryError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("127.0.0.1:1/v2/rules/select"), "{error}");
}

#[tokio::test]
async fn a_guarded_registry_wants_a_password() {
    let Some(running) = DockerRegistry::start_guarded().await else { return };
    let tag = running.tagged("rules/select", "1");
    let pushed = client(ann(PASSWORD)).push_rule(&tag, b"\0asm", &labels()).await.unwrap();
    assert_eq!(client(ann(PASSWORD)).pull(&pushed.reference).await.unwrap().content(), b"\0asm");
    for (credentials, user) in [(Credentials::Anonymous, "an anonymous caller"), (ann("wrong"), "`ann`")] {
        let error = client(credentials.clone()).pull(&tag).await.unwrap_err().to_string();
        assert!(error.contains(user) && error.contains("docker login 127.0.0.1:"), "{error}");
        assert!(!error.contains("wrong"), "{error}");
        assert!(client(credentials).push_rule(&tag, b"\0asm", &labels()).await.is_err());
    }
}

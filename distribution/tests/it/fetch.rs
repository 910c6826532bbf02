//! Whole rule sets from folders and registries, and what happens when something is wrong with them.

use std::path::{Path, PathBuf};

use holdfast_distribution::{FetchError, Fetcher, SigningKey, Source, rule_set_files};
use holdfast_rule_set::Digest;
use tempfile::TempDir;

use crate::docker_registry::{DockerRegistry, anonymous, hasty};
use crate::oci::{labels, signatures};

const LOCAL: &[u8] = b"\0asm beside";
const REMOTE: &[u8] = b"\0asm from elsewhere";

/// A folder with a rule set of one module beside it, and of `more`.
fn rule_set(more: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("compiled")).unwrap();
    std::fs::write(at("compiled/x86.bin"), b"native").unwrap();
    std::fs::write(at("beside.wasm"), LOCAL).unwrap();
    std::fs::write(at("beside.wasm.sig.json"), b"{}").unwrap();
    std::fs::write(at("ruleset.toml.sig.json"), b"{}").unwrap();
    std::fs::write(at("notes.txt"), b"not part of it").unwrap();
    let text = format!(
        "revision = 7\n\n[[rule]]\nid = \"beside\"\nmodule = \"beside.wasm\"\ndigest = \"{}\"\n{more}",
        Digest::of(LOCAL)
    );
    std::fs::write(at("ruleset.toml"), text).unwrap();
    folder
}

fn from(folder: &Path) -> Source {
    Source::Folder(folder.to_owned())
}

fn fetcher(cache: &Path) -> Fetcher {
    Fetcher::new(cache).unwrap().with_retry_time(hasty(), std::time::Duration::from_secs(60))
}

fn files_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    let mut names: Vec<String> =
        found.iter().map(|path| path.strip_prefix(folder).unwrap().display().to_string()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_folder_is_taken_as_it_is_now() {
    let (source, cache) = (rule_set(""), tempfile::tempdir().unwrap());
    let fetched = fetcher(cache.path()).fetch(&from(source.path())).await.unwrap();
    let folder = fetched.ruleset.parent().unwrap();
    let expected =
        ["beside.wasm", "beside.wasm.sig.json", "compiled/x86.bin", "ruleset.toml", "ruleset.toml.sig.json"];
    assert_eq!(files_below(folder), expected);
    let file = Source::Folder(source.path().join("ruleset.toml"));
    assert_eq!(fetcher(cache.path()).fetch(&file).await.unwrap().ruleset, fetched.ruleset);
    // A later change makes another folder and leaves the first alone.
    std::fs::write(source.path().join("compiled/x86.bin"), b"other").unwrap();
    let later = fetcher(cache.path()).fetch(&from(source.path())).await.unwrap();
    assert_ne!(later.ruleset, fetched.ruleset);
    assert_eq!(later.digest, fetched.digest);
    assert_eq!(std::fs::read(folder.join("compiled/x86.bin")).unwrap(), b"native");
}

#[tokio::test]
async fn modules_come_from_a_registry_with_their_signatures() {
    let Some(running) = DockerRegistry::start().await else { return };
    let registry = anonymous();
    let pushed = registry.push_rule(&running.tagged("rules/far", "1"), REMOTE, &labels()).await.unwrap();
    let key = SigningKey::generate().unwrap();
    let file = signatures(REMOTE, &key);
    let repository = running.repository("rules/far");
    registry.attach_signatures(&repository, pushed.artifact, file.to_json().as_bytes()).await.unwrap();
    let rule = format!(
        "\n[[rule]]\nid = \"far\"\nmodule = \"{}\"\ndigest = \"{}\"\n",
        pushed.reference, pushed.content
    );
    let (source, cache) = (rule_set(&rule), tempfile::tempdir().unwrap());
    let fetched = fetcher(cache.path()).fetch(&from(source.path())).await.unwrap();
    let name = format!("modules/{}.wasm", pushed.content.to_string().replace(':', "-"));
    let folder = fetched.ruleset.parent().unwrap();
    assert_eq!(std::fs::read(folder.join(&name)).unwrap(), REMOTE);
    assert_eq!(std::fs::read_to_string(folder.join(name + ".sig.json")).unwrap(), file.to_json());

    // The module is in the cache: the registry's copy may go.
    std::fs::remove_file(running.kept_as(pushed.content)).unwrap();
    assert_eq!(fetcher(cache.path()).fetch(&from(source.path())).await.unwrap(), fetched);
    let empty = tempfile::tempdir().unwrap();
    assert!(fetcher(empty.path()).fetch(&from(source.path())).await.is_err());
}

#[tokio::test]
async fn a_rule_set_comes_from_a_registry_by_tag_and_by_digest() {
    let Some(running) = DockerRegistry::start().await else { return };
    let registry = anonymous();
    let far = registry.push_rule(&running.tagged("rules/far", "1"), REMOTE, &labels()).await.unwrap();
    let rule =
        format!("\n[[rule]]\nid = \"far\"\nmodule = \"{}\"\ndigest = \"{}\"\n", far.reference, far.content);
    let (source, cache) = (rule_set(&rule), tempfile::tempdir().unwrap());
    let files = rule_set_files(&source.path().join("ruleset.toml")).await.unwrap();
    assert_eq!(files.len(), 5, "what is elsewhere stays there");
    let tag = running.tagged("rule-sets/prod", "stable");
    let pushed = registry.push_rule_set(&tag, &files, &labels()).await.unwrap();
    let by_tag = fetcher(cache.path()).fetch(&Source::Oci(tag.clone())).await.unwrap();
    let by_digest = fetcher(cache.path()).fetch(&Source::Oci(pushed.reference.clone())).await.unwrap();
    assert_eq!(by_tag, by_digest, "a tag is resolved, and said so");
    assert_eq!(by_tag.source, Source::Oci(pushed.reference));
    assert_eq!(files_below(by_tag.ruleset.parent().unwrap()).len(), 6);
    // From the folder itself it is the same set.
    let from_folder = fetcher(cache.path()).fetch(&from(source.path())).await.unwrap();
    assert_eq!((from_folder.ruleset, from_folder.digest), (by_tag.ruleset, by_tag.digest));
    let single = fetcher(cache.path()).fetch(&Source::Oci(far.reference)).await.unwrap_err();
    assert!(single.to_string().contains("is not a rule set: it is a single rule"), "{single}");
}

#[tokio::test]
async fn sixteen_at_once_fetch_the_same() {
    let Some(running) = DockerRegistry::start().await else { return };
    let far = anonymous().push_rule(&running.tagged("far", "1"), REMOTE, &labels()).await.unwrap();
    let rule =
        format!("\n[[rule]]\nid = \"far\"\nmodule = \"{}\"\ndigest = \"{}\"\n", far.reference, far.content);
    let (source, cache) = (rule_set(&rule), tempfile::tempdir().unwrap());
    let source = from(source.path());
    let fetches = (0..16).map(|_| async { fetcher(cache.path()).fetch(&source).await.unwrap() });
    let fetched = futures::future::join_all(fetches).await;
    assert!(fetched.iter().all(|one| *one == fetched[0]));
    assert_eq!(files_below(&cache.path().join("unfinished")), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_wrong_is_named_and_leaves_nothing_behind() {
    let Some(running) = DockerRegistry::start().await else { return };
    let far = anonymous().push_rule(&running.tagged("far", "1"), REMOTE, &labels()).await.unwrap();
    let (artifact, digest) = (far.reference.to_string(), far.content.to_string());
    let other = Digest::of(b"other").to_string();
    let rule = |module: &str, digest: &str| {
        let digest = if digest.is_empty() { String::new() } else { format!("digest = \"{digest}\"\n") };
        format!("\n[[rule]]\nid = \"x\"\nmodule = \"{module}\"\n{digest}")
    };
    let tagged = running.tagged("far", "1").to_string();
    let nowhere = format!("oci://127.0.0.1:1/far@{other}");
    for (more, problem) in [
        (rule(&artifact, &other), "is not the module that the rule set pins"),
        (rule(&artifact, ""), "add `digest = \"sha256:...\"`"),
        (rule(&tagged, &digest), "in place of the tag"),
        (rule(&artifact, "sha256:12"), "at `rule `x``"),
        (rule("../outside.wasm", &digest), "the module's path is unusable"),
        (rule("ftp://h/x", &digest), "the module's reference is unusable"),
        (rule("https://evil.example/c/x.wasm", &digest), "no credentials are sent there"),
        (rule("absent.wasm", &digest), "there is no module `absent.wasm`"),
        (rule(&nowhere, &other), "could not reach http://127.0.0.1:1/"),
        ("\n[[rule]]\nid = 1\n".to_owned(), "at `rule[1].id`"),
        ("\n[[rule".to_owned(), "at `the file`"),
    ] {
        let (source, cache) = (rule_set(&more), tempfile::tempdir().unwrap());
        let error = fetcher(cache.path()).fetch(&from(source.path())).await.expect_err(&more);
        let described = format!("{:#}", anyhow::Error::new(error));
        assert!(described.contains(problem), "{more}\n{described}");
        assert_eq!(files_below(cache.path()), Vec::<String>::new(), "{more}");
    }
    let (source, cache) = (rule_set(""), tempfile::tempdir().unwrap());
    std::fs::write(source.path().join("beside.wasm"), b"\0asm changed").unwrap();
    let error = fetcher(cache.path()).fetch(&from(source.path())).await.unwrap_err();
    assert!(matches!(error, FetchError::WrongModule { .. }), "{error}");
    let absent = fetcher(cache.path()).fetch(&from(&source.path().join("nowhere"))).await.unwrap_err();
    assert!(absent.to_string().contains("there is no rule set at"), "{absent}");
}

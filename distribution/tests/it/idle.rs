//! What looking costs while nothing changes, and what a change costs.

use std::path::Path;

use azure_core::http::RequestContent;
use holdfast_azure::StorageOptions;
use holdfast_distribution::{Fetcher, PushedFile, SigningKey, Source};
use holdfast_rule_set::Digest;

use crate::azurite::{Azurite, options};
use crate::counter::Counter;
use crate::docker_registry::{DockerRegistry, anonymous, hasty};
use crate::oci::{labels, module, signatures};

/// Looks in an hour, at one in half a minute.
const HOUR: usize = 120;
/// As large as a rule in JavaScript.
const LARGE: usize = 12 << 20;

fn fetcher(cache: &Path) -> Fetcher {
    Fetcher::new(cache).unwrap().with_retry_time(hasty(), std::time::Duration::from_secs(60))
}

fn set(revision: u32, rules: &str) -> Vec<u8> {
    format!("revision = {revision}\n{rules}").into_bytes()
}

fn beside(name: &str, bytes: &[u8]) -> String {
    format!("[[rule]]\nid = \"{name}\"\nmodule = \"{name}.wasm\"\ndigest = \"{}\"\n", Digest::of(bytes))
}

async fn upload(options: &StorageOptions, path: &str, bytes: Vec<u8>) {
    let container = options.container_client("rules").unwrap();
    let blob = container.blob_client(path).block_blob_client();
    blob.upload(RequestContent::from(bytes), None).await.unwrap();
}

#[tokio::test]
async fn an_idle_hour_at_a_container_is_a_list_for_each_look() {
    let Some(azurite) = Azurite::start().await else { return };
    let direct = &azurite.options;
    let port: u16 = direct.blob_endpoint().split([':', '/']).nth(4).unwrap().parse().unwrap();
    direct.container_client("rules").unwrap().create(None).await.unwrap();
    let (large, other) = (module(LARGE), module(300_000));
    let rules = beside("large", &large) + &beside("other", &other);
    upload(direct, "prod/ruleset.toml", set(1, &rules)).await;
    upload(direct, "prod/large.wasm", large.clone()).await;
    upload(direct, "prod/other.wasm", other.clone()).await;
    upload(direct, "prod/compiled/x86.bin", module(LARGE)).await;

    let counter = Counter::before(port).await;
    let counted = options(&format!("127.0.0.1:{}", counter.port), "127.0.0.1:1");
    let source: Source = format!("{}/rules/prod/ruleset.toml", counted.blob_endpoint()).parse().unwrap();
    let cache = tempfile::tempdir().unwrap();
    let fetcher = fetcher(cache.path()).with_storage(counted.clone());
    let fetched = fetcher.fetch(&source).await.unwrap();
    assert!(counter.read().1 > 2 * LARGE, "all of it was fetched");
    for _ in 0..HOUR {
        assert_eq!(fetcher.fetch(&source).await.unwrap(), fetched);
    }
    let (requests, bytes) = counter.read();
    assert_eq!(requests, HOUR);
    assert!(bytes < HOUR * 6_000, "{bytes} bytes in an idle hour");

    // A new revision costs what is new in it.
    upload(direct, "prod/ruleset.toml", set(2, &rules)).await;
    let newer = fetcher.fetch(&source).await.unwrap();
    assert_ne!(newer.ruleset, fetched.ruleset);
    assert_eq!(std::fs::read(newer.ruleset.parent().unwrap().join("large.wasm")).unwrap(), large);
    let (requests, bytes) = counter.read();
    assert!(requests <= 3 && bytes < 20_000, "{requests} requests, {bytes} bytes for a new revision");

    // After a restart, what the rule set pins is in the cache still.
    let restarted = Fetcher::new(cache.path()).unwrap().with_storage(counted);
    assert_eq!(restarted.fetch(&source).await.unwrap(), newer);
    let (_, bytes) = counter.read();
    assert!(bytes < LARGE + 100_000, "{bytes} bytes, of which the native code are {LARGE}");
}

#[tokio::test]
async fn a_rule_set_that_cannot_be_used_is_not_fetched_again_at_each_look() {
    let Some(azurite) = Azurite::start().await else { return };
    let direct = &azurite.options;
    let port: u16 = direct.blob_endpoint().split([':', '/']).nth(4).unwrap().parse().unwrap();
    direct.container_client("rules").unwrap().create(None).await.unwrap();
    let (large, other) = (module(LARGE), module(300_000));
    let rules = beside("large", &large) + &beside("other", &other);
    upload(direct, "ruleset.toml", set(1, &rules)).await;
    upload(direct, "large.wasm", large).await;
    upload(direct, "other.wasm", module(300_001)).await;
    let counter = Counter::before(port).await;
    let counted = options(&format!("127.0.0.1:{}", counter.port), "127.0.0.1:1");
    let source: Source = format!("{}/rules/ruleset.toml", counted.blob_endpoint()).parse().unwrap();
    let cache = tempfile::tempdir().unwrap();
    let fetcher = fetcher(cache.path()).with_storage(counted);
    let error = fetcher.fetch(&source).await.unwrap_err();
    assert!(counter.read().1 > LARGE, "{error}");
    for _ in 0..5 {
        let error = fetcher.fetch(&source).await.unwrap_err().to_string();
        assert!(error.contains("is not the module that the rule set pins"), "{error}");
    }
    let (requests, bytes) = counter.read();
    assert!(requests == 5 && bytes < 30_000, "{requests} requests, {bytes} bytes");
    upload(direct, "other.wasm", other).await;
    fetcher.fetch(&source).await.unwrap();
    let (_, bytes) = counter.read();
    assert!((300_000..400_000).contains(&bytes), "{bytes}");
    let left = std::fs::read_dir(cache.path().join("unfinished")).unwrap().count();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn an_idle_hour_at_a_tag_is_a_question_for_each_look() {
    let Some(running) = DockerRegistry::start().await else { return };
    let registry = anonymous();
    let large = module(LARGE);
    let tag = running.tagged("rule-sets/prod", "stable");
    let files = |revision| {
        let file = |path: &str, bytes: Vec<u8>| PushedFile { path: path.to_owned(), bytes };
        [
            file("ruleset.toml", set(revision, &beside("large", &large))),
            file("large.wasm", large.clone()),
            file("compiled/x86.bin", b"native".to_vec()),
        ]
    };
    let pushed = registry.push_rule_set(&tag, &files(1), &labels()).await.unwrap();
    let counter = Counter::before(running.port).await;
    let through = |reference: &str| -> Source {
        reference.replace(&running.port.to_string(), &counter.port.to_string()).parse().unwrap()
    };
    let cache = tempfile::tempdir().unwrap();
    let fetcher = fetcher(cache.path());
    let by_tag = through(&tag.to_string());
    let fetched = fetcher.fetch(&by_tag).await.unwrap();
    assert!(counter.read().1 > LARGE);
    for _ in 0..HOUR {
        assert_eq!(fetcher.fetch(&by_tag).await.unwrap(), fetched);
    }
    let (requests, bytes) = counter.read();
    assert_eq!(requests, HOUR);
    assert!(bytes < HOUR * 1_500, "{bytes} bytes in an idle hour");

    // A digest is for ever, and its layers are here.
    let by_digest = through(&pushed.reference.to_string());
    assert_eq!(fetcher.fetch(&by_digest).await.unwrap(), fetched);
    let (requests, bytes) = counter.read();
    assert!(requests == 1 && bytes < 5_000, "{requests} requests, {bytes} bytes for the manifest");
    for _ in 0..HOUR {
        assert_eq!(fetcher.fetch(&by_digest).await.unwrap(), fetched);
    }
    assert_eq!(counter.read(), (0, 0));

    // A new revision, and a restart: layers come by digest from the cache.
    registry.push_rule_set(&tag, &files(2), &labels()).await.unwrap();
    let newer = fetcher.fetch(&by_tag).await.unwrap();
    assert_ne!(newer.digest, fetched.digest);
    assert_eq!(Fetcher::new(cache.path()).unwrap().fetch(&by_tag).await.unwrap(), newer);
    let (_, bytes) = counter.read();
    assert!(bytes < 20_000, "{bytes} bytes");
}

#[tokio::test]
async fn signatures_of_a_pinned_module_are_looked_at_rarely_or_when_asked() {
    let Some(running) = DockerRegistry::start().await else { return };
    let registry = anonymous();
    let large = module(LARGE);
    let far = registry.push_rule(&running.tagged("far", "1"), &large, &labels()).await.unwrap();
    let counter = Counter::before(running.port).await;
    let reference = far.reference.to_string().replace(&running.port.to_string(), &counter.port.to_string());
    let rules = format!("[[rule]]\nid = \"far\"\nmodule = \"{reference}\"\ndigest = \"{}\"\n", far.content);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ruleset.toml"), set(1, &rules)).unwrap();
    let source = Source::Folder(folder.path().to_owned());
    let cache = tempfile::tempdir().unwrap();
    let fetcher = fetcher(cache.path());
    let unsigned = fetcher.fetch(&source).await.unwrap();
    counter.read();
    settle(&fetcher, &source).await;
    counter.read();
    for _ in 0..HOUR {
        assert_eq!(fetcher.fetch(&source).await.unwrap(), unsigned);
    }
    // Debian's registry keeps no list of its own, so each look at signatures is two questions.
    let (requests, bytes) = counter.read();
    assert_eq!(requests, 2 * HOUR / 20);
    assert!(bytes < 20_000, "{bytes}");

    let attach = async || {
        let file = signatures(&large, &SigningKey::generate().unwrap());
        let repository = running.repository("far");
        registry.attach_signatures(&repository, far.artifact, file.to_json().as_bytes()).await.unwrap();
    };
    attach().await;
    let signed = fetcher.fetch_thoroughly(&source).await.unwrap();
    assert_ne!(signed.ruleset, unsigned.ruleset);
    attach().await;
    let mut looks = 0;
    while fetcher.fetch(&source).await.unwrap() == signed {
        looks += 1;
        assert!(looks <= 20, "a second signature is never seen");
    }
    assert!(counter.read().1 < 60_000, "the module was not fetched again");
}

/// Looks until the file system can tell that nothing changed.
async fn settle(fetcher: &Fetcher, source: &Source) {
    let file = match source {
        Source::Folder(folder) => folder.join("ruleset.toml"),
        Source::Blob(_) | Source::Oci(_) => return,
    };
    while std::fs::metadata(&file).unwrap().modified().unwrap().elapsed().unwrap().as_secs() < 3 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    fetcher.fetch(source).await.unwrap();
}

#[tokio::test]
async fn the_cache_keeps_three_sets_and_what_is_in_use() {
    let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let source = Source::Folder(folder.path().to_owned());
    let fetcher = fetcher(cache.path());
    let mut fetched = Vec::new();
    for revision in 1..=5 {
        let own = format!("module of {revision}").into_bytes();
        std::fs::write(folder.path().join("own.wasm"), &own).unwrap();
        std::fs::write(folder.path().join("ruleset.toml"), set(revision, &beside("own", &own))).unwrap();
        fetched.push((fetcher.fetch(&source).await.unwrap().ruleset, Digest::of(&own)));
    }
    let kept =
        |digest: Digest| cache.path().join("contents").join(digest.to_string().replace(':', "-")).exists();
    fetcher.prune(std::slice::from_ref(&fetched[0].0)).await.unwrap();
    let there: Vec<bool> = fetched.iter().map(|(ruleset, _)| ruleset.exists()).collect();
    assert_eq!(there, [true, false, true, true, true]);
    let contents: Vec<bool> = fetched.iter().map(|(_, own)| kept(*own)).collect();
    assert_eq!(contents, there);
    fetcher.prune(&[]).await.unwrap();
    assert!(!fetched[0].0.exists() && !kept(fetched[0].1));
    // What is fetched again counts as the latest.
    let again = fetcher.fetch(&source).await.unwrap().ruleset;
    assert_eq!(again, fetched[4].0);
}

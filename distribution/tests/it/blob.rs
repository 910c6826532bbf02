//! Rule sets in blob containers, against Azurite.

use azure_core::http::RequestContent;
use holdfast_azure::StorageOptions;
use holdfast_distribution::{Fetcher, Source};
use holdfast_rule_set::Digest;

use crate::azurite::{Azurite, options};

const MODULE: &[u8] = b"\0asm in a container";

async fn upload(options: &StorageOptions, container: &str, files: &[(&str, Vec<u8>)]) {
    let client = options.container_client(container).unwrap();
    client.create(None).await.unwrap();
    for (path, bytes) in files {
        let blob = client.blob_client(path).block_blob_client();
        blob.upload(RequestContent::from(bytes.clone()), None).await.unwrap();
    }
}

#[tokio::test]
async fn a_rule_set_comes_from_a_container() {
    let Some(azurite) = Azurite::start().await else { return };
    let options = &azurite.options;
    let digest = Digest::of(MODULE);
    let elsewhere = format!("{}/shared/a b/far.wasm", options.blob_endpoint());
    let ruleset = format!(
        "revision = 7\n[[rule]]\nid = \"a\"\nmodule = \"select.wasm\"\ndigest = \"{digest}\"\n\
         [[rule]]\nid = \"b\"\nmodule = \"{elsewhere}\"\ndigest = \"{digest}\"\n"
    );
    let file = |path, text: &str| (path, text.as_bytes().to_vec());
    let files = [
        file("prod/ruleset.toml", &ruleset),
        file("prod/ruleset.toml.sig.json", "{}"),
        ("prod/select.wasm", MODULE.to_vec()),
        file("prod/select.wasm.sigstore.json", "{}"),
        file("prod/compiled/deep/x86.bin", "native"),
        file("prod/other.wasm", "not part of it"),
        file("test/ruleset.toml", "revision = 8"),
    ];
    upload(options, "rules", &files).await;
    upload(options, "shared", &[("a b/far.wasm", MODULE.to_vec()), file("a b/far.wasm.sig.json", "[]")])
        .await;
    let cache = tempfile::tempdir().unwrap();
    let fetcher = Fetcher::new(cache.path()).unwrap().with_storage(options.clone());
    let source =
        |path: &str| -> Source { format!("{}/rules/{path}", options.blob_endpoint()).parse().unwrap() };
    let fetched = fetcher.fetch(&source("prod/ruleset.toml")).await.unwrap();
    let folder = fetched.ruleset.parent().unwrap();
    let far = format!("modules/{}.wasm", digest.to_string().replace(':', "-"));
    for (path, bytes) in [
        ("ruleset.toml", ruleset.as_bytes()),
        ("ruleset.toml.sig.json", b"{}"),
        ("select.wasm", MODULE),
        ("select.wasm.sigstore.json", b"{}"),
        ("compiled/deep/x86.bin", b"native"),
        (far.as_str(), MODULE),
        (&format!("{far}.sig.json"), b"[]"),
    ] {
        assert_eq!(std::fs::read(folder.join(path)).unwrap(), bytes, "{path}");
    }
    assert!(!folder.join("other.wasm").exists());
    assert_eq!(fetched.digest, Digest::of(ruleset.as_bytes()));
    assert_eq!(fetcher.fetch(&source("prod/ruleset.toml")).await.unwrap(), fetched);

    let absent = fetcher.fetch(&source("nothing/ruleset.toml")).await.unwrap_err().to_string();
    assert!(absent.contains("there is no rule set at"), "{absent}");
    let tampered = ("prod/select.wasm", b"\0asm changed in the container".to_vec());
    let client = options.container_client("rules").unwrap();
    let blob = client.blob_client(tampered.0).block_blob_client();
    blob.upload(RequestContent::from(tampered.1), None).await.unwrap();
    let error = fetcher.fetch(&source("prod/ruleset.toml")).await.unwrap_err().to_string();
    assert!(error.contains("rule `a`") && error.contains("is not the module"), "{error}");
    let large = ("test/ruleset.toml", vec![b' '; 5 << 20]);
    let blob = client.blob_client(large.0).block_blob_client();
    blob.upload(RequestContent::from(large.1), None).await.unwrap();
    let error = fetcher.fetch(&source("test/ruleset.toml")).await.unwrap_err().to_string();
    assert!(error.contains("more than 4194304 bytes"), "{error}");
}

#[tokio::test]
async fn no_key_and_no_token_goes_to_a_foreign_account() {
    let cache = tempfile::tempdir().unwrap();
    let own = options("127.0.0.1:10000", "127.0.0.1:10001");
    let fetcher = Fetcher::new(cache.path()).unwrap().with_storage(own);
    for foreign in [
        "https://evil.example/rules/ruleset.toml",
        "https://blob.core.windows.net.evil.example/rules/ruleset.toml",
        "http://127.0.0.1:10009/devstoreaccount1/rules/ruleset.toml",
        "http://127.0.0.1:10000/otheraccount/rules/ruleset.toml",
    ] {
        let error = fetcher.fetch(&foreign.parse().unwrap()).await.unwrap_err().to_string();
        assert!(error.contains("no credentials are sent there"), "{foreign}: {error}");
    }
}

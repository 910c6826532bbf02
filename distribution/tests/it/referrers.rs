//! Statements about a rule among a stranger's nonsense: anyone who may push must not be able to hide or spoil them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use holdfast_distribution::{Reference, SigningKey};
use holdfast_rule_set::Digest;
use serde_json::{Value, json};

use crate::docker_registry::anonymous;
use crate::oci::signatures;

const MODULE: &[u8] = b"\0asm signed";
const SIGNATURES: &str = "application/vnd.holdfast.signatures.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A registry that serves what it is given, by path below the repository, with a next page if there is one.
#[derive(Default)]
struct Served(BTreeMap<String, (Vec<u8>, Option<String>)>);

impl Served {
    fn manifest(&mut self, manifest: &Value) -> Value {
        let bytes = manifest.to_string().into_bytes();
        let digest = Digest::of(&bytes);
        let entry = json!({ "mediaType": MANIFEST, "digest": digest, "size": bytes.len(),
            "artifactType": manifest["artifactType"] });
        self.0.insert(format!("manifests/{digest}"), (bytes, None));
        entry
    }

    fn blob(&mut self, media_type: &str, bytes: &[u8]) -> Value {
        let digest = Digest::of(bytes);
        self.0.insert(format!("blobs/{digest}"), (bytes.to_vec(), None));
        json!({ "mediaType": media_type, "digest": digest, "size": bytes.len() })
    }

    fn statement(&mut self, subject: &Value, layer: &Value) -> Value {
        self.manifest(&json!({ "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": SIGNATURES,
            "config": layer, "layers": [layer], "subject": subject }))
    }

    async fn start(self) -> u16 {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let served = Arc::new(self.0);
        let answer = move |request: Request| {
            let served = Arc::clone(&served);
            async move { found(&served, request.uri().path_and_query().unwrap().as_str()) }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await.unwrap() });
        port
    }
}

fn found(served: &BTreeMap<String, (Vec<u8>, Option<String>)>, path: &str) -> Response {
    match served.get(path.trim_start_matches("/v2/select/")) {
        Some((bytes, None)) => bytes.clone().into_response(),
        Some((bytes, Some(next))) => {
            ([("link", format!("</v2/select/{next}>; rel=\"next\""))], bytes.clone()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn index(entries: &[Value]) -> Vec<u8> {
    json!({ "schemaVersion": 2, "manifests": entries }).to_string().into_bytes()
}

/// Entries that can't be read, each in its own way.
fn nonsense(served: &mut Served, subject: &Value) -> Vec<Value> {
    let listed = |digest: &str| json!({ "mediaType": MANIFEST, "digest": digest, "size": 9, "artifactType": SIGNATURES });
    let gone = listed(&Digest::of(b"gone").to_string());
    let changed = listed(&Digest::of(b"changed").to_string());
    served.0.insert(format!("manifests/{}", Digest::of(b"changed")), (b"other".to_vec(), None));
    let huge = vec![b' '; 5 << 20];
    let large = listed(&Digest::of(&huge).to_string());
    served.0.insert(format!("manifests/{}", Digest::of(&huge)), (huge, None));
    let long = listed(&format!("sha512:{}", "0".repeat(128)));
    let lost = json!({ "mediaType": SIGNATURES, "digest": Digest::of(b"lost"), "size": 4 });
    let without_layer = served.statement(subject, &lost);
    let mut lying = served.blob(SIGNATURES, &vec![b'x'; 2 << 20]);
    lying["size"] = json!(4);
    let with_lying_layer = served.statement(subject, &lying);
    let other = served.blob(SIGNATURES, b"{}");
    let about_another = served.statement(&other, &other);
    vec![gone, changed, large, long, json!("no descriptor"), without_layer, with_lying_layer, about_another]
}

#[tokio::test]
async fn nonsense_neither_hides_nor_spoils_a_signature() {
    let mut served = Served::default();
    let layer = served.blob("application/wasm", MODULE);
    let rule = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": layer, "layers": [layer] });
    let subject = served.manifest(&rule);
    let key = SigningKey::generate().unwrap();
    let signed = served.blob(SIGNATURES, signatures(MODULE, &key).to_json().as_bytes());
    let statement = served.statement(&subject, &signed);
    let digest = subject["digest"].as_str().unwrap().to_owned();

    let mut first = nonsense(&mut served, &subject);
    first.extend((0..300).map(|number: u32| {
        json!({ "mediaType": MANIFEST, "digest": Digest::of(&number.to_be_bytes()), "size": 9,
            "artifactType": "application/vnd.contoso.scan" })
    }));
    first.extend((0..100).map(|number: u64| {
        json!({ "mediaType": MANIFEST, "digest": Digest::of(&number.to_be_bytes()), "size": 9,
            "artifactType": SIGNATURES })
    }));
    let list = format!("referrers/{digest}");
    served.0.insert(list.clone(), (index(&first), Some(format!("{list}?last=x"))));
    served.0.insert(format!("{list}?last=x"), (index(&[statement]), None));
    let port = served.start().await;

    let reference: Reference = format!("oci://127.0.0.1:{port}/select@{digest}").parse().unwrap();
    let pulled = anonymous().pull(&reference).await.unwrap();
    assert_eq!(pulled.content(), MODULE);
    let found = pulled.signatures.unwrap();
    assert!(found.signatures().iter().any(|signed| signed.is_by(key.public())));
}

#[tokio::test]
async fn a_list_that_is_none_is_no_list() {
    let mut served = Served::default();
    let layer = served.blob("application/wasm", MODULE);
    let rule = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": layer, "layers": [layer] });
    let digest = served.manifest(&rule)["digest"].as_str().unwrap().to_owned();
    // An old registry, on which the list is a tag that anybody may push.
    served.0.insert(format!("manifests/{}", digest.replace(':', "-")), (b"nonsense".to_vec(), None));
    let port = served.start().await;
    let reference: Reference = format!("oci://127.0.0.1:{port}/select@{digest}").parse().unwrap();
    let pulled = anonymous().pull(&reference).await.unwrap();
    assert_eq!((pulled.content(), &pulled.signatures), (MODULE, &None));
}

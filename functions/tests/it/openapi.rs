//! The OpenAPI document is a promise: `functions/openapi.json` holds it. With HOLDFAST_BLESS set, it is written again.

use std::path::Path;

use serde_json::Value;

#[test]
fn the_document_is_the_one_that_was_agreed_on() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let now = holdfast_functions::openapi();
    if std::env::var_os("HOLDFAST_BLESS").is_some() {
        std::fs::write(&file, &now).unwrap();
    }
    let agreed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        now == agreed,
        "the API differs from functions/openapi.json; set HOLDFAST_BLESS to write it anew"
    );
}

#[test]
fn every_call_has_a_name_of_its_own_and_says_how_it_refuses() {
    let document: Value = serde_json::from_str(&holdfast_functions::openapi()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut names = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, call) in methods.as_object().unwrap() {
            let what = format!("{method} {path}");
            names.push(call["operationId"].as_str().unwrap().to_owned());
            assert!(call["summary"].is_string() && call["tags"][0].is_string(), "{what}");
            for status in ["400", "401", "403", "404", "409", "429", "502", "503"] {
                let answer = &call["responses"][status]["content"]["application/json"]["schema"]["$ref"];
                assert_eq!(answer, "#/components/schemas/Envelope", "{what} {status}");
            }
        }
    }
    let all = names.len();
    names.sort();
    names.dedup();
    assert!(all > 5 && names.len() == all, "{names:?}");
}

#[test]
fn every_call_is_a_function_of_the_app() {
    let document: Value = serde_json::from_str(&holdfast_functions::openapi()).unwrap();
    let mut offered = Vec::new();
    for folder in std::fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap().flatten() {
        let Ok(text) = std::fs::read_to_string(folder.path().join("function.json")) else { continue };
        let function: Value = serde_json::from_str(&text).unwrap();
        let trigger = &function["bindings"][0];
        if let (Some(route), Some(methods)) = (trigger["route"].as_str(), trigger["methods"].as_array()) {
            offered.extend(methods.iter().map(|method| format!("{} {route}", method.as_str().unwrap())));
        }
    }
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let served = offered.iter().any(|offer| offer_fits(offer, method, path));
            assert!(served, "no function.json serves {method} {path}");
        }
    }
}

/// Whether `get jobs/{part?}` serves GET /api/jobs/one.
fn offer_fits(offer: &str, method: &str, path: &str) -> bool {
    let (offered, route) = offer.split_once(' ').unwrap();
    let wanted: Vec<&str> = path.strip_prefix("/api/").unwrap().split('/').collect();
    let segments: Vec<&str> = route.split('/').collect();
    let optional = segments.iter().filter(|segment| segment.ends_with("?}")).count();
    let lengths = segments.len() - optional..=segments.len();
    let fits = |(segment, part): (&&str, &&str)| segment.starts_with('{') || segment == part;
    offered == method && lengths.contains(&wanted.len()) && segments.iter().zip(&wanted).all(fits)
}

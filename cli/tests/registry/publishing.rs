//! From a laptop to a registry and back.

use holdfast_distribution::{Labels, PushedFile};

use crate::Desk;
use crate::docker_registry::{DockerRegistry, PASSWORD, anonymous};

#[tokio::test]
async fn a_rule_is_published_listed_and_fetched() {
    let Some(running) = DockerRegistry::start().await else { return };
    let desk = Desk::new();
    for name in ["team", "other"] {
        desk.done(&format!("keygen {name}"));
    }
    desk.done("sign select.wasm --key team.key");
    let repository = running.repository("rules/select");
    let pushed = desk.json(&format!("push select.wasm {repository}:1.0.0"));
    let artifact = pushed["artifact"].as_str().unwrap();
    assert_eq!(pushed["with"], "signatures");
    assert!(artifact.starts_with(&format!("{repository}@sha256:")), "{artifact}");

    let page = desk.done(&format!("list {repository}"));
    assert!(page.contains("1.0.0") && page.contains("select") && page.contains("ed25519:"), "{page}");
    assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
    let listed = desk.json(&format!("list {repository}"));
    assert_eq!(listed["artifacts"][0]["artifact"], artifact);

    let fetched = desk.json(&format!("pull {artifact} --into there --key team.pub"));
    assert_eq!((&fetched["signedBy"], &fetched["verified"]), (&"team.pub".into(), &true.into()));
    assert_eq!(fetched["digest"], pushed["digest"]);
    let module = std::fs::read(desk.path("there/select.wasm")).unwrap();
    assert_eq!(module, std::fs::read(desk.path("select.wasm")).unwrap());
    desk.done("verify there/select.wasm --key team.pub");
    desk.fails(&format!("pull {artifact} --into there"), 2, &["exists already", "--force"]);
    assert!(desk.done(&format!("pull {repository}:1.0.0 --into there --force")).contains("not verified"));

    // It is verified without being compiled, and so without being asked who it is.
    let words = format!("pull {artifact} --into quick --key team.pub --no-cache --json");
    let quick = desk.rule_with(&words, &[("HOLDFAST_COMPILE_MEGABYTES", "1")]);
    let quick: serde_json::Value = serde_json::from_str(&quick.out).unwrap();
    assert_eq!((&quick["name"], &quick["signedBy"]), (&"select".into(), &"team.pub".into()), "{quick}");

    desk.fails(&format!("pull {artifact} --into nothing --key other.pub"), 1, &["is refused"]);
    assert!(!desk.path("nothing/select.wasm").exists(), "what is refused is not written");
    desk.fails(&format!("pull {repository}:2.0.0"), 1, &["there is no artifact"]);
    desk.fails("pull registry.contoso.com/rules/select:1", 2, &["does not begin with `oci://`"]);
    desk.fails(&format!("push absent.wasm {repository}:1"), 2, &["absent.wasm"]);
    desk.fails(&format!("list {repository}:1.0.0"), 2, &["without a tag or digest"]);
}

#[tokio::test]
async fn a_rule_set_is_published_whole() {
    let Some(running) = DockerRegistry::start().await else { return };
    let desk = Desk::new();
    let digest = holdfast_evaluator::Digest::of(&std::fs::read(desk.path("select.wasm")).unwrap());
    let text =
        format!("revision = 7\n[[rule]]\nid = \"select\"\nmodule = \"select.wasm\"\ndigest = \"{digest}\"\n");
    desk.write("ruleset.toml", &text);
    desk.done("keygen team");
    desk.done("sign ruleset.toml --key team.key");
    let reference = running.tagged("rule-sets/prod", "7");
    let pushed = desk.json(&format!("push ruleset.toml {reference}"));
    assert_eq!(pushed["with"], "2 files beside it");
    let artifact = pushed["artifact"].as_str().unwrap();
    desk.done(&format!("pull {artifact} --into there --key team.pub"));
    assert_eq!(std::fs::read_to_string(desk.path("there/ruleset.toml")).unwrap(), text);
    assert!(desk.path("there/select.wasm").exists());
    let page = desk.done(&format!("list {}", running.repository("rule-sets/prod")));
    assert!(page.contains("ruleset.toml"), "{page}");
}

#[tokio::test]
async fn what_a_signature_does_not_cover_is_left_out() {
    let Some(running) = DockerRegistry::start().await else { return };
    let desk = Desk::new();
    let module = std::fs::read(desk.path("select.wasm")).unwrap();
    let text = format!(
        "revision = 7\n[[rule]]\nid = \"select\"\nmodule = \"select.wasm\"\ndigest = \"{}\"\n\
         [[rule]]\nid = \"free\"\nmodule = \"free.wasm\"\n",
        holdfast_evaluator::Digest::of(&module)
    );
    desk.write("ruleset.toml", &text);
    desk.done("keygen team");
    desk.done("sign ruleset.toml --key team.key");
    let file = |path: &str, bytes: &[u8]| PushedFile { path: path.to_owned(), bytes: bytes.to_vec() };
    let signatures = std::fs::read(desk.path("ruleset.toml.sig.json")).unwrap();
    let files = [
        file("ruleset.toml", text.as_bytes()),
        file("ruleset.toml.sig.json", &signatures),
        file("select.wasm", &module),
        file("select.wasm.sig.json", b"{}"),
        // All of these was added by somebody who may push.
        file("free.wasm", b"anything"),
        file("free.wasm.sig.json", b"{}"),
        file("trust.toml", b"[rule-set]\nunsigned = \"allow\"\n"),
        file("compiled/manifest.json", b"{}"),
        file("RuleSet.toml", b"revision = 9\n"),
        file(".bashrc", b"evil"),
    ];
    let pushed =
        anonymous().push_rule_set(&running.tagged("set", "7"), &files, &Labels::default()).await.unwrap();

    let pulled = desk.json(&format!("pull {} --into there --key team.pub", pushed.reference));
    assert!(pulled["signedBy"].is_string(), "{pulled}");
    let mut there: Vec<_> =
        std::fs::read_dir(desk.path("there")).unwrap().map(|one| one.unwrap().file_name()).collect();
    there.sort();
    assert_eq!(there, ["ruleset.toml", "ruleset.toml.sig.json", "select.wasm", "select.wasm.sig.json"]);
    let left: Vec<_> = pulled["leftOut"].as_array().unwrap().iter().map(|one| one["path"].clone()).collect();
    let expected = [
        "free.wasm",
        "free.wasm.sig.json",
        "trust.toml",
        "compiled/manifest.json",
        "RuleSet.toml",
        ".bashrc",
    ];
    assert_eq!(left, expected);
    let page = desk.done(&format!("pull {} --into again --key team.pub", pushed.reference));
    assert!(
        page.contains("Left out:") && page.contains("trust.toml: the rule set does not name it"),
        "{page}"
    );

    // Without a word on whom to trust, what the rule set names comes along; a trust policy never does.
    desk.done(&format!("pull {} --into unverified", pushed.reference));
    assert!(
        desk.path("unverified/compiled/manifest.json").exists() && desk.path("unverified/free.wasm").exists()
    );
    assert!(!desk.path("unverified/trust.toml").exists() && !desk.path("unverified/.bashrc").exists());

    // Another module under the pinned name.
    let mut swapped = files;
    swapped[2].bytes = b"another".to_vec();
    let pushed =
        anonymous().push_rule_set(&running.tagged("set", "8"), &swapped, &Labels::default()).await.unwrap();
    desk.fails(
        &format!("pull {} --into swapped --key team.pub", pushed.reference),
        1,
        &["is not the module that the rule set pins"],
    );
    assert!(!desk.path("swapped/ruleset.toml").exists());
}

#[tokio::test]
async fn credentials_are_those_of_docker_login() {
    let Some(running) = DockerRegistry::start_guarded().await else { return };
    let desk = Desk::new();
    let reference = running.tagged("select", "1");
    desk.fails(&format!("push select.wasm {reference}"), 1, &["an anonymous caller", "docker login"]);
    std::fs::create_dir(desk.path("docker")).unwrap();
    let registry = reference.repository.registry();
    let auths = format!(r#"{{"auths": {{"{registry}": {{"username": "ann", "password": "{PASSWORD}"}}}}}}"#);
    desk.write("docker/config.json", &auths);
    desk.done(&format!("push select.wasm {reference}"));
    desk.done(&format!("list {}", reference.repository));
    desk.write("docker/config.json", "{\"auths\": 1}");
    desk.fails(&format!("push select.wasm {reference}"), 2, &["config.json: at `auths`"]);
}

//! Keys, signatures and trust on the command line.

use std::os::unix::fs::PermissionsExt as _;

use crate::Desk;

#[test]
fn a_key_is_made_once_and_kept_secret() {
    let desk = Desk::new();
    assert!(desk.done("keygen team").contains("key id"));
    let mode = std::fs::metadata(desk.path("team.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let key = std::fs::read(desk.path("team.key")).unwrap();
    desk.fails("keygen team", 2, &["team.pub exists already"]);
    std::fs::remove_file(desk.path("team.pub")).unwrap();
    desk.fails("keygen team", 2, &["team.key exists already"]);
    assert_eq!(std::fs::read(desk.path("team.key")).unwrap(), key);
    desk.fails("keygen nowhere/team", 2, &["could not write nowhere/team.key"]);
}

#[test]
fn what_is_signed_verifies_and_nothing_else_does() {
    let desk = Desk::new();
    for name in ["team", "other"] {
        desk.done(&format!("keygen {name}"));
    }
    desk.fails("verify select.wasm --key team.pub", 1, &["is refused: it is not signed"]);
    let signed = desk.json("sign select.wasm --key team.key");
    assert_eq!((&signed["kind"], &signed["name"]), (&"rule".into(), &"select".into()));
    let verified = desk.json("verify select.wasm --key team.pub");
    assert_eq!((&verified["signedBy"], &verified["digest"]), (&"team.pub".into(), &signed["digest"]));
    desk.fails("verify select.wasm --key other.pub", 1, &["not in the trust policy"]);
    desk.fails("verify select.wasm --key team.key", 2, &["it is a private key"]);
    desk.fails("verify select.wasm", 2, &["state who is trusted"]);
    desk.fails("verify absent.wasm --key team.pub", 2, &["could not read absent.wasm"]);
    desk.fails("verify select.wasm --key team.pub --trust trust.toml", 2, &["cannot be used with"]);
    desk.fails("sign select.wasm --key team.pub", 2, &["not an ed25519 private key"]);
    desk.write("broken.wasm", "not a module");
    desk.fails("sign broken.wasm --key team.key", 1, &["broken.wasm is not a rule"]);
    // Changed after it was signed, but still a module: a custom section is added.
    let mut module = std::fs::read(desk.path("select.wasm")).unwrap();
    module.extend([0, 2, 1, b'x']);
    std::fs::write(desk.path("select.wasm"), module).unwrap();
    desk.fails("verify select.wasm --key team.pub", 1, &["is for digest sha256:"]);
}

#[test]
fn a_trust_policy_tells_layers_apart() {
    let desk = Desk::new();
    for name in ["platform", "web"] {
        desk.done(&format!("keygen {name}"));
    }
    desk.write(
        "trust.toml",
        "[[key]]\nname = \"platform\"\nfile = \"platform.pub\"\n\
         [[key]]\nname = \"web\"\nfile = \"web.pub\"\n\
         [rule-set]\nall-of = [\"platform\", \"web\"]\n\
         [layer.platform]\nany-of = [\"platform\"]\n[layer.team]\nany-of = [\"web\"]\nunsigned = \"allow\"\n",
    );
    assert!(desk.done("verify select.wasm --trust trust.toml --layer team").contains("is unsigned"));
    desk.done("sign select.wasm --key web.key");
    assert!(desk.done("verify select.wasm --trust trust.toml --layer team").contains("is signed by web."));
    let words = "verify select.wasm --trust trust.toml --layer platform";
    desk.fails(words, 1, &["signed by `web`", "layer `platform` requires `platform`"]);
    desk.fails("verify select.wasm --trust trust.toml", 2, &["add --layer with one of: platform, team"]);
    desk.fails("verify select.wasm --trust absent.toml --layer team", 2, &["absent.toml"]);

    desk.write("ruleset.toml", "revision = 7\n");
    desk.done("sign ruleset.toml --key web.key");
    desk.fails("verify ruleset.toml --trust trust.toml", 1, &["requires all of `platform`, `web`"]);
    let signed = desk.json("sign ruleset.toml --key platform.key");
    assert_eq!((&signed["version"], &signed["signatures"]), (&"7".into(), &2.into()));
    assert!(desk.done("verify ruleset.toml --trust trust.toml").contains("is signed by platform, web."));
    desk.write("ruleset.toml", "revision = 6\n");
    desk.fails("verify ruleset.toml --trust trust.toml", 1, &["is for digest"]);
    desk.write("ruleset.toml", "revision = \"six\"\n");
    desk.fails("verify ruleset.toml --trust trust.toml", 2, &["ruleset.toml is not a rule set"]);
}

#[test]
fn a_rule_set_is_explained_only_as_trusted() {
    let desk = Desk::new();
    desk.done("keygen team");
    let digest = desk.json("sign select.wasm --key team.key")["digest"].as_str().unwrap().to_owned();
    desk.write(
        "ruleset.toml",
        &format!(
            "revision = 7\n[[layer]]\nname = \"team\"\n[[rule]]\nid = \"select\"\nmodule = \"select.wasm\"\n\
             digest = \"{digest}\"\nlayer = \"team\"\n\
             settings = {{ protect = [{{ tags = {{ env = [\"prod\"] }} }}] }}\n"
        ),
    );
    desk.write(
        "trust.toml",
        "[[key]]\nname = \"team\"\nfile = \"team.pub\"\n[rule-set]\nany-of = [\"team\"]\n\
         [layer.team]\nany-of = [\"team\"]\n",
    );
    desk.write("disk.yaml", "type: Microsoft.Compute/disks\nlocation: westeurope\ntags: { env: prod }\n");
    let explain = "explain ruleset.toml --resource disk.yaml";
    let trusting = format!("{explain} --trust trust.toml");
    assert!(desk.done(explain).contains("Protected"));
    desk.fails(&trusting, 1, &["ruleset.toml is not trusted", "not signed"]);
    let precompile = "precompile ruleset.toml --key team.key --trust trust.toml";
    desk.fails(precompile, 1, &["ruleset.toml is not trusted", "not signed"]);
    desk.done("sign ruleset.toml --key team.key");
    assert!(desk.done(&trusting).contains("Protected"));
    std::fs::remove_file(desk.path("select.wasm.sig.json")).unwrap();
    desk.fails(&trusting, 1, &["select.wasm", "not signed"]);
    desk.fails(&format!("{explain} --trust absent.toml"), 2, &["absent.toml"]);
    desk.fails(precompile, 1, &["select.wasm", "not signed"]);
    desk.fails("precompile ruleset.toml --key team.key --trust absent.toml", 2, &["absent.toml"]);
    desk.fails("precompile absent.toml --key team.key", 2, &["absent.toml"]);
}

#[test]
fn an_error_in_json_is_json() {
    let desk = Desk::new();
    let ended = desk.rule("verify absent.wasm --key team.pub --json");
    let json: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert!(json["error"]["message"].as_str().unwrap().contains("absent.wasm"));
    assert_eq!(ended.code, 2);
    let help = desk.done("verify --help");
    assert!(help.contains("Exit codes:") && help.contains("--layer"), "{help}");
}

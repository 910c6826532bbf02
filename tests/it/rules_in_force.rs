//! Rule sets swapped under a running handler: taken, refused, gone back from, and kept over restarts.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use holdfast_tests::{Knobs, SUBSCRIPTION, Stage};
use serde_json::{Value, json};

use crate::world;

/// A copy of the packaged rules that a test may change, and a stage that serves it.
struct Served {
    stage: Stage,
    folder: tempfile::TempDir,
}

impl Served {
    async fn start() -> Result<Self> {
        Self::start_in(world::granted(), &[]).await
    }

    /// With this estate, and these settings beside those that every one has.
    async fn start_in(estate: Value, more: &[(&str, &str)]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let packaged = holdfast_tests::app()?.join("rules");
        for entry in fs::read_dir(packaged)? {
            let path = entry?.path();
            // What is compiled beforehand is of no use where rules are edited.
            if path.is_dir() {
                continue;
            }
            fs::copy(&path, folder.path().join(path.file_name().context("no name")?))?;
        }
        let mut settings = vec![
            ("HOLDFAST_RULES".to_owned(), folder.path().join("ruleset.toml").display().to_string()),
            ("HOLDFAST_TRUST".to_owned(), folder.path().join("trust.toml").display().to_string()),
            // Tests say when to look.
            ("HOLDFAST_RULES_REFRESH".to_owned(), "0".to_owned()),
            ("HOLDFAST_CACHE".to_owned(), folder.path().join("cache").display().to_string()),
        ];
        settings.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let stage = Stage::set(Knobs { estate, settings, ..Knobs::default() }).await?;
        let served = Self { stage, folder };
        // The host starts the handler when it is first needed.
        served.rules().await?;
        Ok(served)
    }

    fn write(&self, text: &str) -> Result<()> {
        Ok(fs::write(self.folder.path().join("ruleset.toml"), text)?)
    }

    fn text(&self) -> Result<String> {
        Ok(fs::read_to_string(self.folder.path().join("ruleset.toml"))?)
    }

    async fn refresh(&self) -> Result<(u16, Value)> {
        self.stage.functions("POST", "/api/rules/refresh", Some(&json!({}))).await
    }

    async fn rules(&self) -> Result<Value> {
        let (status, rules) = self.stage.functions("GET", "/api/rules", None).await?;
        assert_eq!(status, 200, "{rules}");
        Ok(rules)
    }

    async fn back(&self, to: u64) -> Result<(u16, Value)> {
        let body = json!({ "to": to, "why": "it protects too little" });
        self.stage.functions("POST", "/api/rules/rollback", Some(&body)).await
    }

    /// Kills the handler, and waits until the one after it answers.
    async fn restart(&self) -> Result<()> {
        self.stage.host.kill_handler().await;
        for _ in 0..300 {
            if let Ok((200, _)) = self.stage.functions("GET", "/api/rules", None).await {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        anyhow::bail!("no handler answers after it was killed")
    }
}

/// A further rule by the module of `select`, pinned as the shipped one is.
fn another(text: &str, id: &str, binding: &str) -> Result<String> {
    let (_, from_module) = text.split_once("module = \"select.wasm\"").context("no select")?;
    let pinned = from_module.lines().find(|line| line.starts_with("digest = ")).context("not pinned")?;
    Ok(format!(
        "{text}\n[[rule]]\nid = \"{id}\"\nmodule = \"select.wasm\"\n{pinned}\nlayer = \"organisation\"\n{binding}\n"
    ))
}

fn revision(text: &str, number: u64) -> String {
    text.replacen("revision = 1", &format!("revision = {number}"), 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_set_serves_at_once_and_a_bad_one_never() -> Result<()> {
    let served = Served::start().await?;
    let (first, rules) = (served.text()?, served.rules().await?);
    assert_eq!((&rules["revision"], &rules["refused"]), (&json!(1), &Value::Null), "{rules}");
    let disk = world::disk("rg-app", "erp-data");
    world::create_disk(&served.stage, &disk).await?;
    let decide = format!("/api/decide?resource={disk}");
    let (_, body) = served.stage.functions("GET", &decide, None).await?;
    assert_eq!(body["decision"]["outcome"], "protect", "{body}");

    served.write(&revision(&first, 2).replace(r#"env = ["prod", "staging"]"#, r#"env = ["staging"]"#))?;
    assert_eq!(served.refresh().await?, (200, json!({ "revision": 2 })));
    let (_, body) = served.stage.functions("GET", &decide, None).await?;
    assert_eq!(body["decision"]["outcome"], "not-covered", "{body}");
    assert_eq!(body["decision"]["record"]["digests"]["ruleSetRevision"], 2, "{body}");

    let module = served.folder.path().join("select.wasm");
    let good = fs::read(&module)?;
    for (what, text, bytes, expected) in [
        (
            "a tampered module",
            revision(&first, 3),
            [good.as_slice(), b"x"].concat(),
            "is not the module that the rule set pins",
        ),
        ("broken text", "revision = ".to_owned(), good.clone(), "ruleset.toml"),
        ("an old set", first.clone(), good.clone(), "revision 1"),
        ("the same revision altered", revision(&first, 2), good.clone(), "increase `revision`"),
    ] {
        fs::write(&module, &bytes)?;
        served.write(&text)?;
        let (status, body) = served.refresh().await?;
        let message = body["error"]["message"].as_str().unwrap_or_default().to_owned();
        assert_eq!(status, 409, "{what}: {body}");
        assert!(message.contains(expected), "{what}: {message}");
        let rules = served.rules().await?;
        assert_eq!(rules["revision"], 2, "{what}: {rules}");
        assert_eq!(rules["refused"]["reason"].as_str(), Some(message.as_str()), "{what}");
    }
    Ok(())
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_module_that_takes_a_compiler_too_long_is_refused_while_the_old_set_serves() -> Result<()> {
    let bound = [("HOLDFAST_COMPILE_SECONDS", "2")];
    let served = Served::start_in(world::granted(), &bound).await?;
    let disk = world::disk("rg-app", "erp-data");
    world::create_disk(&served.stage, &disk).await?;
    let slow = crate::slow::slow()?;
    let digest = holdfast_evaluator::Digest::of(&slow);
    fs::write(served.folder.path().join("slow.wasm"), slow)?;
    let text = revision(&served.text()?, 2);
    served.write(&format!(
        "{text}\n[[rule]]\nid = \"slow\"\nmodule = \"slow.wasm\"\ndigest = \"{digest}\"\nlayer = \"team\"\n"
    ))?;

    let refreshed = served.refresh();
    tokio::pin!(refreshed);
    let decide = format!("/api/decide?resource={disk}");
    let mut decided = 0;
    let (status, body) = loop {
        tokio::select! {
            refused = &mut refreshed => break refused?,
            answer = served.stage.functions("GET", &decide, None) => {
                let (status, body) = answer?;
                assert_eq!((status, &body["decision"]["outcome"]), (200, &json!("protect")), "{body}");
                decided += 1;
            }
        }
    };
    let message = body["error"]["message"].as_str().unwrap_or_default();
    assert_eq!(status, 409, "{body}");
    assert!(message.contains("slow.wasm") && message.contains("took more than 2 s"), "{message}");
    assert!(decided > 3, "{decided} decisions while it was compiled");
    assert_eq!(served.rules().await?["revision"], 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_answers_again_with_the_set_in_force_is_refused_nothing() -> Result<()> {
    let served = Served::start().await?;
    let text = served.text()?;
    fs::remove_file(served.folder.path().join("ruleset.toml"))?;
    assert_eq!(served.refresh().await?.0, 409);
    let refused = served.rules().await?["refused"].clone();
    assert!(refused["reason"].as_str().unwrap_or_default().contains("ruleset.toml"), "{refused}");

    served.write(&text)?;
    assert_eq!(served.refresh().await?, (200, json!({ "revision": 1 })));
    assert_eq!(served.rules().await?["refused"], Value::Null);

    // What is wrong with a set is told for as long as the source offers it.
    served.write(&text.replace(r#"env = ["prod", "staging"]"#, r#"env = ["staging"]"#))?;
    let (status, first) = served.refresh().await?;
    assert_eq!((status, &first["error"]["code"]), (409, &json!("RuleSetRefused")), "{first}");
    assert_eq!(served.refresh().await?, (status, first), "whoever asks again is not told that all is well");
    let refused = served.rules().await?["refused"].clone();
    assert!(refused["reason"].as_str().unwrap_or_default().contains("increase `revision`"), "{refused}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn going_back_holds_for_every_instance_until_something_newer_comes() -> Result<()> {
    let served = Served::start().await?;
    let first = served.text()?;
    served.write(&revision(&first, 2))?;
    assert_eq!(served.refresh().await?.0, 200);
    let (status, body) = served.back(7).await?;
    assert_eq!(status, 409);
    assert!(body["error"]["message"].as_str().unwrap_or_default().contains("accepted were: 1, 2"), "{body}");
    served.write("revision = ")?;
    assert_eq!(served.back(1).await?, (200, json!({ "revision": 1 })), "the source may be broken");
    assert_eq!(served.refresh().await?.0, 409);
    served.write(&revision(&first, 2))?;
    assert_eq!(served.refresh().await?, (200, json!({ "revision": 1 })), "2 was gone back from");

    // The next handler knows nothing of its predecessor but what lies in storage.
    served.restart().await?;
    assert_eq!(served.rules().await?["revision"], 1);
    assert_eq!(served.rules().await?["accepted"], json!([1, 2]));
    served.write(&revision(&first, 3))?;
    assert_eq!(served.refresh().await?, (200, json!({ "revision": 3 })));

    // A handler starts while the source offers an older set, which somebody goes back to then.
    served.write(&revision(&first, 2))?;
    served.restart().await?;
    let (status, refused) = served.refresh().await?;
    assert_eq!(status, 409, "{refused}");
    assert_eq!(served.back(2).await?, (200, json!({ "revision": 2 })));
    assert_eq!(served.refresh().await?, (200, json!({ "revision": 2 })), "nothing is refused any more");
    assert_eq!(served.rules().await?["refused"], Value::Null);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_starts_with_a_broken_source_serves_what_was_accepted() -> Result<()> {
    let served = Served::start().await?;
    fs::remove_file(served.folder.path().join("placement.wasm"))?;
    served.restart().await?;
    let rules = served.rules().await?;
    assert_eq!(rules["revision"], 1, "{rules}");
    let reason = rules["refused"]["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("there is no module `placement.wasm`"), "{reason}");
    Ok(())
}

/// All that the source held is gone; the accepted set and its modules lie in the ledger's account.
#[tokio::test(flavor = "multi_thread")]
async fn a_handler_whose_source_is_lost_decides_by_what_was_accepted_until_it_is_back() -> Result<()> {
    let served = Served::start().await?;
    let first = served.text()?;
    let kept = tempfile::tempdir()?;
    for entry in fs::read_dir(served.folder.path())?.collect::<Result<Vec<_>, _>>()? {
        if entry.path().is_file() {
            fs::rename(entry.path(), kept.path().join(entry.file_name()))?;
        }
    }
    // The trust policy is no part of the source.
    let trust = std::path::Path::new("trust.toml");
    if kept.path().join(trust).exists() {
        fs::copy(kept.path().join(trust), served.folder.path().join(trust))?;
    }
    fs::remove_dir_all(served.folder.path().join("cache")).ok();
    served.restart().await?;
    let rules = served.rules().await?;
    assert_eq!(rules["revision"], 1, "{rules}");
    let disk = world::disk("rg-app", "erp-data");
    world::create_disk(&served.stage, &disk).await?;
    let story = served.stage.until_ended(std::slice::from_ref(&disk), Duration::from_secs(60)).await?;
    assert_eq!(story.end_of(&disk).context("it has no end")?["outcome"], "protected");
    for entry in fs::read_dir(kept.path())? {
        let path = entry?.path();
        fs::copy(&path, served.folder.path().join(path.file_name().context("no name")?))?;
    }
    served.write(&revision(&first, 2))?;
    assert_eq!(served.refresh().await?, (200, json!({ "revision": 2 })));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_shadow_rule_would_change_is_counted_before_it_is_enforced() -> Result<()> {
    let served = Served::start().await?;
    let first = served.text()?;
    let candidate = |mode: &str| {
        another(
            &first,
            "candidate",
            &format!("priority = 1\n{mode}\n[[rule.settings.protect]]\ntags = {{ env = [\"test\"] }}"),
        )
    };
    let shadow = candidate("mode = \"shadow\"\non-error = \"ignore\"")?;
    served.write(&revision(&shadow, 2))?;
    assert_eq!(served.refresh().await?, (200, json!({ "revision": 2 })));

    let (selected, untouched) = (world::disk("rg-app", "prod"), world::disk("rg-app", "test"));
    world::create_disk(&served.stage, &selected).await?;
    let body = json!({ "location": "westeurope", "tags": { "env": "test" }, "sku": { "name": "Premium_LRS" },
        "properties": { "diskSizeGB": 32, "creationData": { "createOption": "Empty" } } });
    served.stage.azure("PUT", &format!("{untouched}?api-version=2023-04-02"), Some(&body)).await?;
    let ids = [selected, untouched.clone()];
    let story = served.stage.until_ended(&ids, Duration::from_secs(120)).await?;
    let decision = story.decision_of(&untouched).context("no decision")?;
    assert_eq!(decision["outcome"], "not-covered", "{decision}");
    let differences = &decision["record"]["shadowDifferences"];
    assert_eq!(*differences, json!([{ "rule": "candidate", "changes": ["whether"] }]));
    let rules = served.rules().await?;
    let told = |id: &str| rules["rules"].as_array()?.iter().find(|rule| rule["id"] == id).cloned();
    let (told, enforced) = (told("candidate").context("not told")?, told("select").context("not told")?);
    assert_eq!((&told["mode"], &told["health"]["wouldDiffer"]), (&json!("shadow"), &json!(1)), "{told}");
    assert_eq!(enforced["health"]["wouldDiffer"], 0, "{enforced}");
    assert!(told["health"]["asked"].as_u64() >= Some(2), "{told}");

    served.write(&revision(&candidate("mode = \"enforce\"")?, 3))?;
    assert_eq!(served.refresh().await?, (200, json!({ "revision": 3 })));
    let (_, body) = served.stage.functions("GET", &format!("/api/decide?resource={untouched}"), None).await?;
    assert_eq!(body["decision"]["outcome"], "protect", "{body}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_told_the_facts_that_it_asks_for() -> Result<()> {
    let mut estate = world::granted();
    estate["resourceGroups"][0]["tags"] = json!({ "env": "prod" });
    estate["subscriptionTags"] = json!({ SUBSCRIPTION: { "env": "test" } });
    let served = Served::start_in(estate, &[]).await?;
    let inherit = "[[rule.settings.exclude]]\nkind = \"opted-out\"";
    let text = served.text()?.replacen(
        inherit,
        &format!("[rule.settings]\ninherit-tags = [\"resource-group\", \"subscription\"]\n\n{inherit}"),
        1,
    );
    served.write(&revision(&text, 2))?;
    assert_eq!(served.refresh().await?, (200, json!({ "revision": 2 })));
    let (inside, elsewhere) = (world::disk("rg-app", "untagged"), world::disk("rg-other", "untagged"));
    let body = json!({ "location": "westeurope", "sku": { "name": "Premium_LRS" },
        "properties": { "diskSizeGB": 32, "creationData": { "createOption": "Empty" } } });
    for id in [&inside, &elsewhere] {
        served.stage.azure("PUT", &format!("{id}?api-version=2023-04-02"), Some(&body)).await?;
    }
    let ids = [inside.clone(), elsewhere.clone()];
    let story = served.stage.until_ended(&ids, Duration::from_secs(120)).await?;
    assert_eq!(story.end_of(&inside).context("no end")?["outcome"], "protected");
    assert_eq!(story.end_of(&elsewhere).context("no end")?["outcome"], "ignored");
    let decision = story.decision_of(&inside).context("no decision")?;
    let summary = decision["record"]["summary"].as_str().unwrap_or_default();
    assert!(summary.contains("tag env=prod of its resource group"), "{summary}");
    // The facts are part of the recorded input, so that the decision can be made again.
    let recorded = story.about(&inside).find(|(path, _)| path.contains("-1-decided-"));
    let facts = recorded.context("nothing recorded")?.1["request"]["facts"].to_string();
    assert!(facts.contains("resource-group-tags") && facts.contains("subscription-tags"), "{facts}");
    Ok(())
}

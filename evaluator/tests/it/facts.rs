//! Facts: those that manifests declare, those that rules ask for, and those that nobody may fetch.

use holdfast_evaluator::{Decision, Evaluator, FactKey, FactKind, Outcome, Request, Round};

use crate::built::request;
use crate::folder::Folder;
use crate::forge::Forged;

const DISK: &str = "Microsoft.Compute/disks";
const SUBSCRIPTION: &str = "11111111-2222-3333-4444-555555555555";

/// The world as far as a test's rules ask for it: every fact is there, and tells its own scope.
fn fetched(key: FactKey) -> holdfast_evaluator::Fact {
    let value = serde_json::json!({ "of": key.scope }).to_string();
    key.with(Some(value))
}

/// Asks until it is decided; gives the number of times that facts were wanted as well.
fn decided(evaluator: &Evaluator, request: &mut Request) -> anyhow::Result<(Decision, usize)> {
    for wanted in 0..10 {
        match evaluator.ask(request) {
            Round::Decided(decision) => return Ok((decision, wanted)),
            Round::Wants(keys) => request.facts.extend(keys.into_iter().map(fetched)),
        }
    }
    anyhow::bail!("it was never decided")
}

/// What was said of the rule `asker`, and its verdict.
fn asker(decision: &Decision) -> anyhow::Result<(&str, String)> {
    let found = decision.record.opinions.iter().find(|said| *said.rule == *"asker");
    let Some(said) = found else { anyhow::bail!("`asker` is not in the record") };
    Ok((&said.verdict, said.said.to_string()))
}

/// A module that, given `n` facts, answers with the `n`th of these lists of keys, and abstains where
/// there is none. Keys are (kind, scope).
fn asking(lists: &[&[(&str, &str)]]) -> anyhow::Result<Vec<u8>> {
    let mut data = String::new();
    let mut body = String::new();
    let (mut at_list, mut at_text) = (16_384, 32_768);
    for (given, keys) in lists.iter().enumerate() {
        let mut list = String::new();
        for text in keys.iter().flat_map(|(kind, scope)| [kind, scope]) {
            data.push_str(&format!("(data (i32.const {at_text}) \"{text}\")"));
            let bytes = [at_text, text.len()].map(|number| u32::try_from(number).unwrap_or(0).to_le_bytes());
            list.extend(bytes.concat().iter().map(|byte| format!("\\{byte:02x}")));
            at_text += text.len();
        }
        data.push_str(&format!("(data (i32.const {at_list}) \"{list}\")"));
        let count = keys.len();
        body.push_str(&format!(
            "(if (i32.eq (i32.load offset=92 (local.get 0)) (i32.const {given})) (then
                (i32.store8 (i32.const 4096) (i32.const 0))
                (i32.store8 (i32.const 4100) (i32.const 3))
                (i32.store (i32.const 4104) (i32.const {at_list}))
                (i32.store (i32.const 4108) (i32.const {count}))))"
        ));
        at_list += 16 * count;
    }
    body.push_str("i32.const 4096");
    Forged { evaluate: &body, more: &data, ..Forged::default() }.component()
}

fn group(name: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{name}")
}

#[test]
fn declared_facts_are_wanted_first_and_given_to_those_who_declared_them() -> anyhow::Result<()> {
    // Protects when it sees exactly one fact, else abstains.
    let protects = "(if (i32.eq (i32.load offset=92 (local.get 0)) (i32.const 1))
        (then (i32.store8 (i32.const 4100) (i32.const 1)))) i32.const 4096";
    let declared = |fact_kinds| Forged { fact_kinds, evaluate: protects, ..Forged::default() }.component();
    let set = Folder::new(1)?
        .rule("one", &declared(&["vaults"])?, "")?
        .rule("two", &declared(&["vaults", "locks"])?, "")?
        .rule("none", &declared(&[])?, "")?;
    let evaluator = set.evaluator()?;
    let mut asked = request(DISK, "westeurope", &[]);
    let wanted = evaluator.facts_for(&asked.resource);
    let expected = [FactKind::Locks, FactKind::Vaults].map(|kind| FactKey::about(kind, &asked.resource));
    assert_eq!(wanted, expected);
    assert_eq!(evaluator.ask(&asked), Round::Wants(wanted.clone()));

    let without = evaluator.decide(&asked);
    let said = without.record.opinions.iter().map(|said| (&*said.rule, &*said.verdict));
    assert_eq!(
        said.collect::<Vec<_>>(),
        [("none", "abstain"), ("one", "indeterminate"), ("two", "indeterminate")]
    );
    let message = without.record.opinions[1].said.to_string();
    assert!(message.contains("facts that it was not given: vaults of westeurope"), "{message}");

    asked.facts = wanted.into_iter().map(fetched).collect();
    let Round::Decided(decision) = evaluator.ask(&asked) else { anyhow::bail!("it wants more") };
    let said = decision.record.opinions.iter().map(|said| (&*said.rule, &*said.verdict));
    assert_eq!(said.collect::<Vec<_>>(), [("none", "abstain"), ("one", "protect"), ("two", "abstain")]);
    assert_eq!(decision, evaluator.decide(&asked), "replay knows the facts from the start");
    Ok(())
}

#[test]
fn a_rule_asks_for_what_it_needs_round_by_round() -> anyhow::Result<()> {
    let shop = group("rg-shop");
    let other = group("other");
    let module = asking(&[
        &[("resource-group-tags", &shop.to_uppercase())],
        &[("vaults", "northeurope"), ("vaults", "NorthEurope"), ("resource-group-tags", &other)],
    ])?;
    let evaluator = Folder::new(1)?.rule("asker", &module, "")?.evaluator()?;
    let mut asked = request(DISK, "westeurope", &[]);
    assert_eq!(evaluator.facts_for(&asked.resource), []);
    let Round::Wants(first) = evaluator.ask(&asked) else { anyhow::bail!("it wants nothing") };
    assert_eq!(
        first,
        [FactKey::about(FactKind::ResourceGroupTags, &asked.resource)],
        "spelt as the resource is"
    );
    asked.facts.extend(first.into_iter().map(fetched));
    let Round::Wants(second) = evaluator.ask(&asked) else { anyhow::bail!("it wants nothing") };
    let texts: Vec<String> = second.iter().map(FactKey::to_string).collect();
    let expected =
        [format!("resource-group-tags of {}", other.to_lowercase()), "vaults of northeurope".into()];
    assert_eq!(texts, expected);
    asked.facts.extend(second.into_iter().map(fetched));
    let Round::Decided(decision) = evaluator.ask(&asked) else { anyhow::bail!("it wants more") };
    assert_eq!(asker(&decision)?.0, "abstain");
    let fuel = decision.record.opinions[0].fuel;
    asked.facts.reverse();
    let again = evaluator.decide(&asked);
    assert_eq!(serde_json::to_string(&decision)?, serde_json::to_string(&again)?, "order does not matter");
    assert!(fuel > 0, "fuel of all rounds is counted");
    Ok(())
}

#[test]
fn after_three_rounds_it_has_failed() -> anyhow::Result<()> {
    let groups = ["a", "b", "c", "d", "e"].map(group);
    let lists: Vec<[(&str, &str); 1]> =
        groups.iter().map(|scope| [("resource-group-tags", scope.as_str())]).collect();
    let within: Vec<&[(&str, &str)]> = lists.iter().take(3).map(|list| list.as_slice()).collect();
    let evaluator = Folder::new(1)?.rule("asker", &asking(&within)?, "")?.evaluator()?;
    let (decision, rounds) = decided(&evaluator, &mut request(DISK, "westeurope", &[]))?;
    assert_eq!((rounds, asker(&decision)?.0), (3, "abstain"));

    let beyond: Vec<&[(&str, &str)]> = lists.iter().map(|list| list.as_slice()).collect();
    let evaluator = Folder::new(1)?.rule("asker", &asking(&beyond)?, "on-error = \"hold\"")?.evaluator()?;
    let mut asked = request(DISK, "westeurope", &[]);
    let (decision, rounds) = decided(&evaluator, &mut asked)?;
    let (verdict, said) = asker(&decision)?;
    assert_eq!((rounds, verdict), (3, "indeterminate"));
    let expected =
        format!("after 3 rounds it still needs facts: resource-group-tags of {}", group("d").to_lowercase());
    assert!(said.contains(&expected), "{said}");
    assert!(matches!(decision.outcome, Outcome::Hold { .. }));
    // More facts than three rounds can give do not help.
    asked.facts.extend(groups.map(|scope| FactKey { kind: FactKind::ResourceGroupTags, scope }).map(fetched));
    assert_eq!(asker(&evaluator.decide(&asked))?.0, "indeterminate");
    Ok(())
}

#[test]
fn what_nobody_may_fetch_is_refused_in_clear_words() -> anyhow::Result<()> {
    let foreign = "/subscriptions/99999999-2222-3333-4444-555555555555/resourceGroups/rg";
    let many: Vec<(&str, &str)> = vec![("vaults", "westeurope"); 33];
    for (keys, expected) in [
        (&[("weather", "westeurope")][..], "unknown kind of fact `weather`; known kinds: creator, locks"),
        (&[("resource-group-tags", foreign)], "the scope must be the ARM id"),
        (&[("subscription-tags", "other")], "the scope must be the resource's subscription, 11111111"),
        (&[], "it needs facts, but names none"),
        (&many, "it asks for 33 facts at once: the limit is 32"),
    ] {
        let evaluator = Folder::new(1)?.rule("asker", &asking(&[keys])?, "")?.evaluator()?;
        let mut asked = request(DISK, "westeurope", &[]);
        let (decision, rounds) = decided(&evaluator, &mut asked)?;
        let (verdict, said) = asker(&decision)?;
        assert_eq!((rounds, verdict), (0, "indeterminate"), "{expected}");
        assert!(said.contains(expected), "`{expected}` is not in: {said}");
    }
    let again = [("vaults", "westeurope")];
    let evaluator = Folder::new(1)?.rule("asker", &asking(&[&again, &again])?, "")?.evaluator()?;
    let (decision, rounds) = decided(&evaluator, &mut request(DISK, "westeurope", &[]))?;
    let (_, said) = asker(&decision)?;
    assert_eq!(rounds, 1);
    assert!(said.contains("it asks again for facts that it was given: vaults of westeurope"), "{said}");
    Ok(())
}

#[test]
fn an_unknown_kind_in_a_manifest_is_refused_at_load() -> anyhow::Result<()> {
    let module = Forged { fact_kinds: &["vaults", "weather"], ..Forged::default() }.component()?;
    let message = Folder::new(1)?.rule("asker", &module, "")?.refused()?;
    for part in ["rule `asker`", "asker.wasm", "the host cannot fetch `weather`; it knows creator, locks"] {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    Ok(())
}

//! Every hostile module that is refused before it serves, in one table: its name, its class, and what is said.
//!
//! Modules that are admitted and misbehave when they are asked are in `evaluating.rs` and `loading.rs`.

mod bounds;
mod manifests;
mod shapes;
mod work;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use holdfast_evaluator::{Limits, RuleSet};

use crate::said::whole;

/// A module that must be refused.
pub(super) struct Hostile {
    /// What it is, for people; each is another module.
    name: String,
    class: &'static str,
    bytes: Vec<u8>,
    /// A part of what is said of it.
    expected: String,
}

impl Hostile {
    fn new(class: &'static str, name: &str, bytes: Vec<u8>, expected: &str) -> Self {
        Self { name: name.to_owned(), class, bytes, expected: expected.to_owned() }
    }

    fn text(class: &'static str, name: &str, text: &str, expected: &str) -> anyhow::Result<Self> {
        let bytes = wat::parse_str(text).with_context(|| name.to_owned())?;
        Ok(Self::new(class, name, bytes, expected))
    }
}

/// The whole corpus.
fn corpus() -> anyhow::Result<Vec<Hostile>> {
    Ok([bounds::modules()?, work::modules()?, shapes::modules()?, manifests::modules()?]
        .into_iter()
        .flatten()
        .collect())
}

/// Bytes of the longest message that is acceptable.
const MESSAGE: usize = 4_000;

#[test]
fn every_hostile_module_is_refused_in_plain_words() -> anyhow::Result<()> {
    let mut wrong = Vec::new();
    for Hostile { name, class, bytes, expected } in corpus()? {
        let said = match RuleSet::of_module(&bytes, serde_json::json!({}), Limits::default()) {
            Ok(_) => "it was admitted".to_owned(),
            Err(error) => whole(&error),
        };
        let plain = !said.contains(|one: char| one.is_control() || ('\u{202a}'..='\u{202e}').contains(&one));
        if !said.contains(&expected) || !plain || said.len() > MESSAGE {
            let start: String = said.chars().take(300).collect();
            wrong.push(format!("{class}: {name}: `{expected}` expected, plain {plain}: {start:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn the_corpus_has_several_modules_of_each_class_and_no_module_twice() -> anyhow::Result<()> {
    let corpus = corpus()?;
    let distinct: BTreeSet<&[u8]> = corpus.iter().map(|hostile| hostile.bytes.as_slice()).collect();
    assert_eq!(distinct.len(), corpus.len(), "a module is in the corpus twice");
    assert!(corpus.len() >= 60, "there are {}", corpus.len());
    let mut classes: BTreeMap<&str, usize> = BTreeMap::new();
    corpus.iter().for_each(|hostile| *classes.entry(hostile.class).or_default() += 1);
    assert!(classes.values().all(|modules| *modules >= 3), "{classes:?}");
    Ok(())
}

//! The file of a rule set: TOML with every key known, and free of contradictions.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::allowances::{Allowances, Creation, Ending, Grants, Instances, Placement, SnapshotGroups};
use crate::binding::BindingEntry;
use crate::defaults::Defaults;
use crate::important::Important;
use crate::layer::Layer;
use crate::rank::DEFAULTS;
use crate::review::ReviewDefaults;
use crate::visible::Visible;

/// Characters of a parser's message.
const MESSAGE: usize = 500;

/// A rule set as written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RuleSetFile {
    /// Only ever counts up.
    pub revision: u64,
    /// What holds where no rule says otherwise.
    #[serde(default)]
    pub defaults: Defaults,
    /// What holds for operations that no rule speaks of.
    #[serde(default)]
    pub review: ReviewDefaults,
    /// Which resources are worked on first.
    #[serde(default)]
    pub important: Vec<Important>,
    #[serde(default)]
    create: Creation,
    #[serde(default)]
    placement: Placement,
    #[serde(default)]
    snapshot_groups: SnapshotGroups,
    #[serde(default)]
    grants: Grants,
    #[serde(default)]
    instances: Instances,
    #[serde(default)]
    ending: Ending,
    /// The layers, the one with the most authority first.
    #[serde(rename = "layer")]
    pub layers: Vec<Layer>,
    /// The bindings, in any order.
    #[serde(rename = "rule")]
    pub bindings: Vec<BindingEntry>,
}

/// Why a text is not a rule set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Something in it is not of the expected form.
    #[error("at `{at}`: {message}")]
    Place {
        /// Such as `rule[1].on-error`.
        at: String,
        /// What is wrong.
        message: String,
    },
    /// A binding contradicts itself, or another part of the file.
    #[error("rule `{rule}`: {message}")]
    Binding {
        /// Id of the rule.
        rule: String,
        /// What is wrong, and the way out.
        message: String,
    },
}

impl RuleSetFile {
    /// Reads the text of a rule set.
    ///
    /// # Errors
    ///
    /// Says where it departs from what is expected. The text itself is not repeated, since settings in it may be
    /// secret.
    pub fn parse(text: &str) -> Result<Self, FormError> {
        let document = toml::Deserializer::parse(text)
            .map_err(|error| place("the file".to_owned(), &positioned(text, &error)))?;
        let mut file: Self = serde_path_to_error::deserialize(document)
            .map_err(|error| place(error.path().to_string(), &positioned(text, error.inner())))?;
        file.check()?;
        file.defaults = file.defaults.completed();
        Ok(file)
    }

    /// What it allows beside protecting.
    pub fn allowances(&self) -> Allowances {
        Allowances {
            create: self.create.clone(),
            placement: self.placement.clone(),
            snapshot_groups: self.snapshot_groups,
            grants: self.grants,
            instances: self.instances,
            ending: self.ending.clone(),
        }
    }

    fn check(&self) -> Result<(), FormError> {
        if let Some(at) = self.defaults.contradiction() {
            return Err(place(at, "max-days is less than min-days"));
        }
        if let Some((at, problem)) = self.review.contradiction() {
            return Err(place(at, problem));
        }
        if let Some(at) = self.important.iter().position(Important::is_empty) {
            let message = "a clause without `types` and `tags` fits everything, so nothing would come first";
            return Err(place(format!("important[{at}]"), message));
        }
        if let Some((at, problem)) = self.allowances().contradiction() {
            return Err(place(at, &problem));
        }
        let mut names = BTreeSet::new();
        if let Some(twice) = self.layers.iter().find(|layer| !names.insert(layer.name.as_str())) {
            return Err(place("layer".to_owned(), &format!("the layer `{}` is stated twice", twice.name)));
        }
        self.check_bindings()
    }

    fn check_bindings(&self) -> Result<(), FormError> {
        let mut ids = BTreeSet::new();
        for binding in &self.bindings {
            let problem = if binding.id == DEFAULTS {
                Some(format!("`{DEFAULTS}` is reserved; rename the rule"))
            } else if !ids.insert(binding.id.as_str()) {
                Some("the id is used twice; rename one of them".to_owned())
            } else {
                binding.contradiction(&self.layers)
            };
            if let Some(message) = problem {
                return Err(FormError::Binding { rule: binding.id.clone(), message });
            }
        }
        Ok(())
    }
}

fn place(at: String, message: &str) -> FormError {
    FormError::Place { at, message: Visible::within(message.trim_end(), MESSAGE).to_string() }
}

/// What a parser says, and where, without the line.
fn positioned(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let place = before.map_or_else(String::new, |before| {
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!(" at line {}, column {column}", before.matches('\n').count() + 1)
    });
    format!("TOML parse error{place}: {}", error.message())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &str = "revision = 3\n[[layer]]\nname = \"team\"\n";
    const RULE: &str = "[[rule]]\nid = \"mine\"\nmodule = \"mine.wasm\"\nlayer = \"team\"\n";

    fn refused(text: &str) -> String {
        RuleSetFile::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let settings = "types = [\"Microsoft.Compute/disks\"]\n[rule.settings]\nkeep = [1, 2]\n";
        let file = RuleSetFile::parse(&format!("{BARE}{RULE}{settings}")).unwrap();
        let written = toml::to_string(&file).unwrap();
        assert_eq!(RuleSetFile::parse(&written).unwrap(), file, "{written}");
        assert_eq!(file.bindings[0].rank(&file.layers).unwrap().id.as_ref(), "mine");
    }

    #[test]
    fn each_contradiction_names_its_place_or_its_rule() {
        let cases = [
            (format!("{BARE}[[layer]]\nname = \"team\"\n{RULE}"), "`layer`"),
            (format!("{BARE}{RULE}{RULE}"), "rule `mine`: the id is used twice"),
            (format!("{BARE}{}", RULE.replace("\"mine\"", "\"defaults\"")), "reserved"),
            (format!("{BARE}{}", RULE.replace("\"team\"", "\"guests\"")), "known are: team"),
            (format!("{BARE}{RULE}on-error = \"ignore\"\n"), "shadow rules"),
            (format!("{BARE}{RULE}settings = 7\n"), "`rule[0].settings`"),
            (format!("{BARE}{RULE}colour = 7\n"), "colour"),
            (
                format!("{BARE}{RULE}[review]\napprover-roles = [\"admin\", \"\"]\n"),
                "`review.approver-roles[1]`",
            ),
            (format!("{BARE}{RULE}[review]\napprover-roles = [\" admin\"]\n"), "a role is one word"),
            (format!("{BARE}{RULE}[review]\napprover-roles = [\"admin, lead\"]\n"), "a role is one word"),
        ];
        for (text, expected) in cases {
            assert!(refused(&text).contains(expected), "`{expected}` is not in: {}", refused(&text));
        }
    }

    #[test]
    fn settings_are_not_repeated() {
        let text = format!("{BARE}{RULE}settings = \"hunter2\"\n");
        assert!(!refused(&text).contains("hunter2"), "{}", refused(&text));
    }
}

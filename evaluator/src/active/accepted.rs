//! The highest version of each module that each layer has had in force.

use std::collections::BTreeMap;

use semver::Version;

use crate::rule_set::{Binding, RuleSet};

use super::SwapError;

/// The highest accepted version by layer and name of the module: a binding's id is easily changed, and its
/// rule left out for one revision.
#[derive(Default)]
pub(super) struct Accepted(BTreeMap<(String, String), String>);

impl Accepted {
    /// A set comes into force. What it takes back on purpose, it takes back for good.
    pub(super) fn take(&mut self, rule_set: &RuleSet) {
        for binding in rule_set.bindings() {
            let version = &binding.manifest().version;
            let accepted = self.0.entry(key(binding)).or_insert_with(|| version.clone());
            if binding.allows_downgrade() || is_older(accepted, version) {
                accepted.clone_from(version);
            }
        }
    }

    /// An earlier set comes back into force: an order for it is an order for its versions.
    pub(super) fn go_back(&mut self, rule_set: &RuleSet) {
        for binding in rule_set.bindings() {
            self.0.remove(&key(binding));
        }
        self.take(rule_set);
    }

    /// The first rule whose module would go back in version. One that serves already does not: a layer may
    /// have two versions of a module in force.
    pub(super) fn downgrade(&self, serving: &RuleSet, offered: &RuleSet) -> Option<SwapError> {
        offered.bindings().filter(|binding| !binding.allows_downgrade()).find_map(|binding| {
            let (key, version) = (key(binding), &binding.manifest().version);
            let accepted = self.0.get(&key).filter(|accepted| is_older(version, accepted))?;
            let serves = serving
                .bindings()
                .any(|serving| self::key(serving) == key && serving.manifest().version == *version);
            (!serves).then(|| SwapError::Downgrade {
                rule: binding.id().to_owned(),
                layer: key.0.clone(),
                module: key.1.clone(),
                accepted: accepted.clone(),
                offered: version.clone(),
            })
        })
    }
}

fn key(binding: &Binding) -> (String, String) {
    (binding.layer().to_owned(), binding.manifest().name.clone())
}

/// Whether one version comes before the other. What is not a semantic version comes before all that are: a
/// module does not escape the comparison by a version that cannot be read.
fn is_older(one: &str, other: &str) -> bool {
    match (Version::parse(one), Version::parse(other)) {
        (Ok(one), Ok(other)) => one.cmp_precedence(&other).is_lt(),
        (Err(_), Ok(_)) => true,
        (Ok(_) | Err(_), Err(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_semantic_versioning_has_it() {
        let ascending =
            ["latest", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta.11", "1.0.0", "1.9.0", "1.10.0"];
        for (one, other) in ascending.iter().zip(ascending.iter().skip(1)) {
            assert!(is_older(one, other) && !is_older(other, one), "{one} and {other}");
        }
        for (one, other) in [("1.0.0+a", "1.0.0+b"), ("1.0.0", "1.0.0"), ("latest", "newest")] {
            assert!(!is_older(one, other) && !is_older(other, one), "{one} and {other}");
        }
    }
}

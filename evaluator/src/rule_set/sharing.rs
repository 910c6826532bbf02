//! Rules of one module share its code, whatever their settings.

use std::collections::HashMap;
use std::sync::Arc;

use holdfast_rule_set::Digest;

use crate::sandbox::Source;

use super::RuleSet;
use super::loading::Loaded;

/// Lets each rule whose component another has, here or in an earlier rule set, share that one's code.
pub(super) fn share(loaded: &mut [Loaded], earlier: Option<&RuleSet>) {
    let mut known = HashMap::new();
    for rule in earlier.into_iter().flat_map(RuleSet::rules) {
        if let Source::Component(component) = &rule.prepared.source {
            known.insert(Digest::of(component.bytes()), Arc::clone(component));
        }
    }
    for Loaded { rule, compiled, .. } in loaded {
        if let Source::Component(component) = &mut rule.prepared.source {
            let digest = Digest::of(component.bytes());
            match known.get(&digest) {
                Some(shared) => {
                    *component = Arc::clone(shared);
                    *compiled = false;
                }
                None => _ = known.insert(digest, Arc::clone(component)),
            }
        }
    }
}

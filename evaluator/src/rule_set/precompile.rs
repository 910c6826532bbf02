//! Compiles a rule set for processes that have no compiler.

use std::path::Path;

use crate::key::CompiledSigner;
use crate::precompiled::{Precompiled, PublishError, Publishing, publish};

use super::{Rule, RuleSet};

/// Compiles every rule of a rule set, configured, into `folder`, and signs the list.
///
/// The signer vouches that the code comes from the modules that the rule set pins. The folder is
/// what [`RuleSet::load_precompiled`] reads, as `compiled` beside the rule set. Code that is there
/// already is replaced; the manifest and its signature are written last.
///
/// # Errors
///
/// Names the rule that does not compile, or the file that cannot be written.
pub fn precompile(
    rule_set: &RuleSet,
    folder: &Path,
    signer: &CompiledSigner,
) -> Result<Vec<Precompiled>, PublishError> {
    let rules: Vec<_> = rule_set.rules().iter().map(publishing).collect();
    publish((rule_set.revision(), rule_set.digest()), &rules, folder, signer)
}

fn publishing(Rule { binding, prepared }: &Rule) -> Publishing<'_> {
    Publishing {
        rule: binding.id(),
        module: binding.module(),
        digest: binding.digest(),
        settings: binding.settings().to_string(),
        signed_by: binding.signed_by(),
        describes: binding.manifest(),
        prepared,
    }
}

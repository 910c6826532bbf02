//! What is said of a binding: where it comes from, and what Azure Policy would do differently.

use super::{Assigned, Effect};
use crate::ImportError;
use crate::binding::Condition;
use crate::builtin::{Target, VaultUse};

impl Assigned<'_> {
    pub(super) fn comments(&self, effect: Effect) -> Result<Vec<String>, ImportError> {
        let (builtin, properties) = (self.builtin(), &self.assignment.properties);
        let name = properties.display_name.as_deref().unwrap_or(&self.assignment.name);
        let member =
            if self.reference.is_empty() { String::new() } else { format!(", member `{}`", self.reference) };
        let mut comments = vec![
            format!("Azure Policy assignment `{name}`{member}."),
            format!("Definition {} {}: {}.", builtin.id, builtin.version, builtin.title),
        ];
        if let Some(version) = self.definition_version
            && !covers(version, builtin.version)
        {
            comments.push(format!(
                "The assignment asks for version {version} of the definition; the conditions below are those of {}.",
                builtin.version
            ));
        }
        comments.extend(match effect {
            Effect::Deploy => None,
            Effect::Audit => {
                Some("Shadow, since the effect is AuditIfNotExists: asked and recorded only.".to_owned())
            }
            Effect::Disabled => {
                Some("Shadow, since the effect is Disabled: Azure Policy does not even ask.".to_owned())
            }
        });
        if properties.is_not_enforced() {
            comments.push("Shadow, since the enforcementMode is DoNotEnforce.".to_owned());
        }
        if self.tag()? == Some(Condition::Any(Vec::new())) {
            comments.push(
                "Nothing is selected: this definition takes no resource without a tag to look for."
                    .to_owned(),
            );
        }
        comments.push("Azure Policy would differ:".to_owned());
        comments.extend(self.differences().into_iter().map(|difference| format!("- {difference}")));
        Ok(comments)
    }

    fn differences(&self) -> Vec<String> {
        let mut differences = Vec::new();
        let mut add = |text: &str| differences.push(text.to_owned());
        match self.builtin().target {
            Target::VirtualMachine => {
                add(
                    "a machine counts as protected by any vault and policy, even if its backups are stopped or fail;",
                );
                add("later versions of the definition may take images that are not listed here.");
            }
            Target::Disk => {
                add(
                    "the backup instance has the disk's name alone, so two disks of one name collide in a vault;",
                );
                add("it looks neither at the policy nor at the state of an existing backup instance.");
            }
            Target::Blobs => {
                add(
                    "an account counts as protected if point-in-time restore is on, no matter who turned it on,",
                );
                add("and as unprotected if it has vaulted backups alone.");
            }
            Target::FileShare => {
                add("a share counts as protected by any vault and policy;");
                add(match self.values.truth("registerStorageAccount") {
                    Some(true) => {
                        "it registers the storage account with the vault, as Holdfast does when it has to."
                    }
                    _ => {
                        "it does not register the storage account with the vault; Holdfast does when it has to."
                    }
                });
            }
            Target::Cluster => {
                add(
                    "it installs the backup extension and makes no backup instance; this asks for protection.",
                );
            }
        }
        match self.builtin().vault {
            VaultUse::NewByName => {
                add(
                    "the vault's name depends on how Azure writes the name of the resource group, case included;",
                );
                add("it makes the vault in the machine's resource group.");
            }
            VaultUse::NewNamed => {
                add(
                    "it makes the vault and a policy with daily backups at 08:00 UTC, 5 days of snapshots and",
                );
                add("30 days in the vault, in the resource group of the storage account.");
            }
            VaultUse::Existing | VaultUse::None => {}
        }
        add("exemptions are not part of an assignment: carry them over as rules that exclude.");
        differences
    }
}

/// Whether a version that an assignment asks for, such as `9.*.*`, covers another.
fn covers(asked: &str, version: &str) -> bool {
    let (asked, version) = (asked.to_ascii_lowercase(), version.to_ascii_lowercase());
    let (asked_number, asked_suffix) = asked.split_once('-').unwrap_or((&asked, ""));
    let (number, suffix) = version.split_once('-').unwrap_or((&version, ""));
    let parts_fit =
        asked_number.split('.').zip(number.split('.')).all(|(one, other)| one == "*" || one == other);
    parts_fit && (asked_suffix.is_empty() || asked_suffix == suffix)
}

//! Names of vaults: both providers have the same rule for them.

use crate::ResourceId;
use crate::impossible::Impossible;

/// The id, if it is that of a vault of this type with a name that Azure takes: 2 to 50 letters, digits and hyphens, a
/// letter first, no hyphen last.
pub(super) fn checked(text: &str, vaults: &str, noun: &str) -> Result<ResourceId, Impossible> {
    let id: ResourceId = text.parse().map_err(|_| unusable(text, noun))?;
    let name = id.name();
    let is_vault = id.resource_type().eq_ignore_ascii_case(vaults);
    let legal = name.chars().all(|character| character.is_ascii_alphanumeric() || character == '-');
    let begins = name.starts_with(|character: char| character.is_ascii_alphabetic());
    if is_vault && legal && begins && !name.ends_with('-') && (2..=50).contains(&name.len()) {
        return Ok(id);
    }
    Err(unusable(name, noun))
}

pub(super) fn unusable(name: &str, noun: &str) -> Impossible {
    Impossible::new(
        "VaultNameNotUsable",
        format!("no {noun} can be called `{name}`"),
        "name it with 2 to 50 letters, digits and hyphens, beginning with a letter",
    )
}

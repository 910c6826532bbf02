//! Who signed something, as far as it is verified.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;

use super::Offer;
use crate::signature::Signed;
use crate::statement::Kind;
use crate::trust::refusal::Refusal;
use crate::trust::requirement::Requirement;

/// Who signed, as far as it is verified, and what did not hold.
///
/// A wrong signature takes nothing from a right one beside it: else everybody who may add a file to a
/// repository could have any rule refused.
#[derive(Default)]
pub(super) struct Signers {
    pub(super) vouching: BTreeSet<String>,
    pub(super) unknown: Vec<String>,
    pub(super) problems: Vec<Refusal>,
}

impl Signers {
    pub(super) fn add(
        &mut self,
        path: &Path,
        name: &str,
        signed_at: Timestamp,
        not_before: Option<Timestamp>,
    ) {
        match not_before.filter(|not_before| signed_at < *not_before) {
            None => {
                self.vouching.insert(name.to_owned());
            }
            Some(not_before) => {
                let (path, by) = (path.to_owned(), name.to_owned());
                self.problems.push(Refusal::TooOld { path, by, signed_at, not_before });
            }
        }
    }

    pub(super) fn not_enough(self, requirement: &Requirement, place: &str) -> Refusal {
        if let Some(problem) = self.problems.into_iter().next() {
            return problem;
        }
        let known = self.vouching.into_iter().map(|name| format!("`{name}`"));
        let found: Vec<String> = known.chain(self.unknown).collect();
        let found = if found.is_empty() { "nobody".to_owned() } else { found.join(", ") };
        Refusal::NotEnough { found, place: place.to_owned(), needs: requirement.who.to_string() }
    }
}

/// Whether the statement speaks of what is offered; else what differs, as signed and as found.
pub(super) fn is_about(
    signed: &Signed,
    kind: Kind,
    offer: Offer<'_>,
) -> Result<(), (&'static str, String, String)> {
    let subject = &signed.statement.subject;
    if subject.kind != kind {
        return Err(("kind", subject.kind.to_string(), kind.to_string()));
    }
    if subject.digest != offer.digest {
        return Err(("digest", subject.digest.to_string(), offer.digest.to_string()));
    }
    let Some((name, version)) = offer.name_version else { return Ok(()) };
    if subject.name.as_str() != name {
        return Err(("name", format!("`{}`", subject.name), format!("`{name}`")));
    }
    if subject.version.as_str() != version {
        return Err(("version", format!("`{}`", subject.version), format!("`{version}`")));
    }
    Ok(())
}

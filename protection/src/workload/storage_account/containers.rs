//! Which containers of a storage account go into the vault.

use holdfast_evaluator::{Items, Protection};

use crate::impossible::Impossible;
use crate::workload::{BackupParameters, Case, Containers, Dependencies, Details};

/// Containers that one instance may hold, by the blob and Data Lake Storage support matrices.
pub const MOST_CONTAINERS: usize = 100;

/// Those that the decision names, or every one.
pub(in crate::workload) fn containers(how: &Protection) -> Result<Containers, Impossible> {
    let mut named = match &how.blob_containers {
        None | Some(Items::All) => return Ok(Containers::Every),
        Some(Items::Named(named)) => named.clone(),
        Some(Items::AllBut(_)) => {
            return Err(Impossible::new(
                "ContainersLeftOut",
                "the rules leave out blob containers by name, and an instance names those that it holds",
                "name the containers to back up in `blob-containers`, or leave it out to back up all of them",
            ));
        }
    };
    named.sort_unstable();
    named.dedup();
    check_containers(&named)?;
    Ok(Containers::Named(named))
}

/// Whether one instance may hold these containers.
pub(crate) fn check_containers(containers: &[String]) -> Result<(), Impossible> {
    match containers.len() {
        0 => Err(Impossible::new(
            "NoContainers",
            "backup into the vault needs a blob container, and the rules name none",
            "name containers in `blob-containers`, or leave it out to back up all of them",
        )),
        1..=MOST_CONTAINERS => Ok(()),
        many => Err(Impossible::new(
            "ContainerBound",
            format!(
                "{many} containers are more than the {MOST_CONTAINERS} that one backup instance may hold (blob backup support matrix)"
            ),
            format!("let the rules name at most {MOST_CONTAINERS} of them in `blob-containers`"),
        )),
    }
}

/// The containers that an instance has to list; none unless the policy copies them into the vault.
pub(in crate::workload) fn parameters(
    case: &Case<'_>,
    into_vault: bool,
) -> Result<Option<BackupParameters>, Impossible> {
    let Details::Containers(wanted) = case.details else { return Ok(None) };
    if !into_vault {
        return Ok(None);
    }
    let found = match (wanted, case.dependencies) {
        (Containers::Named(named), _) => return Ok(Some(BackupParameters::Containers(named.clone()))),
        (Containers::Every, Dependencies::Containers(found)) => found.clone(),
        (Containers::Every, _) => Vec::new(),
    };
    if found.is_empty() {
        return Err(Impossible::new(
            Impossible::NOTHING_TO_BACK_UP,
            "the account has no blob container, so there is nothing to back up into the vault",
            "the sweep looks again",
        ));
    }
    check_containers(&found)?;
    Ok(Some(BackupParameters::Containers(found)))
}

//! Which containers of a storage account go into the vault.

use holdfast_evaluator::Protection;

use crate::impossible::Impossible;
use crate::workload::Containers;

/// Containers that one instance may hold, by the blob and Data Lake Storage support matrices.
pub const MOST_CONTAINERS: usize = 100;

/// Those that the decision names, or every one.
pub(in crate::workload) fn containers(how: &Protection) -> Result<Containers, Impossible> {
    let Some(named) = &how.blob_containers else { return Ok(Containers::Every) };
    let mut named = named.clone();
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

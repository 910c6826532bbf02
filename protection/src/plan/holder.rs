//! Plans for what only holds datasources, such as a machine with databases: it is prepared, and nothing more.

use super::{Plan, Step};
use crate::impossible::Impossible;
use crate::workload::Preparation;
use crate::workload::in_machine::{DatabaseKind, Host, Hosting};

/// How often a machine is registered again for one cause: what did not help once helps no second time.
const REGISTRATIONS: u32 = 1;
/// How often Azure is asked to look into a machine for one cause.
const INQUIRIES: u32 = 3;

/// What is next for a machine that is registered with a vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// Azure is at work.
    NotReady,
    /// Something has to be prepared first.
    ToPrepare(Plan),
    /// What runs in it is known.
    Ready,
}

/// What is next for it; `attempts` were made before for the same cause.
///
/// # Errors
///
/// Where what was tried did not help.
pub fn holder(host: &Host, databases: DatabaseKind, attempts: u32) -> Result<Holder, Impossible> {
    let prepare = |preparation: Preparation| {
        let steps = vec![Step::Prepare(preparation)];
        Holder::ToPrepare(Plan { steps, note: elsewhere(host), instance: host.container.clone() })
    };
    let preparation = host.preparation(databases);
    match (&host.hosting, preparation) {
        (Hosting::Registering, _) => Ok(Holder::NotReady),
        (Hosting::Lost(refusal), Some(again)) if attempts >= REGISTRATIONS => Err(Impossible::new(
            &refusal.code,
            format!(
                "Azure's backup extension in `{}` does not answer, though the machine was registered again: {}",
                again.id().name(),
                refusal.message
            ),
            refusal.way_out(),
        )),
        (Hosting::NotInquired, Some(_)) if attempts >= INQUIRIES => Err(Impossible::new(
            "DatabasesNotKnown",
            format!(
                "Azure was asked {INQUIRIES} times, and does not say what runs in {}",
                host.words(databases)
            ),
            "see the container of the machine in the vault; the next sweep asks again",
        )),
        (_, Some(preparation)) => Ok(prepare(preparation)),
        (_, None) => Ok(Holder::Ready),
    }
}

fn elsewhere(host: &Host) -> Option<String> {
    Some(format!("it is registered with vault `{}`", host.vault.name()))
}

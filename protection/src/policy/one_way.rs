//! Ways between policies that Azure lets an item go, and not come back.

use super::{FilesPolicy, Policy, PolicyBody, ShareBackups, VmPolicyKind};
use crate::Workload;
use crate::impossible::Impossible;
use crate::workload::PolicyModel;

/// Azure's code for it is the general one, so we have one of our own.
const CODE: &str = "PolicyGoesBack";

/// What the way through a new protection costs.
const ANEW: &str = "its recovery points go with the protection";

/// Ways without a way back (documentation).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OneWay {
    /// A machine has gone to an enhanced policy.
    Enhanced,
    /// A share has gone to copies in the vault.
    Copies,
}

impl OneWay {
    /// The one that an item under `own` would have to go back to follow `wanted`.
    fn against(own: &PolicyBody, wanted: &PolicyBody) -> Option<Self> {
        match (own, wanted) {
            (PolicyBody::Vm(own), PolicyBody::Vm(wanted)) => match (own.kind, wanted.kind) {
                (VmPolicyKind::Enhanced, VmPolicyKind::Standard) => Some(Self::Enhanced),
                (VmPolicyKind::Standard | VmPolicyKind::Enhanced, _) => None,
            },
            (PolicyBody::Files(own), PolicyBody::Files(wanted)) => match (&own.backups, &wanted.backups) {
                (ShareBackups::Vault { .. }, ShareBackups::Snapshots { .. }) => Some(Self::Copies),
                (ShareBackups::Vault { .. } | ShareBackups::Snapshots { .. }, _) => None,
            },
            // Of other workloads no such way is known; the policy of a cluster never changes.
            (
                PolicyBody::Rules(_)
                | PolicyBody::Vm(_)
                | PolicyBody::Files(_)
                | PolicyBody::Databases(_)
                | PolicyBody::Other(_),
                _,
            ) => None,
        }
    }

    fn why(self) -> &'static str {
        match self {
            Self::Enhanced => {
                "Azure Backup takes a virtual machine from a standard policy to an enhanced one, and not back"
            }
            Self::Copies => {
                "Azure Backup takes a file share from snapshots alone to copies in the vault, and not back"
            }
        }
    }

    /// What the policy of the item is, what the other one is, and which to choose instead.
    fn words(self) -> [&'static str; 3] {
        match self {
            Self::Enhanced => ["is an enhanced policy", "a standard one", "an enhanced policy"],
            Self::Copies => [
                "keeps copies in the vault",
                "keeps snapshots alone",
                "a policy that keeps copies in the vault",
            ],
        }
    }
}

impl Policy {
    /// Whether an item that follows `own` cannot follow this one, for Azure knows no way back.
    pub fn goes_back_from(&self, own: &Self) -> bool {
        OneWay::against(&own.body, &self.body).is_some()
    }

    /// Refuses this policy for an item that follows `own`, where Azure knows no way back.
    ///
    /// # Errors
    ///
    /// What would go back, with what to do.
    pub fn must_go_on_from(&self, own: &Self) -> Result<(), Impossible> {
        let Some(way) = OneWay::against(&own.body, &self.body) else { return Ok(()) };
        let [is, other, instead] = way.words();
        Err(Impossible::new(
            CODE,
            format!("backup policy `{}` {is}, and `{}` {other}: {}", own.name, self.name, way.why()),
            format!(
                "choose {instead}, or stop and delete the protection, then protect it again under `{}`; {ANEW}",
                self.name
            ),
        ))
    }

    /// Whether an item of which copies lie in the vault cannot follow this policy, whatever it followed before.
    pub(crate) fn gives_up_copies(&self) -> bool {
        matches!(&self.body, PolicyBody::Files(FilesPolicy { backups: ShareBackups::Snapshots { .. }, .. }))
    }

    /// Refuses this policy for such an item that follows none now.
    pub(crate) fn must_keep_copies(&self) -> Result<(), Impossible> {
        if !self.gives_up_copies() {
            return Ok(());
        }
        let [_, other, instead] = OneWay::Copies.words();
        Err(Impossible::new(
            CODE,
            format!(
                "backup policy `{}` {other}, and copies of the file share lie in the vault: {}",
                self.name,
                OneWay::Copies.why()
            ),
            format!(
                "choose {instead}, or delete the protection, then protect it again under `{}`; {ANEW}",
                self.name
            ),
        ))
    }
}

/// Whether copies that lie in the vault say which policies an item may follow: where it follows none, they alone tell.
pub(crate) fn copies_bind(workload: Workload) -> bool {
    match workload.manifest().policy {
        PolicyModel::Files => true,
        // The kind of a machine's policy shows in no recovery point.
        PolicyModel::Rules | PolicyModel::Vm | PolicyModel::Databases(_) => false,
    }
}

/// That rules want snapshots alone of a share that has copies in the vault, by this policy if it follows one.
pub(super) fn back_to_snapshots(own: Option<&str>) -> Impossible {
    let [is, ..] = OneWay::Copies.words();
    let has = match own {
        Some(own) => format!("the file share follows backup policy `{own}`, which {is}"),
        None => "copies of the file share lie in the vault".to_owned(),
    };
    Impossible::new(
        CODE,
        format!("the rules want snapshots alone, and {has}: {}", OneWay::Copies.why()),
        format!(
            "leave `tier` out of the rules' settings for this resource, or stop and delete the protection, and the \
             rules protect it again with snapshots alone; {ANEW}"
        ),
    )
}

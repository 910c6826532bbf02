//! Diagnosis: from a refusal of Azure Backup to what a person can do about it.

use crate::{Refusal, Retry};

/// What to do about a refusal: our advice where we know the cause, else Azure's.
pub fn way_out(refusal: &Refusal) -> String {
    if let Some((_, advice)) = ADVICE.iter().find(|(code, _)| refusal.is(code)) {
        return (*advice).to_owned();
    }
    if !refusal.recommended_action.is_empty() {
        return refusal.recommended_action.join(" ");
    }
    match refusal.retry {
        Retry::Never => "see Azure's message; the next sweep tries again",
        Retry::Once => NO_REASON,
        Retry::Later | Retry::InHours => PASSING,
    }
    .to_owned()
}

const NO_REASON: &str = "Azure gave no reason, also when asked again: see the activity log of the resource and of the \
     Backup vault; the next sweep tries again";
const PASSING: &str = "Azure calls this fault passing, and it did not pass within a day: see Azure's service health; \
     the next sweep tries again";

const BY_POLICY: &str = "an Azure Policy forbids a setting that backup needs: exempt the resource from the assignment \
     that Azure names, or let the rules exclude it; the next sweep tries again";
const FULL: &str = "the Backup vault holds as many backup instances as Azure allows (5000): let the rules choose \
     another vault, or delete instances that nobody needs";
const LOCKED: &str = "remove the read-only lock from the account or its group; the next sweep tries again";
const NO_GROUP: &str = "create the resource group for snapshots again, or let the rule set create it \
     (`[create.snapshot-groups]`); the next sweep tries again";
const BLOB_STOP: &str = "operational backup of blobs cannot be stopped, only deleted: state `delete` in `[ending]` \
     of the rule set, or delete the backup instance";
const IMMUTABLE: &str = "the vault is immutable: wait until the recovery points have expired, or disable its \
     immutability if it is not locked";
const GUARDED: &str = "a resource guard protects the vault: let its owner unlock the operation";

/// Azure's codes, and what we know of their causes.
const ADVICE: [(&str, &str); 15] = [
    ("UserErrorRequestDisallowedByAzurePolicy", BY_POLICY),
    ("RequestDisallowedByPolicy", BY_POLICY),
    ("UserErrorRequiredStorageFeaturesDisabled", BY_POLICY),
    ("UserErrorMaxBackupInstancesReached", FULL),
    ("UserErrorBackupInstanceLimitReached", FULL),
    ("UserErrorVaultBackupInstanceLimitReached", FULL),
    ("UserErrorStorageAccountInLockedState", LOCKED),
    ("UserErrorStorageAccountIsLocked", LOCKED),
    ("ScopeLocked", LOCKED),
    ("UserErrorSnapshotRGNotFound", NO_GROUP),
    ("UserErrorInvalidOperationalStoreResourceGroup", NO_GROUP),
    ("UserErrorStopProtectionNotSupportedForBlobOperationalBackup", BLOB_STOP),
    ("UserErrorOperationNotAllowedOnImmutableVault", IMMUTABLE),
    ("UserErrorImmutableVaultOperationNotAllowed", IMMUTABLE),
    ("UserErrorResourceGuardOperationRequestMissing", GUARDED),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: &str, advice: &[&str]) -> Refusal {
        let recommended_action = advice.iter().map(|&text| text.to_owned()).collect();
        let (code, message) = (code.to_owned(), "no".to_owned());
        Refusal { status: 400, code, message, recommended_action, retry: Retry::Never }
    }

    #[test]
    fn without_a_message_nobody_is_sent_to_read_one() {
        let silent = Refusal { retry: Retry::Once, ..refusal("Http406", &[]) };
        assert!(!way_out(&silent).contains("message") && way_out(&silent).contains("activity log"));
    }

    #[test]
    fn a_known_cause_outweighs_azures_advice() {
        let known = way_out(&refusal("usererrorrequestdisallowedbyazurepolicy", &["Contact support."]));
        assert!(known.contains("exempt"), "{known}");
        assert_eq!(way_out(&refusal("SomethingNew", &["Do this.", "Do that."])), "Do this. Do that.");
        assert!(way_out(&refusal("SomethingNew", &[])).contains("next sweep"));
    }
}

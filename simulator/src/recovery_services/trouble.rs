//! What goes wrong after a call was accepted: as the status of its operation, its job and the health of its item tell of it.
//!
//! Recorded: `UserErrorVmNotFoundV2`, `BackUpOperationFailed`, `UserErrorGenericResourceNotFound`. Field: the failure of a deletion
//! in an immutable vault, and the text about a virtual machine in another vault, whose code nobody wrote down. The others are
//! from the troubleshooting pages of Azure Backup.

use serde_json::{Value, json};

/// A failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) code: String,
    number: i64,
    pub(super) message: String,
    recommendation: String,
}

/// Code, number, message, recommendation.
const KNOWN: [(&str, i64, &str, &str); 9] = [
    (
        "UserErrorVmNotFoundV2",
        400_136,
        "Virtual machine doesn't exist.",
        "Please make sure that virtual machine exists or select a different virtual machine. For more details, please refer to http://aka.ms/UserErrorVmNotFoundV2",
    ),
    (
        "BackUpOperationFailed",
        400_002,
        "Backup failed with an internal error.",
        "Follow the instructions at https://aka.ms/backup-operation-failed and retry the backup operation. If it fails further, please contact Microsoft support.",
    ),
    (
        "UserErrorGenericResourceNotFound",
        400_309,
        "Azure resource does not exist.",
        "Please make sure required resources exist. If the issue persists, contact Microsoft support.",
    ),
    (
        "UserErrorGuestAgentStatusUnavailable",
        400_140,
        "VM agent is unable to communicate with the Azure Backup service.",
        "Ensure that the VM agent is installed and running, and retry the operation.",
    ),
    (
        "VirtualMachineAlreadyProtected",
        400_094,
        "Virtual machine is already registered\\registering with another recovery services vault",
        "Please select a different virtual machine for registration.",
    ),
    (
        "UserErrorDeleteBackupItemOnImmutableItem",
        400_801,
        "Backup data of this item cannot be deleted because the vault is immutable and recovery points have not expired.",
        "Wait until the recovery points have expired, or stop protection and retain the data.",
    ),
    (
        "FileShareNotFound",
        400_701,
        "The file share does not exist.",
        "Check that the file share exists in the storage account.",
    ),
    (
        "UserErrorStorageAccountNotFound",
        400_702,
        "The storage account does not exist.",
        "Check that the storage account exists.",
    ),
    (
        "UserErrorStorageKeyBasedAuthenticationNotPermitted",
        400_703,
        "Access to the storage account by its keys is not permitted.",
        "Allow access by keys on the storage account.",
    ),
];

/// The number of what is not listed above; Azure's is not known.
const UNKNOWN_NUMBER: i64 = 400_000;

impl Trouble {
    /// The failure with this code.
    pub(super) fn named(code: &str) -> Self {
        let known = KNOWN.iter().find(|(known, ..)| known.eq_ignore_ascii_case(code));
        let (code, number, message, recommendation) = known.copied().unwrap_or((
            code,
            UNKNOWN_NUMBER,
            "The operation failed.",
            "Look the code up in the documentation of Azure Backup.",
        ));
        Self {
            code: code.to_owned(),
            number,
            message: message.to_owned(),
            recommendation: recommendation.to_owned(),
        }
    }

    /// As the status of an operation tells of it.
    pub(super) fn in_status(&self) -> Value {
        json!({ "code": self.code, "message": self.message, "recommendations": [self.recommendation] })
    }

    /// As a job tells of it; jobs of shares have no title.
    pub(super) fn in_job(&self, titled: bool) -> Value {
        let mut error = json!({
            "errorCode": self.number,
            "errorString": self.message,
            "recommendations": [self.recommendation],
        });
        if titled && let Some(error) = error.as_object_mut() {
            error.insert("errorTitle".to_owned(), json!(self.code));
        }
        error
    }

    /// As the health of an item tells of it.
    pub(super) fn in_health(&self) -> Value {
        json!({
            "code": self.number,
            "title": self.code,
            "message": self.message,
            "recommendations": [self.recommendation],
        })
    }

    /// Whether the customer can do something about it, in the eyes of the service.
    pub(super) fn is_users(&self) -> bool {
        self.code.contains("UserError")
    }
}

#[test]
fn a_code_that_is_not_known_keeps_its_name() {
    assert_eq!(Trouble::named("CloudInternalError").code, "CloudInternalError");
    assert!(Trouble::named("usererrorvmnotfoundv2").message.starts_with("Virtual machine doesn't"));
}

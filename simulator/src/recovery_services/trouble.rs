//! What goes wrong after a call was accepted: as the status of its operation, its job and the health of its item tell of it.
//!
//! Recorded: `UserErrorVmNotFoundV2`, `BackUpOperationFailed`, `UserErrorGenericResourceNotFound`, `UserErrorOpeningSQLConnection` (but for its
//! number), `UserErrorRestoreFailedTargetFileAlreadyExists`. Field: the failure of a deletion
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
const KNOWN: [(&str, i64, &str, &str); 11] = [
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
    (
        "UserErrorOpeningSQLConnection",
        UNKNOWN_NUMBER,
        "Azure Backup service is not able to connect to the SQL instance.",
        "Please refer to the general troubleshooting information about SQL connection failures. For troubleshooting instructions, see https://aka.ms/AB-usererroropeningsqlconnection",
    ),
    (
        "UserErrorRestoreFailedTargetFileAlreadyExists",
        520_123,
        "Restore as files failed because one or more files with the same name already exist in the target folder.",
        "Specify a different target folder or move the existing files to a different location.",
    ),
];

/// What the service's part in a virtual machine has to say of a failure besides (recorded).
const IN_GUEST: [(&str, &str); 1] = [(
    "UserErrorOpeningSQLConnection",
    "SQLPlugin: Exception while Opening SQL Connection:Data Source=.;Integrated Security=True;Pooling=True;Application Name=AzureWorkloadBackup Exception:Login failed for user 'NT AUTHORITY\\SYSTEM'.",
)];

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

    /// As the service's part in a virtual machine tells of it.
    pub(super) fn in_guest(&self) -> String {
        let more = IN_GUEST.iter().find(|(code, _)| *code == self.code);
        more.map_or_else(|| self.message.clone(), |(_, told)| (*told).to_owned())
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

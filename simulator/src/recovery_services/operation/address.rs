//! Where operations announce their status and their result (recorded for all but policies and validations, which are official).

use super::{Operation, Subject};
use crate::wire::Call;

/// The api-version in the URLs of statuses of fabrics, containers and jobs, whatever the call's (recorded).
const FABRIC_VERSION: &str = "2019-05-13-preview";

impl Operation {
    pub(super) fn status_url(&self, call: &Call, name: &str) -> Option<String> {
        let own = call.api_version();
        let (place, noun, version) = match self.subject {
            Subject::Vault => (self.id.as_str(), "operationStatus", own),
            Subject::Fabric | Subject::Container | Subject::Job => {
                (self.id.as_str(), "operationsStatus", FABRIC_VERSION)
            }
            Subject::Unregistration => (self.fabric(), "operationsStatus", FABRIC_VERSION),
            Subject::Item => (self.id.as_str(), "operationsStatus", own),
            Subject::Deletion => (self.vault(), "backupOperations", own),
            Subject::Policy => (self.id.as_str(), "operations", own),
            Subject::Validation => (self.vault(), "backupValidateOperationsStatuses", own),
            Subject::Abroad => (self.id.as_str(), "backupCrrOperationsStatus", own),
            Subject::Export => return None,
        };
        Some(format!("{}{place}/{noun}/{name}?api-version={version}", call.base))
    }

    pub(super) fn result_url(&self, call: &Call) -> String {
        let (place, noun, query) = match self.subject {
            Subject::Deletion => (self.vault(), "backupOperationResults", ""),
            // Two question marks: what the service sends does not lead anywhere.
            Subject::Unregistration => (self.vault(), "backupOperationResults", "fabricName=Azure?"),
            Subject::Validation => (self.vault(), "backupValidateOperationResults", ""),
            Subject::Abroad => (self.id.as_str(), "backupCrrOperationResults", ""),
            Subject::Export => (self.id.as_str(), "backupJobs/operationResults", ""),
            Subject::Vault
            | Subject::Fabric
            | Subject::Container
            | Subject::Item
            | Subject::Job
            | Subject::Policy => (self.id.as_str(), "operationResults", ""),
        };
        format!("{}{place}/{noun}/{}?{query}api-version={}", call.base, self.name, call.api_version())
    }

    /// The id of the vault that the subject is or lies in.
    pub(super) fn vault(&self) -> &str {
        let cut = ["/backupFabrics/", "/backupJobs/", "/backupPolicies/"]
            .iter()
            .find_map(|noun| self.id.find(noun));
        cut.and_then(|at| self.id.get(..at)).unwrap_or(&self.id)
    }

    fn fabric(&self) -> &str {
        let cut = self.id.find("/protectionContainers/");
        cut.and_then(|at| self.id.get(..at)).unwrap_or(&self.id)
    }
}

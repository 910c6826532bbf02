//! Permissions that we may not give: a template for somebody who may.

use super::Protector;
use crate::Refusal;
use crate::outcome::PermissionRequest;
use crate::plan::MissingPermissions;
use crate::ports::StorageError;
use crate::work::WorkItem;

/// The outcome as Azure's users know it.
const CODE: &str = "UserCannotAssignRoles";

impl Protector {
    /// Stores the template that gives what is missing; the same permissions have the same template.
    pub(super) async fn request(
        &self,
        item: &WorkItem,
        refusal: &Refusal,
        missing: &MissingPermissions,
    ) -> Result<PermissionRequest, StorageError> {
        let template = missing.template(&item.resource);
        self.ledger.append(&template.entry).await?;
        let path = template.entry.path;
        let way_out = format!(
            "let an administrator save `{path}` of the ledger as roles.json and run `{}`; protection then continues automatically",
            template.command
        );
        Ok(PermissionRequest {
            code: CODE.to_owned(),
            message: format!("the function app may not assign roles: {}", refusal.message),
            missing: missing.lines(),
            template: path,
            way_out,
        })
    }
}

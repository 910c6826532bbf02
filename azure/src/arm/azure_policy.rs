//! Azure Policy: what is assigned, and which definitions an initiative has.

use std::convert::Infallible;

use holdfast_protection::AzureError;
use serde_json::Value;

use super::api_version::AZURE_POLICY;
use super::transport::ArmClient;
use super::wire::read;

impl ArmClient {
    /// The assignments of Azure Policy that apply to a subscription or to something in it, those of the management
    /// groups above it as well (official: Policy Assignments - List), as Azure shows them.
    ///
    /// # Errors
    ///
    /// When Azure refuses: it takes Reader on the subscription.
    pub async fn policy_assignments(&self, subscription: &str) -> Result<Vec<Value>, AzureError> {
        let action = format!("list the assignments of Azure Policy in subscription `{subscription}`");
        let path =
            format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/policyAssignments");
        let url = self.url(&path, &format!("api-version={AZURE_POLICY}"));
        self.list(&action, url, Ok::<Value, Infallible>).await
    }

    /// An initiative with its definitions, as Azure shows it.
    ///
    /// # Errors
    ///
    /// When Azure refuses, or has no such initiative.
    pub async fn initiative(&self, id: &str) -> Result<Value, AzureError> {
        let action = format!("read the initiative `{id}`");
        let url = self.url(id, &format!("api-version={AZURE_POLICY}"));
        read(&action, &self.get(&action, url).await?)
    }
}

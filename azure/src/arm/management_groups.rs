//! Management groups: the subscriptions below one.

use std::convert::Infallible;

use holdfast_protection::AzureError;
use serde::Deserialize;

use super::api_version::MANAGEMENT_GROUPS;
use super::transport::ArmClient;

#[derive(Deserialize)]
struct DescendantWire {
    #[serde(default)]
    id: String,
}

impl DescendantWire {
    /// The id of the subscription; none where it is another group.
    fn subscription(self) -> Option<String> {
        let id = self.id.strip_prefix("/subscriptions/")?;
        (!id.is_empty() && !id.contains('/')).then(|| id.to_owned())
    }
}

impl ArmClient {
    /// The subscriptions below a management group, and below the groups in it.
    ///
    /// # Errors
    ///
    /// When Azure refuses: it takes Reader on the group.
    pub async fn subscriptions_below(&self, group: &str) -> Result<Vec<String>, AzureError> {
        let action = format!("list the subscriptions below management group `{group}`");
        if group.is_empty() || !group.chars().all(is_of_a_name) {
            let detail = "a management group's id has letters, digits and `-_().` only".to_owned();
            return Err(AzureError::Unsendable { action, detail });
        }
        let path = format!("/providers/Microsoft.Management/managementGroups/{group}/descendants");
        let url = self.url(&path, &format!("api-version={MANAGEMENT_GROUPS}"));
        let found = self.list(&action, url, |one: DescendantWire| Ok::<_, Infallible>(one.subscription()));
        Ok(found.await?.into_iter().flatten().collect())
    }
}

fn is_of_a_name(one: char) -> bool {
    one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '(' | ')' | '.')
}

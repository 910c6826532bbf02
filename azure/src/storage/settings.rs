//! Storage settings as the Functions host understands them: one connection string, or an identity and its endpoints.

use azure_core::http::Url;

use super::{Access, StorageOptions, connection_string};
use crate::identity::{CredentialKind, credential};

/// A storage setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("setting `{setting}` cannot be used: {problem}")]
pub struct StorageSettingsError {
    setting: String,
    problem: String,
}

impl StorageSettingsError {
    pub(super) fn new(setting: &str, problem: impl Into<String>) -> Self {
        Self { setting: setting.to_owned(), problem: problem.into() }
    }
}

impl StorageOptions {
    /// Reads the connection called `name`, such as `AzureWebJobsStorage`.
    ///
    /// Either `name` holds a connection string, or `name__accountName`, or `name__blobServiceUri` and
    /// `name__queueServiceUri`, with an identity chosen by `name__credential` (managed identity if it is
    /// absent) and `name__clientId`.
    pub fn from_settings(
        name: &str,
        setting: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, StorageSettingsError> {
        let setting = |name: &str| setting(name).filter(|value| !value.trim().is_empty());
        match setting(name) {
            Some(text) => connection_string::parse(name, &text),
            None => Self::by_identity(name, setting),
        }
    }

    /// The account with this blob endpoint, reached with an identity; its queues are not meant to be used.
    /// `client_id` chooses a user-assigned identity where several are possible.
    ///
    /// # Errors
    ///
    /// When the endpoint is not an https URL, or there is no such identity.
    pub fn of_account(
        blob_endpoint: &str,
        kind: CredentialKind,
        client_id: Option<&str>,
    ) -> Result<Self, StorageSettingsError> {
        Self::by_identity("account", |name| match name {
            "account__credential" => Some(kind.as_str().to_owned()),
            "account__clientId" => client_id.map(str::to_owned),
            "account__blobServiceUri" | "account__queueServiceUri" => Some(blob_endpoint.to_owned()),
            _ => None,
        })
    }

    fn by_identity(
        name: &str,
        setting: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, StorageSettingsError> {
        let account = setting(&format!("{name}__accountName"));
        let endpoint = |service: &str| {
            let key = format!("{name}__{service}ServiceUri");
            let stated = setting(&key);
            let implied =
                || account.as_ref().map(|account| format!("https://{account}.{service}.core.windows.net"));
            let Some(text) = stated.or_else(implied) else {
                let problem = format!(
                    "it is absent; set `{name}` to a connection string, or `{name}__accountName`, or this one"
                );
                return Err(StorageSettingsError::new(&key, problem));
            };
            https(&text).ok_or_else(|| {
                StorageSettingsError::new(
                    &key,
                    format!("`{text}` is not an https URL; an identity's token is sent over https only"),
                )
            })
        };
        let (blob, queue) = (endpoint("blob")?, endpoint("queue")?);
        let key = format!("{name}__credential");
        let fail = |error: &dyn std::fmt::Display| StorageSettingsError::new(&key, error.to_string());
        let kind = match setting(&key) {
            Some(word) => word.parse().map_err(|error| fail(&error))?,
            None => CredentialKind::default(),
        };
        let client_id = setting(&format!("{name}__clientId"));
        let credential = credential(kind, client_id.as_deref()).map_err(|error| fail(&error))?;
        Ok(Self { blob, queue, access: Access::Identity(credential) })
    }
}

fn https(text: &str) -> Option<Url> {
    let url: Url = text.trim().trim_end_matches('/').parse().ok()?;
    (url.scheme() == "https" && url.has_host()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(settings: &[(&str, &str)]) -> Result<StorageOptions, StorageSettingsError> {
        StorageOptions::from_settings("Jobs", |name| {
            settings.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn an_account_name_is_enough_for_an_identity() {
        let found =
            options(&[("Jobs__accountName", "hold"), ("Jobs__credential", "managedidentity")]).unwrap();
        assert_eq!(found.queue_endpoint(), "https://hold.queue.core.windows.net");
        assert!(found.credential().is_some());
        let stated = [
            ("Jobs__blobServiceUri", "https://b/"),
            ("Jobs__queueServiceUri", "https://q"),
            ("Jobs__credential", "azure-cli"),
        ];
        assert_eq!(options(&stated).unwrap().blob_endpoint(), "https://b");
    }

    #[test]
    fn the_setting_that_is_wrong_is_named() {
        let problem = |settings: &[(&str, &str)]| options(settings).unwrap_err().to_string();
        assert!(problem(&[]).contains("`Jobs__blobServiceUri`"));
        assert!(problem(&[("Jobs__blobServiceUri", "https://b")]).contains("`Jobs__queueServiceUri`"));
        assert!(problem(&[("Jobs__blobServiceUri", "http://b")]).contains("https only"));
        assert!(
            problem(&[("Jobs__accountName", "a"), ("Jobs__credential", "magic")])
                .contains("`Jobs__credential`")
        );
    }
}

//! Connection strings, as the portal shows them and as Azurite takes them.

use std::collections::BTreeMap;

use azure_core::credentials::Secret;
use azure_core::http::Url;

use super::settings::StorageSettingsError;
use super::shared_key::SharedKey;
use super::{Access, StorageOptions};

/// Azurite's account and key: public constants of Azure's documentation.
const DEVELOPMENT_ACCOUNT: &str = "devstoreaccount1";
const DEVELOPMENT_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// Keys that a connection string may have; those of other services are allowed and not used.
const KEYS: [&str; 10] = [
    "AccountKey",
    "AccountName",
    "BlobEndpoint",
    "DefaultEndpointsProtocol",
    "DevelopmentStorageProxyUri",
    "EndpointSuffix",
    "FileEndpoint",
    "QueueEndpoint",
    "TableEndpoint",
    "UseDevelopmentStorage",
];

struct ConnectionString<'a> {
    setting: &'a str,
    parts: BTreeMap<&'static str, &'a str>,
}

/// Reads the connection string in `setting`.
pub(super) fn parse(setting: &str, text: &str) -> Result<StorageOptions, StorageSettingsError> {
    let connection = ConnectionString { setting, parts: parts(setting, text)? };
    if connection.get("UseDevelopmentStorage").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return connection.development();
    }
    let account = connection.required("AccountName")?;
    let key = connection.required("AccountKey")?;
    Ok(StorageOptions {
        blob: connection.endpoint("BlobEndpoint", account, "blob")?,
        queue: connection.endpoint("QueueEndpoint", account, "queue")?,
        access: connection.shared_key(account, key)?,
    })
}

fn parts<'a>(setting: &str, text: &'a str) -> Result<BTreeMap<&'static str, &'a str>, StorageSettingsError> {
    let fail = |problem: String| StorageSettingsError::new(setting, problem);
    let mut parts = BTreeMap::new();
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        // The value may be a secret that lost its key: it is not quoted.
        let Some((name, value)) = part.split_once('=') else {
            return Err(fail(
                "a part of the connection string has no `=`; expected Key=Value pairs with `;` between"
                    .into(),
            ));
        };
        let name = name.trim();
        if name.eq_ignore_ascii_case("SharedAccessSignature") {
            return Err(fail(
                "`SharedAccessSignature` is not supported; use an AccountKey or a managed identity".into(),
            ));
        }
        let Some(known) = KEYS.into_iter().find(|known| known.eq_ignore_ascii_case(name)) else {
            return Err(fail(format!(
                "`{name}` is not a key of a connection string; expected one of {}",
                KEYS.join(", ")
            )));
        };
        if parts.insert(known, value.trim()).is_some() {
            return Err(fail(format!("`{known}` is stated twice")));
        }
    }
    Ok(parts)
}

impl ConnectionString<'_> {
    fn fail(&self, problem: String) -> StorageSettingsError {
        StorageSettingsError::new(self.setting, problem)
    }

    fn get(&self, key: &'static str) -> Option<&str> {
        self.parts.get(key).copied().filter(|value| !value.is_empty())
    }

    fn required(&self, key: &'static str) -> Result<&str, StorageSettingsError> {
        self.get(key).ok_or_else(|| self.fail(format!("the connection string has no `{key}`")))
    }

    fn development(&self) -> Result<StorageOptions, StorageSettingsError> {
        let host = self.get("DevelopmentStorageProxyUri").unwrap_or("http://127.0.0.1").trim_end_matches('/');
        let url = |port: u16| {
            self.url("DevelopmentStorageProxyUri", &format!("{host}:{port}/{DEVELOPMENT_ACCOUNT}"))
        };
        Ok(StorageOptions {
            blob: url(10000)?,
            queue: url(10001)?,
            access: self.shared_key(DEVELOPMENT_ACCOUNT, DEVELOPMENT_KEY)?,
        })
    }

    fn endpoint(&self, key: &'static str, account: &str, service: &str) -> Result<Url, StorageSettingsError> {
        if let Some(endpoint) = self.get(key) {
            return self.url(key, endpoint);
        }
        let protocol = self.get("DefaultEndpointsProtocol").unwrap_or("https");
        if !["http", "https"].contains(&protocol) {
            return Err(
                self.fail(format!("`DefaultEndpointsProtocol` is `{protocol}`; expected https or http"))
            );
        }
        let suffix = self.get("EndpointSuffix").unwrap_or("core.windows.net");
        self.url("AccountName", &format!("{protocol}://{account}.{service}.{suffix}"))
    }

    fn url(&self, key: &str, text: &str) -> Result<Url, StorageSettingsError> {
        let url: Option<Url> = text.trim_end_matches('/').parse().ok();
        url.filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host())
            .ok_or_else(|| self.fail(format!("`{key}` leads to `{text}`, which is not an http or https URL")))
    }

    fn shared_key(&self, account: &str, key: &str) -> Result<Access, StorageSettingsError> {
        if azure_core::base64::decode(key).is_err() {
            return Err(self
                .fail("`AccountKey` is not base64; copy the whole key, with its `=` at the end".to_owned()));
        }
        Ok(Access::SharedKey(SharedKey { account: account.to_owned(), key: Secret::new(key.to_owned()) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AZURE: &str =
        "DefaultEndpointsProtocol=https;AccountName=hold;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net";

    fn problem(text: &str) -> String {
        parse("AzureWebJobsStorage", text).unwrap_err().to_string()
    }

    #[test]
    fn the_usual_forms_lead_to_their_endpoints() {
        let azure = parse("s", AZURE).unwrap();
        assert_eq!(azure.blob_endpoint(), "https://hold.blob.core.windows.net");
        assert_eq!(azure.queue_endpoint(), "https://hold.queue.core.windows.net");
        let development = parse("s", "UseDevelopmentStorage=true").unwrap();
        assert_eq!(development.blob_endpoint(), "http://127.0.0.1:10000/devstoreaccount1");
        let text = "AccountName=a;AccountKey=c2VjcmV0;BlobEndpoint=http://h:1/a/;QueueEndpoint=http://h:2/a;TableEndpoint=;";
        let stated = parse("s", text).unwrap();
        assert_eq!((stated.blob_endpoint(), stated.queue_endpoint()), ("http://h:1/a", "http://h:2/a"));
    }

    #[test]
    fn a_mistake_is_named_and_no_secret_is_shown() {
        assert!(problem("AcountName=x;AccountKey=c2VjcmV0").contains("`AcountName` is not a key"));
        assert!(problem("AccountName=x").contains("has no `AccountKey`"));
        assert!(problem("AccountName=x;AccountKey=c2V&&&").contains("not base64"));
        assert!(problem("AccountName=x;c2VjcmV0").contains("has no `=`"));
        assert!(!problem("AccountName=x;c2VjcmV0").contains("c2VjcmV0"));
        assert!(problem("AccountName=x;AccountKey=c2VjcmV0;BlobEndpoint=ftp://h").contains("`BlobEndpoint`"));
        assert!(problem("AccountName=x;AccountName=y").contains("twice"));
        assert!(problem("SharedAccessSignature=sv=1").contains("managed identity"));
        let shown = format!("{:?}", parse("s", AZURE).unwrap());
        assert!(!shown.contains("c2VjcmV0"), "{shown}");
    }
}

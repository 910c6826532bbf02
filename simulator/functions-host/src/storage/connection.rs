//! Connections: what an app setting says of a storage account.

use thiserror::Error;
use url::Url;

use super::shared_key::Key;
use crate::app::Settings;

/// The emulator's account and its published key.
const EMULATOR: &str = "AccountName=devstoreaccount1;\
    AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;\
    QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1";

/// The queue endpoint of an account and how to be let in.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    /// Without a trailing slash.
    pub(crate) endpoint: String,
    pub(crate) credential: Credential,
}

/// How requests prove who sends them.
#[derive(Clone, Debug)]
pub(crate) enum Credential {
    SharedKey(Key),
    /// Identity-based connections; the host has no identity of its own, so this is a stand-in that only the
    /// simulator accepts.
    StandInToken,
}

/// A connection that cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum ConnectionError {
    #[error(
        "the app setting {0} is not set: give it a storage connection string, or set {0}__queueServiceUri"
    )]
    Missing(String),
    #[error("the connection string in {setting} {problem}")]
    Invalid { setting: String, problem: String },
}

impl Connection {
    /// Reads the connection that a binding names; `AzureWebJobs` may stand before the setting's name.
    pub(crate) fn read(settings: &Settings, name: &str) -> Result<Self, ConnectionError> {
        let prefixed = format!("AzureWebJobs{name}");
        if let Some(text) = [name, &prefixed].into_iter().find_map(|name| settings.get(name)) {
            return Self::parse(text)
                .map_err(|problem| ConnectionError::Invalid { setting: name.to_owned(), problem });
        }
        let uri =
            [name, &prefixed].into_iter().find_map(|name| settings.get(&format!("{name}__queueServiceUri")));
        let uri = uri.ok_or_else(|| ConnectionError::Missing(name.to_owned()))?;
        let endpoint = endpoint(uri).map_err(|problem| ConnectionError::Invalid {
            setting: format!("{name}__queueServiceUri"),
            problem,
        })?;
        Ok(Self { endpoint, credential: Credential::StandInToken })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let field = |name: &str| {
            let mut fields = text.split(';').filter_map(|field| field.split_once('='));
            fields.find_map(|(key, value)| key.trim().eq_ignore_ascii_case(name).then(|| value.trim()))
        };
        if field("UseDevelopmentStorage").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return Self::parse(EMULATOR);
        }
        let account = field("AccountName").ok_or("has no AccountName")?;
        let key = field("AccountKey").ok_or("has no AccountKey")?;
        let key = Key::parse(account, key).ok_or("has an AccountKey that is not Base64")?;
        let default = || {
            let protocol = field("DefaultEndpointsProtocol").unwrap_or("https");
            let suffix = field("EndpointSuffix").unwrap_or("core.windows.net");
            format!("{protocol}://{account}.queue.{suffix}")
        };
        let endpoint = endpoint(&field("QueueEndpoint").map_or_else(default, str::to_owned))?;
        Ok(Self { endpoint, credential: Credential::SharedKey(key) })
    }
}

fn endpoint(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|error| format!("has the endpoint \"{text}\": {error}"))?;
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;

    fn read(setting: &str, value: &str) -> Result<String, String> {
        let settings = BTreeMap::from([(setting.to_owned(), value.to_owned())]);
        let settings = Settings::gather(Path::new("/nowhere"), settings).unwrap();
        let connection = Connection::read(&settings, "Work").map_err(|error| error.to_string())?;
        Ok(connection.endpoint)
    }

    #[test]
    fn finds_the_endpoint() {
        let azure =
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=AA==;EndpointSuffix=core.windows.net";
        assert_eq!(read("Work", azure).unwrap(), "https://a.queue.core.windows.net");
        assert_eq!(
            read("AzureWebJobsWork", "UseDevelopmentStorage=true").unwrap(),
            "http://127.0.0.1:10001/devstoreaccount1"
        );
        assert_eq!(
            read("Work__queueServiceUri", "https://a.queue.core.windows.net/").unwrap(),
            "https://a.queue.core.windows.net"
        );
    }

    #[test]
    fn says_what_is_missing() {
        for (setting, value, expected) in [
            ("Other", "x", "Work is not set"),
            ("Work", "AccountKey=AA==", "no AccountName"),
            ("Work", "AccountName=a", "no AccountKey"),
            ("Work", "AccountName=a;AccountKey=?", "not Base64"),
            ("Work", "AccountName=a;AccountKey=AA==;QueueEndpoint=nope", "\"nope\""),
        ] {
            let error = read(setting, value).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}

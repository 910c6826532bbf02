//! App settings: what the host was told, the environment, and `local.settings.json`.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;

use crate::error::HostError;

/// App settings by name; names differ in case only by accident, so case does not count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings(BTreeMap<String, String>);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LocalSettings {
    #[serde(default)]
    is_encrypted: bool,
    #[serde(default)]
    values: BTreeMap<String, String>,
}

impl Settings {
    /// Gathers the settings of the app at `root`; `own` wins over the environment, which wins over the file.
    pub(crate) fn gather(root: &Path, own: BTreeMap<String, String>) -> Result<Self, HostError> {
        let mut all = local(&root.join("local.settings.json"))?;
        let environment = std::env::vars_os();
        all.extend(
            environment
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        );
        all.extend(own);
        Ok(Self(all))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let exact = self.0.get(name);
        let found = exact.or_else(|| {
            let mut others = self.0.iter();
            others.find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value))
        });
        found.map(String::as_str)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Replaces each `%NAME%`; the error names a setting that is not there.
    pub(crate) fn expand(&self, text: &str) -> Result<String, String> {
        expand(text, |name| self.get(name).map(str::to_owned).ok_or_else(|| name.to_owned()))
    }

    /// Replaces each `%NAME%`; what is not set becomes empty, as the host does for the handler's command line.
    pub(crate) fn expand_or_empty(&self, text: &str) -> String {
        expand(text, |name| Ok(self.get(name).unwrap_or_default().to_owned())).unwrap_or_default()
    }
}

fn expand(text: &str, value: impl Fn(&str) -> Result<String, String>) -> Result<String, String> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        let Some((name, tail)) = after.split_once('%') else { break };
        expanded.push_str(before);
        expanded.push_str(&value(name)?);
        rest = tail;
    }
    Ok(expanded + rest)
}

fn local(path: &Path) -> Result<BTreeMap<String, String>, HostError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(source) => return Err(HostError::Read { path: path.to_owned(), source }),
    };
    let local: LocalSettings =
        serde_json::from_str(&text).map_err(|source| HostError::Json { path: path.to_owned(), source })?;
    if local.is_encrypted {
        return Err(HostError::HostJson(
            "local.settings.json is encrypted: decrypt it with `func settings decrypt`".into(),
        ));
    }
    Ok(local.values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expands_settings() {
        let settings = Settings(BTreeMap::from([("Queue".to_owned(), "work".to_owned())]));
        assert_eq!(settings.expand("a-%QUEUE%-b").as_deref(), Ok("a-work-b"));
        assert_eq!(settings.expand("100%").as_deref(), Ok("100%"));
        assert_eq!(settings.expand("%NO%"), Err("NO".to_owned()));
        assert_eq!(settings.expand_or_empty("a%NO%b"), "ab");
    }
}

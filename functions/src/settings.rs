//! App settings: read once from the environment, typed, each with its default and its source.

mod callers;
mod parse;
mod table;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use holdfast_distribution::{DockerConfig, Source, TrustPolicy};
use holdfast_evaluator::{CompiledKey, Freshness};
use holdfast_export::Format;
use holdfast_outlets::NotifySettings;
use holdfast_protection::hold::HoldDays;
use holdfast_report::Cadence;
use url::Url;

pub use table::{SETTINGS, Setting};

use parse::{
    arm_endpoint, cache, compiled_key, count, digest, export, freshness, hold_days, log_format, notify,
    refresh, rules, source, subscriptions, with_prefix,
};
use table::CALLERS;

/// The settings in force.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Subscriptions that are watched.
    pub subscriptions: Vec<String>,
    /// Where the rule set is.
    pub rules: Source,
    /// Trust policy file; need not exist.
    pub trust: PathBuf,
    /// Whose precompiled rules are loaded.
    pub compiled_key: Option<CompiledKey>,
    /// Time between two looks at the rule set's source; none looks only at start and on request.
    pub rules_refresh: Option<Duration>,
    /// Folder for rule sets from elsewhere.
    pub cache: PathBuf,
    /// Credentials for registries, as docker keeps them.
    pub docker_config: Option<PathBuf>,
    /// How an evaluation comes by its memory.
    pub freshness: Freshness,
    /// How long an act against the rules is held.
    pub hold_days: HoldDays,
    /// Runs of the sweep that are kept whole.
    pub sweep_runs: usize,
    /// Failed backups that one run takes again.
    pub retry_budget: usize,
    /// The format in which the estate is exported, if it is.
    pub export: Option<Format>,
    /// How often a digest is told, and from which hour of a day on, in UTC; none where it is not.
    pub digest: Option<(Cadence, i8)>,
    /// Address of the page, where the host says what it is called.
    pub page_address: Option<String>,
    /// ARM.
    pub arm_endpoint: Url,
    /// Kind of credential.
    pub credential: String,
    /// Client id of a user-assigned identity.
    pub client_id: Option<String>,
    /// `AzureWebJobsStorage`, `HOLDFAST_LEDGER` and `HOLDFAST_DEAD_LETTERS` with their parts, as the host writes connections.
    pub storage: BTreeMap<String, String>,
    /// What is told to other systems, and where to.
    pub notify: NotifySettings,
    /// Name of the function app; empty outside Azure.
    pub app: String,
    /// Settings that say who may call.
    callers: BTreeMap<&'static str, String>,
    sources: Vec<String>,
}

/// Where the page of an app is; only a host on this machine goes without TLS.
fn page(host: &str) -> String {
    let scheme = if host.starts_with("localhost:") { "http" } else { "https" };
    format!("{scheme}://{host}/api/ui")
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("app setting {name} is `{value}`: {problem}; it is for: {meaning}")]
pub struct BadSetting {
    name: &'static str,
    value: String,
    problem: String,
    meaning: &'static str,
}

impl Settings {
    /// Reads the settings of an environment.
    pub fn read(environment: &BTreeMap<String, String>) -> Result<Self, BadSetting> {
        let get = |name: &str| {
            let setting = SETTINGS.iter().find(|setting| setting.name == name);
            let default = setting.map_or("", |setting| setting.default);
            environment.get(name).filter(|value| !value.is_empty()).map_or(default, String::as_str).to_owned()
        };
        let root = environment.get("FUNCTIONS_APP_ROOT_PATH").map(PathBuf::from).unwrap_or_default();
        let endpoint = get("HOLDFAST_ARM_ENDPOINT");
        let client_id = get("HOLDFAST_CLIENT_ID");
        log_format(&get("HOLDFAST_LOG_FORMAT"))?;
        Ok(Self {
            subscriptions: subscriptions(&get("HOLDFAST_SUBSCRIPTIONS"))?,
            rules: rules(&get("HOLDFAST_RULES"), &root)?,
            trust: root.join(get("HOLDFAST_TRUST")),
            compiled_key: compiled_key(&get("HOLDFAST_COMPILED_KEY"))?,
            rules_refresh: refresh(&get("HOLDFAST_RULES_REFRESH"))?,
            cache: cache(&get("HOLDFAST_CACHE")),
            docker_config: Some(get("HOLDFAST_DOCKER_CONFIG"))
                .filter(|path| !path.is_empty())
                .map(|path| root.join(path)),
            freshness: freshness(&get("HOLDFAST_STRICT_FRESH"))?,
            hold_days: hold_days(&get("HOLDFAST_HOLD_DAYS"))?,
            sweep_runs: count("HOLDFAST_SWEEP_RUNS", &get("HOLDFAST_SWEEP_RUNS"), 1..=1000)?,
            retry_budget: count("HOLDFAST_RETRY_BUDGET", &get("HOLDFAST_RETRY_BUDGET"), 0..=10_000)?,
            export: export(&get("HOLDFAST_EXPORT"))?,
            digest: digest(&get("HOLDFAST_DIGEST"), &get("HOLDFAST_DIGEST_HOUR"))?,
            page_address: environment
                .get("WEBSITE_HOSTNAME")
                .filter(|host| !host.is_empty())
                .map(|host| page(host)),
            arm_endpoint: arm_endpoint(&endpoint)?,
            credential: get("HOLDFAST_CREDENTIAL"),
            client_id: Some(client_id).filter(|id| !id.is_empty()),
            storage: with_prefix(
                environment,
                &["AzureWebJobsStorage", "HOLDFAST_LEDGER", "HOLDFAST_DEAD_LETTERS"],
            ),
            notify: notify(&get)?,
            app: environment.get("WEBSITE_SITE_NAME").cloned().unwrap_or_default(),
            callers: CALLERS.into_iter().map(|name| (name, get(name))).collect(),
            sources: SETTINGS.iter().map(|setting| source(setting, environment)).collect(),
        })
    }

    /// The trust policy; without a file, what rule sets pin by digest is trusted.
    pub fn trust(&self) -> anyhow::Result<Option<TrustPolicy>> {
        if !self.trust.exists() {
            return Ok(None);
        }
        TrustPolicy::load(&self.trust).context("app setting HOLDFAST_TRUST").map(Some)
    }

    /// Credentials for registries; a file that is named has to be there.
    pub fn docker(&self) -> anyhow::Result<DockerConfig> {
        let Some(path) = &self.docker_config else { return Ok(DockerConfig::default()) };
        anyhow::ensure!(
            path.is_file(),
            "app setting HOLDFAST_DOCKER_CONFIG: there is no file {}",
            path.display()
        );
        DockerConfig::load(path).context("app setting HOLDFAST_DOCKER_CONFIG")
    }

    /// A line per setting: its value unless that is a secret, and whether it is the default.
    pub fn report(&self) -> &[String] {
        &self.sources
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::callers::Front;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, BadSetting> {
        Settings::read(&pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn an_empty_environment_gives_the_defaults_and_says_so() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.arm_endpoint.as_str(), "https://management.azure.com/");
        assert_eq!(settings.hold_days, HoldDays::default());
        assert!(settings.report().iter().all(|line| line.ends_with("(default)")));
    }

    #[test]
    fn a_bad_setting_is_named_with_what_it_is_for() {
        let message = |pairs| read(pairs).unwrap_err().to_string();
        assert!(message(&[("HOLDFAST_SUBSCRIPTIONS", "prod")]).contains("`prod` is not a subscription id"));
        assert!(message(&[("HOLDFAST_ARM_ENDPOINT", "http://localhost")]).contains("https only"));
        assert!(message(&[("HOLDFAST_SWEEP_RUNS", "0")]).contains("not a number from 1 to 1000"));
        assert!(message(&[("HOLDFAST_HOLD_DAYS", "367")]).contains("not a number of days from 1 to 366"));
    }

    #[test]
    fn signing_keys_are_fetched_over_https_only() {
        let callers = |authority: &'static str| {
            let set =
                [("HOLDFAST_TENANT", "t"), ("HOLDFAST_AUDIENCE", "a"), ("HOLDFAST_AUTHORITY", authority)];
            read(&set).unwrap().callers(Front::FunctionsHost)
        };
        let refused = callers("http://login.example.org").unwrap_err().to_string();
        assert!(refused.contains("HOLDFAST_AUTHORITY") && refused.contains("https only"), "{refused}");
        callers("https://login.example.org").unwrap();
    }

    #[test]
    fn a_digest_has_a_cadence_and_an_hour() {
        assert_eq!(read(&[]).unwrap().digest, None);
        let weekly = [("HOLDFAST_DIGEST", "weekly"), ("HOLDFAST_DIGEST_HOUR", "23")];
        assert_eq!(read(&weekly).unwrap().digest, Some((Cadence::Weekly, 23)));
        for (name, value) in [("HOLDFAST_DIGEST", "hourly"), ("HOLDFAST_DIGEST_HOUR", "24")] {
            assert!(read(&[(name, value)]).unwrap_err().to_string().contains(name));
        }
    }

    #[test]
    fn strict_freshness_is_switched_on_by_name() {
        assert_eq!(read(&[]).unwrap().freshness, Freshness::Reset);
        for value in ["on", "1"] {
            assert_eq!(read(&[("HOLDFAST_STRICT_FRESH", value)]).unwrap().freshness, Freshness::Strict);
        }
        let refused = read(&[("HOLDFAST_STRICT_FRESH", "yes")]).unwrap_err().to_string();
        assert!(refused.contains("HOLDFAST_STRICT_FRESH") && refused.contains("neither `on` nor `off`"));
    }

    #[test]
    fn secrets_are_not_reported() {
        let secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
        let hook = "https://example.org/hook?code=swordfish";
        let set = [("HOLDFAST_NOTIFY_SECRET", secret), ("HOLDFAST_NOTIFY_WEBHOOK", hook)];
        let settings = read(&set).unwrap();
        let report = settings.report().join("\n");
        assert!(report.contains("HOLDFAST_NOTIFY_SECRET = (secret) (app setting)"), "{report}");
        assert!(!report.contains("whsec") && !report.contains("swordfish"), "{report}");
        let refused = read(&[("HOLDFAST_NOTIFY_SECRET", "swordfish")]).unwrap_err().to_string();
        assert!(refused.contains("HOLDFAST_NOTIFY_SECRET") && !refused.contains("swordfish"), "{refused}");
        let signed = "https://hold.blob.core.windows.net/rules/ruleset.toml?sig=swordfish";
        let refused = read(&[("HOLDFAST_RULES", signed)]).unwrap_err().to_string();
        assert!(refused.contains("rules/ruleset.toml`") && !refused.contains("swordfish"), "{refused}");
    }

    #[test]
    fn every_setting_of_notifications_is_listed() {
        for name in holdfast_outlets::NOTIFY_SETTINGS {
            assert!(SETTINGS.iter().any(|setting| setting.name == name), "{name}");
        }
    }

    #[test]
    fn the_documentation_lists_every_setting() {
        let documented = include_str!("../../docs/configuration.md");
        for setting in SETTINGS {
            let row = format!("| `{}` | {} | {} |", setting.name, or_none(setting.default), setting.meaning);
            assert!(documented.contains(&row), "docs/configuration.md lacks the row:\n{row}");
        }
    }

    #[test]
    fn a_docker_configuration_that_is_named_has_to_be_there() {
        let settings = read(&[("HOLDFAST_DOCKER_CONFIG", "nowhere/config.json")]).unwrap();
        let error = format!("{:#}", settings.docker().unwrap_err());
        assert!(error.contains("HOLDFAST_DOCKER_CONFIG") && error.contains("nowhere/config.json"), "{error}");
        assert!(read(&[]).unwrap().docker().is_ok());
    }

    fn or_none(default: &str) -> String {
        if default.is_empty() { "none".to_owned() } else { format!("`{default}`") }
    }
}

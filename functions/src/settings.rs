//! App settings: read once from the environment, typed, each with its default and its source.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use holdfast_distribution::{DockerConfig, Source, SourceError, TrustPolicy};
use holdfast_evaluator::{CompiledKey, Freshness};
use holdfast_protection::hold::HoldDays;
use url::Url;

use crate::callers::{BearerOptions, BearerTokens, Callers, Front, Grants, NamedKeys, Role};

/// A setting that Holdfast reads.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Name of the environment variable.
    pub name: &'static str,
    /// Value when it is not set; empty when there is none.
    pub default: &'static str,
    /// What it is for.
    pub meaning: &'static str,
}

/// Every setting of our own; docs/configuration.md lists the same.
pub const SETTINGS: [Setting; 24] = [
    Setting {
        name: "HOLDFAST_SUBSCRIPTIONS",
        default: "",
        meaning: "subscription ids that the sweep and `jobs` look at, separated by commas",
    },
    Setting {
        name: "HOLDFAST_RULES",
        default: "rules/ruleset.toml",
        meaning: "rule set: a file relative to the app's folder, a blob's URL, or oci://registry/repository@sha256:…",
    },
    Setting {
        name: "HOLDFAST_TRUST",
        default: "rules/trust.toml",
        meaning: "trust policy file, relative to the app's folder; without the file, digests pinned in the rule set suffice",
    },
    Setting {
        name: "HOLDFAST_COMPILED_KEY",
        default: "",
        meaning: "public key whose precompiled rules are loaded instead of compiling, as `holdfast rule precompile` prints it",
    },
    Setting {
        name: "HOLDFAST_COMPILE_SECONDS",
        default: "120",
        meaning: "seconds of processor time that compiling one rule may take",
    },
    Setting {
        name: "HOLDFAST_COMPILE_MEGABYTES",
        default: "1024",
        meaning: "megabytes of memory that compiling one rule may take, in a process of its own",
    },
    Setting {
        name: "HOLDFAST_RULES_REFRESH",
        default: "30",
        meaning: "seconds between two looks at the rule set's source; 0 looks only at start and on request",
    },
    Setting {
        name: "HOLDFAST_CACHE",
        default: "",
        meaning: "folder for rule sets from elsewhere; empty for one in the system's temporary folder",
    },
    Setting {
        name: "HOLDFAST_DOCKER_CONFIG",
        default: "",
        meaning: "docker configuration file with credentials for registries, relative to the app's folder; Azure registries that it does not name are read by identity",
    },
    Setting {
        name: "HOLDFAST_STRICT_FRESH",
        default: "off",
        meaning: "`on` (or 1) gives the memory of each evaluation back to the system and uses no instance of a rule twice: slower by far, for hosts that are shared with rules you do not trust",
    },
    Setting {
        name: "HOLDFAST_HOLD_DAYS",
        default: "30",
        meaning: "for how many days what an operator did against the rules is not undone, where the operator states no `until`; 1 to 366",
    },
    Setting {
        name: "HOLDFAST_ARM_ENDPOINT",
        default: "https://management.azure.com",
        meaning: "Azure Resource Manager of the cloud",
    },
    Setting {
        name: "HOLDFAST_CREDENTIAL",
        default: "managed-identity",
        meaning: "managed-identity, workload-identity, azure-cli or developer-tools",
    },
    Setting {
        name: "HOLDFAST_CLIENT_ID",
        default: "",
        meaning: "client id of a user-assigned identity; empty for the system-assigned one",
    },
    Setting {
        name: "HOLDFAST_READERS",
        default: "function-key, role:Holdfast.Reader",
        meaning: "who may see decisions, plans, jobs and recovery points: `function-key`, `key:<name>`, `role:<app role>`, or object ids of principals and groups",
    },
    Setting {
        name: "HOLDFAST_OPERATORS",
        default: "role:Holdfast.Operator",
        meaning: "who may back up, stop, suspend and resume, as far as the operation-review rules let",
    },
    Setting {
        name: "HOLDFAST_RESTORERS",
        default: "role:Holdfast.Restorer",
        meaning: "who may restore, as far as the operation-review rules let",
    },
    Setting {
        name: "HOLDFAST_ADMINS",
        default: "role:Holdfast.Admin",
        meaning: "who may do everything, approve operations and order the rule set back",
    },
    Setting {
        name: "HOLDFAST_KEYS",
        default: "",
        meaning: "names of function keys, as <name>=<SHA-256 of the key>, separated by commas",
    },
    Setting {
        name: "HOLDFAST_APP_SERVICE_AUTH",
        default: "off",
        meaning: "`on` where App Service authentication stands before the app: only then is its principal header believed",
    },
    Setting {
        name: "HOLDFAST_TENANT",
        default: "",
        meaning: "tenant whose bearer tokens are taken; empty takes none",
    },
    Setting {
        name: "HOLDFAST_AUDIENCE",
        default: "",
        meaning: "application id that bearer tokens must be meant for",
    },
    Setting {
        name: "HOLDFAST_AUTHORITY",
        default: "https://login.microsoftonline.com",
        meaning: "Microsoft Entra of the cloud",
    },
    Setting {
        name: "HOLDFAST_LOG",
        default: "info",
        meaning: "log filter, such as `info,holdfast_azure=debug`",
    },
];

/// Those of them that say who may call.
const CALLERS: [&str; 9] = [
    "HOLDFAST_READERS",
    "HOLDFAST_OPERATORS",
    "HOLDFAST_RESTORERS",
    "HOLDFAST_ADMINS",
    "HOLDFAST_KEYS",
    "HOLDFAST_APP_SERVICE_AUTH",
    "HOLDFAST_TENANT",
    "HOLDFAST_AUDIENCE",
    "HOLDFAST_AUTHORITY",
];

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
    /// ARM.
    pub arm_endpoint: Url,
    /// Kind of credential.
    pub credential: String,
    /// Client id of a user-assigned identity.
    pub client_id: Option<String>,
    /// `AzureWebJobsStorage`, `HOLDFAST_LEDGER` and `HOLDFAST_DEAD_LETTERS` with their parts, as the host writes connections.
    pub storage: BTreeMap<String, String>,
    /// Settings that say who may call.
    callers: BTreeMap<&'static str, String>,
    sources: Vec<String>,
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
            arm_endpoint: arm_endpoint(&endpoint)?,
            credential: get("HOLDFAST_CREDENTIAL"),
            client_id: Some(client_id).filter(|id| !id.is_empty()),
            storage: with_prefix(
                environment,
                &["AzureWebJobsStorage", "HOLDFAST_LEDGER", "HOLDFAST_DEAD_LETTERS"],
            ),
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

    /// Who may call, and for what.
    pub fn callers(&self, front: Front) -> anyhow::Result<Callers> {
        let get = |name: &'static str| self.callers.get(name).map_or("", String::as_str);
        let mut grants = Grants::default();
        for role in Role::ALL {
            let list = get(role.setting());
            grants.give(role, list).map_err(|error| bad(role.setting(), list, error.to_string()))?;
        }
        let keys = NamedKeys::read(get("HOLDFAST_KEYS"));
        let keys = keys.map_err(|error| bad("HOLDFAST_KEYS", "(digests)", error.to_string()))?;
        let app_service = match get("HOLDFAST_APP_SERVICE_AUTH") {
            "on" => true,
            "off" => false,
            other => return Err(bad("HOLDFAST_APP_SERVICE_AUTH", other, "neither `on` nor `off`").into()),
        };
        Ok(Callers { front, keys, app_service, bearer: self.bearer()?, grants })
    }

    fn bearer(&self) -> anyhow::Result<Option<BearerTokens>> {
        let get = |name: &'static str| self.callers.get(name).map_or("", String::as_str);
        let [tenant, audience, authority] =
            ["HOLDFAST_TENANT", "HOLDFAST_AUDIENCE", "HOLDFAST_AUTHORITY"].map(|name| (name, get(name)));
        if tenant.1.is_empty() {
            return Ok(None);
        }
        if audience.1.is_empty() {
            let why = "empty, although HOLDFAST_TENANT is set: tokens for other applications would be taken";
            return Err(bad(audience.0, audience.1, why).into());
        }
        let url =
            authority.1.parse().map_err(|error| bad(authority.0, authority.1, format!("no URL: {error}")))?;
        let options =
            BearerOptions { authority: url, tenant: tenant.1.to_owned(), audience: audience.1.to_owned() };
        Ok(Some(BearerTokens::new(options).context("make a client of Microsoft Entra")?))
    }

    /// A line per setting: its value, and whether that is the default. None of them is a secret.
    pub fn report(&self) -> &[String] {
        &self.sources
    }
}

fn freshness(value: &str) -> Result<Freshness, BadSetting> {
    match value {
        "on" | "1" => Ok(Freshness::Strict),
        "off" | "0" => Ok(Freshness::Reset),
        other => Err(bad("HOLDFAST_STRICT_FRESH", other, "neither `on` nor `off`")),
    }
}

fn hold_days(text: &str) -> Result<HoldDays, BadSetting> {
    text.parse().map_err(|problem: String| bad("HOLDFAST_HOLD_DAYS", text, problem))
}

fn source(setting: &Setting, environment: &BTreeMap<String, String>) -> String {
    match environment.get(setting.name).filter(|value| !value.is_empty()) {
        Some(value) => format!("{} = {value} (app setting)", setting.name),
        None => format!("{} = {} (default)", setting.name, setting.default),
    }
}

fn with_prefix(environment: &BTreeMap<String, String>, prefixes: &[&str]) -> BTreeMap<String, String> {
    environment
        .iter()
        .filter(|(name, _)| prefixes.iter().any(|prefix| name.starts_with(prefix)))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect()
}

fn bad(name: &'static str, value: &str, problem: impl Into<String>) -> BadSetting {
    let meaning = SETTINGS.iter().find(|setting| setting.name == name).map_or("", |setting| setting.meaning);
    BadSetting { name, value: value.to_owned(), problem: problem.into(), meaning }
}

fn rules(text: &str, root: &Path) -> Result<Source, BadSetting> {
    let file = root.join(text);
    let place = if text.contains("://") { text.into() } else { file.to_string_lossy() };
    place.parse().map_err(|error: SourceError| bad("HOLDFAST_RULES", text, error.to_string()))
}

fn compiled_key(text: &str) -> Result<Option<CompiledKey>, BadSetting> {
    if text.is_empty() {
        return Ok(None);
    }
    let key: Result<CompiledKey, _> = text.parse();
    key.map(Some).map_err(|error| bad("HOLDFAST_COMPILED_KEY", text, error.to_string()))
}

fn refresh(text: &str) -> Result<Option<Duration>, BadSetting> {
    let seconds: u32 =
        text.parse().map_err(|_| bad("HOLDFAST_RULES_REFRESH", text, "no whole number of seconds"))?;
    Ok(Some(Duration::from_secs(seconds.into())).filter(|every| !every.is_zero()))
}

fn cache(text: &str) -> PathBuf {
    if text.is_empty() { std::env::temp_dir().join("holdfast-rules") } else { PathBuf::from(text) }
}

fn subscriptions(list: &str) -> Result<Vec<String>, BadSetting> {
    let ids = list.split(',').map(str::trim).filter(|id| !id.is_empty());
    ids.map(|id| match uuid::Uuid::try_parse(id) {
        Ok(_) => Ok(id.to_owned()),
        Err(_) => Err(bad("HOLDFAST_SUBSCRIPTIONS", list, format!("`{id}` is no subscription id (a GUID)"))),
    })
    .collect()
}

fn arm_endpoint(text: &str) -> Result<Url, BadSetting> {
    let url: Url =
        text.parse().map_err(|error| bad("HOLDFAST_ARM_ENDPOINT", text, format!("no URL: {error}")))?;
    if url.scheme() == "https" {
        Ok(url)
    } else {
        Err(bad("HOLDFAST_ARM_ENDPOINT", text, "tokens are sent over https only"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert!(message(&[("HOLDFAST_SUBSCRIPTIONS", "prod")]).contains("`prod` is no subscription id"));
        assert!(message(&[("HOLDFAST_ARM_ENDPOINT", "http://localhost")]).contains("https only"));
        assert!(message(&[("HOLDFAST_HOLD_DAYS", "367")]).contains("not a number of days from 1 to 366"));
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

//! The settings of notifications, and the outlets that they make.

use std::sync::Arc;

use anyhow::Context as _;
use holdfast_azure::{CredentialKind, EventGridTopic, QueueOutlet, StorageOptions, credential};
use holdfast_notify::ports::Outlet;
use holdfast_notify::{Kind, Mode, OutletName, Secret, Source, Threshold, Wanted};
use url::Url;

use crate::{NamedHosts, Teams, Webhook};

const WEBHOOK: &str = "HOLDFAST_NOTIFY_WEBHOOK";
const SECRET: &str = "HOLDFAST_NOTIFY_SECRET";
const MODE: &str = "HOLDFAST_NOTIFY_MODE";
const TOPIC: &str = "HOLDFAST_NOTIFY_TOPIC";
const QUEUE: &str = "HOLDFAST_NOTIFY_QUEUE";
const TEAMS: &str = "HOLDFAST_NOTIFY_TEAMS";
const HOSTS: &str = "HOLDFAST_NOTIFY_HOSTS";
const KINDS: &str = "HOLDFAST_NOTIFY_KINDS";
const COVERAGE: &str = "HOLDFAST_NOTIFY_COVERAGE";

/// Every setting that is read here.
pub const NOTIFY_SETTINGS: [&str; 9] = [WEBHOOK, SECRET, MODE, TOPIC, QUEUE, TEAMS, HOSTS, KINDS, COVERAGE];

/// What is told, and where to.
#[derive(Debug, Clone)]
pub struct NotifySettings {
    webhook: Option<(Url, Mode, Option<Secret>)>,
    topic: Option<Url>,
    queue: Option<String>,
    teams: Option<Url>,
    hosts: NamedHosts,
    kinds: Vec<Kind>,
    /// The coverage below which it is told.
    pub coverage: Threshold,
}

/// A setting that cannot be used. Its value is not repeated: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct BadNotifySetting {
    /// Which.
    pub name: &'static str,
    /// Why.
    pub problem: String,
}

fn bad(name: &'static str) -> impl Fn(&dyn std::fmt::Display) -> BadNotifySetting {
    move |problem| BadNotifySetting { name, problem: problem.to_string() }
}

impl NotifySettings {
    /// Reads the settings; what is empty is not set.
    ///
    /// # Errors
    ///
    /// Names the setting that cannot be used.
    pub fn read(get: impl Fn(&'static str) -> String) -> Result<Self, BadNotifySetting> {
        let set = |name| Some(get(name)).filter(|value| !value.is_empty());
        let hosts = NamedHosts::read(&get(HOSTS));
        let url = |name: &'static str| {
            let read = set(name).map(|text| text.parse::<Url>().map_err(|error| bad(name)(&error)));
            let url = read.transpose()?;
            if let Some(why) = url.as_ref().and_then(|url| hosts.refused(url)) {
                return Err(bad(name)(&why));
            }
            Ok(url)
        };
        let mode = set(MODE).map(|text| text.parse::<Mode>().map_err(|error| bad(MODE)(&error)));
        let mode = mode.transpose()?.unwrap_or_default();
        let secret = set(SECRET).map(|text| text.parse::<Secret>().map_err(|error| bad(SECRET)(&error)));
        let secret = secret.transpose()?;
        let kinds: Result<Vec<Kind>, String> = match set(KINDS) {
            Some(list) => list.split(',').map(|word| word.trim().parse()).collect(),
            None => Ok(Kind::ALL.to_vec()),
        };
        let coverage =
            set(COVERAGE).map(|text| text.parse::<Threshold>().map_err(|error| bad(COVERAGE)(&error)));
        Ok(Self {
            webhook: url(WEBHOOK)?.map(|url| (url, mode, secret)),
            topic: url(TOPIC)?,
            queue: set(QUEUE),
            teams: url(TEAMS)?,
            kinds: kinds.map_err(|error| bad(KINDS)(&error))?,
            coverage: coverage.transpose()?.unwrap_or_default(),
            hosts,
        })
    }

    /// What is told, and to whom; none if there is no outlet.
    pub fn wanted(&self) -> Option<Wanted> {
        let is_set = |outlet: &OutletName| match outlet {
            OutletName::Webhook => self.webhook.is_some(),
            OutletName::Topic => self.topic.is_some(),
            OutletName::Queue => self.queue.is_some(),
            OutletName::Teams => self.teams.is_some(),
        };
        let outlets: Vec<OutletName> = OutletName::ALL.into_iter().filter(is_set).collect();
        (!outlets.is_empty()).then(|| Wanted { outlets, kinds: self.kinds.clone() })
    }

    /// The outlets. `storage` is the account of the queue; `identity` and `client_id` say who we are to the topic.
    ///
    /// # Errors
    ///
    /// When an outlet can't be made of its settings.
    pub fn outlets(
        &self,
        storage: Option<&StorageOptions>,
        identity: CredentialKind,
        client_id: Option<&str>,
    ) -> anyhow::Result<Vec<(OutletName, Arc<dyn Outlet>)>> {
        let mut outlets: Vec<(OutletName, Arc<dyn Outlet>)> = Vec::new();
        if let Some((url, mode, secret)) = &self.webhook {
            let webhook = Webhook::new(url.clone(), *mode, secret.clone(), self.hosts.clone());
            outlets.push((
                OutletName::Webhook,
                Arc::new(webhook.context("app setting HOLDFAST_NOTIFY_WEBHOOK")?),
            ));
        }
        if let Some(endpoint) = &self.topic {
            let is_named = self.hosts.has(endpoint.host_str().unwrap_or_default());
            let credential = credential(identity, client_id)?;
            let topic = EventGridTopic::new(endpoint.clone(), credential, is_named);
            outlets.push((OutletName::Topic, Arc::new(topic.context("app setting HOLDFAST_NOTIFY_TOPIC")?)));
        }
        if let Some(name) = &self.queue {
            let storage = storage.context(
                "app setting HOLDFAST_NOTIFY_QUEUE names a queue, and no setting AzureWebJobsStorage its account",
            )?;
            outlets.push((OutletName::Queue, Arc::new(QueueOutlet::new(storage, name)?)));
        }
        if let Some(url) = &self.teams {
            let teams = Teams::new(url.clone(), self.hosts.clone());
            outlets.push((OutletName::Teams, Arc::new(teams.context("app setting HOLDFAST_NOTIFY_TEAMS")?)));
        }
        Ok(outlets)
    }

    /// The source of the events of an app of this name; of this machine without one.
    pub fn source(app: &str) -> Source {
        Source::of_app(if app.is_empty() { "local" } else { app })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read(pairs: &[(&'static str, &str)]) -> Result<NotifySettings, BadNotifySetting> {
        let set: BTreeMap<&str, &str> = pairs.iter().copied().collect();
        NotifySettings::read(|name| set.get(name).copied().unwrap_or_default().to_owned())
    }

    #[test]
    fn without_an_outlet_nothing_is_told() {
        assert!(read(&[]).unwrap().wanted().is_none());
        let queue = read(&[(QUEUE, "holdfast-events"), (KINDS, "failed, coverage-low")]).unwrap();
        let wanted = queue.wanted().unwrap();
        assert_eq!(wanted.outlets, [OutletName::Queue]);
        assert_eq!(wanted.kinds, [Kind::Failed, Kind::CoverageLow]);
    }

    #[test]
    fn a_bad_setting_is_named_and_its_value_is_not_repeated() {
        for (name, value) in [
            (WEBHOOK, "https://user:swordfish@10.0.0.1/x"),
            (WEBHOOK, "swordfish"),
            (SECRET, "swordfish"),
            (TEAMS, "http://swordfish.example/hook"),
            (TOPIC, "http://swordfish.eventgrid.azure.net/"),
            (MODE, "batch"),
            (KINDS, "failed,nothing"),
            (COVERAGE, "101"),
        ] {
            let refused = read(&[(name, value)]).unwrap_err();
            assert_eq!(refused.name, name);
            assert!(!refused.problem.contains("swordfish"), "{refused}");
        }
    }
}

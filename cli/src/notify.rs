//! `holdfast notify`: trying out where notifications go.

use std::sync::Arc;

use anyhow::Result;
use clap::{Args, Subcommand};
use holdfast_azure::{CredentialKind, StorageOptions};
use holdfast_notify::ports::Outlet;
use holdfast_notify::{Event, OutletName, samples};
use holdfast_outlets::NotifySettings;
use jiff::Timestamp;
use serde_json::json;

use crate::exit::{self, Exit, Unusable};
use crate::ledger::source::STORAGE;
use crate::out;

/// What can be done with notifications.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Send one event of each kind to every outlet that is set.
    Test(Test),
}

/// What `holdfast notify test` can be told; each option has the name of its app setting as an environment variable.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Test {
    /// Webhook to send to.
    #[arg(
        long,
        value_name = "URL",
        env = "HOLDFAST_NOTIFY_WEBHOOK",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    webhook: String,
    /// Secret that signs what the webhook gets: whsec_ and base64.
    #[arg(
        long,
        value_name = "SECRET",
        env = "HOLDFAST_NOTIFY_SECRET",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    secret: String,
    /// How events travel to the webhook: structured or binary.
    #[arg(long, value_name = "MODE", env = "HOLDFAST_NOTIFY_MODE", default_value = "structured")]
    mode: String,
    /// Endpoint of a custom topic of Event Grid.
    #[arg(
        long,
        value_name = "URL",
        env = "HOLDFAST_NOTIFY_TOPIC",
        default_value = "",
        hide_default_value = true
    )]
    topic: String,
    /// Storage queue in the account of AzureWebJobsStorage.
    #[arg(
        long,
        value_name = "NAME",
        env = "HOLDFAST_NOTIFY_QUEUE",
        default_value = "",
        hide_default_value = true
    )]
    queue: String,
    /// Webhook of a channel of Teams, which gets digests.
    #[arg(
        long,
        value_name = "URL",
        env = "HOLDFAST_NOTIFY_TEAMS",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    teams: String,
    /// Hosts that may be called although they are not of the internet, separated by commas.
    #[arg(
        long,
        value_name = "HOSTS",
        env = "HOLDFAST_NOTIFY_HOSTS",
        default_value = "",
        hide_default_value = true
    )]
    hosts: String,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Runs to its end.
pub(crate) async fn run(command: Command) -> Result<Exit> {
    let Command::Test(options) = command;
    let outlets = outlets(&options)?;
    let events = samples(&NotifySettings::source("holdfast-notify-test"), Timestamp::now());
    let mut results = Vec::new();
    for (name, outlet) in &outlets {
        for event in &events {
            results.push(sent(*name, outlet, event).await);
        }
    }
    let is_all_taken = results.iter().all(|result| result.problem.is_none());
    if options.json {
        out::json(&results.iter().map(Sent::json).collect::<Vec<_>>())?;
    } else {
        out::page(&results.iter().map(|result| result.line() + "\n").collect::<String>());
    }
    Ok(if is_all_taken { Exit::Done } else { Exit::Failed })
}

/// What became of one event.
struct Sent {
    outlet: OutletName,
    event: String,
    problem: Option<String>,
}

impl Sent {
    fn json(&self) -> serde_json::Value {
        json!({ "outlet": self.outlet, "event": self.event, "taken": self.problem.is_none(), "problem": self.problem })
    }

    fn line(&self) -> String {
        let end = self
            .problem
            .as_ref()
            .map_or_else(|| "taken".to_owned(), |problem| format!("not taken: {problem}"));
        format!("{} {}: {end}", self.outlet, self.event)
    }
}

async fn sent(name: OutletName, outlet: &Arc<dyn Outlet>, event: &Event) -> Sent {
    let problem = outlet.send(event).await.err().map(|error| error.problem);
    Sent { outlet: name, event: holdfast_notify::type_of(event).to_owned(), problem }
}

fn outlets(options: &Test) -> Result<Vec<(OutletName, Arc<dyn Outlet>)>> {
    let Test { webhook, secret, mode, topic, queue, teams, hosts, json: _ } = options;
    let settings = NotifySettings::read(|name| {
        let value = match name {
            "HOLDFAST_NOTIFY_WEBHOOK" => webhook,
            "HOLDFAST_NOTIFY_SECRET" => secret,
            "HOLDFAST_NOTIFY_MODE" => mode,
            "HOLDFAST_NOTIFY_TOPIC" => topic,
            "HOLDFAST_NOTIFY_QUEUE" => queue,
            "HOLDFAST_NOTIFY_TEAMS" => teams,
            "HOLDFAST_NOTIFY_HOSTS" => hosts,
            _ => return String::new(),
        };
        value.clone()
    });
    let settings = settings.map_err(|bad| Unusable::described(format!("{}: {bad}", bad.name)))?;
    if settings.wanted().is_none() {
        return Err(Unusable::described(
            "no outlet is given; add --webhook URL, --topic URL, --queue NAME or --teams URL",
        ));
    }
    let storage = match queue.as_str() {
        "" => None,
        _ => Some(
            StorageOptions::from_settings(STORAGE, |name| std::env::var(name).ok()).map_err(Unusable::of)?,
        ),
    };
    let credential = std::env::var("HOLDFAST_CREDENTIAL").unwrap_or_else(|_| "azure-cli".to_owned());
    let identity: CredentialKind = credential.parse().map_err(Unusable::of)?;
    let client_id = std::env::var("HOLDFAST_CLIENT_ID").ok();
    settings.outlets(storage.as_ref(), identity, client_id.as_deref()).map_err(Unusable::of)
}

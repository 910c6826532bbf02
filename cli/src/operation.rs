//! `holdfast operation`, and what the commands that ask for an operation have in common.

mod described;

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::Value;
use uuid::Uuid;

use crate::client::{Answer, Client, Ended, FOLLOW, Server, Unreached, code_of, follow};
use crate::exit::{self, Exit};
use crate::moment::RetryTime;
use crate::{out, page};

pub(crate) use described::{asked, changes, is_given_in_azure, steps, waits_for};
use described::{in_full, lines};

/// How an operation is asked for.
#[derive(Args)]
pub(crate) struct Way {
    /// Which workload of the resource, such as azure-vm; may be left out where only one protects it.
    #[arg(long, value_name = "WORD")]
    pub(crate) workload: Option<String>,
    /// Why; kept with the operation.
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,
    /// Show what would be done and let Azure validate it, but do nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// End as soon as it has begun, instead of following it.
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Stop waiting after this time, such as 30m or 2h; the operation goes on.
    #[arg(long, value_name = "TIME", conflicts_with = "no_wait")]
    timeout: Option<RetryTime>,
    /// The same key asks for the same operation, however often it is sent; one is made up without it.
    #[arg(long, value_name = "KEY")]
    key_of_request: Option<String>,
    /// Print the operation as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Way {
    /// The same function app, for as long as is to be waited from now on.
    pub(crate) fn bound(&self, client: Client) -> Client {
        client.within(self.timeout.map(|RetryTime(time)| time))
    }
}

/// Which operation.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// The operation's id; `holdfast operations` lists them.
    id: String,
    /// Show it as it is now, instead of following it.
    #[arg(long)]
    no_wait: bool,
    /// Stop waiting after this time, such as 30m or 2h; the operation goes on.
    #[arg(long, value_name = "TIME", conflicts_with = "no_wait")]
    timeout: Option<RetryTime>,
    /// Print the operation as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    server: Server,
}

/// Shows an operation that somebody asked for, and follows it.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?.within(options.timeout.map(|RetryTime(time)| time));
    let Ended { operation, code } = taken_up(&client, &options.id, options.no_wait, FOLLOW).await?;
    if options.json {
        out::json(&operation)?;
    } else {
        out::page(&page::of_lines(&in_full(&operation)));
    }
    Ok(code)
}

/// Asks for an operation, follows it, and tells how it ended.
pub(crate) async fn ask(client: Client, path: &str, body: &Value, way: &Way) -> Result<Exit> {
    let client = way.bound(client);
    let Ended { operation, code } = carried_out(&client, path, body, way, FOLLOW).await?;
    tell(&operation, way.json)?;
    Ok(code)
}

/// Follows an operation that was asked for before; `again` is the command that does the same, but for the id.
pub(crate) async fn taken_up(client: &Client, id: &str, no_wait: bool, again: &str) -> Result<Ended> {
    let answer = client.get(&format!("/api/operations/{id}"), &[]).await?;
    ended(client, answer, no_wait, again).await
}

/// Asks for an operation and follows it; `again` is the command that takes it up, but for its id.
pub(crate) async fn carried_out(
    client: &Client,
    path: &str,
    body: &Value,
    way: &Way,
    again: &str,
) -> Result<Ended> {
    let query: &[(&str, &str)] = if way.dry_run { &[("dry_run", "true")] } else { &[] };
    let key = way.key_of_request.clone().unwrap_or_else(|| Uuid::new_v4().to_string());
    let answer = match client.post(path, query, body, &key).await {
        Err(error) if error.is::<Unreached>() => {
            return Err(error).context(format!(
                "whether the operation has begun is not known. Ask again with --key-of-request {key}: it is the same operation \
                 then"
            ));
        }
        answer => answer?,
    };
    ended(client, answer, way.no_wait, again).await
}

async fn ended(client: &Client, answer: Answer, no_wait: bool, again: &str) -> Result<Ended> {
    if no_wait {
        let code = code_of(&answer.body).unwrap_or(Exit::Done);
        return Ok(Ended { operation: answer.body, code });
    }
    follow(client, answer, again).await
}

/// Prints an operation.
pub(crate) fn tell(operation: &Value, as_json: bool) -> Result<()> {
    if as_json {
        out::json(operation)?;
    } else {
        out::page(&page::of_lines(&lines(operation)));
    }
    Ok(())
}

//! What Holdfast tells other systems, read out of the queue that the demo has it told to.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::demo::processes::{NEWS, Processes};

/// The queue of notifications.
pub(super) struct News {
    client: reqwest::Client,
    url: String,
}

impl News {
    pub(super) fn of(processes: &Processes) -> Result<Self> {
        // What was read stays out of sight for as long as the demo runs.
        let read = "numofmessages=32&visibilitytimeout=86400";
        let url = format!("{}/queue/devstoreaccount1/{NEWS}/messages?{read}", processes.azure_http);
        Ok(Self { client: reqwest::Client::builder().build()?, url })
    }

    /// Events that were not read yet: id and summary of each.
    pub(super) async fn take(&self) -> Result<Vec<(String, String)>> {
        let request = self.client.get(&self.url).bearer_auth("demo").header("x-ms-version", "2021-12-02");
        let answer = request.send().await.context("read the notifications")?;
        // The queue is there when something was told.
        if answer.status() == reqwest::StatusCode::NOT_FOUND {
            return Ok(Vec::new());
        }
        let text = answer.error_for_status()?.text().await?;
        Ok(texts(&text).filter_map(|text| summary(&text)).collect())
    }
}

/// The texts of the messages in a list of them.
fn texts(list: &str) -> impl Iterator<Item = String> {
    let messages = list.split("<MessageText>").skip(1).filter_map(|rest| rest.split_once("</MessageText>"));
    messages.map(|(text, _)| plain(text))
}

/// Text as it was before it was written as XML.
fn plain(text: &str) -> String {
    let marks =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&")];
    marks.iter().fold(text.to_owned(), |text, (mark, sign)| text.replace(mark, sign))
}

/// News of the night: what is told of the day may come late.
const KINDS: [&str; 2] = ["failed", "retried"];

fn summary(event: &str) -> Option<(String, String)> {
    let event: Value = serde_json::from_str(event).ok()?;
    let text = |path: &str| event.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let kind = text("/type")?;
    let kind = kind.rsplit('.').next().filter(|kind| KINDS.contains(kind))?;
    Some((text("/id")?, format!("{kind}: {}", text("/data/summary")?)))
}

#[test]
fn events_are_read_out_of_a_list_of_messages() {
    let list = "<QueueMessagesList><QueueMessage><MessageText>{&quot;id&quot;:&quot;1&quot;,&quot;type&quot;:&quot;a.b.failed&quot;,\
        &quot;data&quot;:{&quot;summary&quot;:&quot;a &amp;lt; b&quot;}}</MessageText></QueueMessage></QueueMessagesList>";
    let read: Vec<_> = texts(list).filter_map(|text| summary(&text)).collect();
    assert_eq!(read, [("1".to_owned(), "failed: a &lt; b".to_owned())]);
}

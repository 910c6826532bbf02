//! Restorable time ranges: what is refused, and the range that is upside down (recorded).

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::azure::Answer;
use crate::restore::{Protected, continuous_account};

struct Account(Protected);

impl Account {
    async fn new() -> Result<Self> {
        let (estate, properties) = continuous_account();
        Ok(Self(Protected::new(estate, properties, None).await?))
    }

    /// So many hours from now, with so many decimals.
    fn at(&self, hours: i64, decimals: usize) -> String {
        let at: Timestamp = self.0.azure.running.now() + SignedDuration::from_hours(hours);
        let zeros = if decimals == 0 { String::new() } else { format!(".{}", "0".repeat(decimals)) };
        format!("{}{zeros}Z", at.strftime("%Y-%m-%dT%H:%M:%S"))
    }

    async fn asked(&self, start: Option<String>, end: Option<String>) -> Result<Answer> {
        let mut body = json!({ "sourceDataStoreType": "OperationalStore" });
        for (name, time) in [("startTime", start), ("endTime", end)] {
            if let Some(time) = time {
                body[name] = json!(time);
            }
        }
        self.0.azure.post(&format!("{}/findRestorableTimeRanges", self.0.path), body).await
    }
}

fn range(answer: &Answer) -> Result<(Timestamp, Timestamp)> {
    let ranges = answer.body["properties"]["restorableTimeRanges"].as_array().context("no ranges")?;
    assert_eq!(ranges.len(), 1, "{ranges:?}");
    let time = |name: &str| -> Result<Timestamp> {
        let text: &Value = &ranges[0][name];
        Ok(text.as_str().context("no time")?.parse()?)
    };
    Ok((time("startTime")?, time("endTime")?))
}

#[tokio::test]
async fn a_request_that_azure_refuses_is_refused() -> Result<()> {
    let account = Account::new().await?;
    let backwards = account.asked(Some(account.at(-1, 7)), Some(account.at(-2, 7))).await?.expect(400)?;
    assert_eq!(backwards.code(), "UserErrorInvalidRestorableTimeRange");
    for decimals in [0, 3] {
        let short = account.asked(Some(account.at(-1, decimals)), None).await?.expect(400)?;
        assert_eq!(short.code(), "DppPluginInvalidInputParameters");
    }
    account.asked(Some(account.at(-1, 7)), None).await?.expect(200)?;
    let endless = account.asked(None, Some(account.at(0, 7))).await?.expect(500)?;
    assert_eq!(endless.code(), "CloudInternalError");
    Ok(())
}

#[tokio::test]
async fn a_span_of_which_nothing_is_kept_gives_a_range_upside_down() -> Result<()> {
    let account = Account::new().await?;
    let (start, end) = range(&account.asked(None, None).await?.expect(200)?)?;
    assert!(start < end);
    for (from, to) in [(-2000, -1900), (10, 20)] {
        let asked = account.asked(Some(account.at(from, 7)), Some(account.at(to, 7))).await?.expect(200)?;
        let (start, end) = range(&asked)?;
        assert!(start > end, "{from} to {to}: {start} to {end}");
    }
    Ok(())
}

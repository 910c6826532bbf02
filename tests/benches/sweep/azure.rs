//! The simulated Azure of the bench, and what the Functions host would do with its queues.

use anyhow::{Context, Result, ensure};
use holdfast_simulator::{Config, Estate, NumberedDisks, Running, Simulator, Throttling};
use holdfast_tests::SUBSCRIPTION;
use serde_json::{Value, json};

const STEPS: &str = "holdfast-sweep";
const WORK: &str = "holdfast-work";
/// Messages at which the work queue is taken for worked off: the sweep would wait for Azure's pace otherwise.
const MANY: usize = 10_000;

/// An Azure with nothing but disks that are made from their numbers.
pub(crate) struct Azure {
    pub(crate) running: Running,
    pub(crate) folder: tempfile::TempDir,
    client: reqwest::Client,
    disks: NumberedDisks,
}

impl Azure {
    pub(crate) async fn of(count: u64) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let vault = format!(
            "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.DataProtection/backupVaults/bv-westeurope"
        );
        let disks = NumberedDisks {
            subscription: SUBSCRIPTION.to_owned(),
            count,
            vault,
            policy: "holdfast-disks-p1d-0200-14d".to_owned(),
            unprotected_every: 100,
            excluded_every: 10,
        };
        let config = Config {
            ca_dir: Some(folder.path().to_owned()),
            estate: Some(Estate { numbered_disks: Some(disks.clone()), ..Estate::default() }),
            // The graph's quota of 15 queries in 5 seconds is over in a moment.
            speed: 1_000_000.0,
            throttling: Throttling::Off,
            ..Config::default()
        };
        Ok(Self { running: Simulator::start(config).await?, folder, client: reqwest::Client::new(), disks })
    }

    /// From now on, one disk of so many is not protected; none if it is 0.
    pub(crate) async fn forget_every(&self, every: u64) -> Result<()> {
        let disks = NumberedDisks { unprotected_every: every, ..self.disks.clone() };
        self.post("/_simulator/settings", &json!({ "numberedDisks": disks })).await.map(drop)
    }

    /// A page of the estate, as the sweep asks for it.
    pub(crate) async fn page(&self, after: Option<&str>) -> Result<Value> {
        let query = "resources | where type in~ ('microsoft.compute/disks') | extend shown = tolower(id) \
             | join kind=leftouter (recoveryservicesresources \
               | extend shown = tolower(tostring(properties.dataSourceInfo.resourceID)) | project shown, instance = id) on shown \
             | project id, name, type, location, tags, sku, properties, instance | order by id asc";
        let options = json!({ "$top": 1000, "$skipToken": after });
        let body = json!({ "subscriptions": [SUBSCRIPTION], "query": query, "options": options });
        let path = "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01";
        serde_json::from_str(&self.post(path, &body).await?).context("read a page")
    }

    async fn post(&self, path: &str, body: &Value) -> Result<String> {
        let url = format!("{}{path}", self.running.http_url);
        let answer = self.client.post(&url).bearer_auth("bench").json(body).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "POST {url}: {status} {text}");
        Ok(text)
    }

    /// The message that carries the sweep on, taken from its queue; none when the run has ended.
    pub(crate) async fn next_step(&self) -> Result<Option<String>> {
        let messages = self.running.storage.messages(STEPS);
        ensure!(messages.len() <= 1, "{} steps of one run", messages.len());
        let Some(step) = messages.into_iter().next() else { return Ok(None) };
        self.clear(STEPS).await?;
        Ok(Some(step.text))
    }

    /// Takes work off its queue, as Azure's pace would in hours.
    pub(crate) async fn let_work_be_done(&self) -> Result<()> {
        if self.running.storage.messages(WORK).len() > MANY {
            self.clear(WORK).await?;
        }
        Ok(())
    }

    async fn clear(&self, queue: &str) -> Result<()> {
        let url = format!("{}/queue/devstoreaccount1/{queue}/messages", self.running.http_url);
        let request = self.client.delete(url).bearer_auth("bench").header("x-ms-version", "2021-12-02");
        request.send().await?.error_for_status().context("clear a queue")?;
        Ok(())
    }
}

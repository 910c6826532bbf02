//! What the functions share, and how it is put together from the settings.

use std::sync::Arc;

use anyhow::{Context, Result};
use holdfast_azure::{
    ArmClient, ArmOptions, BlobLedger, BlobShelf, CredentialKind, DeadLetters, ExportBlobs, PoisonQueue,
    StorageOptions, StorageQueue, StorageSweepQueue, SweepBlobs, credential,
};
use holdfast_distribution::{Fetcher, TrustPolicy};
use holdfast_export::{Files, Format};
use holdfast_protection::hold::{Hold, HoldDays};
use holdfast_protection::ledger::About;
use holdfast_protection::operations::{Answer, Ask, Operation, OperationError, OperationId, Operations};
use holdfast_protection::ports::{
    Azure, JobPages, Ledger, RuleShelf, TargetPages, UndeliveredInputs, WorkQueue,
};
use holdfast_protection::protect::Protector;
use holdfast_protection::sweep::{ReportShelf, SweepPages, SweepQueue, SweepShelf};
use holdfast_protection::undelivered::Source;
use holdfast_report::Cadence;
use jiff::Timestamp;
use tokio::task::JoinError;

use crate::callers::{Callers, Front};
use crate::not_set_up::NotSetUp;
use crate::notices::Notices;
use crate::problem::Problem;
use crate::report_cache::ReportCache;
use crate::rules::health::{CountingLedger, Health};
use crate::rules::{RuleOptions, Rules};
use crate::settings::Settings;
use crate::underway::Underway;
use crate::work_queue::RecordingQueue;

/// Everything that a function needs.
pub struct App {
    /// Azure.
    pub azure: Arc<dyn Azure>,
    /// What exists and what protects it, as Azure's index has it.
    pub target_pages: Arc<dyn TargetPages>,
    /// Jobs of all vaults, as Azure's index has them.
    pub job_pages: Arc<dyn JobPages>,
    /// The estate with what protects it, for the sweep.
    pub sweep_pages: Arc<dyn SweepPages>,
    /// Where the sweep keeps how far it is, and what it saw.
    pub sweep_shelf: Arc<dyn SweepShelf>,
    /// What is made of its runs, and kept beside them.
    pub report_shelf: Arc<dyn ReportShelf>,
    /// What carries the sweep from step to step.
    pub sweep_queue: Arc<dyn SweepQueue>,
    arm: ArmClient,
    /// Where decisions and outcomes are written.
    pub ledger: Arc<dyn Ledger>,
    /// Where input lies that was given up, and by whom.
    pub undelivered: Vec<(Source, Arc<dyn UndeliveredInputs>)>,
    /// What announces and sends notifications; none without an outlet.
    pub notices: Option<Notices>,
    /// Where exported files go, if any do.
    pub(crate) export: Option<Export>,
    /// Where work waits.
    pub queue: Arc<dyn WorkQueue>,
    /// The rule set in force.
    pub rules: Arc<Rules>,
    /// Who may call, and for what.
    pub callers: Callers,
    /// How its rules fare.
    pub health: Health,
    /// Runs of the sweep that are kept whole.
    pub(crate) sweep_runs: usize,
    /// Failed backups that one run takes again.
    pub(crate) retry_budget: usize,
    /// How often a digest is told, and from which hour on.
    pub(crate) digest: Option<(Cadence, i8)>,
    /// Address of the page, where that is known.
    pub(crate) page_address: Option<String>,
    /// The report, as this instance made it last.
    pub(crate) reports: ReportCache,
    /// Operations that go on when their callers have gone.
    pub(crate) underway: Underway,
    subscriptions: Vec<String>,
    hold_days: HoldDays,
}

/// Where exported files go, and in which format.
pub(crate) struct Export {
    pub(crate) files: Arc<dyn Files>,
    pub(crate) format: Format,
}

/// The account of the Functions host: the work queue is there as well.
const STORAGE: &str = "AzureWebJobsStorage";
/// The account of the ledger and the rule sets; that of the host if it is not set.
const LEDGER: &str = "HOLDFAST_LEDGER";
/// The queue that Event Grid can put events on, in the host's account.
const EVENTS: &str = "holdfast-events";
/// The account into which Event Grid puts what it could not deliver.
const DEAD_LETTERS: &str = "HOLDFAST_DEAD_LETTERS";

/// What the settings name, before anything of it was asked.
struct Connections {
    arm: ArmClient,
    storage: StorageOptions,
    shelf: Arc<dyn RuleShelf>,
    ledger: Arc<dyn Ledger>,
    queue: Arc<dyn WorkQueue>,
    sweep: (Arc<SweepBlobs>, Arc<dyn SweepQueue>),
    undelivered: Vec<(Source, Arc<dyn UndeliveredInputs>)>,
    trust: Option<Arc<TrustPolicy>>,
    identity: CredentialKind,
    callers: Callers,
    notices: Option<Notices>,
    export: Option<Export>,
}

impl Connections {
    /// Fails only for what is wrong with the settings.
    fn of(settings: &Settings, front: Front) -> Result<Self> {
        let identity: CredentialKind =
            settings.credential.parse().context("app setting HOLDFAST_CREDENTIAL")?;
        let credential =
            credential(identity, settings.client_id.as_deref()).context("app setting HOLDFAST_CREDENTIAL")?;
        let account =
            |name| StorageOptions::from_settings(name, |setting| settings.storage.get(setting).cloned());
        let is_set = |name| {
            settings.storage.iter().any(|(setting, value)| setting.starts_with(name) && !value.is_empty())
        };
        let storage = account(STORAGE)?;
        let records = if is_set(LEDGER) { account(LEDGER)? } else { storage.clone() };
        let endpoint = settings.arm_endpoint.clone();
        let poison = PoisonQueue::of(&storage, StorageQueue::NAME)?;
        let events = PoisonQueue::of(&storage, EVENTS)?;
        let mut undelivered: Vec<(Source, Arc<dyn UndeliveredInputs>)> =
            vec![(Source::Poison, Arc::new(poison)), (Source::DeadLetters, Arc::new(events))];
        if is_set(DEAD_LETTERS) {
            undelivered.push((Source::DeadLetters, Arc::new(DeadLetters::new(&account(DEAD_LETTERS)?)?)));
        }
        Ok(Self {
            arm: ArmClient::new(ArmOptions { endpoint, credential, transport: None })?,
            shelf: Arc::new(BlobShelf::new(&records, BlobShelf::NAME)?),
            ledger: Arc::new(BlobLedger::new(&records, BlobLedger::NAME)?),
            queue: Arc::new(StorageQueue::new(&storage, StorageQueue::NAME)?),
            sweep: (
                Arc::new(SweepBlobs::new(&storage, SweepBlobs::NAME)?),
                Arc::new(StorageSweepQueue::new(&storage, StorageSweepQueue::NAME)?),
            ),
            undelivered,
            trust: settings.trust()?.map(Arc::new),
            notices: Notices::of(
                &settings.notify,
                &settings.app,
                &storage,
                identity,
                settings.client_id.as_deref(),
            )?,
            export: match settings.export {
                Some(format) => {
                    Some(Export { files: Arc::new(ExportBlobs::new(&storage, ExportBlobs::NAME)?), format })
                }
                None => None,
            },
            identity,
            callers: settings.callers(front)?,
            storage,
        })
    }

    fn fetcher(&self, settings: &Settings) -> Result<Fetcher, NotSetUp> {
        let fetcher = Fetcher::new(&settings.cache).context("app setting HOLDFAST_CACHE");
        let fetcher = fetcher.map_err(NotSetUp::ForNow)?;
        let docker = settings.docker().map_err(NotSetUp::ForGood)?;
        Ok(fetcher
            .with_storage(self.storage.clone())
            .with_identity(self.identity, settings.client_id.clone())
            .with_docker(docker))
    }
}

impl App {
    /// Connects to what the settings name, and takes a rule set into force.
    ///
    /// # Errors
    ///
    /// Says whether another try can help.
    pub async fn build(settings: &Settings, front: Front) -> Result<Self, NotSetUp> {
        let connections = Connections::of(settings, front).map_err(NotSetUp::ForGood)?;
        let fetcher = connections.fetcher(settings)?;
        let Connections {
            arm,
            shelf,
            ledger,
            queue,
            sweep,
            undelivered,
            trust,
            callers,
            notices,
            export,
            ..
        } = connections;
        let (sweep_shelf, sweep_queue) = sweep;
        let options = RuleOptions {
            source: settings.rules.clone(),
            trust,
            compiled_key: settings.compiled_key,
            freshness: settings.freshness,
            fetcher,
            cache: settings.cache.clone(),
            shelf,
            ledger: ledger.clone(),
        };
        let rules = Arc::new(Rules::open(options).await?);
        if let Some(every) = settings.rules_refresh {
            tokio::spawn(rules.clone().watch(every));
        }
        let ledger = match &notices {
            Some(notices) => notices.before(ledger),
            None => ledger,
        };
        let health = Health::default();
        let ledger = Arc::new(CountingLedger { ledger, health: health.clone() });
        let azure = Arc::new(arm.clone());
        Ok(Self {
            target_pages: azure.clone(),
            job_pages: azure.clone(),
            sweep_pages: azure.clone(),
            report_shelf: sweep_shelf.clone(),
            sweep_shelf,
            sweep_queue,
            azure,
            arm,
            queue: Arc::new(RecordingQueue { queue, ledger: ledger.clone() }),
            ledger,
            undelivered,
            notices,
            export,
            rules,
            callers,
            health,
            reports: ReportCache::default(),
            underway: Underway::default(),
            subscriptions: settings.subscriptions.clone(),
            hold_days: settings.hold_days,
            sweep_runs: settings.sweep_runs,
            retry_budget: settings.retry_budget,
            digest: settings.digest,
            page_address: settings.page_address.clone(),
        })
    }

    /// Answers for one resource, with the rules that are in force now, from what Azure shows now.
    pub(crate) fn protector(&self) -> Protector {
        Protector {
            azure: self.azure.clone(),
            ledger: self.ledger.clone(),
            evaluator: self.rules.current(),
            now: Timestamp::now(),
        }
    }

    /// The same for one pass of many: what others have read a moment ago is shared.
    pub(crate) fn reconciler(&self) -> Protector {
        Protector { azure: Arc::new(self.arm.for_pass()), ..self.protector() }
    }

    /// Takes and carries out what people ask for, by the rules that are in force now.
    pub(crate) fn operations(&self) -> Operations {
        Operations {
            azure: self.azure.clone(),
            ledger: self.ledger.clone(),
            evaluator: Arc::new(self.rules.current()),
            hold_days: self.hold_days,
        }
    }

    /// What Azure's clock shows when ours shows `now`.
    pub(crate) fn azures_time(&self, now: Timestamp) -> Timestamp {
        self.arm.azures_time(now)
    }

    /// What a person decided about a target against the rules, if that is in force.
    pub(crate) async fn hold(&self, target: About<'_>) -> Result<Option<Hold>, Problem> {
        Ok(self.operations().hold(target, Timestamp::now()).await?)
    }

    /// Takes an operation; it is asked for to the end even if the caller goes away.
    pub(crate) async fn ask(&self, ask: Ask, now: Timestamp) -> Result<Operation, Problem> {
        let (operations, by, kind) = (self.operations(), ask.caller.id.clone(), ask.action.kind().name());
        tracing::info!(operation = %ask.id, kind, resource = %ask.resource, by, dry_run = ask.dry_run, "an operation was asked for");
        self.unbroken(async move { Box::pin(operations.ask(ask, now)).await }).await
    }

    /// Carries an operation on.
    pub(crate) async fn advance(&self, id: OperationId, now: Timestamp) -> Result<Operation, Problem> {
        let operations = self.operations();
        self.unbroken(async move { operations.advance(id, now).await }).await
    }

    /// Takes the second person's word.
    pub(crate) async fn answer(&self, id: OperationId, answer: Answer) -> Result<Operation, Problem> {
        let operations = self.operations();
        tracing::info!(operation = %id, approved = answer.approved, by = answer.by.id, "an operation that waited for a person was answered");
        self.unbroken(async move { operations.answer(id, answer).await }).await
    }

    /// Subscriptions that are watched; without any, looking over them would look like success.
    pub(crate) fn subscriptions(&self) -> Result<&[String], Problem> {
        if self.subscriptions.is_empty() {
            return Err(Problem::unavailable(
                "NoSubscriptions",
                "app setting HOLDFAST_SUBSCRIPTIONS is empty; list the subscription ids to look over in it",
            ));
        }
        Ok(&self.subscriptions)
    }

    /// Runs to its end whatever becomes of the caller: a request that is dropped would stop between two calls.
    async fn unbroken(
        &self,
        work: impl Future<Output = Result<Operation, OperationError>> + Send + 'static,
    ) -> Result<Operation, Problem> {
        let underway = self.underway.begin().await;
        let work = async move {
            let done = work.await;
            drop(underway);
            done
        };
        joined(tokio::spawn(work).await)
    }
}

/// What became of work in a task of its own. A panic's own words go to the log only.
fn joined(done: Result<Result<Operation, OperationError>, JoinError>) -> Result<Operation, Problem> {
    match done {
        Ok(done) => Ok(done?),
        Err(panic) => {
            tracing::error!(
                "an operation panicked; asking for it again goes on with it, report this with the lines before it: {panic}"
            );
            Err(Problem::internal(
                "the operation could not be carried on; the log of the function app says why, and asking again goes on \
                 with it",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::response::IntoResponse;

    use super::*;

    #[tokio::test]
    async fn the_words_of_a_panic_are_kept_from_callers() {
        let panicked: tokio::task::JoinHandle<Result<Operation, OperationError>> =
            tokio::spawn(async { panic!("the secret is swordfish") });
        let problem = joined(panicked.await).unwrap_err();
        let body = to_bytes(problem.into_response().into_body(), 4096).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(text.contains("could not be carried on") && !text.contains("swordfish"), "{text}");
    }
}

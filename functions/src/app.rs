//! What the functions share, and how it is put together from the settings.

mod connections;
mod operations;

use std::sync::Arc;

use holdfast_azure::ArmClient;
use holdfast_export::{Files, Format};
use holdfast_protection::hold::HoldDays;
use holdfast_protection::operations::Operations;
use holdfast_protection::ports::{Azure, JobPages, Ledger, TargetPages, UndeliveredInputs, WorkQueue};
use holdfast_protection::protect::Protector;
use holdfast_protection::sweep::{ReportShelf, SweepPages, SweepQueue, SweepShelf};
use holdfast_protection::undelivered::Source;
use holdfast_report::Cadence;
use jiff::Timestamp;

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
use connections::Connections;

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
}

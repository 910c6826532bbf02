//! The rule set in force: taken from its source, swapped whole while work goes on, never for a worse one.
//!
//! Each instance of the handler looks at the source again and again. A set that does not load, is not
//! trusted, or is older than what was accepted before is refused with its reason, and the one before
//! keeps serving. Accepted sets are kept on the shelf, so that any instance can go back to any of them.

mod approvers;
mod choice;
mod follow;
mod going_back;
pub(crate) mod health;
mod load;
mod orders;
mod places;
mod refused;
mod shelf;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, bail};
use holdfast_distribution::{Fetcher, Source, TrustPolicy};
use holdfast_evaluator::{ActiveRules, CompiledKey, Evaluator, Freshness};
use holdfast_protection::ports::{Ledger, RuleShelf};

pub(crate) use load::notices;

use crate::not_set_up::NotSetUp;
use choice::{Choice, choose};
use load::{Candidate, accepted_set, keep, offered};
use places::Places;
use refused::Refused;
use shelf::Place;

/// How rules get here.
pub struct RuleOptions {
    /// Where the rule set is.
    pub source: Source,
    /// Who must have signed what; without a policy, what is pinned by digest is trusted.
    pub trust: Option<Arc<TrustPolicy>>,
    /// Whose precompiled code is loaded instead of compiling.
    pub compiled_key: Option<CompiledKey>,
    /// How an evaluation comes by its memory.
    pub freshness: Freshness,
    /// Fetches into the cache.
    pub fetcher: Fetcher,
    /// Where accepted sets are brought back to on the local disk; may vanish at any time.
    pub cache: PathBuf,
    /// Accepted sets.
    pub shelf: Arc<dyn RuleShelf>,
    /// Orders to go back.
    pub ledger: Arc<dyn Ledger>,
}

/// The rule set in force, and what became of the others.
pub struct Rules {
    options: RuleOptions,
    active: ActiveRules,
    looking: tokio::sync::Mutex<Looked>,
    refused: Mutex<Option<Refused>>,
    /// Where the sets lie that may still be asked.
    places: Places,
}

/// How closely the source is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// At what may change, and now and then at new signatures of what is pinned.
    Usual,
    /// At everything: somebody asked.
    Thorough,
}

/// What the last look at the source found.
#[derive(Default)]
struct Looked {
    /// Where the fetcher put it; another place for other files.
    place: Option<PathBuf>,
    /// Revision that the source offered, if it loaded.
    offered: Option<u64>,
    /// What is wrong with these files; holds until the source has others.
    refused: Option<Refused>,
}

/// The set to begin with.
struct First {
    candidate: Candidate,
    /// Why it is not the one that the source offers, if nothing but an older revision stands against that: an order to go
    /// back changes it, so the files are not refused.
    replayed: Option<Refused>,
}

impl Looked {
    /// Nothing of these files is taken, now or at a later look.
    fn refuse(&mut self, error: &anyhow::Error) {
        self.offered = None;
        self.refused = Some(Refused::now(error));
    }
}

impl Rules {
    /// Takes a first set into force: what the source offers, or else what was accepted last.
    ///
    /// # Errors
    ///
    /// Says why the source's set is refused, when there is no other, or what could not be read.
    pub async fn open(options: RuleOptions) -> Result<Self, NotSetUp> {
        let (mut looked, candidate, is_read) = match offered(&options).await {
            Ok((looked, candidate)) => (looked, Some(candidate), true),
            Err(error) => {
                let is_read = matches!(error, NotSetUp::ForGood(_));
                let (NotSetUp::ForGood(error) | NotSetUp::ForNow(error)) = error;
                (Looked { refused: Some(Refused::now(&error)), ..Looked::default() }, None, is_read)
            }
        };
        let first = Self::first(&options, &mut looked, candidate).await.map_err(NotSetUp::ForNow)?;
        let Some(first) = first else {
            let reason = looked.refused.map(|refused| refused.reason).unwrap_or_default();
            let reason = anyhow::anyhow!(reason).context("app setting HOLDFAST_RULES");
            return Err(if is_read { NotSetUp::ForGood(reason) } else { NotSetUp::ForNow(reason) });
        };
        let First { candidate, replayed } = first;
        keep(&options, &candidate).await;
        let first_place = candidate.path;
        let active = ActiveRules::new(candidate.evaluator);
        let refused = Mutex::new(replayed.or_else(|| looked.refused.clone()));
        let places = Places::default();
        places.add(first_place);
        let rules = Self { options, active, looking: tokio::sync::Mutex::new(looked), refused, places };
        let (current, compiled) = (rules.current(), rules.current().rule_set().compiled());
        let (revision, digest) = (current.rule_set().revision(), current.rule_set().digest());
        tracing::info!(revision, %digest, compiled, "a rule set is in force");
        rules.warm_up();
        Ok(rules)
    }

    /// The set to begin with, if there is any; fails only if a store cannot be read.
    async fn first(
        options: &RuleOptions,
        looked: &mut Looked,
        candidate: Option<Candidate>,
    ) -> Result<Option<First>> {
        let accepted = shelf::places(options.shelf.as_ref()).await?;
        let pin = orders::latest(options.ledger.as_ref()).await?;
        if let Some(Err(error)) = candidate.as_ref().map(|candidate| unaltered(&accepted, candidate)) {
            looked.refuse(&error);
        }
        let revisions: Vec<u64> = accepted.iter().map(|place| place.revision).collect();
        let first = |candidate| Some(First { candidate, replayed: None });
        Ok(match (choose(looked.offered, &revisions, pin.as_ref()), candidate) {
            (Choice::Offered, Some(candidate)) => first(candidate),
            (Choice::Accepted(revision), _) => first(accepted_set(options, revision, None).await?),
            (Choice::Replayed { highest }, _) => {
                let error = anyhow::anyhow!(replayed(looked.offered, highest));
                let candidate = accepted_set(options, highest, None).await?;
                Some(First { candidate, replayed: Some(Refused::now(&error)) })
            }
            (Choice::Nothing | Choice::Offered, _) => None,
        })
    }

    /// The rules in force; work that takes them keeps them to its end.
    pub fn current(&self) -> Evaluator {
        self.active.current()
    }

    /// Revisions that can be gone back to.
    pub(crate) async fn accepted(&self) -> Result<Vec<u64>> {
        let places = shelf::places(self.options.shelf.as_ref()).await?;
        Ok(places.into_iter().map(|place| place.revision).collect())
    }

    /// Why what the source offers is not in force, if it is not.
    pub(crate) fn refused(&self) -> Option<Refused> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Loads precompiled code in the background, so that the first answer waits only for what it needs.
    fn warm_up(&self) {
        let evaluator = self.current();
        tokio::task::spawn_blocking(move || {
            if let Err(error) = evaluator.warm() {
                tracing::error!(
                    "a precompiled rule is refused, and holds the decisions that need it; precompile it with this version: {error}"
                );
            }
        });
    }
}

/// A revision is accepted once; what comes under its number later must be the same set.
fn unaltered(accepted: &[Place], candidate: &Candidate) -> Result<()> {
    let rule_set = candidate.evaluator.rule_set();
    if !accepted.iter().any(|place| place.contradicts(rule_set)) {
        return Ok(());
    }
    let revision = rule_set.revision();
    bail!("revision {revision} was already accepted with other content; increase `revision`")
}

fn replayed(offered: Option<u64>, highest: u64) -> String {
    let offered = offered.unwrap_or_default();
    format!(
        "the source offers revision {offered}, and revision {highest} has been in force: an older rule set is \
         not taken because it is offered again; increase its `revision`, or order a rollback \
         (POST /api/rules/rollback)"
    )
}

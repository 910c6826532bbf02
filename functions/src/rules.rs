//! The rule set in force: taken from its source, swapped whole while work goes on, never for a worse one.
//!
//! Each instance of the handler looks at the source again and again. A set that does not load, is not
//! trusted, or is older than what was accepted before is refused with its reason, and the one before
//! keeps serving. Accepted sets are kept on the shelf, so that any instance can go back to any of them.

pub(crate) mod api;
mod choice;
pub(crate) mod health;
mod orders;
mod places;
mod refused;
mod shelf;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use holdfast_distribution::{Fetcher, Source, TrustPolicy};
use holdfast_evaluator::{
    ActiveRules, CompiledKey, Evaluator, Freshness, Otherwise, PinnedOnly, RuleSet, Setup, Swapped, Trust,
};
use holdfast_protection::ports::{Ledger, RuleShelf};

use crate::clock;
use crate::setup::NotSetUp;
use choice::{Choice, Pin, choose};
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

impl Looked {
    /// Nothing of these files is taken, now or at a later look.
    fn refuse(&mut self, error: &anyhow::Error) {
        self.offered = None;
        self.refused = Some(Refused::now(error));
    }
}

/// A set on its way into force.
struct Candidate {
    path: PathBuf,
    evaluator: Evaluator,
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
        keep(&options, &first).await;
        let first_place = first.path;
        let active = ActiveRules::new(first.evaluator);
        let refused = Mutex::new(looked.refused.clone());
        let places = Places::default();
        places.add(first_place);
        let rules = Self { options, active, looking: tokio::sync::Mutex::new(looked), refused, places };
        tracing::info!(rules = ?rules.current().rule_set(), "rule set in force");
        rules.warm_up();
        Ok(rules)
    }

    /// The set to begin with, if there is any; fails only if a store cannot be read.
    async fn first(
        options: &RuleOptions,
        looked: &mut Looked,
        candidate: Option<Candidate>,
    ) -> Result<Option<Candidate>> {
        let accepted = shelf::places(options.shelf.as_ref()).await?;
        let pin = orders::latest(options.ledger.as_ref()).await?;
        if let Some(Err(error)) = candidate.as_ref().map(|candidate| unaltered(&accepted, candidate)) {
            looked.refuse(&error);
        }
        let revisions: Vec<u64> = accepted.iter().map(|place| place.revision).collect();
        Ok(match (choose(looked.offered, &revisions, pin.as_ref()), candidate) {
            (Choice::Offered, Some(candidate)) => Some(candidate),
            (Choice::Accepted(revision), _) => Some(accepted_set(options, revision, None).await?),
            (Choice::Replayed { highest }, _) => {
                let error = anyhow::anyhow!(replayed(looked.offered, highest));
                looked.refuse(&error);
                Some(accepted_set(options, highest, None).await?)
            }
            (Choice::Nothing | Choice::Offered, _) => None,
        })
    }

    /// The rules in force; whoever takes them keeps them to the end of its work.
    pub fn current(&self) -> Evaluator {
        self.active.current()
    }

    /// Looks at the source and at the orders, and takes into force what should be.
    pub(crate) async fn refresh(&self, care: Care) -> Result<()> {
        let mut looked = self.looking.lock().await;
        let outcome = self.follow(&mut looked, care).await;
        // What stood in the way of this look alone, such as a source that did not answer, is told no
        // longer than that.
        let refused = match (&looked.refused, &outcome) {
            (Some(refused), _) => Some(refused.clone()),
            (None, Err(error)) => Some(Refused::now(error)),
            (None, Ok(())) => None,
        };
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = refused;
        outcome
    }

    async fn follow(&self, looked: &mut Looked, care: Care) -> Result<()> {
        let pin = orders::latest(self.options.ledger.as_ref()).await?;
        let candidate = match self.look(looked, care).await {
            Ok(candidate) => candidate,
            Err(error) => {
                // An order holds whatever the source is like.
                let serving = self.current().rule_set().revision();
                if let Some(pin) = pin.filter(|pin| serving <= pin.from) {
                    self.go_back(pin.to).await?;
                }
                return Err(error);
            }
        };
        let accepted = shelf::places(self.options.shelf.as_ref()).await;
        // What could not be judged is loaded again at the next look.
        let accepted = accepted.inspect_err(|_| looked.place = None)?;
        if let Some(candidate) = &candidate {
            unaltered(&accepted, candidate).inspect_err(|error| looked.refuse(error))?;
        }
        let revisions: Vec<u64> = accepted.iter().map(|place| place.revision).collect();
        match (choose(looked.offered, &revisions, pin.as_ref()), candidate, looked.offered) {
            (Choice::Offered, Some(candidate), _)
                if pin.as_ref().is_none_or(|pin| Some(pin.to) != looked.offered) =>
            {
                self.take(candidate).await.inspect_err(|error| looked.refuse(error))
            }
            (Choice::Offered, _, Some(revision)) | (Choice::Accepted(revision), _, _) => {
                self.go_back(revision).await
            }
            (Choice::Replayed { highest }, _, offered) => bail!(replayed(offered, highest)),
            (Choice::Offered | Choice::Nothing, _, _) => Ok(()),
        }
    }

    /// Loads what the source offers, unless that was looked at before.
    async fn look(&self, looked: &mut Looked, care: Care) -> Result<Option<Candidate>> {
        let options = &self.options;
        let fetched = match care {
            Care::Usual => options.fetcher.fetch(&options.source).await?,
            Care::Thorough => options.fetcher.fetch_thoroughly(&options.source).await?,
        };
        let place = fetched.ruleset;
        if looked.place.as_ref() == Some(&place) {
            return Ok(None);
        }
        // Noted before it is tried: a set that does not load is not tried again until it changes.
        *looked = Looked { place: Some(place.clone()), ..Looked::default() };
        self.clear_cache(&place).await;
        let loaded =
            load(options, place, Some(self.current())).await.inspect_err(|error| looked.refuse(error))?;
        looked.offered = Some(loaded.evaluator.rule_set().revision());
        Ok(Some(loaded))
    }

    /// Removes what neither serves, nor is about to, nor can be gone back to in memory.
    async fn clear_cache(&self, offered: &Path) {
        let mut in_use = self.places.all();
        in_use.push(offered.to_owned());
        let cleared = self.options.fetcher.prune(&in_use).await;
        if let Err(error) = cleared.map_err(anyhow::Error::new) {
            tracing::warn!("the cache of rule sets could not be cleared: {error:#}");
        }
    }

    async fn take(&self, candidate: Candidate) -> Result<()> {
        // Before it serves: code that is refused must not turn up at the first resource.
        let evaluator = candidate.evaluator.clone();
        tokio::task::spawn_blocking(move || evaluator.warm()).await.context("loading was cut short")??;
        if let Swapped::Taken { from, to } = self.active.swap(candidate.evaluator.clone())? {
            let compiled = candidate.evaluator.rule_set().compiled();
            tracing::info!(from, to, compiled, "rule set swapped");
            self.places.add(candidate.path.clone());
            keep(&self.options, &candidate).await;
        }
        Ok(())
    }

    async fn go_back(&self, revision: u64) -> Result<()> {
        if self.current().rule_set().revision() == revision {
            return Ok(());
        }
        if self.active.rollback(revision).is_err() {
            let set = accepted_set(&self.options, revision, Some(self.current())).await?;
            self.places.add(set.path);
            self.active.reinstate(set.evaluator);
        }
        tracing::warn!(revision, "went back to an earlier rule set");
        Ok(())
    }

    /// Has every instance serve an earlier revision.
    pub(crate) async fn order_back(&self, to: u64, by: String, why: String) -> Result<()> {
        let accepted = shelf::places(self.options.shelf.as_ref()).await?;
        if !accepted.iter().any(|place| place.revision == to) {
            let known: Vec<String> = accepted.iter().map(|place| place.revision.to_string()).collect();
            bail!("revision {to} was never accepted; accepted were: {}", known.join(", "));
        }
        let serving = self.current().rule_set().revision();
        let from = accepted.iter().map(|place| place.revision).chain([serving]).max().unwrap_or(serving);
        let at = clock::now();
        let pin = Pin { to, from, by, why, at: at.to_string() };
        orders::give(self.options.ledger.as_ref(), at, &pin).await?;
        let _looking = self.looking.lock().await;
        self.go_back(to).await
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

    /// Looks again and again, for the life of the process.
    pub async fn watch(self: Arc<Self>, every: Duration) {
        loop {
            tokio::time::sleep(every).await;
            if let Err(error) = self.refresh(Care::Usual).await {
                tracing::warn!("the rule set in force stays: {error:#}");
            }
        }
    }

    /// Loads precompiled code in the background, so that the first answer waits only for what it needs.
    fn warm_up(&self) {
        let evaluator = self.current();
        tokio::task::spawn_blocking(move || {
            if let Err(error) = evaluator.warm() {
                tracing::error!(
                    "a precompiled rule is refused, and holds the decisions that need it: {error}"
                );
            }
        });
    }
}

async fn offered(options: &RuleOptions) -> Result<(Looked, Candidate), NotSetUp> {
    let fetched = options.fetcher.fetch(&options.source).await;
    let place = fetched.map_err(|error| NotSetUp::ForNow(error.into()))?.ruleset;
    let candidate = load(options, place.clone(), None).await.map_err(NotSetUp::ForGood)?;
    let revision = candidate.evaluator.rule_set().revision();
    Ok((Looked { place: Some(place), offered: Some(revision), refused: None }, candidate))
}

/// Reads, checks and compiles a rule set, away from the threads that answer requests. What the earlier one has
/// compiled of the same modules and settings is shared with it.
async fn load(options: &RuleOptions, path: PathBuf, earlier: Option<Evaluator>) -> Result<Candidate> {
    let (trust, key) = (options.trust.clone(), options.compiled_key);
    let setup = Setup { freshness: options.freshness, blocking: off_the_reactor, ..Setup::default() };
    tokio::task::spawn_blocking(move || {
        if let Some(trust) = &trust {
            trust.admit_rule_set_file(&path, None)?;
        }
        let earlier = earlier.as_ref().map(Evaluator::rule_set);
        let rule_set = read(&path, trust.as_deref(), key.as_ref(), earlier)?;
        if let Some(trust) = &trust {
            trust.admit_rule_set_file(&path, Some(rule_set.revision()))?;
        }
        let evaluator = Evaluator::with(rule_set, setup)?;
        notices(&evaluator).for_each(|notice| tracing::warn!("{notice}"));
        Ok(Candidate { path, evaluator })
    })
    .await
    .context("loading the rule set was cut short")?
}

/// What went another way than it should when these rules were made ready, and what to do about it.
pub(crate) fn notices(evaluator: &Evaluator) -> impl Iterator<Item = &String> {
    evaluator.rule_set().notices().iter().chain(evaluator.notices())
}

/// A slow rule keeps its thread; the requests that wait for the same thread are moved to another first. A
/// runtime of one thread has no other.
#[expect(
    clippy::disallowed_methods,
    reason = "asking is a call without an await in it, so only moving the others away keeps them going"
)]
fn off_the_reactor(call: &mut dyn FnMut()) {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(call),
        Ok(_) | Err(_) => call(),
    }
}

#[cfg(feature = "compiler")]
fn read(
    path: &Path,
    trust: Option<&TrustPolicy>,
    key: Option<&CompiledKey>,
    earlier: Option<&RuleSet>,
) -> Result<RuleSet> {
    let trust: &dyn Trust = trust.map_or(&PinnedOnly, |trust| trust);
    Ok(match key {
        Some(key) => RuleSet::load_precompiled_after(path, key, trust, Otherwise::Compile, earlier)?,
        None => RuleSet::load_after(path, trust, earlier)?,
    })
}

/// Nothing can be compiled here; the trust policy is asked about the modules that the code was made from.
#[cfg(not(feature = "compiler"))]
fn read(
    path: &Path,
    trust: Option<&TrustPolicy>,
    key: Option<&CompiledKey>,
    _earlier: Option<&RuleSet>,
) -> Result<RuleSet> {
    let key = key.context(
        "this handler has no compiler and loads precompiled rules only; set HOLDFAST_COMPILED_KEY to the key \
         that signed them",
    )?;
    let trust: &dyn Trust = trust.map_or(&PinnedOnly, |trust| trust);
    Ok(RuleSet::load_precompiled(path, key, trust, Otherwise::Refuse)?)
}

async fn accepted_set(options: &RuleOptions, revision: u64, earlier: Option<Evaluator>) -> Result<Candidate> {
    let places = shelf::places(options.shelf.as_ref()).await?;
    let place = places.iter().rfind(|place| place.revision == revision);
    let place = place.with_context(|| format!("revision {revision} was never accepted"))?;
    let path = shelf::restore(options.shelf.as_ref(), place, &options.cache).await;
    let path = path.with_context(|| format!("could not bring revision {revision} back"))?;
    load(options, path, earlier)
        .await
        .with_context(|| format!("could not take revision {revision} back into force"))
}

/// Keeps an accepted set. It serves all the same if that fails; only going back to it is impossible then.
async fn keep(options: &RuleOptions, candidate: &Candidate) {
    let folder = candidate.path.parent().unwrap_or(Path::new("."));
    let kept = shelf::keep(options.shelf.as_ref(), folder, candidate.evaluator.rule_set()).await;
    if let Err(error) = kept {
        tracing::warn!("the rule set is in force, but could not be kept for a way back: {error:#}");
    }
}

/// A revision is accepted once; what comes under its number later must be the same set.
fn unaltered(accepted: &[Place], candidate: &Candidate) -> Result<()> {
    let rule_set = candidate.evaluator.rule_set();
    if !accepted.iter().any(|place| place.contradicts(rule_set)) {
        return Ok(());
    }
    let revision = rule_set.revision();
    bail!("revision {revision} was accepted with another content; count the revision up")
}

fn replayed(offered: Option<u64>, highest: u64) -> String {
    let offered = offered.unwrap_or_default();
    format!(
        "the source offers revision {offered}, and revision {highest} has been in force: an older rule set is \
         not taken because it is offered again; count its revision up, or order the way back \
         (POST /api/rules/rollback)"
    )
}

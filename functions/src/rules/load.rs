//! Making a rule set ready: reading, checking and compiling it, and keeping it once it is accepted.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use holdfast_distribution::TrustPolicy;
use holdfast_evaluator::{CompiledKey, Evaluator, Otherwise, PinnedOnly, RuleSet, Setup, Trust, Work};

use super::{Looked, RuleOptions, approvers, shelf};
use crate::not_set_up::NotSetUp;

/// A set on its way into force.
pub(super) struct Candidate {
    pub(super) path: PathBuf,
    pub(super) evaluator: Evaluator,
}

pub(super) async fn offered(options: &RuleOptions) -> Result<(Looked, Candidate), NotSetUp> {
    let fetched = options.fetcher.fetch(&options.source).await;
    let place = fetched.map_err(|error| NotSetUp::ForNow(error.into()))?.ruleset;
    let candidate = load(options, place.clone(), None).await.map_err(NotSetUp::ForGood)?;
    let revision = candidate.evaluator.rule_set().revision();
    Ok((Looked { place: Some(place), offered: Some(revision), refused: None }, candidate))
}

/// Reads, checks and compiles a rule set, away from the threads that answer requests. What the earlier one has
/// compiled of the same modules is shared with it.
pub(super) async fn load(
    options: &RuleOptions,
    path: PathBuf,
    earlier: Option<Evaluator>,
) -> Result<Candidate> {
    let (trust, key) = (options.trust.clone(), options.compiled_key);
    let setup = Setup { freshness: options.freshness, beside: off_the_reactor, ..Setup::default() };
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

/// What went another way than it should when these rules were made ready, or is likely
/// not meant, and what to do about it.
pub(crate) fn notices(evaluator: &Evaluator) -> impl Iterator<Item = String> {
    let rule_set = evaluator.rule_set();
    let made_ready = rule_set.notices().iter().chain(evaluator.notices()).cloned();
    made_ready.chain(approvers::notices(rule_set.review_defaults()))
}

/// Gives what may take long to a thread that nobody else waits for.
fn off_the_reactor(work: Work) {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(work)),
        Err(_) => work(),
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

pub(super) async fn accepted_set(
    options: &RuleOptions,
    revision: u64,
    earlier: Option<Evaluator>,
) -> Result<Candidate> {
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
pub(super) async fn keep(options: &RuleOptions, candidate: &Candidate) {
    let folder = candidate.path.parent().unwrap_or(Path::new("."));
    let kept = shelf::keep(options.shelf.as_ref(), folder, candidate.evaluator.rule_set()).await;
    if let Err(error) = kept {
        tracing::warn!(
            "the rule set is in force, but could not be kept for a way back; see that the container `holdfast-rules` can be written: {error:#}"
        );
    }
}

#[cfg(all(test, feature = "compiler"))]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use holdfast_evaluator::Request;

    use super::*;

    /// Far more than another task needs.
    const MOST_DECISIONS: u32 = 1_000_000;

    /// A runtime of one thread: whoever keeps it, keeps it from all others.
    #[tokio::test(flavor = "current_thread")]
    async fn another_task_goes_on_while_decisions_take_their_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ruleset.toml");
        std::fs::write(&path, "revision = 1\nrule = []\n[[layer]]\nname = \"team\"\n").unwrap();
        let setup = Setup { beside: off_the_reactor, ..Setup::default() };
        let evaluator = Evaluator::with(RuleSet::load(&path).unwrap(), setup).unwrap();
        let steps = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&steps);
        // Decides until the other task has made its steps.
        let deciding = evaluator.beside(move |rules| {
            let mut decided = 0;
            while decided < MOST_DECISIONS && seen.load(Ordering::SeqCst) < 10 {
                rules.decide(&Request::default());
                decided += 1;
            }
            decided
        });
        let going_on = async {
            for _ in 0..10 {
                tokio::task::yield_now().await;
                steps.fetch_add(1, Ordering::SeqCst);
            }
        };
        let (decided, ()) = tokio::join!(deciding, going_on);
        assert!(decided < MOST_DECISIONS, "the other task had to wait");
    }
}

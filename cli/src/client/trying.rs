//! Calls that are made again where that can help: the function app restarts, or is not there yet.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::Answer;
use super::answer::Refused;
use crate::out;

/// The first pause between two tries; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The function app gave no answer.
#[derive(Debug)]
pub(crate) struct Unreached {
    pub(super) place: String,
    pub(super) cause: reqwest::Error,
}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut innermost: &dyn std::error::Error = &self.cause;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        let Self { place, .. } = self;
        write!(
            f,
            "could not reach the function app at {place}: {innermost}; --url or HOLDFAST_URL names another"
        )
    }
}

impl std::error::Error for Unreached {}

/// What happens when the same call is made twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeated {
    /// It reads.
    Reads,
    /// It is the same request, by its key.
    IsOnce,
    /// It might be done twice, so that it is only made again if it never arrived.
    IsTwice,
}

impl Repeated {
    /// Whether to make a call again that ended so.
    fn may_follow(self, error: &anyhow::Error) -> bool {
        let status = error.downcast_ref::<Refused>().map(|refused| refused.status);
        let unreached = error.downcast_ref::<Unreached>();
        match (self, status, unreached) {
            (Self::Reads, Some(status), _) => status >= 500 || [408, 429].contains(&status),
            (Self::IsOnce, Some(status), _) => [408, 429, 502, 503, 504].contains(&status),
            (Self::Reads | Self::IsOnce, None, Some(_)) => true,
            (Self::IsTwice, None, Some(unreached)) => unreached.cause.is_connect(),
            (Self::IsTwice, Some(_), _) | (_, None, None) => false,
        }
    }
}

/// Until when calls are made again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Persistence {
    /// For so long from the first try.
    pub(super) most: Duration,
    /// And not after this.
    pub(super) deadline: Option<Instant>,
}

impl Persistence {
    /// Makes a call until it is answered, refused for good, or the time is up.
    pub(super) async fn call(
        self,
        repeated: Repeated,
        mut call: impl AsyncFnMut() -> Result<Answer>,
    ) -> Result<Answer> {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match call().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let left = self.left(begun);
            if left.is_zero() || !repeated.may_follow(&error) {
                return Err(error);
            }
            if pause == FIRST_PAUSE {
                out::note(&format!("{error:#}\nTrying again for up to {} s.", left.as_secs().max(1)));
            }
            let asked = error.downcast_ref::<Refused>().and_then(|refused| refused.retry_after);
            tokio::time::sleep(asked.map_or(pause, |asked| asked.max(pause)).min(left)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn left(self, begun: Instant) -> Duration {
        let left = self.most.saturating_sub(begun.elapsed());
        let until = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        until.map_or(left, |until| until.min(left))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_may_pass_and_cannot_be_done_twice_is_called_again() {
        let refused = |status| Refused { body: json!({}), status, retry_after: None }.into();
        for (status, reads, is_once) in [
            (400, false, false),
            (401, false, false),
            (404, false, false),
            (408, true, true),
            (409, false, false),
            (429, true, true),
            (500, true, false),
            (502, true, true),
            (503, true, true),
            (504, true, true),
        ] {
            let may = |repeated: Repeated| repeated.may_follow(&refused(status));
            assert_eq!((may(Repeated::Reads), may(Repeated::IsOnce)), (reads, is_once), "{status}");
            assert!(!may(Repeated::IsTwice), "{status}");
        }
        assert!(!Repeated::Reads.may_follow(&anyhow::anyhow!("not JSON")));
    }
}

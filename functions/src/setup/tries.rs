//! Trying to set up again and again.

use std::time::Duration;

use crate::not_set_up::NotSetUp;

/// Pause after the first try; it doubles with each.
const FIRST: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(60);

/// Tries until it works, or until a try fails for good.
///
/// After each other failure `wait` gets the words and the pause, and returns when it is over.
///
/// # Errors
///
/// The words of the failure that no further try can mend.
pub async fn until_it_works<T, Attempt, Wait>(
    mut attempt: impl FnMut() -> Attempt,
    mut wait: impl FnMut(String, Duration) -> Wait,
) -> Result<T, String>
where
    Attempt: Future<Output = Result<T, NotSetUp>>,
    Wait: Future<Output = ()>,
{
    let mut pause = FIRST;
    loop {
        match attempt().await {
            Ok(done) => return Ok(done),
            Err(problem @ NotSetUp::ForGood(_)) => return Err(problem.to_string()),
            Err(problem @ NotSetUp::ForNow(_)) => wait(problem.to_string(), pause).await,
        }
        pause = (pause * 2).min(LONGEST);
    }
}

#[cfg(test)]
mod tests {
    use std::future::{Ready, ready};

    use anyhow::anyhow;

    use super::*;

    #[tokio::test]
    async fn what_passes_is_tried_again_after_growing_pauses() {
        let (mut tries, mut pauses) = (0, Vec::new());
        let attempt = || {
            tries += 1;
            ready(if tries < 9 { Err(NotSetUp::ForNow(anyhow!("403 of try {tries}"))) } else { Ok(tries) })
        };
        let done = until_it_works(attempt, |words, pause: Duration| {
            assert!(words.starts_with("403 of try"), "{words}");
            pauses.push(pause.as_secs());
            ready(())
        });
        assert_eq!(done.await, Ok(9));
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[tokio::test]
    async fn what_only_a_person_can_change_is_not_tried_again() {
        let attempt = || ready(Err::<(), _>(NotSetUp::ForGood(anyhow!("a wrong setting"))));
        let wait = |words, _| -> Ready<()> { panic!("waits: {words}") };
        let done = until_it_works(attempt, wait);
        assert_eq!(done.await, Err("a wrong setting".to_owned()));
    }
}

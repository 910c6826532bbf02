//! Timers.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Context;
use crate::app::{Function, TimerTrigger};
use crate::invocation::{Encoded, Envelope, seconds_text, ticks_text};

/// Longest single sleep: the clock may be set while we wait.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// Schedules that come more often than this are not monitored.
const MONITORED_FROM: SignedDuration = SignedDuration::from_mins(1);
/// What .NET writes for a moment that never was.
const NEVER: &str = "0001-01-01T00:00:00+00:00";

/// Runs one timer until it is dropped.
pub(crate) async fn run(context: Context, function: Arc<Function>, trigger: &TimerTrigger) {
    let mut last = None;
    if trigger.run_on_startup {
        last = Some(fire(&context, &function, trigger, last).await);
    }
    loop {
        let Some(next) = trigger.schedule.next(Timestamp::now()) else {
            tracing::warn!(function = %function.name, "the schedule names a day that never comes: the timer stops");
            return;
        };
        sleep_until(next).await;
        last = Some(fire(&context, &function, trigger, last).await);
    }
}

async fn fire(
    context: &Context,
    function: &Function,
    trigger: &TimerTrigger,
    last: Option<Timestamp>,
) -> Timestamp {
    let now = Timestamp::now();
    // A failed run is logged by the invoker; the timer waits for its next tick all the same.
    let _ = context.invoker.invoke(function, envelope(trigger, last, now)).await;
    now
}

/// The envelope of a run at `now`, after one at `last`.
pub(crate) fn envelope(trigger: &TimerTrigger, last: Option<Timestamp>, now: Timestamp) -> Envelope {
    let value = json!({
        "Schedule": { "AdjustForDST": true },
        "ScheduleStatus": status(trigger, last, now),
        "IsPastDue": false,
    });
    Envelope::new(&trigger.name, Encoded::json(&value))
}

fn status(trigger: &TimerTrigger, last: Option<Timestamp>, now: Timestamp) -> Value {
    let next = trigger.schedule.next(now);
    let after = next.and_then(|next| trigger.schedule.next(next));
    let frequent = next.zip(after).is_some_and(|(next, after)| after.duration_since(next) < MONITORED_FROM);
    if !trigger.use_monitor || frequent {
        return Value::Null;
    }
    let last = last.map_or(NEVER.to_owned(), |last| format!("{}+00:00", ticks_text(last)));
    let next = next.map_or(NEVER.to_owned(), seconds_text);
    json!({ "Last": last, "Next": next, "LastUpdated": last })
}

async fn sleep_until(at: Timestamp) {
    while let Ok(left) = Duration::try_from(at.duration_since(Timestamp::now())) {
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(LONGEST_SLEEP)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Cron;

    fn trigger(schedule: &str, use_monitor: bool) -> TimerTrigger {
        let schedule = Cron::parse(schedule).unwrap();
        TimerTrigger { name: "timer".into(), schedule, run_on_startup: false, use_monitor }
    }

    #[test]
    fn writes_the_status_as_dotnet_does() {
        let last = "2026-01-14T09:20:00.0054321Z".parse().unwrap();
        let now = "2026-01-14T09:20:30Z".parse().unwrap();
        let expected = json!({
            "Last": "2026-01-14T09:20:00.0054321+00:00",
            "Next": "2026-01-14T09:25:00+00:00",
            "LastUpdated": "2026-01-14T09:20:00.0054321+00:00",
        });
        assert_eq!(status(&trigger("0 */5 * * * *", true), Some(last), now), expected);
        assert_eq!(status(&trigger("0 */5 * * * *", true), None, now)["Last"], NEVER);
        assert_eq!(status(&trigger("0 */5 * * * *", false), Some(last), now), Value::Null);
        assert_eq!(status(&trigger("*/5 * * * * *", true), Some(last), now), Value::Null);
    }
}

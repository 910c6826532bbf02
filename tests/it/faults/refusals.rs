//! Each single call is refused, lost or broken, whether or not it took effect.

use serde_json::{Value, json};

use super::each::each;
use super::run::Run;
use super::worlds::{Case, cases, ungranted};

/// What can come instead of an answer.
fn harms() -> Vec<(&'static str, Value)> {
    let mut harms = vec![
        ("429 for 7 s", json!({ "status": 429, "retryAfter": 7, "code": "SubscriptionRequestsThrottled" })),
        ("429 by the provider", json!({ "status": 429, "retryAfter": 30, "code": "TooManyRequests" })),
        ("429 until a date", json!({ "status": 429, "retryAfterDate": 20.0 })),
        ("401 for an expired token", json!({ "status": 401, "code": "ExpiredAuthenticationToken" })),
    ];
    for apply in [false, true] {
        for status in [500, 502, 503, 504] {
            harms.push(("5xx", json!({ "status": status, "apply": apply })));
        }
        // More often than short retries try.
        harms.push(("500 for some time", json!({ "status": 500, "apply": apply, "times": 4 })));
        harms.push(("a broken connection", json!({ "reset": true, "apply": apply, "times": 3 })));
    }
    harms.push(("half an answer", json!({ "status": 200, "body": "{\"id\": \"/subs", "apply": true })));
    harms
}

/// Calls that one harm may cost: short retries, and a pass begun again.
const ONE_PASS: usize = 16;

#[test]
fn no_refusal_of_any_call_changes_the_end() {
    each(cases(), refused);
}

async fn refused(case: Case) {
    // One simulator for all harms of a case: starting one costs more than the work in it.
    let mut run = Run::of(ungranted(case.estate.clone(), 1.0)).await;
    let undisturbed = harmed(&mut run, &case, None).await;
    let (mut count, mut most) = (0, 0);
    for (name, harm) in harms() {
        for before in 0..undisturbed {
            let mut harm = harm.clone();
            harm["after"] = json!(before);
            let calls = harmed(&mut run, &case, Some(&harm)).await;
            assert!(calls <= undisturbed + ONE_PASS, "{} {name} after {before}: {calls} calls", case.name);
            (count, most) = (count + 1, most.max(calls));
        }
    }
    println!("{}: {count} harms, {undisturbed} calls undisturbed, at most {most}", case.name);
}

/// A protection whose roles have to be granted, with one harm on the way; the calls that it took.
async fn harmed(run: &mut Run, case: &Case, harm: Option<&Value>) -> usize {
    run.begin_anew();
    if let Some(harm) = harm {
        run.azure.fault(harm.clone()).unwrap();
    }
    run.tell(&case.resource);
    run.work_off().await;
    run.assert_sound(std::slice::from_ref(&case.resource), &format!("{} with {harm:?}", case.name));
    run.calls().len()
}

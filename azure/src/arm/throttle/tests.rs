//! The governor against what Azure answers.

use azure_core::http::Method;

use super::*;

/// A clock that a test moves.
#[derive(Debug, Default)]
struct Held(Mutex<Duration>);

#[async_trait::async_trait]
impl Clock for Held {
    fn now(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, time: Duration) {
        self.pass(time);
    }
}

impl Held {
    fn pass(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }
}

const S: &str = "5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10";

fn disk() -> ResourceId {
    format!("/subscriptions/{S}/resourceGroups/g/providers/Microsoft.Compute/disks/d").parse().unwrap()
}

fn call(method: Method) -> Call {
    let url = format!(
        "https://management.azure.com/subscriptions/{S}/providers/Microsoft.DataProtection/backupVaults"
    );
    Call::new(method, &url.parse().unwrap())
}

fn headers(pairs: &[(&'static str, String)]) -> Headers {
    let mut headers = Headers::new();
    pairs.iter().for_each(|(name, value)| headers.insert(*name, value.clone()));
    headers
}

fn reads_left(left: u32) -> Headers {
    headers(&[("x-ms-ratelimit-remaining-subscription-reads", left.to_string())])
}

#[test]
fn a_call_is_held_back_before_azure_refuses_it() {
    let clock = Arc::new(Held::default());
    let governor = Governor::new(clock.clone());
    let sent = (0..400).take_while(|_| governor.send(call(Method::Get)).is_ok()).count();
    assert_eq!(sent, 250);
    let wait = governor.send(call(Method::Get)).unwrap_err();
    assert!(wait <= Duration::from_millis(40), "{wait:?}");
    assert!(governor.send(call(Method::Put)).is_ok(), "writes have a bucket of their own");
    clock.pass(Duration::from_secs(1));
    assert_eq!((0..400).take_while(|_| governor.send(call(Method::Get)).is_ok()).count(), 25);
}

#[test]
fn what_others_have_used_is_seen_in_the_headers() {
    let governor = Governor::new(Arc::new(Held::default()));
    governor.send(call(Method::Get)).unwrap().saw_headers(&reads_left(3));
    assert_eq!((0..10).take_while(|_| governor.send(call(Method::Get)).is_ok()).count(), 3);
}

#[test]
fn a_quota_of_the_provider_holds_as_well_as_azures_own() {
    let governor = Governor::new(Arc::new(Held::default()));
    let scarce = headers(&[("x-ms-ratelimit-remaining-subscription-resource-requests", "1".to_owned())]);
    governor.send(call(Method::Get)).unwrap().saw_headers(&scarce);
    assert_eq!((0..10).take_while(|_| governor.send(call(Method::Get)).is_ok()).count(), 1);
}

#[test]
fn a_refusal_holds_everybody_back_until_azure_takes_calls_again() {
    let clock = Arc::new(Held::default());
    let governor = Governor::new(clock.clone());
    let refused = governor.send(call(Method::Put)).unwrap();
    refused.refused("SubscriptionRequestsThrottled", Duration::from_secs(17));
    assert_eq!(governor.send(call(Method::Put)).unwrap_err(), Duration::from_secs(17));
    assert!(governor.send(call(Method::Get)).is_ok(), "reads were not refused");
    assert!(governor.admit(&disk(), Priority::Pending).is_err(), "a pass that cannot write does not begin");
    clock.pass(Duration::from_secs(17));
    assert!(governor.send(call(Method::Put)).is_ok());
}

#[test]
fn another_region_has_other_buckets() {
    let governor = Governor::new(Arc::new(Held::default()));
    let answer = |region: &str, left: u32| {
        headers(&[
            ("x-ms-ratelimit-remaining-subscription-reads", left.to_string()),
            ("x-ms-routing-request-id", format!("{region}:20260114T092653Z:guid")),
        ])
    };
    let (one, other) = (governor.send(call(Method::Get)).unwrap(), governor.send(call(Method::Get)).unwrap());
    one.saw_headers(&answer("WESTEUROPE", 0));
    assert!(governor.send(call(Method::Get)).is_err());
    other.saw_headers(&answer("NORTHEUROPE", 200));
    assert!(governor.send(call(Method::Get)).is_ok());
}

#[test]
fn the_less_important_leave_room_for_the_more_important() {
    let governor = Governor::new(Arc::new(Held::default()));
    let mut passes = Vec::new();
    let mut begun = Vec::new();
    for priority in Priority::ALL {
        let before = passes.len();
        while let Ok(promise) = governor.admit(&disk(), priority) {
            passes.push(promise);
        }
        begun.push(passes.len() - before);
    }
    assert!(
        begun.iter().all(|count| *count > 0),
        "each finds room after the less important took theirs: {begun:?}"
    );
    let (event, urgent) = (
        governor.admit(&disk(), Priority::Event).unwrap_err(),
        governor.admit(&disk(), Priority::Urgent).unwrap_err(),
    );
    assert!(urgent < event, "{urgent:?} {event:?}");
    passes.clear();
    assert!(governor.admit(&disk(), Priority::Sweep).is_ok(), "room is given back");
}

#[test]
fn those_sent_away_come_back_one_after_the_other() {
    let governor = Governor::new(Arc::new(Held::default()));
    governor.send(call(Method::Get)).unwrap().saw_headers(&reads_left(0));
    let mut back: Vec<Duration> =
        (0..100).map(|_| governor.admit(&disk(), Priority::Event).unwrap_err()).collect();
    assert!(back.is_sorted());
    back.dedup();
    assert_eq!(back.len(), 100, "no two at the same moment");
    let spread = back[99] - back[0];
    // Ten reads of a whole protection at 25 a second, a hundred times.
    assert!((Duration::from_secs(35)..Duration::from_secs(45)).contains(&spread), "{spread:?}");
}

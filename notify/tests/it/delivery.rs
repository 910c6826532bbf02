//! Outlets that refuse, for a while or for ever.

use holdfast_notify::OutletName::{Topic, Webhook};
use holdfast_notify::ports::{Again, SendError};

use crate::world::{DISK, World, failed, protected};

const DAY: &str = "2026-01-14T00:00:00Z";

#[tokio::test(start_paused = true)]
async fn an_outlet_that_fails_holds_up_no_other_and_gets_all_in_order_later() {
    let mut world = World::of(&[Webhook, Topic]);
    world.parts.refusing.lock().unwrap().insert(Webhook, SendError::later("it answered 500"));
    for outcome in [failed("A"), failed("B"), protected()] {
        world.ends(DISK, DAY, &outcome).await;
    }
    for _ in 0..20 {
        world.send_one().await;
    }
    assert_eq!(world.parts.types(Topic), ["failed", "failed", "protected"]);
    assert_eq!(world.parts.types(Webhook), Vec::<String>::new());
    world.parts.refusing.lock().unwrap().clear();
    world.send_all().await;
    assert_eq!(world.parts.types(Webhook), ["failed", "failed", "protected"]);
    assert_eq!(world.parts.types(Topic).len(), 3, "nothing was sent to it again");
}

#[tokio::test(start_paused = true)]
async fn what_an_outlet_refuses_for_a_day_is_a_dead_letter() {
    let mut world = World::of(&[Webhook]);
    world.parts.refusing.lock().unwrap().insert(Webhook, SendError::later("it answered 500"));
    world.ends(DISK, DAY, &failed("A")).await;
    world.send_all().await;
    let letters = world.parts.dead_letters.lock().unwrap().clone();
    let (path, letter) = letters.first_key_value().unwrap();
    assert!(path.starts_with("dead-letters/") && path.ends_with("-webhook.json"), "{path}");
    assert_eq!((letters.len(), &letter["problem"]), (1, &"it answered 500".into()));
    assert!(letter["tries"].as_u64().unwrap() > 20, "{letter}");
    assert_eq!(letter["event"]["type"], "com.github.holdfast-backup.failed");
    // It is over: what follows is sent.
    world.parts.refusing.lock().unwrap().clear();
    world.ends(DISK, DAY, &protected()).await;
    world.send_all().await;
    assert_eq!(world.parts.types(Webhook), ["protected"]);
}

#[tokio::test(start_paused = true)]
async fn what_an_outlet_will_never_take_is_a_dead_letter_at_once() {
    let mut world = World::of(&[Webhook]);
    let gone = SendError { problem: "it answered 410".to_owned(), again: Again::Never };
    world.parts.refusing.lock().unwrap().insert(Webhook, gone);
    world.ends(DISK, DAY, &failed("A")).await;
    world.send_all().await;
    assert_eq!(world.parts.dead_letters.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_answer_says_whether_to_send_again() {
    assert_eq!(SendError::of_answer(204, None), None);
    let asked = SendError::of_answer(429, Some("30")).unwrap();
    assert_eq!(asked.again, Again::Later(Some(std::time::Duration::from_secs(30))));
    assert!(SendError::of_answer(302, None).unwrap().problem.contains("redirects are not followed"));
    assert_eq!(SendError::of_answer(410, None).unwrap().again, Again::Never);
    assert_eq!(SendError::of_answer(500, Some("soon")).unwrap().again, Again::Later(None));
}

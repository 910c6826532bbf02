//! The process dies of each single call, and nothing is lost or told out of order.

use holdfast_notify::OutletName::{Topic, Webhook};
use holdfast_notify::{OutletName, digest, id_of};

use crate::world::{DISK, World, failed, protected};

/// A disk is protected, fails and is protected again, while events are sent.
async fn played(dying_at: u32) -> World {
    let mut world = World::of(&[Webhook, Topic]);
    world.parts.die_at(dying_at);
    world.ends(DISK, "2026-01-14T01:00:00Z", &protected()).await;
    world.ends(DISK, "2026-01-14T02:00:00Z", &failed("A")).await;
    world.send_one().await;
    world.ends(DISK, "2026-01-14T03:00:00Z", &protected()).await;
    world.send_all().await;
    world
}

/// Types in the order in which each event came first.
fn first_times(world: &World, outlet: OutletName) -> Vec<String> {
    let mut seen = Vec::new();
    let got = world.parts.got.lock().unwrap();
    let of_it = got.iter().filter(|(name, _)| *name == outlet);
    let fresh = of_it.filter(|(_, event)| {
        let is_new = !seen.contains(&id_of(event));
        seen.push(id_of(event));
        is_new
    });
    fresh.map(|(_, event)| holdfast_notify::type_of(event).rsplit('.').next().unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_death_of_any_call_loses_no_event_and_changes_no_order() {
    let undisturbed = played(0).await;
    let calls = undisturbed.parts.calls();
    assert!(calls > 20, "{calls}");
    for number in 1..=calls {
        let world = played(number).await;
        assert_eq!(world.deaths, 1, "call {number}");
        for outlet in [Webhook, Topic] {
            let told = first_times(&world, outlet);
            assert_eq!(
                told,
                ["protected", "failed", "protected"],
                "{outlet} after the death of call {number}"
            );
        }
        assert_eq!(world.parts.entries.lock().unwrap().len(), 3, "all is recorded");
        assert!(world.parts.dead_letters.lock().unwrap().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_death_of_any_call_neither_loses_a_digest_nor_tells_it_as_two() {
    let played = async |dying_at: u32| {
        let mut world = World::of(&[Webhook, OutletName::Teams]);
        world.parts.die_at(dying_at);
        world.tells(&digest("2026-01-14", "Nothing needs you", serde_json::json!({}))).await;
        world.send_all().await;
        world
    };
    let calls = played(0).await.parts.calls();
    for number in 1..=calls {
        let world = played(number).await;
        for outlet in [Webhook, OutletName::Teams] {
            assert_eq!(first_times(&world, outlet), ["digest"], "{outlet} after the death of call {number}");
        }
    }
}

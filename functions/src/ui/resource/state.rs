//! How a resource is protected: its instances with their states, and what people hold against the rules.

use holdfast_page::{Block, Cell, Fact, Tone, address};
use holdfast_protection::ResourceId;
use holdfast_protection::hold::Hold;
use holdfast_protection::instance::{BackupInstance, ProtectionState};
use jiff::Timestamp;

/// How it is protected, and which holds are in force. Without instances nothing protects it only if all of them could
/// be read.
pub(super) fn state(
    id: &ResourceId,
    (instances, are_all): (&[&BackupInstance], bool),
    holds: &[&Hold],
    now: Timestamp,
) -> Block {
    let mut facts = vec![
        Fact::new("Id", Cell::whole(id.as_str()).as_code()),
        Fact::new("Type", Cell::text(id.resource_type())),
    ];
    if instances.is_empty() {
        let (words, tone) =
            if are_all { ("nothing protects it", Tone::Quiet) } else { ("could not be read", Tone::Warn) };
        facts.push(Fact::new("Protection", Cell::badge(words, tone)));
    }
    for instance in instances {
        let mut values = vec![
            badge(&instance.state),
            Cell::text(&format!("in vault {}", instance.vault.name())).titled(instance.vault.as_str()),
        ];
        values.push(Cell::text(&format!("policy {}", instance.policy_name())));
        values.extend(instance.workload().map(|workload| Cell::text(&format!("as {workload}"))));
        if let Some(deletion) = &instance.deletion {
            let gone = deletion.purged.map(|at| Cell::moment(at, now).over("gone for good"));
            values.extend(gone);
        }
        facts.push(Fact { name: "Protection".to_owned(), values });
    }
    facts.extend(holds.iter().map(|hold| held(id, hold, now)));
    Block::facts("How it is protected", facts)
}

/// A hold, with the workload or the resource in this one that it is about, where that is not the page's own.
fn held(id: &ResourceId, hold: &Hold, now: Timestamp) -> Fact {
    let text = format!("{} by {}", hold.act.as_str(), hold.by.name);
    let mut values = vec![
        Cell::text(&text).over(hold.why.as_deref().unwrap_or_default()),
        Cell::moment(hold.until, now).over("then the rules are followed again"),
        Cell::whole(&format!("the rules decide: {}", hold.decided)),
    ];
    let workload = hold.workload.map(|workload| workload.to_string()).unwrap_or_default();
    let whose = match (hold.resource == *id, workload.as_str()) {
        (true, "") => None,
        (true, workload) => Some(format!("as {workload}")),
        (false, _) => Some(hold.resource.name().to_owned()),
    };
    values.extend(whose.map(|whose| {
        let query = [("id", hold.resource.as_str()), ("workload", workload.as_str())];
        Cell::text(&whose).to(address("resource", &query)).titled(hold.resource.as_str())
    }));
    Fact { name: "Held against the rules".to_owned(), values }
}

/// A state of a protection, in the words that commands have for it; Azure's own for whoever points at it.
pub(in crate::ui) fn badge(state: &ProtectionState) -> Cell {
    let tone = match state {
        ProtectionState::Configured => Tone::Good,
        ProtectionState::Error => Tone::Bad,
        ProtectionState::Stopped | ProtectionState::Suspended | ProtectionState::SoftDeleted => Tone::Warn,
        ProtectionState::Configuring | ProtectionState::Other(_) => Tone::Plain,
    };
    Cell::badge(state.in_words(), tone).titled(&String::from(state.clone()))
}

/// Why its protections are in error.
pub(super) fn errors(instances: &[&BackupInstance]) -> Vec<Block> {
    let errors = instances.iter().filter_map(|instance| instance.error.as_ref());
    let said = errors.map(|error| {
        let advice = error.recommended_action.join(" ");
        Block::notice(Tone::Bad, format!("{}: {} {advice}", error.code, error.message).trim())
    });
    said.collect()
}

#[test]
fn a_state_has_the_words_of_the_commands_and_azures_for_whoever_points_at_it() {
    for (azure, words, tone) in [
        ("ProtectionConfigured", "protected", Tone::Good),
        ("ProtectionStopped", "stopped", Tone::Warn),
        ("NotHeardOf", "NotHeardOf", Tone::Plain),
    ] {
        let shown = badge(&ProtectionState::from(azure.to_owned()));
        assert_eq!(shown, Cell::badge(words, tone).titled(azure));
    }
}

#[test]
fn what_could_not_be_read_is_not_shown_as_unprotected() {
    let disk: ResourceId =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d".parse().unwrap();
    let shown = |are_all| format!("{:?}", state(&disk, (&[], are_all), &[], Timestamp::UNIX_EPOCH));
    assert!(shown(true).contains("nothing protects it"), "{}", shown(true));
    assert!(!shown(false).contains("nothing protects it"), "{}", shown(false));
    assert!(shown(false).contains("could not be read"), "{}", shown(false));
}

//! Where Azure knows no way back, none is decided, and none is taken.

use super::*;

/// A policy of shares by this name, as Azure would show it.
fn of_shares(how: &Protection, name: &str) -> Policy {
    shown(files(how).unwrap().spec(), name)
}

fn into_vault(snapshot_days: Option<u32>) -> Protection {
    Protection { tier: Some(Tier::Vault), snapshot_days, ..Protection::default() }
}

fn snapshots_alone() -> Protection {
    Protection { tier: Some(Tier::Operational), ..Protection::default() }
}

fn following(how: &Protection, own: &Policy) -> Result<DesiredPolicy, Impossible> {
    DesiredPolicy::following(Workload::AzureFiles, how, Some(own))
}

#[test]
fn a_share_with_copies_in_the_vault_keeps_them_where_nothing_is_said_of_it() {
    let own = of_shares(&into_vault(Some(5)), "copied");
    let desired = following(&Protection::default(), &own).unwrap();
    assert!(desired.fits(&own), "it does what is decided");
    assert!(!desired.fits(&of_shares(&Protection::default(), "snapshots")));
    let longer = |days| Protection {
        retention: Some(Retention { min_days: Some(days), max_days: None }),
        ..Protection::default()
    };
    let name = |how: &Protection| following(how, &own).unwrap().spec().name();
    assert_eq!(name(&longer(60)), "holdfast-files-p1d-0200-60d-vault-snap5");
    // As long as Azure keeps copies, and longer than it keeps snapshots.
    assert_eq!(name(&longer(400)), "holdfast-files-p1d-0200-400d-vault-snap5");
    assert_eq!(name(&longer(3)), "holdfast-files-p1d-0200-3d-vault-snap3");
    assert_eq!(
        name(&Protection { snapshot_days: Some(9), ..longer(60) }),
        "holdfast-files-p1d-0200-60d-vault-snap9"
    );
}

#[test]
fn snapshots_of_a_share_stay_as_long_as_now_only_where_it_takes_so_many() {
    let own = of_shares(&into_vault(Some(60)), "copied");
    let name = |every: &str| {
        let retention = Some(Retention { min_days: Some(90), max_days: None });
        following(&Protection { retention, ..super::every(every) }, &own).unwrap().spec().name()
    };
    assert_eq!(name("P1D"), "holdfast-files-p1d-0200-90d-vault-snap60");
    assert_eq!(name("PT4H"), "holdfast-files-pt4h-0200-90d-vault-snap7", "they would be 360");
}

#[test]
fn snapshots_alone_are_not_decided_of_a_share_with_copies_in_the_vault() {
    let own = of_shares(&into_vault(None), "copied");
    let refused = following(&snapshots_alone(), &own).unwrap_err();
    assert_eq!(refused.code, "PolicyGoesBack");
    assert!(refused.message.contains("the rules want snapshots alone"), "{refused}");
    assert!(refused.message.contains("follows backup policy `copied`, which keeps copies"), "{refused}");
    assert!(refused.message.ends_with("and not back"), "{refused}");
    assert!(refused.way_out.contains("leave `tier` out"), "{refused}");
    let (unstated, snapshots) = (Protection::default(), of_shares(&snapshots_alone(), "snapshots"));
    for (how, own) in [(&snapshots_alone(), &snapshots), (&unstated, &snapshots)] {
        assert!(following(how, own).unwrap().fits(&snapshots));
    }
    assert!(following(&into_vault(None), &snapshots).unwrap().fits(&own), "that way there is");
}

#[test]
fn a_policy_that_goes_back_is_refused_with_what_to_do() {
    let daily = Runs::Daily { at: TimeOfDay::hour(22) };
    let machine =
        |name: &str, kind| Policy { name: name.to_owned(), ..machine_policy(kind, daily.clone(), 2) };
    let (standard, enhanced) =
        (machine("standard", VmPolicyKind::Standard), machine("enhanced", VmPolicyKind::Enhanced));
    let (snapshots, copied) =
        (of_shares(&snapshots_alone(), "snapshots"), of_shares(&into_vault(None), "copied"));
    for (own, back, instead) in [
        (&enhanced, &standard, "choose an enhanced policy"),
        (&copied, &snapshots, "choose a policy that keeps copies in the vault"),
    ] {
        let refused = back.must_go_on_from(own).unwrap_err();
        assert_eq!(refused.code, "PolicyGoesBack");
        assert!(refused.message.starts_with(&format!("backup policy `{}` ", own.name)), "{refused}");
        assert!(refused.message.ends_with("and not back"), "{refused}");
        assert!(refused.way_out.starts_with(instead), "{refused}");
        assert!(refused.way_out.contains(&format!("protect it again under `{}`", back.name)), "{refused}");
        assert_eq!((own.must_go_on_from(back), own.must_go_on_from(own)), (Ok(()), Ok(())));
    }
    assert!(!standard.goes_back_from(&copied), "one of another kind is refused for that");
}

#[test]
fn a_share_without_a_policy_keeps_copies_in_the_vault_where_there_are_any() {
    let name = |how: &Protection| {
        let desired = DesiredPolicy::with_copies(Workload::AzureFiles, how);
        desired.map(|desired| desired.spec().name())
    };
    let copied = "holdfast-files-p1d-0200-30d-vault-snap7";
    let days = Some(Retention { min_days: Some(30), max_days: None });
    for how in [Protection::default(), into_vault(None)] {
        assert_eq!(name(&Protection { retention: days, ..how }).unwrap(), copied);
    }
    let refused = name(&snapshots_alone()).unwrap_err();
    assert_eq!(refused.code, "PolicyGoesBack");
    assert!(refused.message.contains("copies of the file share lie in the vault"), "{refused}");
    assert!(refused.way_out.contains("leave `tier` out"), "{refused}");
    let machine = DesiredPolicy::with_copies(Workload::AzureVm, &Protection::default());
    assert_eq!(machine, DesiredPolicy::decided(Workload::AzureVm, &Protection::default()));
    let own = of_shares(&snapshots_alone(), "snapshots").must_keep_copies().unwrap_err();
    assert_eq!(own.code, "PolicyGoesBack");
    assert!(own.message.contains("`snapshots` keeps snapshots alone"), "{own}");
    assert!(own.way_out.starts_with("choose a policy that keeps copies in the vault"), "{own}");
    assert_eq!(of_shares(&into_vault(None), "copied").must_keep_copies(), Ok(()));
}

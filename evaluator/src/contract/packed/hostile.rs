//! Whatever a guest gives back, reading it ends with answers or with a place and a reason.

use proptest::prelude::*;

use super::super::version::ContractVersion;
use super::answers::{Answers, Depth, Heard, Malformed};

fn read(bytes: &[u8], requests: usize, depth: Depth) -> Result<Vec<Heard>, Malformed> {
    read_as(ContractVersion::V1_0, bytes, requests, depth)
}

fn read_as(
    version: ContractVersion,
    bytes: &[u8],
    requests: usize,
    depth: Depth,
) -> Result<Vec<Heard>, Malformed> {
    let mut answers = Answers::open(bytes, requests, depth, version)?;
    let heard = (0..requests).map(|_| answers.next()).collect::<Result<Vec<_>, _>>()?;
    answers.close()?;
    Ok(heard)
}

/// One answer that says everything which can be said.
fn full() -> Vec<u8> {
    let text = |text: &str| [&u32::try_from(text.len()).unwrap_or(0).to_le_bytes(), text.as_bytes()].concat();
    let number = |number: u32| number.to_le_bytes().to_vec();
    [
        vec![1, 0, 0, 0, 1],
        number(0x3ff),
        vec![1],
        number(1),
        text("purpose"),
        text("backup"),
        text("daily"),
        vec![1, 7, 0, 0, 0, 0],
        text("P1D"),
        vec![1],
        text("02:00"),
        vec![1, 2],
        text("rg-snapshots"),
        number(2),
        number(0),
        number(3),
        number(1),
        text("logs"),
        number(0),
        number(1),
        text("code"),
        text("message"),
        number(1),
        text("/target/id"),
        text("value"),
    ]
    .concat()
}

#[test]
fn everything_that_can_be_said_is_heard() -> anyhow::Result<()> {
    let heard = read(&full(), 1, Depth::Whole)?;
    let said = format!("{:?}", heard.first());
    for part in ["Selector", "purpose", "daily", "min_days: Some(7)", "02:00", "Vault", "GeoRedundant"] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    for part in [
        "rg-snapshots",
        "Named([0, 3])",
        "Named([\"logs\"])",
        "databases: Some(Named([]))",
        "/target/id",
        "reasons: 1",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    let brief = read(&full(), 1, Depth::Verdict)?;
    assert_eq!(brief.first().map(|heard| (heard.reasons, heard.bytes)), Some((1, full().len() - 4)));
    Ok(())
}

/// The same in 1.1.0, with the fields that only it has.
fn full_1_1() -> Vec<u8> {
    let text = |text: &str| [&u32::try_from(text.len()).unwrap_or(0).to_le_bytes(), text.as_bytes()].concat();
    let number = |number: u32| number.to_le_bytes().to_vec();
    [
        vec![1, 0, 0, 0, 1],
        number(0x7_ff88),
        text("P1W"),
        vec![0],
        number(1),
        number(6),
        vec![1, 4, 0, 0, 0, 1],
        text("Tokyo Standard Time"),
        vec![2],
        number(1),
        number(7),
        vec![0, 1],
        number(1),
        text("orders"),
        vec![2],
        number(1),
        text("scratch"),
        vec![1, 5, 0, 0, 0, 0, 1, 3, 0, 0, 0],
        number(2),
        vec![1, 15, 0, 0, 0, 0],
        vec![1],
        number(0),
        vec![0, 2],
        number(90),
        vec![1, 1],
        text("P1M"),
        vec![1, 1, 1, 0, 1],
        text("rg-tests"),
        vec![1, 1],
        number(1),
        text("class"),
        text("secret"),
        number(0),
    ]
    .concat()
}

#[test]
fn everything_that_only_the_second_version_can_say_is_heard() -> anyhow::Result<()> {
    let heard = read_as(ContractVersion::V1_1, &full_1_1(), 1, Depth::Whole)?;
    let said = format!("{:?}", heard.first());
    for part in [
        "days: [Sunday], window_hours: Some(4), time_zone: Some(\"Tokyo Standard Time\")",
        "disk_luns: Some(AllBut([7]))",
        "blob_containers: Some(All)",
        "databases: Some(Named([\"orders\"]))",
        "file_shares: Some(AllBut([\"scratch\"]))",
        "weeks: Some(5), months: None, years: Some(3)",
        "snapshot_days: Some(2)",
        "every_minutes: Some(15), keep_days: None",
        "kind: Incremental, days: [], keep_days: None",
        "AfterDays(90)",
        "consistency: Some(Crash)",
        "compression: Some(true)",
        "point: LatestClean, tier: Some(Vault)",
        "subscription: None, resource_group: Some(\"rg-tests\"), paired_region: true",
        "judge: Rules",
        "labels: {\"class\": \"secret\"}",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    let as_first = read(&full_1_1(), 1, Depth::Whole).map_err(|malformed| malformed.to_string());
    assert_eq!(as_first.err().as_deref(), Some("byte 9: a protection has an unknown field"));
    Ok(())
}

#[test]
fn what_is_malformed_is_located() {
    let utf8 = [&[1, 0, 0, 0, 4, 2, 0, 0, 0][..], &[0xff, 0xff]].concat();
    for (bytes, expected) in [
        (&[][..], "byte 0: the bytes end too early"),
        (&[2, 0, 0, 0], "byte 4: there are not as many answers as requests"),
        (&[1, 0, 0, 0, 9], "byte 5: an answer is of no known kind"),
        (&[1, 0, 0, 0, 1, 0, 4, 0, 0], "byte 9: a protection has an unknown field"),
        (&[1, 0, 0, 0, 0, 255, 255, 255, 255], "byte 9: a list is longer than the bytes"),
        (&[1, 0, 0, 0, 4, 255, 255, 255, 255], "byte 9: a text is longer than the bytes"),
        (&utf8, "byte 9: a text is not UTF-8"),
        (&[1, 0, 0, 0, 2, 5], "byte 6: an exclusion is of no known kind"),
        (&[1, 0, 0, 0, 2, 0, 2], "byte 7: an option is neither absent nor present"),
        (&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0], "byte 9: there are bytes behind the last answer"),
    ] {
        for depth in [Depth::Whole, Depth::Verdict] {
            let said = read(bytes, 1, depth).map_err(|malformed| malformed.to_string());
            assert_eq!(said.err().as_deref(), Some(expected), "{bytes:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..96), small in any::<bool>()) {
        // Small numbers get further than large ones.
        let bytes: Vec<u8> = bytes.into_iter().map(|byte| if small { byte % 6 } else { byte }).collect();
        let bytes = [&[1, 0, 0, 0], bytes.as_slice()].concat();
        for version in [ContractVersion::V1_0, ContractVersion::V1_1] {
            let read = |depth| read_as(version, &bytes, 1, depth).map(|heard| heard.len());
            prop_assert_eq!(read(Depth::Whole), read(Depth::Verdict));
        }
    }

    #[test]
    fn a_cut_or_changed_answer_never_panics(cut in 0..300_usize, at in 4..300_usize, byte in any::<u8>()) {
        for (version, full) in [(ContractVersion::V1_0, full()), (ContractVersion::V1_1, full_1_1())] {
            let mut bytes = full;
            let cut = cut.min(bytes.len());
            prop_assert_eq!(
                read_as(version, &bytes[..cut], 1, Depth::Whole).is_ok(),
                cut == bytes.len()
            );
            if let Some(changed) = bytes.get_mut(at) {
                *changed = byte;
            }
            let read = |depth| read_as(version, &bytes, 1, depth).map(|heard| heard.len());
            prop_assert_eq!(read(Depth::Whole), read(Depth::Verdict));
        }
    }
}

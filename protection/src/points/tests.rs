use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn point(id: &str, time: &str) -> RecoveryPoint {
    RecoveryPoint {
        id: id.to_owned(),
        time: at(time),
        kind: "Full".to_owned(),
        state: PointState::Completed,
        expires: None,
        tag: Some("Default".to_owned()),
        policy: None,
        threat: None,
        files_open: false,
        copies: vec![copy(DataStore::VaultStore)],
    }
}

fn copy(store: DataStore) -> PointCopy {
    PointCopy { store, created: None, expires: None, rehydration: None }
}

fn three() -> Vec<RecoveryPoint> {
    vec![
        point("b", "2026-02-01T00:00:00Z"),
        RecoveryPoint { expires: Some(at("2026-03-01T00:00:00Z")), ..point("a", "2026-01-01T00:00:00Z") },
        RecoveryPoint { state: PointState::Partial, ..point("c", "2026-03-02T00:00:00Z") },
    ]
}

fn chosen(choice: &str) -> Result<String, String> {
    let choice = Choice::from(choice.to_owned());
    choose(&three(), &choice, at("2026-04-01T00:00:00Z"))
        .map(|point| point.id.clone())
        .map_err(|impossible| impossible.code)
}

#[test]
fn the_latest_is_the_newest_that_is_whole_and_has_not_expired() {
    assert_eq!(chosen("latest"), Ok("b".to_owned()));
    assert_eq!(chosen(""), Ok("b".to_owned()));
}

#[test]
fn a_moment_means_the_last_point_at_or_before_it() {
    assert_eq!(chosen("2026-02-01T00:00:00Z"), Ok("b".to_owned()));
    assert_eq!(chosen("2026-02-01T01:00:00+01:00"), Ok("b".to_owned()));
    assert_eq!(chosen("2026-01-31T23:59:59Z"), Err("RecoveryPointExpired".to_owned()));
    assert_eq!(chosen("2025-01-01T00:00:00Z"), Err("NoRecoveryPoint".to_owned()));
}

#[test]
fn a_whole_second_means_all_of_it() {
    let points = [point("a", "2026-01-01T00:00:00Z"), point("b", "2026-02-01T00:00:00.9342129Z")];
    let at_moment = |moment: &str| choose(&points, &Choice::At(at(moment)), at("2026-04-01T00:00:00Z"));
    assert_eq!(at_moment("2026-02-01T00:00:00Z").map(|point| point.id.as_str()), Ok("b"));
    assert_eq!(at_moment("2026-02-01T00:00:00.5Z").map(|point| point.id.as_str()), Ok("a"));
}

#[test]
fn a_point_by_its_id_may_be_partial_but_not_expired() {
    assert_eq!(chosen("C"), Ok("c".to_owned()));
    assert_eq!(chosen("a"), Err("RecoveryPointExpired".to_owned()));
    assert_eq!(chosen("nowhere"), Err("UserErrorRestorePointNotFound".to_owned()));
}

#[test]
fn where_every_point_is_partial_the_way_out_is_told() {
    let partial = vec![RecoveryPoint { state: PointState::Partial, ..point("c", "2026-03-02T00:00:00Z") }];
    let refused = choose(&partial, &Choice::Latest, at("2026-04-01T00:00:00Z")).unwrap_err();
    assert_eq!(refused.code, "RecoveryPointPartial");
    assert!(refused.way_out.contains("by its id"), "{refused}");
    let none = choose(&[], &Choice::Latest, at("2026-04-01T00:00:00Z")).unwrap_err();
    assert_eq!(none.code, "NoRecoveryPoint");
}

#[test]
fn an_archived_point_can_be_read_once_it_is_rehydrated() {
    let mut archived =
        RecoveryPoint { copies: vec![copy(DataStore::ArchiveStore)], ..point("a", "2026-01-01T00:00:00Z") };
    assert!(archived.is_archived());
    let rehydration = |status| Some(Rehydration { status, expires: None });
    archived.copies[0].rehydration = rehydration(RehydrationStatus::Running);
    assert!(archived.is_archived());
    archived.copies[0].rehydration = rehydration(RehydrationStatus::Completed);
    assert_eq!((archived.is_archived(), archived.readable()), (false, Some(DataStore::VaultStore)));
}

#[test]
fn a_filter_shows_what_passes_newest_first() {
    let ids = |filter: PointFilter| -> Vec<String> {
        filter.of(three()).into_iter().map(|point| point.id).collect()
    };
    assert_eq!(ids(PointFilter::default()), ["c", "b", "a"]);
    assert_eq!(
        ids(PointFilter { since: Some(at("2026-02-01T00:00:00Z")), ..PointFilter::default() }),
        ["c", "b"]
    );
    assert_eq!(
        ids(PointFilter { until: Some(at("2026-02-01T00:00:00Z")), ..PointFilter::default() }),
        ["b", "a"]
    );
    assert_eq!(ids(PointFilter { state: Some(PointState::Partial), ..PointFilter::default() }), ["c"]);
    assert_eq!(ids(PointFilter { kind: Some("full".to_owned()), ..PointFilter::default() }).len(), 3);
    assert!(ids(PointFilter { tag: Some("Weekly".to_owned()), ..PointFilter::default() }).is_empty());
    assert!(
        ids(PointFilter { tier: Some(DataStore::OperationalStore), ..PointFilter::default() }).is_empty()
    );
}

#[test]
fn the_session_that_is_meant_is_the_open_one_and_not_that_of_the_latest_point() {
    let now = at("2026-02-15T00:00:00Z");
    let mut points = three();
    let chosen = |points: &[RecoveryPoint], choice: &str| {
        let chosen = choose_open(points, &Choice::from(choice.to_owned()), now);
        chosen.map(|point| point.id.clone()).map_err(|impossible| impossible.code)
    };
    assert_eq!(chosen(&points, "latest"), Err("NoSession".to_owned()));
    assert_eq!(chosen(&points, "b"), Ok("b".to_owned()), "what is named is left to Azure");
    points[1].files_open = true;
    assert_eq!(chosen(&points, "latest"), Ok("a".to_owned()));
    assert_eq!(chosen(&points, ""), Ok("a".to_owned()));
    points[0].files_open = true;
    assert_eq!(chosen(&points, "latest"), Err("SessionAmbiguous".to_owned()));
    let said = choose_open(&points, &Choice::Latest, now).unwrap_err().to_string();
    assert!(said.contains("`b` of 2026-02-01") && said.contains("`a` of 2026-01-01"), "{said}");
    assert!(said.contains("--point"), "{said}");
}

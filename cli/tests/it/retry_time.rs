//! A function app that is not there, breaks off, or is busy: the command asks again for the same thing, and follows it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStderr, Stdio};

use serde_json::{Value, json};

use crate::rules::{Ended, holdfast, run};

const ID: &str = "8476a536-e9f4-51e8-9739-2dfe598c3fcd";
const DISK: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/erp-data";

/// What becomes of a request.
enum Fate {
    /// The connection is closed without an answer.
    BrokenOff,
    /// It is answered by the host alone, with this status.
    Status(u16),
    /// It is answered.
    Answered(u16, Value),
}

/// Serves one request for each fate, and gives the requests back.
fn serve(listener: &TcpListener, fates: Vec<Fate>) -> Vec<String> {
    let mut requests = Vec::new();
    for fate in fates {
        let (mut stream, _) = listener.accept().unwrap();
        requests.push(request(&mut stream));
        let (status, body) = match fate {
            Fate::BrokenOff => continue,
            Fate::Status(status) => (status, String::new()),
            Fate::Answered(status, body) => (status, body.to_string()),
        };
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\nretry-after: 0\r\n\r\n"
        );
        stream.write_all((head + &body).as_bytes()).unwrap();
    }
    requests
}

/// The whole of a request, so that closing the connection is not a reset in the middle of it.
fn request(stream: &mut TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
    }
    let length = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}

fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let mut headers = request.lines().filter_map(|line| line.split_once(": "));
    headers.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn operation(status: &str) -> Value {
    json!({ "id": ID, "status": status, "action": "backup", "resource": DISK, "steps": ["back up"], "notes": [] })
}

/// Runs a command against a server with these fates.
fn against(fates: Vec<Fate>, arguments: &[&str]) -> (Ended, Vec<String>) {
    against_path("", fates, arguments)
}

/// The same, at a path of the server.
fn against_path(path: &str, fates: Vec<Fate>, arguments: &[&str]) -> (Ended, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}{path}", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || serve(&listener, fates));
    let ended = run(holdfast().args(arguments).args(["--url", &url, "--retry-for", "30s"]));
    (ended, served.join().unwrap())
}

#[test]
fn a_backup_is_asked_for_once_however_often_the_connection_breaks() {
    let fates = vec![
        Fate::BrokenOff,
        Fate::Status(503),
        Fate::Answered(429, json!({ "error": { "code": "Throttled", "message": "later" } })),
        Fate::Answered(202, operation("InProgress")),
        Fate::BrokenOff,
        Fate::Answered(200, operation("InProgress")),
        Fate::Answered(500, json!({ "error": { "code": "InternalError", "message": "restarts" } })),
        Fate::Answered(200, operation("Succeeded")),
    ];
    let (ended, requests) = against(fates, &["backup", DISK, "--json"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let keys: Vec<&str> = requests.iter().filter_map(|request| header(request, "idempotency-key")).collect();
    assert_eq!(keys.len(), 4, "{requests:?}");
    assert!(keys.iter().all(|key| *key == keys[0] && !key.is_empty()), "{keys:?}");
    assert!(requests[4..].iter().all(|request| request.starts_with(&format!("GET /api/operations/{ID} "))));
    // One document on standard output; the id and what went wrong on standard error, the id before the rest of the story.
    assert_eq!(serde_json::from_str::<Value>(&ended.out).unwrap()["status"], "Succeeded");
    let described = ended.err.find(&format!("operation {ID}\n")).unwrap_or_else(|| panic!("{}", ended.err));
    assert!(ended.err[..described].contains("Trying again for up to"), "{}", ended.err);
}

#[test]
fn a_key_that_is_given_is_the_one_that_is_sent() {
    let fates = vec![Fate::BrokenOff, Fate::Answered(202, operation("AwaitsApproval"))];
    let (ended, requests) = against(fates, &["backup", DISK, "--key-of-request", "night-7", "--no-wait"]);
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(
        requests.iter().all(|request| header(request, "idempotency-key") == Some("night-7")),
        "{requests:?}"
    );
}

#[test]
fn what_is_refused_for_good_or_could_be_done_twice_is_asked_for_once() {
    let refusal = json!({ "error": { "code": "OperationDenied", "message": "no",
        "details": [{ "code": "X", "message": "not on Fridays", "target": "guard" }] } });
    let (ended, _) = against(vec![Fate::Answered(403, refusal.clone())], &["backup", DISK, "--json"]);
    assert_eq!(ended.code, Some(1));
    assert_eq!(serde_json::from_str::<Value>(&ended.out).unwrap(), refusal, "the envelope as it came");
    assert!(ended.err.contains("error: OperationDenied: no\n  guard: not on Fridays"), "{}", ended.err);
    let (ended, _) = against(vec![Fate::Status(503)], &["rules", "rollback", "2", "--why", "x"]);
    assert_eq!(ended.code, Some(1), "{}", ended.err);
}

#[test]
fn an_approval_whose_answer_was_lost_is_followed() {
    let answered =
        json!({ "error": { "code": "AnsweredAlready", "message": "operation was approved before" } });
    let mut known = operation("Succeeded");
    known["approval"] = json!({ "approved": true });
    let lost = vec![Fate::BrokenOff, Fate::Answered(409, answered.clone()), Fate::Answered(200, known)];
    let (ended, _) = against(lost, &["approve", ID, "--yes"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let (ended, _) = against(vec![Fate::Answered(409, answered)], &["approve", ID, "--yes"]);
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    assert!(ended.err.contains("AnsweredAlready"), "{}", ended.err);
}

/// Starts a command against a port at which nobody listens, and waits until it says that it tries again.
fn unanswered(arguments: &[&str]) -> (Child, BufReader<ChildStderr>, String) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = holdfast();
    command.args(arguments).args(["--url", &format!("http://{port}")]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut described = BufReader::new(child.stderr.take().unwrap());
    let mut lines = String::new();
    while !lines.contains("Trying again") {
        assert_ne!(described.read_line(&mut lines).unwrap(), 0, "{lines}");
    }
    assert!(lines.contains("could not reach the function app"), "{lines}");
    (child, described, port.to_string())
}

#[test]
fn a_function_app_that_comes_up_late_is_waited_for() {
    let (child, _told, port) = unanswered(&["backup", DISK, "--retry-for", "60s"]);
    let listener = TcpListener::bind(port).unwrap();
    let served = serve(&listener, vec![Fate::Answered(200, operation("Succeeded"))]);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && header(&served[0], "idempotency-key").is_some());
}

#[test]
fn one_that_never_comes_is_given_the_time_and_the_key_that_makes_another_try_the_same() {
    let (child, mut described, _) = unanswered(&["backup", DISK, "--retry-for", "1s", "--json"]);
    let mut rest = String::new();
    described.read_to_string(&mut rest).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{rest}");
    let envelope: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(envelope["error"]["code"], "NotReached", "{envelope}");
    assert!(envelope["error"]["message"].as_str().unwrap().contains("--key-of-request "), "{envelope}");
}

#[test]
fn the_time_is_up_for_asking_and_following_alike() {
    let forever = || Fate::Answered(200, operation("InProgress"));
    for (words, again) in [
        (["operation", ID], "holdfast operation"),
        (["backup", DISK], "holdfast operation"),
        (["files", DISK], "holdfast files --operation"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || serve(&listener, (0..10_000).map(|_| forever()).collect()));
        let ended = run(holdfast().args(words).args(["--url", &url, "--timeout", "1s", "--json"]));
        assert_eq!(ended.code, Some(1), "{words:?}: {}", ended.err);
        assert_eq!(serde_json::from_str::<Value>(&ended.out).unwrap()["error"]["code"], "TimeIsUp");
        assert!(ended.err.contains(&format!("\n  {again} {ID}\n")), "{}", ended.err);
    }
    let (child, _told, _) = unanswered(&["backup", DISK, "--retry-for", "10m", "--timeout", "1s"]);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(1));
}

#[test]
fn the_scripts_of_a_session_that_nobody_waited_for_are_fetched_by_its_operation() {
    let again = format!("\n  holdfast files --operation {ID}\n");
    for (status, code) in [("InProgress", 0), ("AwaitsApproval", 3)] {
        let begun = vec![Fate::Answered(202, operation(status))];
        let (ended, _) = against(begun, &["files", DISK, "--no-wait", "--json"]);
        assert_eq!(ended.code, Some(code), "{}", ended.err);
        assert!(ended.err.contains(&again), "{}", ended.err);
    }
    let script = json!({ "system": "Linux", "fileName": "erp.py", "content": "cnVu", "password": "secret" });
    let fates = vec![
        Fate::Answered(200, operation("InProgress")),
        Fate::Answered(200, operation("Succeeded")),
        Fate::Answered(200, json!({ "value": [script] })),
    ];
    let folder = tempfile::tempdir().unwrap();
    let (ended, requests) =
        against(fates, &["files", "--operation", ID, "--to", folder.path().to_str().unwrap()]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(requests[0].starts_with(&format!("GET /api/operations/{ID} ")), "{requests:?}");
    assert!(requests[2].starts_with(&format!("GET /api/files/scripts?operation={ID} ")), "{requests:?}");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!((read("erp.py"), read("erp.py.password")), ("run".to_owned(), "secret".to_owned()));
    let (ended, _) = against(Vec::new(), &["files", DISK, "--operation", ID]);
    assert_eq!(ended.code, Some(2), "{}", ended.err);
}

#[test]
fn a_function_app_below_the_path_of_a_gateway_is_asked_there() {
    let fates = vec![
        Fate::Answered(200, json!({ "value": [], "nextLink": "/api/holds?skipToken=x" })),
        Fate::Answered(200, json!({ "value": [] })),
    ];
    let (ended, requests) = against_path("/backup/", fates, &["holds", "--json"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(requests[0].starts_with("GET /backup/api/holds "), "{requests:?}");
    assert!(requests[1].starts_with("GET /backup/api/holds?skipToken=x "), "{requests:?}");
}

#[test]
fn a_list_that_leads_back_to_a_page_of_it_is_told() {
    let page = || Fate::Answered(200, json!({ "value": [], "nextLink": "/api/holds?skipToken=x" }));
    let (ended, _) = against(vec![page(), page()], &["holds", "--json"]);
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    let error = serde_json::from_str::<Value>(&ended.out).unwrap()["error"]["message"].to_string();
    assert!(error.contains("leads back to a page"), "{error}");
}

//! An address that sends its callers on: the key stays here.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::rules::{holdfast, run};

#[test]
fn a_key_goes_to_no_other_address() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = format!("http://{}/api/jobs", elsewhere.local_addr().unwrap());
    let first = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", first.local_addr().unwrap());
    let answer =
        format!("HTTP/1.1 302 Found\r\nlocation: {place}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let served = std::thread::spawn(move || {
        let (mut stream, _) = first.accept().unwrap();
        let mut request = vec![0; 4096];
        let read = stream.read(&mut request).unwrap();
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8_lossy(&request[..read]).into_owned()
    });
    let ended = run(holdfast().args(["jobs", "--url", &url, "--key", "s3cret"]));
    let request = served.join().unwrap();
    assert!(request.contains("x-functions-key: s3cret"), "{request}");
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    assert!(ended.err.contains(&place) && ended.err.contains("--url"), "{}", ended.err);
    assert!(!ended.err.contains("s3cret"), "{}", ended.err);
    // Whatever was called would be in the queue of this listener by now: the command has ended.
    elsewhere.set_nonblocking(true).unwrap();
    assert!(elsewhere.accept().is_err());
}

//! Calls that the Functions host forwards, by a path that is not what it seems.

use holdfast_functions::callers::Front;
use holdfast_functions::router;
use holdfast_functions::setup::Setup;
use tokio::net::TcpListener;

#[tokio::test]
async fn who_comes_by_the_route_of_the_page_reaches_nothing_else() {
    let (setup, _finish) = Setup::begin();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router(setup, Front::FunctionsHost)).await });
    let client = reqwest::Client::new();
    let asked = async |method: &str, path: &str, headers: &[(&str, &str)]| {
        let mut request = client.request(method.parse().unwrap(), format!("{url}{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap().status().as_u16()
    };
    // The host's own calls.
    assert_eq!(asked("GET", "/", &[]).await, 200);
    assert_eq!(asked("GET", "/api/openapi.json", &[]).await, 200);
    // The same, of somebody who asked for `/api/ui/..%5c..%5cSweep` and the like.
    for headers in [
        &[("x-arr-log-id", "74ac0989")][..],
        &[("x-waws-unencoded-url", "/api/ui/..%5c..%5cSweep")],
        &[("x-original-url", "/api/ui/..%5c..%5cSweep")],
        &[("host", "app.azurewebsites.net")],
    ] {
        for (method, path) in
            [("GET", "/"), ("POST", "/Sweep"), ("POST", "/Protect"), ("POST", "/Undelivered")]
        {
            assert_eq!(asked(method, path, headers).await, 404, "{method} {path} {headers:?}");
        }
    }
    let around = |address: &'static str| [("x-arr-log-id", "74ac0989"), ("x-waws-unencoded-url", address)];
    assert_eq!(asked("GET", "/api/openapi.json", &around("/api/ui/..%5copenapi.json")[..]).await, 404);
    assert_eq!(asked("GET", "/api/openapi.json", &around("/api/openapi.json?code=a%2Fb")[..]).await, 200);
}

//! What somebody sees whom nobody knows: the host lets everybody through to the page.

use holdfast_functions::callers::Front;
use holdfast_functions::router;
use holdfast_functions::setup::Setup;
use tokio::net::TcpListener;

#[tokio::test]
async fn the_page_tells_nobody_why_the_app_is_not_set_up() {
    let (setup, finish) = Setup::begin();
    finish.failed("the identity has no role on account `contosoledger`");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router(setup, Front::FunctionsHost)).await });
    let told = async |path: &str| {
        let answer = reqwest::get(format!("{url}{path}")).await.unwrap();
        assert_eq!(answer.status().as_u16(), 503, "{path}");
        answer.text().await.unwrap()
    };
    // The host asks for a function key before it hands this over.
    assert!(told("/api/rules").await.contains("contosoledger"));
    for path in ["/api/ui", "/api/ui/sign-in", "/api/ui/resources.csv", "/api/ui/search?q=x"] {
        let page = told(path).await;
        assert!(page.contains("is not set up") && !page.contains("contosoledger"), "{path}: {page}");
    }
}

//! Answers are for who may see them now, and are kept nowhere.

use holdfast_functions::callers::Front;
use holdfast_functions::router;
use holdfast_functions::setup::Setup;
use tokio::net::TcpListener;

#[tokio::test]
async fn no_answer_of_the_api_is_kept() {
    let (setup, finish) = Setup::begin();
    finish.failed("there is nothing here");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router(setup, Front::FunctionsHost)).await });
    for (path, status) in [("/api/openapi.json", 200), ("/api/protection", 503), ("/api/files/scripts", 503)]
    {
        let answer = reqwest::get(format!("{url}{path}")).await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
    }
}

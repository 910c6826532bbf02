//! The handler's process: bind the port, serve, set up behind it.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Context, Result};
use holdfast_azure::web::ready_random_numbers;
use holdfast_functions::app::App;
use holdfast_functions::callers::Front;
use holdfast_functions::settings::Settings;
use holdfast_functions::setup::{Finish, Setup};
use holdfast_functions::{router, telemetry};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    ready_random_numbers();
    telemetry::start(&std::env::var("HOLDFAST_LOG").unwrap_or_else(|_| "info".to_owned()));
    // An exit with 0 is never restarted by the host.
    match serve().await {
        Ok(()) => ExitCode::from(3),
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<()> {
    let (setup, finish) = Setup::begin();
    #[cfg(feature = "lambda")]
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        set_up(finish, Front::Lambda);
        let router = router(setup, Front::Lambda);
        return lambda_http::run(router).await.map_err(|error| anyhow::anyhow!(error));
    }
    let port: u16 = std::env::var("FUNCTIONS_CUSTOMHANDLER_PORT")
        .context(
            "FUNCTIONS_CUSTOMHANDLER_PORT is not set; the Functions host starts this program and sets it",
        )?
        .parse()
        .context("FUNCTIONS_CUSTOMHANDLER_PORT is no port")?;
    let listener =
        tokio::net::TcpListener::bind(("127.0.0.1", port)).await.context("bind the handler's port")?;
    set_up(finish, Front::FunctionsHost);
    axum::serve(listener, router(setup, Front::FunctionsHost)).await.context("serve")
}

/// Sets up in the background: the port answers meanwhile.
fn set_up(finish: Finish, front: Front) {
    tokio::spawn(async move {
        match build(front).await {
            Ok(app) => finish.ready(app),
            Err(error) => {
                let problem = format!("the handler could not be set up: {error:#}");
                tracing::error!("{problem}");
                finish.failed(&problem);
            }
        }
    });
}

async fn build(front: Front) -> Result<App> {
    let text =
        |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    let settings = Settings::read(&std::env::vars_os().filter_map(text).collect())?;
    settings.report().iter().for_each(|line| tracing::info!("{line}"));
    App::build(&settings, front).await
}

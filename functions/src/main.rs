//! The handler's process: bind the port, serve, set up behind it.

use std::ffi::OsString;
use std::future::Future;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use holdfast_functions::app::App;
use holdfast_functions::callers::Front;
use holdfast_functions::settings::{BadSetting, Settings};
use holdfast_functions::setup::{Finish, Setup, until_it_works};
use holdfast_functions::{router, serving, telemetry};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit code that the Functions host takes for a wish to be started again. An exit with 0 is never restarted, and any
/// other counts as a crash, of which it takes three (from the host's source, `WorkerConstants.cs`).
const START_AGAIN: u8 = 200;

fn main() -> ExitCode {
    #[cfg(feature = "compiler")]
    if let Some(compiled) = holdfast_evaluator::compiling_child() {
        return compiled;
    }
    on_bounded_threads(handler())
}

/// Threads beside those of the reactor, at most: rules keep a thread for as long as they are asked, files too. More would
/// only wait for a place to evaluate, and each has memory of its own.
const MOST_BESIDE: usize = 32;
/// How long such a thread is kept for the next.
const KEPT: Duration = Duration::from_secs(2);

fn on_bounded_threads(work: impl Future<Output = ExitCode>) -> ExitCode {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    match runtime.enable_all().max_blocking_threads(MOST_BESIDE).thread_keep_alive(KEPT).build() {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => {
            // Logs begin with telemetry, which needs these threads.
            let _ = writeln!(
                std::io::stderr(),
                "the handler could not start its threads: {error}; free memory or raise the limit of threads, and start it again"
            );
            ExitCode::FAILURE
        }
    }
}

async fn handler() -> ExitCode {
    let setting = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let format = telemetry::Format::read(&setting("HOLDFAST_LOG_FORMAT", "text"));
    // A wrong one is told as a wrong setting, in lines that anybody can read.
    let format = format.unwrap_or(telemetry::Format::Text);
    let telemetry = telemetry::start(&setting("HOLDFAST_LOG", "info"), format);
    #[cfg(feature = "compiler")]
    bound_compiling();
    let served = serve().await;
    telemetry.finish().await;
    match served {
        Ok(()) => ExitCode::from(START_AGAIN),
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Sees to it that no module takes what requests need.
#[cfg(feature = "compiler")]
fn bound_compiling() {
    use holdfast_evaluator::{CompileBounds, compile_in_children};
    let usual = CompileBounds::HANDLER;
    let bounds = usual.or_set(|name| std::env::var(name).ok());
    compile_in_children(bounds.unwrap_or_else(|error| {
        tracing::error!("{error}; until then the usual bound holds");
        usual
    }));
}

async fn serve() -> Result<()> {
    let (setup, finish) = Setup::begin();
    #[cfg(feature = "lambda")]
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        tokio::spawn(set_up(finish, Front::Lambda));
        let router = router(setup, Front::Lambda);
        return lambda_http::run(router).await.map_err(|error| anyhow::anyhow!(error));
    }
    let port: u16 = std::env::var("FUNCTIONS_CUSTOMHANDLER_PORT")
        .context(
            "FUNCTIONS_CUSTOMHANDLER_PORT is not set; the Functions host starts this program and sets it",
        )?
        .parse()
        .context("FUNCTIONS_CUSTOMHANDLER_PORT is not a port")?;
    let listener =
        tokio::net::TcpListener::bind(("127.0.0.1", port)).await.context("bind the handler's port")?;
    // In the background: the port answers meanwhile.
    tokio::spawn(set_up(finish, Front::FunctionsHost));
    let router = router(setup.clone(), Front::FunctionsHost);
    serving::until_stopped(listener, router, setup).await.context("serve")?;
    Ok(())
}

/// Sets up, however often it has to be tried; each try that fails is logged once.
async fn set_up(finish: Finish, front: Front) {
    let wait = |problem: String, pause: Duration| {
        let problem = format!("the handler could not be set up: {problem}");
        tracing::error!("{problem}; it is tried again in {} s", pause.as_secs());
        finish.waits(&problem, pause);
        tokio::time::sleep(pause)
    };
    let built = match settings() {
        Ok(settings) => until_it_works(|| App::build(&settings, front), wait).await,
        Err(wrong) => Err(wrong.to_string()),
    };
    match built {
        Ok(app) => finish.ready(app),
        Err(problem) => {
            let problem = format!("the handler could not be set up: {problem}");
            tracing::error!("{problem}; it is not tried again: correct this, and restart the function app");
            finish.failed(&problem);
        }
    }
}

fn settings() -> Result<Settings, BadSetting> {
    let text =
        |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    let settings = Settings::read(&std::env::vars_os().filter_map(text).collect())?;
    settings.report().iter().for_each(|line| tracing::info!("{line}"));
    Ok(settings)
}

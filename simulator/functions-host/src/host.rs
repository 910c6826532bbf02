//! The host: app, worker, triggers and the web server, started together and stopped together.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get, post};
use reqwest::Client;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::FunctionError;
use crate::app::{App, Settings, Trigger};
use crate::config::HostConfig;
use crate::error::HostError;
use crate::invocation::Invoker;
use crate::journal::Journal;
use crate::output::Outputs;
use crate::queue_watch::QueueWatch;
use crate::storage::{Connection, Queue};
use crate::trigger::queue::Listener;
use crate::trigger::{Context, admin, event_grid, http, timer};
use crate::worker::{Launch, Worker};

/// Largest body of a webhook call, in bytes; the real host's limit for requests.
const BODY_LIMIT: usize = 104_857_600;
/// Longest wait for one answer of the storage service.
const STORAGE_PATIENCE: Duration = Duration::from_secs(30);

/// The stand-in for the Azure Functions host.
#[derive(Debug)]
pub struct Host;

/// A host that runs. Dropping it kills the handler and ends everything at once, as the platform would; messages
/// that were being worked on stay locked until their locks lapse.
#[derive(Debug)]
pub struct Running {
    context: Context,
    tasks: JoinSet<()>,
}

impl Host {
    /// Reads the app, serves it and starts its handler. The handler need not be ready when this returns: calls wait.
    pub async fn start(config: HostConfig) -> Result<Running, HostError> {
        if !(config.speed.is_finite() && config.speed > 0.0) {
            return Err(HostError::Speed(config.speed));
        }
        let app = load(&config.app_root, &config)?;
        let unavailable = |source| HostError::Listen { port: config.port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)).await.map_err(unavailable)?;
        let port = listener.local_addr().map_err(unavailable)?.port();

        let journal = Arc::new(Journal::new());
        let watch = QueueWatch::new(&app);
        let (worker, supervised) = Worker::new(Launch::new(&app, port), config.after_stop, journal.clone());
        let storage = Client::builder().no_proxy().timeout(STORAGE_PATIENCE).build()?;
        let outputs = Outputs::new(&app, storage.clone(), watch.clone());
        let invoker = Invoker::new(&app, worker.clone(), journal.clone(), outputs, &config)?;
        let context = Context {
            app: Arc::new(app),
            invoker: Arc::new(invoker),
            worker,
            journal,
            access: config.access,
            url: format!("http://127.0.0.1:{port}"),
        };
        let mut tasks = JoinSet::new();
        let router = router(context.clone());
        tasks.spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!("the web server ended: {error}");
            }
        });
        if context.app.functions.is_empty() {
            tracing::warn!(root = %context.app.root.display(), "no function can run: the handler is not started");
        } else {
            tasks.spawn(supervised);
            listen(&context, &storage, &watch, config.speed, &mut tasks);
        }
        Ok(Running { context, tasks })
    }
}

fn load(root: &Path, config: &HostConfig) -> Result<App, HostError> {
    let app = App::load(root, Settings::gather(root, config.settings.clone())?)?;
    for error in &app.rejected {
        tracing::error!("{error}: the others run without it");
    }
    Ok(app)
}

fn router(context: Context) -> Router {
    Router::new()
        .route("/", get(async || "The Functions host stand-in is running.\n"))
        .route("/runtime/webhooks/{extension}", any(event_grid::webhook))
        .route("/admin/functions/{name}", post(admin::run))
        .route("/admin/host/status", get(admin::status))
        .route("/admin/host/ping", any(async || ()))
        .fallback(http::serve)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(context)
}

/// Starts a listener for each queue and a clock for each timer; HTTP and Event Grid come through the router.
fn listen(context: &Context, storage: &Client, watch: &QueueWatch, speed: f64, tasks: &mut JoinSet<()>) {
    for function in &context.app.functions {
        let (context, function) = (context.clone(), function.clone());
        match &function.trigger {
            Trigger::Http(_) | Trigger::EventGrid(_) => {}
            Trigger::Timer(_) => {
                tasks.spawn(async move {
                    if let Trigger::Timer(trigger) = &function.trigger {
                        timer::run(context, function.clone(), trigger).await;
                    }
                });
            }
            Trigger::Queue(trigger) => match Connection::read(&context.app.settings, &trigger.connection) {
                Ok(connection) => {
                    let queue = Queue::new(storage.clone(), connection, &trigger.queue);
                    let listener =
                        Listener::new(context, function.clone(), trigger, queue, watch.clone(), speed);
                    tasks.spawn(listener.run());
                }
                Err(error) => {
                    tracing::error!(function = %function.name, "its queue is not listened to: {error}")
                }
            },
        }
    }
}

impl Running {
    /// Where the host serves: `http://127.0.0.1:…`.
    pub fn url(&self) -> &str {
        &self.context.url
    }

    /// What happened so far.
    pub fn journal(&self) -> &Journal {
        &self.context.journal
    }

    /// Functions that do not run, each with what is wrong with it.
    pub fn rejected(&self) -> &[FunctionError] {
        &self.context.app.rejected
    }

    /// How often the handler was started again after its first start.
    pub fn restarts(&self) -> u32 {
        self.context.worker.restarts()
    }

    /// The process id of the handler, if it runs.
    pub fn handler_pid(&self) -> Option<u32> {
        self.context.worker.pid()
    }

    /// Kills the handler with SIGKILL, as if it had crashed; `false` if it did not run.
    pub async fn kill_handler(&self) -> bool {
        self.context.worker.kill().await
    }

    /// Stops everything and waits until the handler is dead.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

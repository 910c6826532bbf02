//! `holdfast demo`: simulator, Functions host and handler as processes, and an estate that becomes protected.

mod administrator;
mod estate;
mod handler;
mod night;
mod operator;
mod processes;
mod progress;
mod spread;
mod summary;
mod table;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;

use crate::exit::Exit;
use crate::stopping::told_to_end;

use administrator::Administrator;
use estate::Azure;
use processes::Processes;
use progress::Watched;

/// Options of the demo.
#[derive(Args)]
pub(crate) struct Options {
    /// Folder of the packaged function app.
    #[arg(long, default_value = "target/app")]
    app: PathBuf,
    /// Folder for certificates and logs of this run.
    #[arg(long, default_value = "target/demo")]
    work: PathBuf,
    /// How much faster than Azure the simulator is.
    #[arg(long, default_value_t = 40.0)]
    speed: f64,
    /// End when every resource is settled, instead of serving on.
    #[arg(long)]
    once: bool,
    /// Then let a night pass, in which some backups fail, and show what is done about each.
    #[arg(long)]
    night: bool,
    /// Print a JSON summary at the end, and nothing else, on standard output; progress goes to standard error.
    #[arg(long, requires = "once")]
    pub(crate) json: bool,
    /// Give up when the estate is not settled after so many seconds.
    #[arg(long, default_value_t = 80)]
    retry_time: u64,
    /// Send every event so many times, in random order.
    #[arg(long, default_value_t = 1)]
    deliveries: u32,
    /// Kill the handler (kill -9) every so many milliseconds until the estate is settled.
    #[arg(long)]
    kill_every: Option<u64>,
}

/// How often the picture is renewed.
const FRAME: Duration = Duration::from_millis(250);

/// Runs the demo to its end; whatever that is, no process stays behind.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    // From now on, no signal ends this process alone.
    let told = tokio::spawn(told_to_end());
    let processes = Processes::start(&options.app, &options.work, options.speed, options.night).await?;
    let ended = tokio::select! {
        biased;
        ended = show(&options, &processes) => ended,
        _ = told => Err(anyhow!("it was told to end before it was done")),
    };
    processes.stop().await;
    ended
}

async fn show(options: &Options, processes: &Processes) -> Result<Exit> {
    handler::until_set_up(&processes.functions, handler::GRACE)
        .await
        .with_context(|| format!("the processes' logs are in {}", options.work.display()))?;
    let azure = Azure::new(processes)?;
    azure.subscribe(options.deliveries).await?;
    let mut watched = Watched::new(processes, azure.create_all().await?)?;
    let killer = options.kill_every.map(|every| processes.kill_handler_every(Duration::from_millis(every)));
    let begun = Instant::now();
    let mut administrator = Administrator::default();
    let settled = settle(options, &azure, &mut watched, &mut administrator).await;
    if let Some(killer) = killer {
        killer.abort();
    }
    settled?;
    let mut summary = summary::Summary::of(&watched, &administrator, &azure).await?;
    if let Some(resource) = summary.a_protected_disk() {
        summary.hold(operator::suspend(processes, &resource).await?);
    }
    if !options.json {
        summary.print(begun.elapsed());
    }
    if options.night {
        let morning = night::pass(processes, &azure, &watched, options.json).await?;
        if !options.json {
            morning.print();
        }
        summary.sleep(morning);
    }
    if options.json {
        summary.print_json()?;
    }
    if !options.once {
        let database = estate::database()?;
        let moment = operator::back_up_with_log(processes, &database).await?;
        processes.print_what_to_try();
        processes.print_restore(&database, &moment)?;
        told_to_end().await?;
    }
    Ok(summary.exit_code())
}

/// Draws until every resource is settled, or patience ends.
async fn settle(
    options: &Options,
    azure: &Azure,
    watched: &mut Watched,
    administrator: &mut Administrator,
) -> Result<()> {
    let mut screen = table::Screen::new(options.json);
    let begun = Instant::now();
    loop {
        watched.look(azure).await?;
        screen.draw(watched)?;
        administrator.look(watched, azure).await?;
        if watched.is_settled() {
            return Ok(());
        }
        if begun.elapsed() > Duration::from_secs(options.retry_time) {
            let waiting = watched.unsettled().join(", ");
            let logs = options.work.display();
            bail!("not settled after {} s: {waiting}; the processes' logs are in {logs}", options.retry_time);
        }
        tokio::time::sleep(FRAME).await;
    }
}

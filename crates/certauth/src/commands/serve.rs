use std::future;
use std::io::{self, IsTerminal as _, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use certauth::config::{Config, LogFormat};
use certauth::installation::Installation;
use certauth::listener::Listener;
use certauth::server::{Clock, Server};
use certauth::tls::Tls;
use certauth::web;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tracing_subscriber::EnvFilter;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Stop when standard input ends too: a server that belongs to another program, as in a test
    /// or a demonstration, then never outlives it, however that program ends.
    #[arg(long)]
    until_input_ends: bool,
}

pub(super) async fn run(
    arguments: &Arguments,
    config: Config,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    start_log(&config)?;
    let tls = Tls::load(&config)?;
    let installation = Installation::open(config).await?;
    let config = &installation.config;
    let tcp = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("{} cannot be listened on", config.listen))?;
    let port = match config.public_port {
        Some(port) => port,
        None => tcp.local_addr()?.port(),
    };
    let input_ended = arguments.until_input_ends.then(end_of_input).transpose()?;
    let stop = stop_signal(input_ended)?;
    let server = Arc::new(installation.server(port, Clock::system()).await?);
    let listener = Listener::new(
        tcp,
        Arc::clone(&server),
        tls,
        web::login_router(Arc::clone(&server), &config.limits),
        web::certauth_router(Arc::clone(&server), &config.limits),
        config.limits,
    );
    let chores = [
        tokio::spawn(repeat(Arc::clone(&server), REFRESH, refresh)),
        tokio::spawn(repeat(Arc::clone(&server), NOTICE, notice)),
        tokio::spawn(repeat(Arc::clone(&server), SWEEP, sweep)),
    ];
    writeln!(out, "listening on {}", server.hosts.login_origin())?;
    out.flush()?;
    listener.serve(stop).await;
    for chore in chores {
        chore.abort();
    }
    installation.store.close().await;
    Ok(())
}

fn start_log(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log_filter)
        .with_context(|| format!("the log filter {:?} is not one", config.log_filter))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    match config.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// Asks for the signals at once, so that one that comes early is not lost.
fn stop_signal(
    input_ended: Option<oneshot::Receiver<()>>,
) -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = ended(input_ended) => {}
        }
        tracing::info!("told to stop: requests under way may finish");
    })
}

/// Tells when standard input has ended. The system closes our end of a pipe when whoever holds the
/// other is gone, which no way of dying prevents.
fn end_of_input() -> anyhow::Result<oneshot::Receiver<()>> {
    let (ended, told) = oneshot::channel();
    // A thread of its own: the runtime would wait for a read that never returns.
    thread::Builder::new()
        .name("input".to_owned())
        .spawn(move || {
            // An input that cannot be read has ended too.
            let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
            let _ = ended.send(());
        })
        .context("standard input cannot be watched")?;
    Ok(told)
}

async fn ended(input: Option<oneshot::Receiver<()>>) {
    match input {
        Some(input) => drop(input.await),
        None => future::pending().await,
    }
}

async fn repeat<F: Future<Output = ()>>(
    server: Arc<Server>,
    every: Duration,
    chore: impl Fn(Arc<Server>) -> F,
) {
    let mut times = tokio::time::interval(every);
    times.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        times.tick().await;
        chore(Arc::clone(&server)).await;
    }
}

async fn refresh(server: Arc<Server>) {
    if let Err(error) = server.trust.refresh().await {
        tracing::error!(%error, "revocation lists were not refreshed");
    }
}

async fn notice(server: Arc<Server>) {
    if let Err(error) = server.trust.notice().await {
        tracing::error!(%error, "what other processes fetched was not noticed");
    }
}

async fn sweep(server: Arc<Server>) {
    if let Err(error) = server.store.sweep(server.now().unix()).await {
        tracing::error!(%error, "what has ended was not removed");
    }
}

/// How often the lists are looked at; each is fetched only when it is due.
const REFRESH: Duration = Duration::from_secs(15);
/// How often lists that `certauth crl refresh` or another node stored are taken over. A chore of its
/// own, because fetching may take its time.
const NOTICE: Duration = Duration::from_secs(5);
const SWEEP: Duration = Duration::from_mins(10);

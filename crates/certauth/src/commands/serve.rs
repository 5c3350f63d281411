use std::future::Future;
use std::io::{IsTerminal as _, Write};
use std::sync::Arc;
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
use tracing_subscriber::EnvFilter;

pub(super) async fn run(config: Config, out: &mut dyn Write) -> anyhow::Result<()> {
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
    let stop = stop_signal()?;
    let server = Arc::new(installation.server(port, Clock::system()).await?);
    let listener = Listener::new(
        tcp,
        Arc::clone(&server),
        tls,
        web::login_router(Arc::clone(&server)),
        web::certauth_router(Arc::clone(&server)),
        config.limits,
    );
    let chores = [
        tokio::spawn(repeat(Arc::clone(&server), REFRESH, refresh)),
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
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// Asks for the signals at once, so that one that comes early is not lost.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to stop: requests under way may finish");
    })
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

async fn sweep(server: Arc<Server>) {
    if let Err(error) = server.store.sweep(server.now().unix()).await {
        tracing::error!(%error, "what has ended was not removed");
    }
}

/// How often the lists are looked at; each is fetched only when it is due.
const REFRESH: Duration = Duration::from_secs(15);
const SWEEP: Duration = Duration::from_mins(10);

//! The life of a node: bind, prepare, serve, drain.

use crate::{cli, config::Config, demo, wiring};
use anyhow::{Context, Result};
use metrics_exporter_prometheus::PrometheusHandle;
use std::{io::IsTerminal as _, net::SocketAddr, time::Duration};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// From SIGTERM to the end: sockets get this long to say goodbye, then the tasks to finish.
const DRAIN: Duration = Duration::from_secs(6);
const FINISH: Duration = Duration::from_secs(3);
/// Connections to the management port at once.
const MANAGEMENT_CONNECTIONS: usize = 64;

/// Where the node listens, as it turned out.
struct Bound {
    rest: SocketAddr,
    socket: SocketAddr,
    management: SocketAddr,
}

pub async fn serve(arguments: &cli::Serve, config: &Config, metrics: PrometheusHandle) -> Result<()> {
    // Bound first: a port that is taken is an error before anything is touched.
    let rest = listen(config.listen.rest, "listen.rest").await?;
    let socket = listen(config.listen.socket, "listen.socket").await?;
    let management = listen(config.listen.management, "listen.management").await?;
    let bound = Bound { rest: rest.local_addr()?, socket: socket.local_addr()?, management: management.local_addr()? };

    let node = wiring::node(config, metrics).await?;
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    // The management port answers during preparation, so that a probe sees a live node that is not ready yet.
    let served = CancellationToken::new();
    let few = edge::Limits::new(MANAGEMENT_CONNECTIONS);
    tasks.spawn(edge::serve(management, node.edge.management_router(), few, served.clone()));

    node.prepare().await?;
    node.run(&tasks, &stop);
    let mut unruled = false;
    if arguments.demo {
        unruled = demo::set_up(&node).await?;
        node.edge.show_demo();
    }
    let limits = edge::Limits::new(config.listen.connections as usize);
    tasks.spawn(edge::serve(rest, node.edge.rest_router(), limits.clone(), served.clone()));
    tasks.spawn(edge::serve(socket, node.edge.socket_router(), limits, served.clone()));
    tasks.close();
    node.edge.set_ready(true);
    if unruled {
        demo::rule(bound.rest).await.context("the demo's own plugin")?;
    }
    announce(&bound, arguments.demo);

    wait_for_signal().await?;
    tracing::info!("draining");
    node.edge.drain(DRAIN).await;
    served.cancel();
    stop.cancel();
    if tokio::time::timeout(FINISH, tasks.wait()).await.is_err() {
        tracing::warn!("tasks did not end in time");
    }
    node.close().await?;
    tracing::info!("stopped");
    Ok(())
}

async fn listen(address: SocketAddr, key: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address} [{key}]"))
}

async fn wait_for_signal() -> Result<()> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    Ok(())
}

/// One line of JSON for whoever started the node; words for a person at a terminal. Of the demo a person is told in any case.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "this is the answer of the command")]
fn announce(bound: &Bound, demo: bool) {
    let Bound { rest, socket, management } = bound;
    tracing::info!(%rest, %socket, %management, "ready");
    if demo && std::io::stdout().is_terminal() {
        println!("{}", demo::welcome(*rest));
        return;
    }
    if demo {
        eprintln!("{}", demo::welcome(*rest));
    }
    let line = serde_json::json!({
        "ready": true,
        "rest": format!("http://{rest}"),
        "socket": format!("ws://{socket}"),
        "management": format!("http://{management}"),
    });
    println!("{line}");
}

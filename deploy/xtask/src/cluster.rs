//! A cluster to try: the servers that nodes share, three nodes, Nginx in front of them. All of it on this machine.

use crate::{demo, interrupt::Interrupt, node::Node, services, step::Steps};
use anyhow::{Result, bail};
use std::time::Duration;
use weft_services::{Kind, NodeAddress, Server, Standing};

const NODES: usize = 3;
/// How often is looked whether a node has ended or Ctrl-C came.
const LOOK: Duration = Duration::from_millis(250);

/// Ends on Ctrl-C, and takes with it what it started; servers that were up before stay.
pub fn run(steps: &Steps) -> Result<()> {
    demo::build(steps)?;
    let interrupt = Interrupt::listen()?;
    let mut borrowed = Vec::new();
    let result = (|| {
        let mut servers = Vec::new();
        for kind in Kind::SHARED {
            if Standing::find(kind).is_none() {
                borrowed.push(kind);
            }
            servers.push(services::up(steps, kind)?);
            interrupt.check()?;
        }
        serve(steps, &servers, &interrupt)
    })();
    for kind in borrowed {
        println!("stopping {}", kind.name());
        Standing::down(kind);
    }
    result
}

fn serve(steps: &Steps, servers: &[Standing], interrupt: &Interrupt) -> Result<()> {
    let mut nodes = Vec::new();
    for number in 1..=NODES {
        let node = Node::spawn(steps, servers, number)?;
        nodes.push(node);
        // The first alone: it makes the tables and the demo's tenants.
        if number == 1 {
            await_ready(steps, &mut nodes, interrupt)?;
        }
    }
    await_ready(steps, &mut nodes, interrupt)?;
    let addresses: Vec<NodeAddress> = nodes.iter().filter_map(|node| Some(node.doors.as_ref()?.address)).collect();
    let front = steps.step("start nginx", || Ok(Server::nginx(&addresses)?))?;
    println!("{}", welcome(&front, &nodes));
    let ended = watch(&mut nodes, interrupt);
    println!("stopping the nodes");
    drop(front);
    nodes.iter().for_each(Node::terminate);
    nodes.iter_mut().for_each(Node::await_end);
    ended
}

fn await_ready(steps: &Steps, nodes: &mut [Node], interrupt: &Interrupt) -> Result<()> {
    let waiting = nodes.iter_mut().filter(|node| node.doors.is_none());
    waiting
        .into_iter()
        .try_for_each(|node| steps.step(&format!("start node {}", node.number), || node.await_ready(interrupt)))
}

/// Until Ctrl-C. A node that ends by itself (or is killed, to see what happens) is told about; the others go on.
fn watch(nodes: &mut [Node], interrupt: &Interrupt) -> Result<()> {
    let mut running: Vec<&mut Node> = nodes.iter_mut().collect();
    while !interrupt.came() {
        running.retain_mut(|node| node.check().inspect_err(|ended| println!("{ended}")).is_ok());
        if running.is_empty() {
            bail!("all nodes have ended");
        }
        // waits: two things at once, a signal and the end of a child, of which std tells neither.
        std::thread::sleep(LOOK);
    }
    Ok(())
}

fn welcome(front: &Server, nodes: &[Node]) -> String {
    let rest = front.url();
    let socket = front.urls().last().map_or("", String::as_str).replace("http://", "ws://");
    let line = |node: &Node| {
        let doors = node.doors.as_ref()?;
        let (rest, health) = (doors.address.rest, &doors.management);
        Some(format!(
            "    node {}     http://{rest}/  health {health}/actuator/health  pid {}\n",
            node.number,
            node.pid()
        ))
    };
    let nodes: String = nodes.iter().filter_map(line).collect();
    format!(
        "
  A cluster of weft is ready, behind Nginx.

    shops      {rest}/demo/?channel=demo-tea     {rest}/demo/?channel=demo-bikes
    console    {rest}/console/                   tenant tea or bikes, password weft-demo
               tea: ana@tea.example, ben@tea.example, admin@tea.example
               bikes: cem@bikes.example, dora@bikes.example (Chinese), admin@bikes.example
    sockets    {socket}/v1/socket

{nodes}
  Kill a node (kill -9 PID) and chat on. Logs: target/demo-cluster/node-*/node.log. Ctrl-C stops it; the data stay in target.
"
    )
}

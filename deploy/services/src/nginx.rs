//! Nginx with `deploy/nginx/weft.conf`, in front of nodes at any address.

use crate::{
    ServiceError, Software,
    error::Doing as _,
    folder::root,
    probe,
    recipe::{Place, Recipe},
    software::which,
};
use std::{fs, net::SocketAddr, process::Command};

/// Where a node listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeAddress {
    /// `listen.rest`.
    pub rest: SocketAddr,
    /// `listen.socket`.
    pub socket: SocketAddr,
}

/// What stands around a file of conf.d. One process: killed or frozen, all of it is. Its files are in its own folder (`-p`).
const AROUND: &str = "\
daemon off;
master_process off;
pid nginx.pid;
error_log stderr warn;
worker_rlimit_nofile 16384;
events { worker_connections 8192; }
http {
    access_log off;
    client_body_temp_path tmp-body;
    proxy_temp_path tmp-proxy;
    fastcgi_temp_path tmp-fastcgi;
    uwsgi_temp_path tmp-uwsgi;
    scgi_temp_path tmp-scgi;
    include weft.conf;
}
";

#[derive(Debug)]
pub(crate) struct Nginx {
    nodes: Vec<NodeAddress>,
}

impl Nginx {
    pub(crate) fn new(nodes: &[NodeAddress]) -> Self {
        Self { nodes: nodes.to_vec() }
    }
}

impl Recipe for Nginx {
    fn software(&self) -> Software {
        Software::Nginx
    }

    /// REST, sockets.
    fn ports(&self) -> usize {
        2
    }

    fn prepare(&self, place: &Place) -> Result<(), ServiceError> {
        let file = root().join("deploy/nginx/weft.conf");
        let shipped = fs::read_to_string(&file).doing("reading", &file)?;
        place.folder.write("weft.conf", &render(&shipped, &self.nodes, place.port(0), place.port(1)))?;
        place.folder.write("nginx.conf", AROUND).map(drop)
    }

    fn command(&self, place: &Place) -> Result<Command, ServiceError> {
        let mut command = Command::new(which(&["nginx"], Software::Nginx)?);
        command.arg("-p").arg(place.folder.path()).arg("-c").arg(place.folder.file("nginx.conf"));
        // Before it has read where its log is.
        command.args(["-e", "stderr"]);
        Ok(command)
    }

    fn is_ready(&self, place: &Place) -> bool {
        probe::accepts(place.port(0)) && probe::accepts(place.port(1))
    }

    fn urls(&self, place: &Place) -> Vec<String> {
        [0, 1].map(|index| format!("http://127.0.0.1:{}", place.port(index))).into()
    }
}

/// The shipped file with these nodes and ports in the lines that it marks; everything else stays as it is.
fn render(shipped: &str, nodes: &[NodeAddress], rest: u16, socket: u16) -> String {
    let mut lines = Vec::new();
    let mut last = "";
    for line in shipped.lines() {
        let mark = line.rsplit_once("; # ").map_or("", |(_, mark)| mark);
        match mark {
            // The marked lines of a list stand together; the first of them becomes all of ours.
            "node rest" | "node socket" if mark == last => {}
            "node rest" => lines.extend(nodes.iter().map(|node| with_server(line, node.rest))),
            "node socket" => lines.extend(nodes.iter().map(|node| with_server(line, node.socket))),
            "listen rest" => lines.push(format!("    listen 127.0.0.1:{rest};")),
            "listen socket" => lines.push(format!("    listen 127.0.0.1:{socket};")),
            _ => lines.push(line.to_owned()),
        }
        last = mark;
    }
    lines.join("\n") + "\n"
}

/// `    server ADDRESS REST` with another address.
fn with_server(line: &str, address: SocketAddr) -> String {
    let rest = line.trim_start().splitn(3, ' ').nth(2).unwrap_or(";");
    format!("    server {address} {rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marked_lines_are_replaced_and_nothing_else() {
        let shipped = "upstream a {\n    server 10.0.0.1:9003 max_fails=2; # node rest\n    server 10.0.0.2:9003 max_fails=2; # node rest\n}\nserver {\n    listen 80; # listen rest\n}\n";
        let node = |port: u16| NodeAddress {
            rest: SocketAddr::from(([127, 0, 0, 1], port)),
            socket: SocketAddr::from(([127, 0, 0, 1], port + 1)),
        };
        let rendered = render(shipped, &[node(1), node(3), node(5)], 7, 8);
        let expected = "upstream a {\n    server 127.0.0.1:1 max_fails=2; # node rest\n    server 127.0.0.1:3 max_fails=2; # node rest\n    server 127.0.0.1:5 max_fails=2; # node rest\n}\nserver {\n    listen 127.0.0.1:7;\n}\n";
        assert_eq!(rendered, expected);
    }
}

//! Real servers, started for one test.

use std::{
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

pub struct Server {
    port: u16,
    cluster: bool,
    child: Option<Child>,
    directory: tempfile::TempDir,
}

fn free_port() -> u16 {
    loop {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if port < 55_000 {
            return port;
        }
    }
}

impl Server {
    pub fn redis() -> Self {
        Self::on(free_port(), false)
    }
    fn on(port: u16, cluster: bool) -> Self {
        let mut server = Self { port, cluster, child: None, directory: tempfile::tempdir().unwrap() };
        server.start();
        server
    }
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
    pub fn start(&mut self) {
        let mut c = Command::new("redis-server");
        c.args(["--port", &self.port.to_string(), "--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--dir"]);
        c.arg(self.directory.path());
        if self.cluster {
            c.args(["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"]);
            c.args(["--cluster-require-full-coverage", "no"]);
        }
        self.child = Some(c.stdout(Stdio::null()).spawn().unwrap());
        wait(|| TcpStream::connect(("127.0.0.1", self.port)).is_ok());
    }
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
    fn signal(&self, name: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }
    pub fn freeze(&self) {
        self.signal("-STOP");
    }
    pub fn thaw(&self) {
        self.signal("-CONT");
    }
    pub fn cli(&self, args: &[&str]) -> String {
        let port = self.port.to_string();
        let out = Command::new("redis-cli").args(["-p", &port]).args(args).output().unwrap();
        String::from_utf8_lossy(&out.stdout).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

pub struct RedisCluster {
    nodes: Vec<Server>,
}

impl RedisCluster {
    pub fn start() -> Self {
        let nodes: Vec<_> = (0..3).map(|_| Server::on(free_port(), true)).collect();
        let addresses: Vec<_> = nodes.iter().map(|n| format!("127.0.0.1:{}", n.port)).collect();
        let mut c = Command::new("redis-cli");
        c.args(["--cluster", "create"]).args(&addresses).args(["--cluster-replicas", "0", "--cluster-yes"]);
        assert!(c.stdout(Stdio::null()).status().unwrap().success());
        wait(|| nodes.iter().all(|n| n.cli(&["cluster", "info"]).contains("cluster_state:ok")));
        Self { nodes }
    }
    pub fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(Server::url).collect()
    }
    pub fn node(&mut self, n: usize) -> &mut Server {
        &mut self.nodes[n]
    }
}

fn wait(until: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !until() {
        assert!(Instant::now() < end, "not in time");
        // waits: a process that starts tells nobody.
        std::thread::sleep(Duration::from_millis(20));
    }
}

//! A real node: the `weft` binary as a child process, on ports of its own, which may be killed and started again on its data.

use crate::{Rest, within};
use parking_lot::Mutex;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::{
    fs::{self, File, OpenOptions},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

const ANY_PORT: &str = "127.0.0.1:0";
const REQUESTS: &str = "100000";
/// A first start compiles the plugins that ship, beside whatever else the machine does.
const READY_WITHIN: Duration = Duration::from_mins(2);

/// How a node is started. Each plan has a folder `target/tests/NAME` with the data and the log.
#[derive(Clone, Debug)]
pub struct Plan {
    folder: PathBuf,
    binary: Option<PathBuf>,
    flags: Vec<String>,
    environment: Vec<(String, String)>,
    keeps_ports: bool,
}

/// Where a node listens now; shared, since it moves when the node starts again.
#[derive(Clone, Debug, Default)]
pub struct Addresses(Arc<Mutex<Where>>);

#[derive(Clone, Debug, Default)]
struct Where {
    rest: String,
    socket: String,
    management: String,
}

pub struct Node {
    plan: Plan,
    child: Option<Child>,
    pub addresses: Addresses,
    /// From the start of the process to its ready line.
    pub ready_after: Duration,
}

impl Plan {
    /// An empty data directory, but for compiled plugins, which all plans share: they are named by what they were compiled from.
    pub fn new(name: &str) -> Self {
        let plan = Self::cold(name);
        let shared = root().join("target/tests/plugins");
        for folder in [&shared, &plan.data()] {
            fs::create_dir_all(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        }
        std::os::unix::fs::symlink(shared, plan.data().join("plugins")).unwrap();
        plan
    }
    /// A wholly empty data directory.
    pub fn cold(name: &str) -> Self {
        let folder = root().join("target/tests").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        // The clients of a test share one address, so what a node allows an address would slow them all.
        Self { folder, binary: None, flags: Vec::new(), environment: Vec::new(), keeps_ports: false }
            .key("listen.requests_per_second", REQUESTS)
            .key("listen.request_burst", REQUESTS)
    }
    #[must_use]
    pub fn demo(mut self) -> Self {
        self.flags.push("--demo".into());
        self
    }
    /// Another binary than the one that the tests take.
    #[must_use]
    pub fn binary(mut self, path: PathBuf) -> Self {
        self.binary = Some(path);
        self
    }
    /// Sets a key of the configuration, `listen.silent_sockets` say.
    #[must_use]
    pub fn key(self, key: &str, value: &str) -> Self {
        self.variable(&format!("WEFT_{}", key.replace('.', "_").to_uppercase()), value)
    }
    /// Sets a variable of its environment.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(n, _)| *n != name);
        self.environment.push((name.into(), value.into()));
        self
    }
    /// Started again, it listens where it did before: a balancer knows its address.
    #[must_use]
    pub fn keep_ports(mut self) -> Self {
        self.keeps_ports = true;
        self
    }
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }
    pub fn log(&self) -> PathBuf {
        self.folder.join("node.log")
    }

    /// Runs `weft ARGUMENTS --data …` to its end; answers what it printed.
    pub async fn run(&self, arguments: &[&str], input: &str) -> String {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(self.log_file()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
        let output = within("weft ends", child.wait_with_output()).await.unwrap();
        assert!(output.status.success(), "weft {arguments:?}: {}; see {}", output.status, self.log().display());
        String::from_utf8(output.stdout).unwrap()
    }

    pub async fn start(self) -> Node {
        let mut node =
            Node { plan: self, child: None, addresses: Addresses::default(), ready_after: Duration::default() };
        node.start().await;
        node
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.binary.clone().unwrap_or_else(binary));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("WEFT_")) {
            command.env_remove(name);
        }
        command.args(arguments).arg("--data").arg(self.data()).envs(self.environment.iter().cloned());
        command.kill_on_drop(true);
        command
    }

    fn log_file(&self) -> File {
        OpenOptions::new().create(true).append(true).open(self.log()).unwrap()
    }
}

impl Addresses {
    /// Of something in front of nodes: `http://HOST:PORT` of its REST port and of its socket port. It has no management port.
    pub fn in_front(rest: &str, socket: &str) -> Self {
        let socket = socket.replacen("http", "ws", 1);
        Self(Arc::new(Mutex::new(Where { rest: rest.into(), socket, management: String::new() })))
    }
    /// `HOST:PORT` of the REST port, the socket port and the management port.
    fn listen(&self) -> [String; 3] {
        let at = self.0.lock();
        [&at.rest, &at.socket, &at.management].map(|url| url.rsplit('/').next().unwrap_or_default().to_owned())
    }
    /// Of the REST port and the socket port, as a balancer wants them.
    pub fn doors(&self) -> [SocketAddr; 2] {
        let [rest, socket, _] = self.listen();
        [rest, socket].map(|at| at.parse().unwrap_or_else(|e| panic!("{at}: {e}")))
    }
    /// `http://HOST:PORT` of the REST port.
    pub fn rest(&self) -> String {
        self.0.lock().rest.clone()
    }
    /// `ws://HOST:PORT` of the socket port.
    pub fn socket(&self) -> String {
        self.0.lock().socket.clone()
    }
    pub fn management(&self) -> String {
        self.0.lock().management.clone()
    }
}

impl Node {
    /// A demo node in a folder of its own.
    pub async fn demo(name: &str) -> Self {
        Plan::new(name).demo().start().await
    }

    /// Starts the node (again) and waits for its ready line.
    pub async fn start(&mut self) {
        assert!(self.child.is_none(), "the node runs");
        let mut command = self.plan.command(&["serve"]);
        let before = self.addresses.listen();
        let ports =
            if self.plan.keeps_ports && !before[0].is_empty() { before } else { [ANY_PORT; 3].map(String::from) };
        for (flag, at) in ["--rest", "--socket", "--management"].iter().zip(ports) {
            command.arg(flag).arg(at);
        }
        command.args(&self.plan.flags).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(self.plan.log_file());
        let started = Instant::now();
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let log = self.plan.log();
        let ready = timeout(READY_WITHIN, async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some(ready) = serde_json::from_str::<Value>(&line).ok().filter(|v| v["ready"] == true) {
                    return ready;
                }
            }
            panic!("the node ended before it was ready; see {}", log.display())
        })
        .await
        .unwrap_or_else(|_| panic!("not ready within {READY_WITHIN:?}; see {}", self.plan.log().display()));
        self.ready_after = started.elapsed();
        // What follows on standard output is read, so that the node never blocks on it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let at = |name: &str| ready[name].as_str().unwrap_or_default().trim_end_matches('/').to_owned();
        *self.addresses.0.lock() = Where { rest: at("rest"), socket: at("socket"), management: at("management") };
        self.child = Some(child);
    }

    /// Started and neither killed nor ended; it may be frozen.
    pub fn runs(&self) -> bool {
        self.child.is_some()
    }

    pub fn process(&self) -> i32 {
        self.child.as_ref().and_then(Child::id).expect("the node runs") as i32
    }

    /// SIGKILL, and the process is gone.
    pub async fn kill(&mut self) {
        self.child.take().expect("the node runs").kill().await.unwrap();
    }

    /// SIGSTOP: it holds its connections and does nothing until `thaw`.
    pub fn freeze(&self) {
        kill_process(Pid::from_raw(self.process()).unwrap(), Signal::STOP).unwrap();
    }
    pub fn thaw(&self) {
        kill_process(Pid::from_raw(self.process()).unwrap(), Signal::CONT).unwrap();
    }

    /// SIGTERM; how the process ended, and how long that took.
    pub async fn terminate(&mut self) -> (ExitStatus, Duration) {
        let started = Instant::now();
        kill_process(Pid::from_raw(self.process()).unwrap(), Signal::TERM).unwrap();
        let mut child = self.child.take().unwrap();
        (within("the node ends", child.wait()).await.unwrap(), started.elapsed())
    }

    /// Without a token.
    pub fn rest(&self) -> Rest {
        Door::rest(self)
    }

    pub fn log_text(&self) -> String {
        fs::read_to_string(self.plan.log()).unwrap_or_default()
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// A number of `/actuator/prometheus`, summed over its labels.
    pub async fn metric(&self, name: &str) -> f64 {
        let url = format!("{}/actuator/prometheus", self.addresses.management());
        let text = reqwest::get(url).await.unwrap().text().await.unwrap();
        let of_name = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']));
        text.lines().filter(of_name).filter_map(|l| l.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }
}

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The `weft` that tests start.
pub fn binary() -> PathBuf {
    let path = std::env::var_os("WEFT_BIN").map_or_else(|| root().join("target/debug/weft"), PathBuf::from);
    assert!(path.is_file(), "{} is missing: run `cargo build -p weft`", path.display());
    path
}

/// Where clients enter: a node, or what stands in front of several.
pub trait Door {
    fn addresses(&self) -> &Addresses;

    /// Without a token.
    fn rest(&self) -> Rest {
        Rest::new(self.addresses(), None)
    }
}

impl Door for Node {
    fn addresses(&self) -> &Addresses {
        &self.addresses
    }
}

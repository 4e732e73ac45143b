//! A node of the cluster that the demo runs.

use crate::{
    interrupt::Interrupt,
    step::{Steps, succeed},
};
use anyhow::{Context, Result, bail};
use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    time::{Duration, Instant},
};
use weft_services::{NodeAddress, Standing};

/// A node applies the migrations and compiles the shipped plugins before it is ready.
const READY_TIME_MAX: Duration = Duration::from_mins(3);
/// A node drains within 10 s.
const STOP_TIME_MAX: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(100);

/// Where a node listens, as it turned out.
pub struct Doors {
    pub address: NodeAddress,
    /// URL.
    pub management: String,
}

/// One `weft serve`, in a process group of its own: Ctrl-C comes to us, and we tell it.
pub struct Node {
    pub number: usize,
    process: Child,
    log: PathBuf,
    ready: Receiver<String>,
    /// Once it is ready.
    pub doors: Option<Doors>,
}

impl Node {
    pub fn spawn(steps: &Steps, servers: &[Standing], number: usize) -> Result<Self> {
        let data = steps.path(&format!("target/demo-cluster/node-{number}"));
        fs::create_dir_all(&data).with_context(|| format!("making {}", data.display()))?;
        let log = data.join("node.log");
        let mut command = steps.command("target/debug/weft");
        command.args(["serve", "--rest", "127.0.0.1:0", "--socket", "127.0.0.1:0", "--management", "127.0.0.1:0"]);
        // The first makes the demo's tenants; the others find them, and show their pages as well.
        command.arg("--data").arg(&data).arg("--demo");
        command.env("WEFT_NODE_NAME", format!("node-{number}")).env("WEFT_LISTEN_TRUSTED_PROXIES", "127.0.0.1");
        command.env("WEFT_ARTEMIS_MODE", "native");
        for server in servers {
            command.env(variable(server.kind.name())?, server.urls.join(","));
        }
        let file = File::create(&log).with_context(|| format!("making {}", log.display()))?;
        command.stdout(Stdio::piped()).stderr(file).process_group(0);
        let mut process = command.spawn().context("could not start weft")?;
        let (tell, ready) = mpsc::channel();
        let stdout = process.stdout.take().context("weft has no output")?;
        // Ends with the node, whose output it reads to its end so that the node never waits for a reader.
        std::thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).for_each(|line| drop(tell.send(line)));
        });
        Ok(Self { number, process, log, ready, doors: None })
    }

    /// What the node printed when it was ready: where it listens.
    fn hear(&mut self, line: &str) -> Result<()> {
        let said: serde_json::Value =
            serde_json::from_str(line).with_context(|| format!("not a ready line: {line}"))?;
        let address = |door: &str, scheme: &str| -> Result<SocketAddr> {
            let text = said[door].as_str().and_then(|url| url.strip_prefix(scheme)).with_context(|| line.to_owned())?;
            Ok(text.parse()?)
        };
        let management = said["management"].as_str().unwrap_or_default().to_owned();
        let address = NodeAddress { rest: address("rest", "http://")?, socket: address("socket", "ws://")? };
        self.doors = Some(Doors { address, management });
        Ok(())
    }

    /// Waits for the line in which the node says where it listens.
    pub fn await_ready(&mut self, interrupt: &Interrupt) -> Result<()> {
        let began = Instant::now();
        while self.doors.is_none() {
            match self.ready.recv_timeout(POLL) {
                Ok(line) => self.hear(&line)?,
                Err(_) => interrupt.check().and_then(|()| self.check())?,
            }
            if began.elapsed() > READY_TIME_MAX {
                bail!("node {} is not ready; see {}", self.number, self.log.display());
            }
        }
        Ok(())
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// An error when the node has ended by itself.
    pub fn check(&mut self) -> Result<()> {
        if let Some(status) = self.process.try_wait()? {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let tail = lines[lines.len().saturating_sub(20)..].join("\n");
            bail!("node {} ended, {status}; the end of {}:\n{tail}", self.number, self.log.display());
        }
        Ok(())
    }

    pub fn terminate(&self) {
        succeed(Command::new("kill").args(["-TERM", &self.process.id().to_string()])).ok();
    }

    pub fn await_end(&mut self) {
        let began = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) && began.elapsed() < STOP_TIME_MAX {
            // waits: std can wait for a child, but not with a bound.
            std::thread::sleep(POLL);
        }
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// An error on the way must leave nothing running.
impl Drop for Node {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// The key of the configuration that takes the URL of this server.
fn variable(server: &str) -> Result<&'static str> {
    Ok(match server {
        "artemis" => "WEFT_ARTEMIS_URLS",
        "mariadb" => "WEFT_STORE_URL",
        "redis" => "WEFT_REDIS_URLS",
        "elasticsearch" => "WEFT_ELASTICSEARCH_URL",
        other => bail!("a node does not know {other}"),
    })
}

//! The life of one server process: started and answering, killed, stopped, frozen, started again, gone.

use crate::{
    Kind, ServiceError, Software,
    artemis::Artemis,
    elasticsearch::Elasticsearch,
    error::Doing as _,
    folder::Folder,
    mariadb::MariaDb,
    mysql::MySql,
    nginx::{Nginx, NodeAddress},
    ports::{self, Port},
    recipe::{Place, Recipe},
    redis::Redis,
    toxiproxy::Toxiproxy,
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs::OpenOptions,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// A JVM on a busy machine takes its time.
const START_TIME_MAX: Duration = Duration::from_mins(5);
/// What is not gone by then is killed.
pub(crate) const STOP_TIME_MAX: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);
/// New ports are tried so often when somebody was quicker.
const LAUNCHES_MAX: usize = 3;
const TAIL_LINES: usize = 30;

/// One server process on free loopback ports, with a folder of its own. Killed and removed when it is dropped.
#[derive(Debug)]
pub struct Server {
    recipe: Box<dyn Recipe>,
    place: Place,
    process: Option<Child>,
    urls: Vec<String>,
    /// It did not start: its log is worth reading.
    failed: bool,
    /// It may be left running: not ended by the Ctrl-C of the terminal that it was started from, and its data are kept.
    stands: bool,
}

impl Server {
    pub(crate) const LOG: &str = "server.log";

    /// The broker; `amqp://weft:weft@127.0.0.1:PORT`.
    pub fn artemis() -> Result<Self, ServiceError> {
        Self::launch(Box::new(Artemis))
    }

    /// The store; `mysql://weft:weft@127.0.0.1:PORT/weft`. The login may create further databases.
    pub fn mariadb() -> Result<Self, ServiceError> {
        Self::launch(Box::new(MariaDb::default()))
    }

    /// The same, with this certificate and key (PEM) and for clients that speak TLS alone.
    pub fn mariadb_over_tls(certificate: PathBuf, key: PathBuf) -> Result<Self, ServiceError> {
        Self::launch(Box::new(MariaDb { tls: Some((certificate, key)) }))
    }

    /// The same on MySQL 8 or newer, `ServiceError::Missing` where the machine has none.
    pub fn mysql() -> Result<Self, ServiceError> {
        Self::launch(Box::new(MySql::find()?))
    }

    /// `redis://127.0.0.1:PORT`. Nothing is on disk: what is killed comes back empty.
    pub fn redis() -> Result<Self, ServiceError> {
        Self::launch(Box::new(Redis { in_cluster: false }))
    }

    /// `http://127.0.0.1:PORT`.
    pub fn elasticsearch() -> Result<Self, ServiceError> {
        Self::launch(Box::new(Elasticsearch))
    }

    /// `deploy/nginx/weft.conf` in front of these nodes: `urls()` are REST with everything on one port, `http://127.0.0.1:PORT`, and
    /// the sockets, `http://127.0.0.1:PORT` as well. The nodes need not be up yet.
    pub fn nginx(nodes: &[NodeAddress]) -> Result<Self, ServiceError> {
        Self::launch(Box::new(Nginx::new(nodes)))
    }

    /// The HTTP API of toxiproxy, `http://127.0.0.1:PORT`. A proxy made with `"listen": "127.0.0.1:0"` is told its port.
    pub fn toxiproxy() -> Result<Self, ServiceError> {
        Self::launch(Box::new(Toxiproxy))
    }

    /// Installs what is missing, starts the process and waits until it answers.
    pub(crate) fn launch(recipe: Box<dyn Recipe>) -> Result<Self, ServiceError> {
        recipe.software().install(&mut |line| eprintln!("weft-services: {line}"))?;
        let name = recipe.software().name();
        let ports = ports::claim(recipe.ports())?;
        Self::at(recipe, Place { folder: Folder::fresh(name)?, ports }).started()
    }

    /// One that may be left running: in this folder, on these ports while they are free.
    pub(crate) fn standing(kind: Kind, place: PathBuf, ports: &[u16]) -> Result<Self, ServiceError> {
        let recipe = kind.recipe()?;
        recipe.software().install(&mut |line| eprintln!("    {line}"))?;
        let ports = ports::claim_these(ports).map_or_else(|| ports::claim(recipe.ports()), Ok)?;
        let mut server = Self::at(recipe, Place { folder: Folder::take(place)?, ports });
        server.stands = true;
        server.started()
    }

    fn started(mut self) -> Result<Self, ServiceError> {
        for _ in 1..LAUNCHES_MAX {
            match self.start() {
                Err(_) if !self.place.ports.iter().all(Port::is_free) => self.move_ports()?,
                started => return started.map(|()| self),
            }
        }
        self.start()?;
        Ok(self)
    }

    fn at(recipe: Box<dyn Recipe>, place: Place) -> Self {
        let urls = recipe.urls(&place);
        Self { recipe, place, process: None, urls, failed: false, stands: false }
    }

    /// Lets it run on without this value; its process.
    pub(crate) fn leave(mut self) -> u32 {
        self.process.take().map_or(0, |process| process.id())
    }

    fn move_ports(&mut self) -> Result<(), ServiceError> {
        self.place.ports = ports::claim(self.recipe.ports())?;
        self.urls = self.recipe.urls(&self.place);
        Ok(())
    }

    /// Where clients find it.
    pub fn url(&self) -> &str {
        self.urls.first().map_or("", String::as_str)
    }

    /// All its doors, when it has more than one.
    pub fn urls(&self) -> &[String] {
        &self.urls
    }

    /// The number of its port, or of the port of this index when it has several; 0 when it has not so many.
    pub fn port(&self, index: usize) -> u16 {
        self.place.port(index)
    }

    pub(crate) fn ports(&self) -> Vec<u16> {
        self.place.ports.iter().map(Port::number).collect()
    }

    /// The process, while there is one.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// All that it printed, over all its lives.
    pub fn log(&self) -> PathBuf {
        self.place.folder.file(Self::LOG)
    }

    /// Its folder: data, configuration, log.
    pub fn folder(&self) -> &Path {
        self.place.folder.path()
    }

    /// SIGKILL; gone when this returns. Ports and data stay.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().ok();
            process.wait().ok();
        }
    }

    /// SIGTERM, and SIGKILL if that does not do; gone when this returns. Ports and data stay.
    pub fn stop(&mut self) {
        self.thaw();
        self.signal(Signal::TERM);
        let began = Instant::now();
        while self.runs() && began.elapsed() < STOP_TIME_MAX {
            // waits: std can wait for a child, but not with a bound.
            sleep(POLL);
        }
        self.kill();
    }

    /// Starts it, again on the same ports and with the same data; returns when it answers. Does nothing when it runs.
    pub fn start(&mut self) -> Result<(), ServiceError> {
        if self.runs() {
            return Ok(());
        }
        self.recipe.prepare(&self.place)?;
        let path = self.log();
        let log = OpenOptions::new().create(true).append(true).open(&path).doing("opening", &path)?;
        let mut command = self.recipe.command(&self.place)?;
        command.current_dir(self.folder()).stdin(Stdio::null());
        command.stderr(log.try_clone().doing("opening", &path)?).stdout(log);
        if self.stands {
            command.process_group(0);
        }
        let process = command.spawn().doing("starting", Path::new(command.get_program()))?;
        self.place.folder.note_pid(process.id())?;
        self.process = Some(process);
        self.await_ready()
    }

    fn await_ready(&mut self) -> Result<(), ServiceError> {
        let began = Instant::now();
        // Its own process must still be there once somebody answers: it could be somebody else's port.
        while !(self.recipe.is_ready(&self.place) && self.runs()) {
            if !self.runs() || began.elapsed() > START_TIME_MAX {
                let state = self.process.as_mut().and_then(|process| process.try_wait().ok().flatten());
                let state = state.map_or_else(|| "it still ran".to_owned(), |status| format!("it ended, {status}"));
                self.kill();
                self.failed = true;
                return Err(self.not_ready(began.elapsed(), &state));
            }
            // waits: a starting server says nothing before it accepts.
            sleep(POLL);
        }
        self.failed = false;
        Ok(())
    }

    pub(crate) fn not_ready(&self, waited: Duration, state: &str) -> ServiceError {
        let log = self.log();
        let text = std::fs::read(&log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n");
        ServiceError::NotReady { name: self.software().name(), waited, state: state.to_owned(), log, tail }
    }

    pub(crate) fn software(&self) -> Software {
        self.recipe.software()
    }

    /// SIGSTOP: it keeps its connections and answers nothing until `thaw`.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// SIGCONT.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        // It has not been waited for, so its number is still its own.
        if let Some(process) = &self.process {
            kill_process(Pid::from_child(process), signal).ok();
        }
    }

    fn runs(&mut self) -> bool {
        self.process.as_mut().is_some_and(|process| matches!(process.try_wait(), Ok(None)))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        // After a failed test somebody wants to read the log; the next start clears it away.
        if !self.failed && !self.stands && !std::thread::panicking() {
            self.place.folder.remove();
        }
    }
}

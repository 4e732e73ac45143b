//! What servers are made of, and how it gets onto this machine.

use crate::{ServiceError, debian, error::Doing as _, folder, mysql};
use rustix::process::geteuid;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const ARTEMIS_VERSION: &str = "2.40.0";
const TOXIPROXY: &str = "github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0";
const MAVEN_COPY: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1";
/// The package that has promtool.
const PROMETHEUS: &str = "prometheus";
/// `mysqld` of `root` beside it. What comes last goes before what it is called with.
const MYSQLD: &str = r#"#!/bin/sh
here=$(dirname "$(readlink -f "$0")")/root
lib=$here/usr/lib/$(uname -m)-linux-gnu
exec "$lib"/ld-linux-*.so.* --library-path "$lib" "$here/usr/sbin/mysqld" "$@" --basedir="$here/usr" \
    --lc-messages-dir="$here/usr/share/mysql" --character-sets-dir="$here/usr/share/mysql/charsets" \
    --plugin-dir="$here/usr/lib/mysql/plugin" --secure-file-priv=NULL
"#;
/// Written last into what is installed here: what it was made from.
const MADE_FROM: &str = "made-from";
const TAIL_BYTES: usize = 4000;

/// Puts a kind of server into a folder and tells what it does.
type Make = fn(&Path, &mut dyn FnMut(&str)) -> Result<(), ServiceError>;

/// A kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Software {
    /// The broker.
    Artemis,
    /// Full text.
    Elasticsearch,
    /// The store.
    MariaDb,
    /// The store, on MySQL: no release of Debian has it.
    MySql,
    /// The session directory.
    Redis,
    /// What stands before the nodes.
    Nginx,
    /// Faults on the wire.
    Toxiproxy,
    /// The check of Prometheus' files.
    Promtool,
}

impl Software {
    /// All that can be installed from here.
    pub const ALL: [Self; 6] =
        [Self::Artemis, Self::Elasticsearch, Self::MariaDb, Self::Redis, Self::Nginx, Self::Toxiproxy];

    /// As it is called on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Artemis => "artemis",
            Self::Elasticsearch => "elasticsearch",
            Self::MariaDb => "mariadb",
            Self::MySql => "mysql",
            Self::Redis => "redis",
            Self::Nginx => "nginx",
            Self::Toxiproxy => "toxiproxy",
            Self::Promtool => "promtool",
        }
    }

    /// Makes sure that it can be started. `progress` is told what takes long. One process at a time installs; whoever waited looks again.
    pub fn install(self, progress: &mut dyn FnMut(&str)) -> Result<(), ServiceError> {
        if self.is_installed() {
            return Ok(());
        }
        let software = folder::services().join("software");
        let _one_at_a_time = folder::Folder::take(software)?;
        if self.is_installed() {
            return Ok(());
        }
        progress(&format!("installing {}", self.name()));
        match self {
            Self::Artemis => self.in_folder(progress, unpack_artemis),
            Self::Elasticsearch => self.in_folder(progress, compile_elasticsearch),
            Self::Toxiproxy => self.in_folder(progress, build_toxiproxy),
            Self::MariaDb | Self::Redis | Self::Nginx => debian::install(self.name(), self.package()),
            Self::MySql => self.in_folder(progress, unpack_mysql),
            Self::Promtool => self.in_folder(progress, unpack_promtool),
        }
    }

    /// Whether `install` has nothing to do.
    pub fn is_installed(self) -> bool {
        match self {
            Self::Artemis | Self::Elasticsearch => self.is_made() && find(&["java"]).is_some(),
            Self::Toxiproxy | Self::Promtool => self.is_made(),
            Self::MariaDb => find(&["mariadbd"]).is_some() && find(&["mariadb-install-db"]).is_some(),
            Self::Redis => find(&["redis-server"]).is_some() && find(&["redis-cli"]).is_some(),
            Self::Nginx => find(&["nginx"]).is_some(),
            Self::MySql => self.is_made() || std::env::var_os(mysql::VARIABLE).is_some(),
        }
    }

    fn is_made(self) -> bool {
        fs::read_to_string(self.folder().join(MADE_FROM)).is_ok_and(|text| text == self.made_from())
    }

    /// Where it is installed when it is not a package of the system.
    pub(crate) fn folder(self) -> PathBuf {
        folder::services().join("software").join(self.name())
    }

    /// What it is made from: when that changes it is made again.
    fn made_from(self) -> String {
        let source = |name: &str| fs::read_to_string(folder::root().join(name)).unwrap_or_default();
        match self {
            Self::Artemis => ARTEMIS_VERSION.to_owned(),
            Self::Elasticsearch => {
                source("deploy/elasticsearch/pom.xml") + &source("deploy/elasticsearch/SearchNode.java")
            }
            Self::MySql => MYSQLD.to_owned(),
            Self::Promtool => PROMETHEUS.to_owned(),
            _ => TOXIPROXY.to_owned(),
        }
    }

    /// Makes it beside its place and moves it there whole: a killed run leaves no half of it.
    fn in_folder(self, progress: &mut dyn FnMut(&str), make: Make) -> Result<(), ServiceError> {
        let (place, fresh) = (self.folder(), self.folder().with_extension("new"));
        fs::remove_dir_all(&fresh).ok();
        fs::create_dir_all(&fresh).doing("making", &fresh)?;
        make(&fresh, progress)?;
        fs::write(fresh.join(MADE_FROM), self.made_from()).doing("writing into", &fresh)?;
        fs::remove_dir_all(&place).ok();
        fs::rename(&fresh, &place).doing("moving", &fresh)
    }

    fn package(self) -> &'static str {
        match self {
            Self::MariaDb => "mariadb-server",
            Self::Redis => "redis-server",
            Self::Nginx => "nginx-light",
            Self::Promtool => PROMETHEUS,
            _ => "default-jdk-headless",
        }
    }

    /// Nothing must have it: why it could not be had is said and no more.
    pub(crate) fn missing_since(self, error: &ServiceError) -> ServiceError {
        match self.missing() {
            ServiceError::Missing { what, install } => {
                ServiceError::Missing { what, install: format!("{install}; Debian's could not be unpacked: {error}") }
            }
            other => other,
        }
    }

    pub(crate) fn missing(self) -> ServiceError {
        let install = match self {
            Self::MySql => "Set MYSQLD to the mysqld of MySQL 8 or newer: https://dev.mysql.com/downloads".to_owned(),
            other => debian::advice(other.package()),
        };
        ServiceError::Missing { what: self.name(), install }
    }
}

fn unpack_artemis(folder: &Path, progress: &mut dyn FnMut(&str)) -> Result<(), ServiceError> {
    progress("fetching Artemis (46 MB)");
    let archive = format!("org.apache.activemq:apache-artemis:{ARTEMIS_VERSION}:tar.gz:bin");
    let mut copy = maven()?;
    copy.arg(format!("{MAVEN_COPY}:copy")).arg(format!("-Dartifact={archive}"));
    run(copy.arg(format!("-DoutputDirectory={}", folder.display())))?;
    let archive = folder.join(format!("apache-artemis-{ARTEMIS_VERSION}-bin.tar.gz"));
    run(Command::new("tar").arg("-xzf").arg(&archive).args(["--strip-components=1", "-C"]).arg(folder))?;
    fs::remove_file(&archive).doing("removing", &archive)
}

/// Debian has MySQL in its development suite only; it runs on the C library that comes with it, through that one's loader.
fn unpack_mysql(folder: &Path, progress: &mut dyn FnMut(&str)) -> Result<(), ServiceError> {
    progress("fetching MySQL and its libraries (60 MB)");
    debian::unpack("sid", "mysql-server-core", folder)?;
    let program = folder.join("mysqld");
    fs::write(&program, MYSQLD).doing("writing", &program)?;
    run(Command::new("chmod").arg("+x").arg(&program))
}

fn unpack_promtool(folder: &Path, progress: &mut dyn FnMut(&str)) -> Result<(), ServiceError> {
    progress("fetching promtool (19 MB)");
    debian::unpack_alone(PROMETHEUS, folder)
}

fn compile_elasticsearch(folder: &Path, progress: &mut dyn FnMut(&str)) -> Result<(), ServiceError> {
    let source = folder::root().join("deploy/elasticsearch");
    progress("fetching Elasticsearch (37 MB)");
    let mut copy = maven()?;
    copy.arg("-f").arg(source.join("pom.xml")).arg(format!("{MAVEN_COPY}:copy-dependencies"));
    copy.arg(format!("-DoutputDirectory={}", folder.join("lib").display())).arg("-DincludeScope=runtime");
    run(&mut copy)?;
    let mut compile = Command::new(program("javac", "default-jdk-headless")?);
    compile.arg("-cp").arg(format!("{}/lib/*", folder.display())).arg("-d").arg(folder.join("classes"));
    run(compile.arg(source.join("SearchNode.java")))
}

fn build_toxiproxy(folder: &Path, progress: &mut dyn FnMut(&str)) -> Result<(), ServiceError> {
    let go = match find(&["go", "/usr/local/go/bin/go"]) {
        Some(go) => go,
        None => program("go", "golang-go")?,
    };
    progress("building toxiproxy (a minute or two)");
    run(Command::new(go).args(["install", TOXIPROXY]).env("GOBIN", folder))
}

fn maven() -> Result<Command, ServiceError> {
    let mut command = Command::new(program("mvn", "maven")?);
    command.args(["--batch-mode", "--quiet"]);
    Ok(command)
}

pub(crate) fn java() -> Result<Command, ServiceError> {
    Ok(Command::new(program("java", "default-jdk-headless")?))
}

/// A program of a Debian package, installed where that is possible.
fn program(name: &'static str, package: &'static str) -> Result<PathBuf, ServiceError> {
    if let Some(path) = find(&[name]) {
        return Ok(path);
    }
    debian::install(name, package)?;
    find(&[name]).ok_or_else(|| ServiceError::Missing { what: name, install: debian::advice(package) })
}

/// The first of these programs that is there.
pub(crate) fn which(names: &[&str], software: Software) -> Result<PathBuf, ServiceError> {
    find(names).ok_or_else(|| software.missing())
}

/// In the path and where Debian keeps what only root runs; a name with a `/` is a path.
pub(crate) fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.extend(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|file| file.is_file()))
}

pub(crate) fn is_root() -> bool {
    geteuid().is_root()
}

/// Runs it to its end, quietly; what it printed is in the error.
pub(crate) fn run(command: &mut Command) -> Result<(), ServiceError> {
    let out = command.stdin(Stdio::null()).output().doing("starting", Path::new(command.get_program()))?;
    if out.status.success() {
        return Ok(());
    }
    let output = [out.stdout, out.stderr].concat();
    let output = String::from_utf8_lossy(&output[output.len().saturating_sub(TAIL_BYTES)..]).into_owned();
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let command = words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
    Err(ServiceError::Failed { command, status: out.status.to_string(), output })
}

//! MariaDB with a database `weft` and a login of the same name that may do everything.

use crate::{
    ServiceError, Software, probe,
    recipe::{Place, Recipe},
    software::{is_root, run, which},
};
use std::{path::PathBuf, process::Command};

/// Runs at each start, before connections are accepted.
pub(crate) const INIT: &str = "\
CREATE DATABASE IF NOT EXISTS weft CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS 'weft'@'%' IDENTIFIED BY 'weft';
GRANT ALL PRIVILEGES ON *.* TO 'weft'@'%' WITH GRANT OPTION;
";

#[derive(Debug, Default)]
pub(crate) struct MariaDb {
    /// Certificate and key in PEM: then it takes no connection without TLS from elsewhere.
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
}

impl Recipe for MariaDb {
    fn software(&self) -> Software {
        Software::MariaDb
    }

    fn prepare(&self, place: &Place) -> Result<(), ServiceError> {
        place.folder.write("init.sql", INIT)?;
        let data = place.folder.file("data");
        if data.join("mysql").is_dir() {
            return Ok(());
        }
        let mut install = Command::new(which(&["mariadb-install-db", "mysql_install_db"], Software::MariaDb)?);
        install.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
        install.arg(format!("--datadir={}", data.display())).args(as_root());
        run(&mut install)
    }

    fn command(&self, place: &Place) -> Result<Command, ServiceError> {
        let mut command = Command::new(which(&["mariadbd", "mysqld"], Software::MariaDb)?);
        command.arg("--no-defaults").args(shared_flags(place)).args(["--skip-log-bin"]);
        if let Some((certificate, key)) = &self.tls {
            command.arg("--require-secure-transport=ON");
            command.arg(format!("--ssl-cert={}", certificate.display())).arg(format!("--ssl-key={}", key.display()));
        }
        Ok(command)
    }

    fn is_ready(&self, place: &Place) -> bool {
        greets(place.port(0))
    }

    fn urls(&self, place: &Place) -> Vec<String> {
        vec![url(place.port(0))]
    }
}

pub(crate) fn url(port: u16) -> String {
    format!("mysql://weft:weft@127.0.0.1:{port}/weft")
}

/// Flags that MariaDB and MySQL share.
pub(crate) fn shared_flags(place: &Place) -> Vec<String> {
    let path = |name: &str| place.folder.file(name).display().to_string();
    let mut flags = vec![
        format!("--datadir={}", path("data")),
        format!("--init-file={}", path("init.sql")),
        format!("--socket={}", path("data/s")),
        format!("--pid-file={}", path("data/pid")),
        format!("--port={}", place.port(0)),
    ];
    let fixed = [
        "--bind-address=127.0.0.1",
        "--skip-networking=0",
        "--skip-name-resolve",
        "--innodb-buffer-pool-size=64M",
        "--max-connections=500",
        // Probes hang up after the greeting: a thousand of them must not get their host refused.
        "--max-connect-errors=4294967295",
    ];
    flags.extend(fixed.map(str::to_owned));
    flags.extend(as_root().map(str::to_owned));
    flags
}

/// These servers run as root only when they are told that it is meant.
pub(crate) fn as_root() -> Option<&'static str> {
    is_root().then_some("--user=root")
}

/// A server that is up begins with a packet of protocol version 10; one that refuses sends an error packet.
pub(crate) fn greets(port: u16) -> bool {
    const HEADER: usize = 4;
    const PROTOCOL: u8 = 10;
    probe::ask(port, b"", |answer| answer.len() > HEADER).is_some_and(|greeting| greeting[HEADER] == PROTOCOL)
}

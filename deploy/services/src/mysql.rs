//! MySQL 8 or newer: the machine's own, or one unpacked into a folder.

use crate::{
    ServiceError, Software,
    mariadb::{INIT, as_root, greets, shared_flags, url},
    recipe::{Place, Recipe},
    software::run,
};
use std::{path::PathBuf, process::Command};

/// Names the program where several are installed.
pub(crate) const VARIABLE: &str = "MYSQLD";
const MAJOR_MIN: u32 = 8;

#[derive(Debug)]
pub(crate) struct MySql {
    program: PathBuf,
}

impl MySql {
    /// `$MYSQLD`, or the one that is unpacked where there is none.
    pub(crate) fn find() -> Result<Self, ServiceError> {
        let program = if let Some(path) = std::env::var_os(VARIABLE) {
            path.into()
        } else {
            Software::MySql.install(&mut |_| {}).map_err(|error| Software::MySql.missing_since(&error))?;
            Software::MySql.folder().join("mysqld")
        };
        let out = Command::new(&program).arg("--version").output();
        let version = out.map(|out| String::from_utf8_lossy(&out.stdout).into_owned()).unwrap_or_default();
        if major(&version).is_some_and(|major| major >= MAJOR_MIN) {
            return Ok(Self { program });
        }
        Err(Software::MySql.missing())
    }
}

/// The major version in what `mysqld --version` prints; none for MariaDB.
fn major(version: &str) -> Option<u32> {
    let number = version.split("Ver ").nth(1).filter(|_| !version.contains("MariaDB"))?;
    number.split('.').next()?.parse().ok()
}

impl Recipe for MySql {
    fn software(&self) -> Software {
        Software::MySql
    }

    fn prepare(&self, place: &Place) -> Result<(), ServiceError> {
        place.folder.write("init.sql", INIT)?;
        let data = place.folder.file("data");
        if data.join("mysql").is_dir() {
            return Ok(());
        }
        let mut initialise = Command::new(&self.program);
        initialise.args(["--no-defaults", "--initialize-insecure"]).args(as_root());
        run(initialise.arg(format!("--datadir={}", data.display())))
    }

    fn command(&self, place: &Place) -> Result<Command, ServiceError> {
        let mut command = Command::new(&self.program);
        command.arg("--no-defaults").args(shared_flags(place)).args(["--disable-log-bin", "--mysqlx=OFF"]);
        Ok(command)
    }

    fn is_ready(&self, place: &Place) -> bool {
        greets(place.port(0))
    }

    fn urls(&self, place: &Place) -> Vec<String> {
        vec![url(place.port(0))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mysql_is_told_from_mariadb() {
        assert_eq!(major("/usr/sbin/mysqld  Ver 9.7.0 for Linux on x86_64 (Source distribution)"), Some(9));
        assert_eq!(major("mysqld  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64"), None);
        assert_eq!(major(""), None);
    }
}

//! Apache ActiveMQ Artemis, as `deploy/artemis` configures it.

use crate::{
    ServiceError, Software,
    error::Doing as _,
    folder::root,
    probe,
    recipe::{Place, Recipe},
    software::java,
};
use std::{fs, process::Command};

/// Name and password of `deploy/artemis/artemis-users.properties`.
const LOGIN: &str = "weft:weft";
/// The client's half of the exchange that opens AMQP 1.0 with SASL; the broker answers the same when it is active.
const SASL_HEADER: &[u8; 8] = b"AMQP\x03\x01\x00\x00";

#[derive(Debug)]
pub(crate) struct Artemis;

impl Recipe for Artemis {
    fn software(&self) -> Software {
        Software::Artemis
    }

    fn prepare(&self, place: &Place) -> Result<(), ServiceError> {
        let from = root().join("deploy/artemis");
        for entry in fs::read_dir(&from).doing("reading", &from)? {
            let file = entry.doing("reading", &from)?.path();
            let text = fs::read_to_string(&file).doing("reading", &file)?;
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            place.folder.write(&format!("etc/{name}"), &text)?;
        }
        let temporary = place.folder.file("tmp");
        fs::create_dir_all(&temporary).doing("making", &temporary)
    }

    fn command(&self, place: &Place) -> Result<Command, ServiceError> {
        let home = Software::Artemis.folder();
        let instance = place.folder.path().display();
        let mut command = java()?;
        command.args(["-Xms64m", "-Xmx512m", "-XX:+UseSerialGC"]);
        for property in [
            format!("artemis.home={}", home.display()),
            format!("artemis.instance={instance}"),
            format!("artemis.instance.etc={instance}/etc"),
            format!("java.io.tmpdir={instance}/tmp"),
            format!("java.security.auth.login.config={instance}/etc/login.config"),
            format!("log4j2.configurationFile={instance}/etc/log4j2.properties"),
            "log4j2.disableJmx=true".to_owned(),
            "weft.artemis.host=127.0.0.1".to_owned(),
            format!("weft.artemis.port={}", place.port(0)),
            // The disk of a developer may well be nearly full.
            "weft.artemis.max-disk-usage=-1".to_owned(),
        ] {
            command.arg(format!("-D{property}"));
        }
        command.arg("-classpath").arg(home.join("lib/artemis-boot.jar"));
        command.args(["org.apache.activemq.artemis.boot.Artemis", "run"]);
        Ok(command)
    }

    fn is_ready(&self, place: &Place) -> bool {
        probe::ask(place.port(0), SASL_HEADER, |answer| answer.len() >= SASL_HEADER.len())
            .is_some_and(|answer| answer.starts_with(b"AMQP"))
    }

    fn urls(&self, place: &Place) -> Vec<String> {
        vec![format!("amqp://{LOGIN}@127.0.0.1:{}", place.port(0))]
    }
}

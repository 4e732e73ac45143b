//! Toxiproxy: cuts, resets and latency between a client and a server, ordered over its HTTP API.

use crate::{
    ServiceError, Software, probe,
    recipe::{Place, Recipe},
};
use std::process::Command;

#[derive(Debug)]
pub(crate) struct Toxiproxy;

impl Recipe for Toxiproxy {
    fn software(&self) -> Software {
        Software::Toxiproxy
    }

    fn prepare(&self, _: &Place) -> Result<(), ServiceError> {
        Ok(())
    }

    fn command(&self, place: &Place) -> Result<Command, ServiceError> {
        let mut command = Command::new(Software::Toxiproxy.folder().join("server"));
        command.args(["-host", "127.0.0.1", "-port"]).arg(place.port(0).to_string());
        Ok(command)
    }

    fn is_ready(&self, place: &Place) -> bool {
        probe::http_ok(place.port(0), "/version")
    }

    fn urls(&self, place: &Place) -> Vec<String> {
        vec![format!("http://127.0.0.1:{}", place.port(0))]
    }
}

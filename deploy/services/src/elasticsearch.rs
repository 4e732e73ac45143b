//! Elasticsearch as a plain Java process: `deploy/elasticsearch/SearchNode.java` on the jars of its `pom.xml`.

use crate::{
    ServiceError, Software, probe,
    recipe::{Place, Recipe},
    software::java,
};
use std::process::Command;

#[derive(Debug)]
pub(crate) struct Elasticsearch;

impl Recipe for Elasticsearch {
    fn software(&self) -> Software {
        Software::Elasticsearch
    }

    /// HTTP, and the port for nodes among themselves.
    fn ports(&self) -> usize {
        2
    }

    fn prepare(&self, _: &Place) -> Result<(), ServiceError> {
        Ok(())
    }

    fn command(&self, place: &Place) -> Result<Command, ServiceError> {
        let home = Software::Elasticsearch.folder();
        let mut command = java()?;
        // It is started far more often than it is kept busy: no second compiler.
        command.args(["-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"]);
        command.arg(format!("{0}/classes:{0}/lib/*", home.display())).arg("SearchNode").arg(place.folder.path());
        command.args([place.port(0).to_string(), place.port(1).to_string()]);
        Ok(command)
    }

    fn is_ready(&self, place: &Place) -> bool {
        probe::http_ok(place.port(0), "/_cluster/health?wait_for_status=yellow&timeout=1s")
    }

    fn urls(&self, place: &Place) -> Vec<String> {
        vec![format!("http://127.0.0.1:{}", place.port(0))]
    }
}

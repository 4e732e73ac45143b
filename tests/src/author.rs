//! Somebody who writes a plugin: a folder, a shell, and the tutorial.

use crate::node::{binary, root};
use std::{
    fs,
    path::PathBuf,
    process::{Output, Stdio},
    time::Duration,
};
use tokio::{process::Command, time::timeout};

/// A first build of the plugin compiles its dependencies, beside whatever else the machine does.
const COMMAND_WITHIN: Duration = Duration::from_mins(10);
/// The tutorial's server.
const SERVER: &str = "http://127.0.0.1:9003";

/// Where the author types, and what their shell knows.
pub struct Author {
    server: String,
    folder: PathBuf,
    path: String,
    environment: Vec<(&'static str, String)>,
}

impl Author {
    /// Begins in an empty folder `target/tests/NAME/home`. `server` is who stands for the tutorial's.
    pub fn new(name: &str, server: String) -> Self {
        let folder = root().join("target/tests").join(name).join("home");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let binary = fs::canonicalize(binary()).unwrap();
        let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
        let environment = vec![
            ("WEFT_PASSWORD", "weft-demo".into()),
            ("WEFT_PROFILES", folder.join("profiles.toml").display().to_string()),
            ("WEFT_SDK", root().join("sdk").display().to_string()),
            // Shared by all runs, so that only the first compiles the plugin's dependencies.
            ("CARGO_TARGET_DIR", root().join("target/tests/author-target").display().to_string()),
        ];
        Self { server, folder, path, environment }
    }

    /// One line; what it printed. It must succeed.
    pub async fn types(&mut self, line: &str) -> Output {
        if let Some(folder) = line.strip_prefix("cd ") {
            self.folder.push(folder);
            assert!(self.folder.is_dir(), "{line}");
            return Command::new("true").output().await.unwrap();
        }
        let typed = line.replace(SERVER, &self.server);
        let mut shell = Command::new("bash");
        shell.args(["-ec", &typed]).current_dir(&self.folder).env("PATH", &self.path).stdin(Stdio::null());
        for name in ["WEFT_SERVER", "WEFT_TOKEN", "WEFT_PROFILE"] {
            shell.env_remove(name);
        }
        let output = shell.envs(self.environment.iter().cloned()).kill_on_drop(true).output();
        let Ok(output) = timeout(COMMAND_WITHIN, output).await else { panic!("not within {COMMAND_WITHIN:?}: {line}") };
        let output = output.unwrap();
        let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).join("\n");
        assert!(output.status.success(), "`{line}` in {}: {said}", self.folder.display());
        output
    }
}

/// The commands of `docs/plugins/tutorial.md`: the lines of its shell blocks.
pub fn tutorial() -> Vec<String> {
    let text = fs::read_to_string(root().join("docs/plugins/tutorial.md")).unwrap();
    let mut inside = false;
    let mut commands = Vec::new();
    for line in text.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            line if inside => commands.push(line.to_owned()),
            _ => {}
        }
    }
    assert!(commands.len() > 10, "the tutorial has commands");
    commands
}

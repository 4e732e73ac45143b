//! The files of the repository: what git tracks, and what it would add.

use crate::rust_file::RustFile;
use std::{fs, path::PathBuf, process::Command};

pub struct Repository {
    root: PathBuf,
    files: Vec<String>,
}

impl Repository {
    pub fn open() -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut repository = Self { root, files: Vec::new() };
        repository.files = repository.git(&["ls-files", "--cached", "--others", "--exclude-standard"]);
        repository.files.retain(|file| repository.root.join(file).is_file());
        repository.files.sort();
        repository
    }

    /// What git tracks, whether it should or not.
    pub fn tracked(&self) -> Vec<String> {
        self.git(&["ls-files"])
    }

    /// Paths from the root, `/` between.
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// Files with one of these endings; there must be some, or the rule that asks holds nothing.
    pub fn ending(&self, endings: &[&str]) -> Vec<&str> {
        let found: Vec<_> =
            self.files.iter().map(String::as_str).filter(|f| endings.iter().any(|e| f.ends_with(e))).collect();
        assert!(!found.is_empty(), "no file ends in {endings:?}: this rule looks at nothing");
        found
    }

    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.root.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"))
    }

    pub fn has(&self, file: &str) -> bool {
        self.files.binary_search_by(|f| f.as_str().cmp(file)).is_ok()
    }

    /// Every Rust file, and which of its code is for tests.
    pub fn rust(&self) -> Vec<RustFile> {
        let mut all: Vec<_> = self.ending(&[".rs"]).into_iter().map(|f| RustFile::parse(f, &self.read(f))).collect();
        let gated: Vec<_> = all.iter().flat_map(RustFile::modules_for_tests).collect();
        for file in &mut all {
            let stem = file.path.trim_end_matches(".rs");
            if gated.iter().any(|module| {
                stem.strip_prefix(module.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }) {
                file.all_for_tests();
            }
        }
        all
    }

    /// `cargo metadata` of the workspace, its own packages only.
    pub fn metadata(&self) -> serde_json::Value {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(&self.root).args(["metadata", "--no-deps", "--format-version", "1", "--offline"]);
        let out = cargo.output().unwrap();
        assert!(out.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice(&out.stdout).unwrap()
    }

    fn git(&self, arguments: &[&str]) -> Vec<String> {
        // A clone may belong to somebody else than the one who tests it.
        let out = Command::new("git")
            .current_dir(&self.root)
            .args(["-c", "safe.directory=*"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(out.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap().lines().map(str::to_owned).collect()
    }
}

/// Fails with one line per complaint.
pub fn verdict(rule: &str, complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{rule}\n  {}\n", complaints.join("\n  "));
}

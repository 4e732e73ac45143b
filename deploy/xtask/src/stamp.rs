//! Stamps: a step's inputs as one number, and the files it wrote, kept until the inputs change.

use anyhow::{Context, Result};
use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
};

/// What is built is no input.
const OUTPUT: [&str; 4] = ["target", "node_modules", "dist", ".vite"];

/// One number for the names and contents of `inputs` (files and folders under `root`; what is not there counts too) and for `tools`.
pub fn fingerprint(root: &Path, inputs: &[&str], tools: &str) -> Result<String> {
    let mut files = Vec::new();
    for input in inputs {
        collect(&root.join(input), &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    tools.hash(&mut hasher);
    for file in files {
        file.strip_prefix(root).unwrap_or(&file).hash(&mut hasher);
        fs::read(&file).with_context(|| format!("reading {}", file.display()))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Whether the stamp holds this fingerprint and everything it names is there.
pub fn is_current(stamp: &Path, fingerprint: &str) -> bool {
    let Ok(text) = fs::read_to_string(stamp) else { return false };
    let mut lines = text.lines();
    lines.next() == Some(fingerprint) && lines.all(|output| Path::new(output).exists())
}

pub fn write(stamp: &Path, fingerprint: &str, outputs: &[PathBuf]) -> Result<()> {
    let lines = std::iter::once(fingerprint.to_owned()).chain(outputs.iter().map(|o| o.display().to_string()));
    let text = lines.collect::<Vec<_>>().join("\n");
    let write = || {
        fs::create_dir_all(stamp.parent().unwrap_or(Path::new(".")))?;
        fs::write(stamp, text)
    };
    write().with_context(|| format!("writing {}", stamp.display()))
}

/// All files under `path`, build output left out.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path).with_context(|| format!("reading {}", path.display()))? {
            let entry = entry?;
            if !OUTPUT.iter().any(|skip| entry.file_name() == *skip) {
                collect(&entry.path(), files)?;
            }
        }
    } else if path.exists() {
        files.push(path.to_owned());
    }
    Ok(())
}

/// All files in a folder of output, for a stamp.
pub fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_current_until_an_input_changes_or_an_output_goes() {
        let root = std::env::temp_dir().join(format!("weft-stamp-{}", std::process::id()));
        fs::create_dir_all(root.join("in/node_modules")).unwrap();
        fs::write(root.join("in/a"), "1").unwrap();
        fs::write(root.join("out"), "").unwrap();
        let now = || fingerprint(&root, &["in", "absent"], "cc 1").unwrap();
        let stamp = root.join("stamps/x.stamp");
        write(&stamp, &now(), &[root.join("out")]).unwrap();
        fs::write(root.join("in/node_modules/b"), "output").unwrap();
        assert!(is_current(&stamp, &now()));
        assert!(!is_current(&stamp, &fingerprint(&root, &["in"], "cc 2").unwrap()));
        fs::remove_file(root.join("out")).unwrap();
        assert!(!is_current(&stamp, &now()));
        fs::write(root.join("out"), "").unwrap();
        fs::write(root.join("in/a"), "2").unwrap();
        assert!(!is_current(&stamp, &now()));
        fs::remove_dir_all(root).unwrap();
    }
}

//! `weft plugin dev`: saved → built → published → in force on a tenant for trying things.

use super::{At, Client, activate::put_in_force, releases::upload};
use crate::{
    answer::{Answer, Voice},
    complaint::Complaint,
    folder::Folder,
    question::settings,
};
use serde_json::json;
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

/// Between two looks at the files.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Of a plugin's folder; what lies deeper, or is more, is not watched.
const DEPTH_MAX: usize = 8;
const FILES_MAX: usize = 10_000;
/// What a build writes.
const BUILT: [&str; 3] = ["target", "dist", ".git"];

#[derive(Debug, clap::Args)]
pub struct Dev {
    /// The plugin's folder.
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Settings to bind it with, as JSON; watched as well.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Build and activate once, and end.
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    at: At,
}

pub(crate) fn dev(arguments: &Dev, voice: Voice) -> Result<Answer, Complaint> {
    let client = Client::of(&arguments.at)?;
    if arguments.once {
        return cycle(arguments, &client, voice);
    }
    let mut saved = None;
    loop {
        let now = newest(&arguments.dir, arguments.settings.as_deref())?;
        if saved == Some(now) {
            std::thread::sleep(LOOK_EVERY);
            continue;
        }
        saved = Some(now);
        // A mistake in the rule is the next save's to mend.
        let told = match cycle(arguments, &client, voice) {
            Ok(answer) => voice.tell(&answer),
            Err(complaint) => voice.tell(&Answer::new(complaint.as_text(), complaint.as_json())),
        };
        if told.is_err() {
            return Ok(Answer::new("", json!(null)));
        }
    }
}

fn cycle(arguments: &Dev, client: &Client, voice: Voice) -> Result<Answer, Complaint> {
    let begun = Instant::now();
    let folder = Folder::open(&arguments.dir)?;
    let settings = settings(arguments.settings.as_deref())?;
    voice.say(&format!("building {} {}", folder.manifest.name, folder.manifest.version));
    // The server checks it as well: whoever saves does not wait for that twice.
    let component = folder.build(voice)?;
    let built_in = begun.elapsed();
    let release = upload(client, component)?;
    let change = json!({"hook": release.hook, "release": release.digest, "settings": settings});
    let activated = put_in_force(client, &change, voice)?;
    let took = begun.elapsed();
    let epoch = &activated.json["activation"]["epoch"];
    let text = format!(
        "{} {} is in force (epoch {epoch}): {:.1} s, of which {:.1} s to build\n",
        release.name,
        release.version,
        took.as_secs_f32(),
        built_in.as_secs_f32()
    );
    let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let json =
        json!({"release": release.digest, "epoch": epoch, "took_ms": millis(took), "built_in_ms": millis(built_in)});
    Ok(Answer::new(text, json))
}

/// The newest change of any file that the component is made of.
fn newest(dir: &Path, settings: Option<&Path>) -> Result<SystemTime, Complaint> {
    let mut newest = SystemTime::UNIX_EPOCH;
    let mut files = 0;
    let mut folders = vec![(dir.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|e| Complaint::file(&folder, e))?;
        for entry in entries.filter_map(Result::ok).take(FILES_MAX - files.min(FILES_MAX)) {
            let built = entry.file_name().to_str().is_some_and(|name| BUILT.contains(&name));
            // A file that was moved away meanwhile is as good as changed: the folder says so.
            let Ok(about) = entry.metadata() else { continue };
            if about.is_dir() && !built && depth < DEPTH_MAX {
                folders.push((entry.path(), depth + 1));
            } else if about.is_file() {
                files += 1;
                newest = newest.max(modified(&about));
            }
        }
    }
    if let Some(settings) = settings {
        newest = newest.max(fs::metadata(settings).map_or(newest, |about| modified(&about)));
    }
    Ok(newest)
}

fn modified(about: &fs::Metadata) -> SystemTime {
    let modified: io::Result<SystemTime> = about.modified();
    modified.unwrap_or(SystemTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_build_writes_is_no_change() {
        let dir = std::env::temp_dir().join(format!("weft-dev-{}", std::process::id()));
        fs::create_dir_all(dir.join("src")).unwrap();
        fs::create_dir_all(dir.join("dist")).unwrap();
        let (source, output) = (dir.join("src/lib.rs"), dir.join("dist/a.wasm"));
        fs::write(&source, "a").unwrap();
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let touch = |path: &Path, to| fs::File::options().write(true).open(path).unwrap().set_modified(to).unwrap();
        touch(&source, at(100));
        assert_eq!(newest(&dir, None).unwrap(), at(100));
        fs::write(&output, "a").unwrap();
        touch(&output, at(300));
        assert_eq!(newest(&dir, None).unwrap(), at(100));
        touch(&source, at(200));
        assert_eq!(newest(&dir, None).unwrap(), at(200));
        fs::remove_dir_all(dir).unwrap();
    }
}

//! What the kernel says of a process.

use std::{fs, path::PathBuf};

/// What Linux reports CPU time in, on every architecture (USER_HZ).
const TICKS_PER_SECOND: f64 = 100.0;

/// Microseconds of CPU, user and system, of the whole process.
pub fn cpu_micros(process: i32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The name in brackets may hold spaces.
    let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: f64 = [11, 12].iter().map(|at: &usize| fields[*at].parse::<f64>().unwrap()).sum();
    ticks * 1_000_000.0 / TICKS_PER_SECOND
}

/// KiB of resident memory.
pub fn rss_kib(process: i32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

pub fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("?").to_owned()
}

/// The node that is measured: `WEFT_BIN`, else the release build beside this program.
pub fn node_binary() -> PathBuf {
    let beside = || std::env::current_exe().unwrap().with_file_name("weft");
    let path = std::env::var_os("WEFT_BIN").map_or_else(beside, PathBuf::from);
    assert!(path.is_file(), "{} is missing: run `cargo build --release -p weft`", path.display());
    path
}

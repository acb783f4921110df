//! What the figures were measured on, and with.

use std::fs;
use std::path::Path;

use super::peers::version;

/// The programs with what they say of their version; `None` where one is not installed.
pub fn versions(rpush: &Path) -> Vec<(&'static str, Option<String>)> {
    let others = ["docker-registry", "skopeo", "curl", "docker", "dockerd"];
    let mut versions = vec![("rpush", version(rpush))];
    versions.extend(others.map(|name| (name, version(name))));
    versions
}

/// The machine, the programs, the date and the command, for the head of the report.
pub fn facts(versions: Vec<(&'static str, Option<String>)>) -> Vec<(String, String)> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let after = |path: &str, name: &str| -> String {
        let text = read(path);
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once(':').map_or("unknown", |(_, value)| value.trim()).to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kib: f64 = after("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or_default();
    // Where somebody keeps a file is nobody's business.
    let bare = |word: String| word.rsplit('/').next().map(str::to_owned).unwrap_or(word);
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").map(bare).collect();
    let command = match words.is_empty() {
        true => "cargo bench --bench peers".to_owned(),
        false => format!("cargo bench --bench peers -- {}", words.join(" ")),
    };
    let mut facts = vec![
        ("machine".to_owned(), format!("{cores} cores of {}", after("/proc/cpuinfo", "model name"))),
        ("memory".to_owned(), format!("{:.1} GB", kib * 1024.0 / 1e9)),
        ("system".to_owned(), read("/proc/version").split(" (").next().unwrap_or_default().trim().to_owned()),
        ("date".to_owned(), jiff::Zoned::now().date().to_string()),
        ("command".to_owned(), format!("`{command}`")),
    ];
    facts.extend(versions.into_iter().map(|(name, version)| {
        (name.to_owned(), version.unwrap_or_else(|| "not installed, so not compared".to_owned()))
    }));
    facts
}

//! Any entries of a layer, as a daemon keeps them, are put together or refused, and no name leads out of the layer's directory.

#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use rpush::daemon::surface;
use tempfile::TempDir;

/// What stands outside, in a form that nobody writes into an entry: bytes of a tar come as base64.
const SECRET: &str = "what is none of the layer's: 3f1c9a7e52d0";
/// More than any input makes.
const LIMIT: u64 = 1 << 20;

/// A layer with a file, a link to its directory, and links that lead out, by paths and by files.
static LAYER: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (diff, outside) = (directory.path().join("diff"), directory.path().join("x"));
    for path in [diff.join("a"), outside.clone()] {
        fs::create_dir_all(path).expect("made");
    }
    fs::write(outside.join("s"), SECRET).expect("written");
    fs::write(directory.path().join("s"), SECRET).expect("written");
    fs::write(diff.join("a/f"), "file").expect("written");
    let outside = outside.to_str().expect("plain");
    let file = format!("{outside}/s");
    for (target, link) in
        [("/a", "l"), ("../x", "up"), ("../x/s", "s"), (outside, "abs"), (&file, "f"), ("/proc/self/cwd", "p")]
    {
        std::os::unix::fs::symlink(target, diff.join(link)).expect("made");
    }
    (directory, diff)
});

fuzz_target!(|entries: &[u8]| {
    let Ok(bytes) = surface::tar_split(entries, &LAYER.1, LIMIT) else { return };
    let leaked = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
    assert!(!leaked, "{}", String::from_utf8_lossy(&bytes));
});

//! The image of the demo: this very program, with the libraries that it was started with, as an archive like the ones that
//! `docker save` writes. Docker and Podman can run it: `docker run my-fancy-app:1.0.0 --version`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::content::Error;
use crate::image::Hasher;
use crate::image::{Algorithm, Platform};

/// Writes the archive.
pub(super) fn write(path: &Path) -> Result<(), Error> {
    write_to(path).map_err(|error| Error::io("cannot write", path, error))
}

fn write_to(path: &Path) -> io::Result<()> {
    let mut layer = tempfile::tempfile()?;
    write_layer(&mut layer)?;
    layer.seek(SeekFrom::Start(0))?;
    let mut hasher = Hasher::new(Algorithm::Sha256);
    let size = io::copy(&mut layer, &mut hasher)?;
    layer.seek(SeekFrom::Start(0))?;
    let platform = Platform::of_this_machine();
    let made = std::fs::metadata(std::env::current_exe()?)?.modified()?;
    let config = json!({
        "created": jiff::Timestamp::try_from(made).map(|time| time.to_string()).unwrap_or_default(),
        "architecture": platform.architecture,
        "os": platform.os,
        "config": { "Entrypoint": ["/rpush"], "Labels": { "org.opencontainers.image.title": "my-fancy-app" } },
        "rootfs": { "type": "layers", "diff_ids": [hasher.finish()] },
        "history": [{ "created_by": "rpush demo" }],
    });
    let manifest = json!([{ "Config": "config.json", "RepoTags": [super::IMAGE], "Layers": ["layer.tar"] }]);
    let mut archive = tar::Builder::new(File::create(path)?);
    append(&mut archive, "layer.tar", 0o644, size, layer)?;
    for (name, text) in [("config.json", config.to_string()), ("manifest.json", manifest.to_string())] {
        append(&mut archive, name, 0o644, text.len() as u64, text.as_bytes())?;
    }
    archive.into_inner()?.flush()
}

fn write_layer(layer: &mut File) -> io::Result<()> {
    let mut builder = tar::Builder::new(layer);
    let program = std::env::current_exe()?;
    add_file(&mut builder, "rpush", &program)?;
    for (name, path) in libraries(&program)? {
        add_file(&mut builder, &name, &path)?;
    }
    builder.finish()
}

/// What the program was started with: the loader under the name that the program asks for, and the libraries where they lie on
/// this machine, for there the loader of this machine looks. Empty for a static program, and where there is no /proc.
fn libraries(program: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    let Some(loader) = interpreter(program)? else { return Ok(found) };
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    for line in maps.lines() {
        let Some(path) = line.find('/').map(|at| &line[at..]) else { continue };
        if path.rsplit('/').next().is_some_and(|name| name.contains(".so")) {
            found.insert(path.trim_start_matches('/').to_owned(), PathBuf::from(path));
        }
    }
    found.insert(loader.trim_start_matches('/').to_owned(), PathBuf::from(&loader));
    Ok(found)
}

/// The loader that an ELF file names in its program header of type 3, `PT_INTERP`; `None` for everything else.
fn interpreter(program: &Path) -> io::Result<Option<String>> {
    let mut file = File::open(program)?;
    let mut header = [0; 64];
    // Only what today's Linux machines have: 64 bits, little-endian.
    if file.read_exact(&mut header).is_err() || header[..6] != *b"\x7fELF\x02\x01" {
        return Ok(None);
    }
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let (table, entry_size, entries) = (number(&header[32..40]), number(&header[54..56]), number(&header[56..58]));
    for entry in 0..entries {
        let mut program_header = [0; 56];
        file.seek(SeekFrom::Start(table + entry * entry_size))?;
        file.read_exact(&mut program_header)?;
        if number(&program_header[..4]) == 3 {
            let (offset, length) = (number(&program_header[8..16]), number(&program_header[32..40]));
            let mut text = String::new();
            file.seek(SeekFrom::Start(offset))?;
            file.take(length.min(4096)).read_to_string(&mut text)?;
            return Ok(Some(text.trim_end_matches('\0').to_owned()));
        }
    }
    Ok(None)
}

fn add_file(builder: &mut tar::Builder<&mut File>, name: &str, path: &Path) -> io::Result<()> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    append(builder, name, 0o755, size, file)
}

/// No times and no owners, so that the same program makes the same image.
fn append<W: Write>(
    builder: &mut tar::Builder<W>,
    name: &str,
    mode: u32,
    size: u64,
    content: impl Read,
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    builder.append_data(&mut header, name, content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(archive: &mut tar::Archive<impl Read>) -> Vec<(String, Vec<u8>)> {
        let entries = archive.entries().expect("a tar").map(|entry| {
            let mut entry = entry.expect("an entry");
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("readable");
            (entry.path().expect("a path").display().to_string(), content)
        });
        entries.collect()
    }

    #[test]
    fn the_image_holds_the_program_and_what_it_needs_to_start() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("image.tar");
        write(&path).expect("written");
        let outer = members(&mut tar::Archive::new(File::open(&path).expect("opens")));
        let names: Vec<_> = outer.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["layer.tar", "config.json", "manifest.json"]);
        let layer = members(&mut tar::Archive::new(outer[0].1.as_slice()));
        assert_eq!(layer[0].0, "rpush");
        let program = std::env::current_exe().expect("a program");
        assert_eq!(layer[0].1, std::fs::read(&program).expect("readable"));
        if let Some(loader) = interpreter(&program).expect("an ELF file") {
            assert!(layer.iter().any(|(name, _)| format!("/{name}") == loader), "{loader}");
            assert!(layer.iter().any(|(name, _)| name.contains("libc.so")));
        }
    }
}

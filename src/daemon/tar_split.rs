//! A layer as the tar that it came as, put together out of what Docker keeps of it: the files, where they lie unpacked, and
//! everything between them (headers, padding, the end) in `tar-split.json.gz`, one entry a line, as the library tar-split has
//! written it since Docker 1.10.
//!
//! Whether what comes of it is the layer, its diff_id says to whoever reads it.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::bufread::MultiGzDecoder;
use serde::Deserialize;

use super::layer_files::{LayerFile, LayerFiles, open};

/// The longest line. What stands behind the end of a tar comes in pieces of one mebibyte, and headers are no larger.
const MAX_LINE: u64 = 4 << 20;
/// How much of the entries is read at once.
const CHUNK: usize = 64 << 10;
/// So many pieces are known before they are read: most are small files, and one that is not in memory comes from the disk
/// meanwhile.
const AHEAD: usize = 64;
/// Unless there are so many bytes in them already.
const MOST_BYTES: usize = 1 << 20;

/// What is wrong with the entries of a layer.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("line {0} of its entries is longer than any")]
    Long(u64),
    #[error("line {0} of its entries is none")]
    Entry(u64),
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        Self::other(fault)
    }
}

/// A piece of the tar: bytes of it, or the file whose content comes next. What has no content has no bytes here either.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(rename = "type")]
    kind: u8,
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    /// In its place where the name is no UTF-8.
    #[serde(borrow, default)]
    name_raw: Option<&'a str>,
    #[serde(default)]
    size: u64,
    /// The bytes; of a file, a checksum that the diff_id makes needless.
    #[serde(borrow, default)]
    payload: Option<&'a str>,
}

const FILE: u8 = 1;
const SEGMENT: u8 = 2;

/// The tar of a layer, made while it is read.
pub(super) struct TarSplit<R> {
    entries: R,
    line: Vec<u8>,
    number: u64,
    files: LayerFiles,
    piece: Piece,
    /// What comes next. A failure waits there for its turn.
    ahead: VecDeque<io::Result<Piece>>,
    /// How many bytes there are in what comes next.
    waiting: usize,
    /// Whether nothing comes behind that: after a failure, or the end.
    is_done: bool,
}

/// What is read one after the other.
enum Piece {
    Bytes(Cursor<Vec<u8>>),
    File(LayerFile),
    End,
}

impl TarSplit<BufReader<MultiGzDecoder<BufReader<File>>>> {
    /// The layer whose entries are in the one file, and whose files are below the directory.
    pub(super) fn open(entries: &Path, files: &Path) -> io::Result<Self> {
        let packed = BufReader::with_capacity(CHUNK, open(entries)?.0);
        Self::of(BufReader::with_capacity(CHUNK, MultiGzDecoder::new(packed)), files)
    }
}

impl<R: BufRead> TarSplit<R> {
    pub(super) fn of(entries: R, files: &Path) -> io::Result<Self> {
        let files = LayerFiles::below(files)?;
        let piece = Piece::Bytes(Cursor::default());
        let ahead = VecDeque::with_capacity(AHEAD);
        Ok(Self { entries, line: Vec::new(), number: 0, files, piece, ahead, waiting: 0, is_done: false })
    }

    /// Goes on to the next piece.
    fn advance(&mut self) -> io::Result<()> {
        while !self.is_done && self.ahead.len() < AHEAD && self.waiting < MOST_BYTES {
            let next = self.next();
            match &next {
                Ok(Piece::Bytes(bytes)) => self.waiting += bytes.get_ref().len(),
                Ok(Piece::File(file)) => file.fetch(),
                Ok(Piece::End) | Err(_) => self.is_done = true,
            }
            self.ahead.push_back(next);
        }
        // There is one, unless a failure was told before.
        self.piece = self.ahead.pop_front().unwrap_or(Ok(Piece::End))?;
        if let Piece::Bytes(bytes) = &self.piece {
            self.waiting -= bytes.get_ref().len();
        }
        Ok(())
    }

    /// What the next entry says.
    fn next(&mut self) -> io::Result<Piece> {
        self.line.clear();
        self.number += 1;
        let length = (&mut self.entries).take(MAX_LINE + 1).read_until(b'\n', &mut self.line)?;
        if length == 0 {
            return Ok(Piece::End);
        }
        if length as u64 > MAX_LINE {
            return Err(Fault::Long(self.number).into());
        }
        let odd = || Fault::Entry(self.number);
        let entry: Entry<'_> = serde_json::from_slice(&self.line).map_err(|_| odd())?;
        let decode = |text: &str| STANDARD.decode(text).map_err(|_| odd());
        match entry.kind {
            SEGMENT => Ok(Piece::Bytes(Cursor::new(decode(entry.payload.unwrap_or_default())?))),
            FILE if entry.size == 0 => Ok(Piece::Bytes(Cursor::default())),
            FILE => {
                let raw = entry.name_raw.map(decode).transpose()?;
                let name = raw.as_deref().unwrap_or(entry.name.as_bytes());
                Ok(Piece::File(self.files.open(name, entry.size)?))
            }
            _ => Err(odd().into()),
        }
    }

    /// Reads what is left of this piece; nothing, when there is no more of it.
    fn read_piece(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.piece {
            Piece::Bytes(bytes) => bytes.read(buffer),
            Piece::File(file) => file.read(buffer),
            Piece::End => Ok(0),
        }
    }
}

impl<R: BufRead> Read for TarSplit<R> {
    /// Fills the buffer as far as there is something: entries are small, and whoever reads does work for each call.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read_piece(&mut buffer[filled..]) {
                Ok(0) if matches!(self.piece, Piece::End) => break,
                Ok(0) => self.advance()?,
                Ok(read) => filled += read,
                // Told, it would take along what is in the buffer.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

#[cfg(all(test, target_os = "linux"))]
pub(super) mod tests {
    use std::fs;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    use super::*;

    pub fn segment(bytes: &[u8]) -> String {
        format!("{{\"type\":2,\"payload\":\"{}\",\"position\":0}}\n", STANDARD.encode(bytes))
    }

    fn file(name: &str, size: u64) -> String {
        format!("{{\"type\":1,\"name\":\"{name}\",\"size\":{size},\"payload\":\"AAAAAAAAAAA=\",\"position\":0}}\n")
    }

    /// The entries of a tar as Docker keeps them; its files are put below a directory, as far as their names lead there.
    pub fn split(tar: &[u8], files: &Path) -> String {
        let (mut lines, mut done) = (String::new(), 0);
        for entry in tar::Archive::new(tar).entries().expect("a tar") {
            let mut entry = entry.expect("a member");
            let (start, size) = (entry.raw_file_position() as usize, entry.size());
            lines += &segment(&tar[done..start]);
            done = start + size as usize;
            let (name, kind) = (entry.path_bytes().into_owned(), entry.header().entry_type());
            let path = files.join(std::ffi::OsStr::from_bytes(&name));
            match kind {
                tar::EntryType::Directory => fs::create_dir_all(&path).expect("made"),
                tar::EntryType::Symlink => {
                    symlink(entry.link_name().expect("a link").expect("a link"), &path).expect("made")
                }
                tar::EntryType::Link => {
                    let first = files.join(entry.link_name().expect("a link").expect("a link"));
                    fs::hard_link(first, &path).expect("made");
                }
                _ => {
                    fs::create_dir_all(path.parent().expect("a directory")).expect("made");
                    io::copy(&mut entry, &mut File::create(&path).expect("made")).expect("written");
                }
            }
            lines += &match (std::str::from_utf8(&name), size) {
                (Ok(name), 0) => format!("{{\"type\":1,\"name\":\"{name}\",\"payload\":null,\"position\":0}}\n"),
                (Ok(name), size) => file(name, size),
                (Err(_), size) => {
                    let name = STANDARD.encode(&name);
                    format!(
                        "{{\"type\":1,\"name_raw\":\"{name}\",\"size\":{size},\"payload\":\"AA==\",\"position\":0}}\n"
                    )
                }
            };
        }
        lines + &segment(&tar[done..])
    }

    fn read(lines: &str, files: &Path) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let mut layer = TarSplit::of(lines.as_bytes(), files).map_err(|error| error.to_string())?;
        layer.read_to_end(&mut bytes).map(|_| bytes).map_err(|error| error.to_string())
    }

    /// Directories, files with and without content, second names, files behind a link to a directory, names that are no texts,
    /// a name that JSON escapes, and bytes behind the end.
    #[test]
    fn a_layer_comes_out_as_it_came() {
        let mut tar = tar::Builder::new(Vec::new());
        let mut add = |kind, name: &[u8], link: &str, bytes: &[u8]| {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(kind);
            header.as_old_mut().name[..name.len()].copy_from_slice(name);
            header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
            header.set_size(bytes.len() as u64);
            header.set_cksum();
            tar.append(&header, bytes).expect("appended");
        };
        use tar::EntryType::{Directory, Link, Regular, Symlink};
        add(Directory, b"usr/lib/", "", b"");
        add(Regular, b"usr/lib/large", "", &[7; 100_000]);
        add(Regular, b"usr/lib/empty", "", b"");
        add(Link, b"usr/second", "usr/lib/large", b"");
        add(Symlink, b"lib", "usr/lib", b"");
        add(Regular, b"lib/behind", "", b"a link");
        add(Regular, b"./etc/caf\xe9", "", b"no text");
        add(Regular, b"etc/a<b>&c", "", b"escaped");
        let mut tar = tar.into_inner().expect("finished");
        tar.extend([0; 3000]);
        let directory = tempfile::tempdir().expect("a temporary directory");
        let lines = split(&tar, directory.path()).replace("a<b>&c", "a\\u003cb\\u003e\\u0026c");
        assert!(read(&lines, directory.path()) == Ok(tar));
    }

    #[test]
    fn entries_that_make_no_sense_are_refused() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for odd in [
            "no",
            "{}",
            "\n",
            r#"{"type":3,"payload":""}"#,
            r#"{"type":2,"payload":"!"}"#,
            r#"{"type":2,"payload":7}"#,
            r#"{"type":1,"name":"a","size":-1}"#,
            r#"{"type":1,"name_raw":"!","size":1}"#,
        ] {
            let lines = segment(b"header") + odd;
            assert_eq!(read(&lines, directory.path()), Err("line 2 of its entries is none".to_owned()), "{odd}");
        }
        let long = segment(&vec![7; MAX_LINE as usize]);
        assert_eq!(read(&long, directory.path()), Err("line 1 of its entries is longer than any".to_owned()));
        assert_eq!(read("", directory.path()), Ok(Vec::new()));
        let largest = segment(&vec![7; 1 << 20]);
        assert_eq!(read(&largest, directory.path()).map(|bytes| bytes.len()), Ok(1 << 20));
    }

    /// Some pieces are known before their turn, but no layer makes rpush hold many files or bytes; and what is wrong with one is
    /// told when it is reached.
    #[test]
    fn what_comes_is_known_ahead_within_bounds() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut lines = String::new();
        for number in 0..200 {
            fs::write(directory.path().join(number.to_string()), "f").expect("written");
            lines += &(segment(b"s") + &file(&number.to_string(), 1));
        }
        lines += &segment(&[7; MOST_BYTES]).repeat(8);
        lines += &(file("gone", 1) + "no entry");
        let mut layer = TarSplit::of(lines.as_bytes(), directory.path()).expect("opened");
        let (mut byte, mut length, mut most, mut most_bytes) = ([0], 0, 0, 0);
        let error = loop {
            match layer.read(&mut byte) {
                Ok(read) => length += read,
                Err(error) => break error.to_string(),
            }
            (most, most_bytes) = (most.max(layer.ahead.len()), most_bytes.max(layer.waiting));
        };
        assert!(error.starts_with("its file `gone` cannot be read: "), "{error}");
        assert_eq!((length, most), (400 + 8 * MOST_BYTES, AHEAD - 1));
        assert!((MOST_BYTES..2 * MOST_BYTES).contains(&most_bytes), "{most_bytes}");
        assert_eq!(layer.read(&mut byte).expect("nothing more"), 0);
    }
}

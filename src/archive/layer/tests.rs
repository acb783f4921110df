//! Layers are the same bytes wherever they are made, and nothing becomes one that leads out of whatever it is unpacked into.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use tar::EntryType;

use super::*;
use crate::archive::{Compression, MemoDir};
use crate::content::BlobDir;
use crate::image::{Digest, MediaType};

const RULES: Rules = Rules { time: 0, ownership: Ownership::Of { user: 0, group: 0 } };

/// A store, and layers that are made into it.
struct Bench {
    _root: tempfile::TempDir,
    into: Destination,
}

impl Bench {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a temporary directory");
        let staging = root.path().join("staging");
        let into = Destination {
            blobs: BlobDir::new(root.path(), staging.clone()),
            memo: MemoDir::new(root.path().join("memo"), staging),
            compression: Compression::default(),
        };
        Self { _root: root, into }
    }

    fn make(&self, material: Material, rules: &Rules) -> Result<MadeLayer, String> {
        make_layer(material, rules, &self.into, &AtomicBool::new(false), &|_| ()).map_err(|error| {
            let Error::Layer { fault, .. } = error else { return error.to_string() };
            fault.to_string()
        })
    }

    fn of_tar(&self, bytes: impl Into<Vec<u8>>) -> Result<MadeLayer, String> {
        let reader = Box::new(io::Cursor::new(bytes.into()));
        self.make(Material::Stream { place: "a test".to_owned(), reader }, &RULES)
    }

    /// The tar in a layer.
    fn unpacked(&self, layer: &MadeLayer) -> Vec<u8> {
        let packed = fs::read(self.into.blobs.path(&layer.descriptor.digest)).expect("it is in the store");
        let mut tar = Vec::new();
        flate2::read::MultiGzDecoder::new(packed.as_slice()).read_to_end(&mut tar).expect("gzip");
        assert_eq!(DiffId(Digest::of(&tar)), layer.diff_id);
        tar
    }
}

fn directory(path: &Path, below: &str) -> Material {
    Material::Directory { path: path.to_owned(), below: below.to_owned(), way: Way::Made }
}

/// A tar of one member with a name that `tar` would refuse to write.
fn tar_of(name: &[u8], kind: EntryType, link: &[u8], content: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(content.len() as u64);
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.as_old_mut().linkname[..link.len()].copy_from_slice(link);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn ended(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend_from_slice(&[0; 1024]);
    bytes
}

#[cfg(unix)]
mod of_directories {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::time::{Duration, SystemTime};

    use super::*;

    /// Everything that a directory has, written in one of two orders.
    fn fill(root: &Path, backwards: bool) {
        let long = "l".repeat(150);
        let mut steps: Vec<Box<dyn Fn() -> io::Result<()>>> = vec![
            Box::new(|| fs::write(root.join("a"), "one")),
            Box::new(|| fs::write(root.join("a.b"), "")),
            Box::new(|| fs::create_dir_all(root.join("b/c")).and_then(|()| fs::write(root.join("b/c/d"), [7; 70_000]))),
            Box::new(|| symlink("../nowhere", root.join("link"))),
            Box::new(|| symlink("t".repeat(200), root.join("far"))),
            Box::new(|| fs::write(root.join(&long), "long")),
            Box::new(|| fs::write(root.join(OsStr::from_bytes(b"\xff\xfe")), "no text")),
            Box::new(|| fs::write(root.join(OsStr::from_bytes(&[0xff; 120])), "neither")),
            Box::new(|| fs::create_dir_all(root.join("b-empty"))),
        ];
        if backwards {
            steps.reverse();
        }
        steps.iter().for_each(|step| step().expect("written"));
        for name in [b"a.b", long.as_bytes(), b"\xff\xfe", &[0xff; 120]] {
            let mode = fs::Permissions::from_mode(0o644);
            fs::set_permissions(root.join(OsStr::from_bytes(name)), mode).expect("everybody may read it");
        }
        fs::hard_link(root.join("b/c/d"), root.join("z")).expect("linked");
        let mode = |name: &str, mode| fs::set_permissions(root.join(name), fs::Permissions::from_mode(mode));
        mode("a", 0o4711).expect("a program");
        mode("b-empty", 0o1777).expect("everybody's");
        mode("b/c/d", 0o640).expect("private");
        mode("b", 0o755).and_then(|()| mode("b/c", 0o755)).expect("usual directories");
    }

    fn name_of(entry: &tar::Entry<'_, impl io::Read>) -> Vec<u8> {
        entry.path_bytes().into_owned()
    }

    #[test]
    fn the_same_content_is_the_same_layer_wherever_and_whenever_it_was_written() {
        let (bench, one, other) = (Bench::new(), tempfile::tempdir().expect("one"), tempfile::tempdir().expect("two"));
        fill(one.path(), false);
        fill(other.path(), true);
        for name in ["a", "b/c/d"] {
            let file = fs::File::options().append(true).open(other.path().join(name)).expect("opens");
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).expect("another time");
        }
        let made = bench.make(directory(one.path(), ""), &RULES).expect("a layer");
        assert_eq!(bench.make(directory(other.path(), ""), &RULES), Ok(made.clone()));
        // Held to bytes, so that another version of anything that writes others is noticed.
        assert_eq!(made.diff_id.to_string(), "sha256:98ee3243be5e0e31f127b0c70c5e9e00bd58061147c3e41effaf40d119861b14");
    }

    #[test]
    fn members_are_sorted_and_are_what_the_files_are() {
        let (bench, root) = (Bench::new(), tempfile::tempdir().expect("a directory"));
        fill(root.path(), false);
        let rules = Rules { time: 1_700_000_000, ownership: Ownership::Of { user: 3_000_000, group: 50 } };
        let tar = bench.unpacked(&bench.make(directory(root.path(), ""), &rules).expect("a layer"));
        let mut archive = tar::Archive::new(tar.as_slice());
        let mut seen = Vec::new();
        for entry in archive.entries().expect("a tar") {
            let mut entry = entry.expect("an entry");
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("content");
            let header = entry.header().clone();
            assert_eq!(header.mtime().expect("a time"), rules.time);
            let uid = entry.pax_extensions().expect("extended").expect("a large number").flatten();
            let uid =
                uid.filter(|one| one.key() == Ok("uid")).map(|one| one.value().map(str::to_owned)).collect::<Vec<_>>();
            assert_eq!((uid, header.gid().expect("a group")), (vec![Ok("3000000".to_owned())], 50));
            let link = entry.link_name_bytes().map(|link| link.into_owned()).unwrap_or_default();
            seen.push((name_of(&entry), header.mode().expect("a mode"), link, content.len()));
        }
        let long = "l".repeat(150);
        let none: &[u8] = b"";
        type Row<'a> = (&'a [u8], Option<u32>, Vec<u8>, usize);
        let expected: Vec<Row<'_>> = vec![
            (b"a", Some(0o4711), none.into(), 3),
            (b"a.b", None, none.into(), 0),
            (b"b/", None, none.into(), 0),
            (b"b-empty/", Some(0o1777), none.into(), 0),
            (b"b/c/", None, none.into(), 0),
            (b"b/c/d", Some(0o640), none.into(), 70_000),
            (b"far", None, "t".repeat(200).into(), 0),
            (b"link", None, b"../nowhere".to_vec(), 0),
            (long.as_bytes(), None, none.into(), 4),
            (b"z", Some(0o640), b"b/c/d".to_vec(), 0),
            (b"\xff\xfe", None, none.into(), 7),
            (&[0xff; 120], None, none.into(), 7),
        ];
        assert_eq!(seen.len(), expected.len());
        for ((name, mode, link, size), expected) in seen.iter().zip(&expected) {
            let shown = String::from_utf8_lossy(name);
            assert_eq!((name.as_slice(), link, *size), (expected.0, &expected.2, expected.3), "{shown}");
            assert_eq!(expected.1.unwrap_or(*mode), *mode, "{shown}");
        }
    }

    #[test]
    fn a_place_in_the_image_is_made_where_nobody_else_has_it() {
        let (bench, root) = (Bench::new(), tempfile::tempdir().expect("a directory"));
        fs::write(root.path().join("app"), "app").expect("written");
        let rules = Rules { ownership: Ownership::Of { user: 7, group: 7 }, ..RULES };
        for (way, expected) in
            [(Way::Made, vec![("srv/", 0), ("srv/x/", 0), ("srv/x/app", 7)]), (Way::Left, vec![("srv/x/app", 7)])]
        {
            let material = Material::Directory { path: root.path().to_owned(), below: "srv/x".to_owned(), way };
            let tar = bench.unpacked(&bench.make(material, &rules).expect("a layer"));
            let mut archive = tar::Archive::new(tar.as_slice());
            let entries = archive.entries().expect("a tar").map(|entry| entry.expect("an entry"));
            let seen: Vec<_> = entries
                .map(|entry| (String::from_utf8(name_of(&entry)).expect("text"), entry.header().uid().expect("a user")))
                .collect();
            assert_eq!(seen, expected.iter().map(|(name, uid)| ((*name).to_owned(), *uid)).collect::<Vec<_>>());
        }
    }

    /// Without them, `ping` would be a program that nobody may run.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_program_may_do_goes_along() {
        let (bench, root) = (Bench::new(), tempfile::tempdir().expect("a directory"));
        let path = root.path().join("ping");
        fs::write(&path, "ping").expect("written");
        // CAP_NET_RAW, as `setcap cap_net_raw+ep` writes it.
        let value = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let flags = rustix::fs::XattrFlags::empty();
        if rustix::fs::setxattr(&path, "security.capability", &value, flags).is_err() {
            return; // Only root may give them.
        }
        let tar = bench.unpacked(&bench.make(directory(root.path(), ""), &RULES).expect("a layer"));
        let mut archive = tar::Archive::new(tar.as_slice());
        let mut entry = archive.entries().expect("a tar").next().expect("a member").expect("an entry");
        let extensions = entry.pax_extensions().expect("extended").expect("there are some");
        let found = extensions.flatten().map(|one| (one.key().map(str::to_owned), one.value_bytes().to_vec()));
        assert_eq!(found.collect::<Vec<_>>(), [(Ok("SCHILY.xattr.security.capability".to_owned()), value.to_vec())]);
    }

    #[test]
    fn an_empty_directory_is_an_empty_layer() {
        let (bench, root) = (Bench::new(), tempfile::tempdir().expect("a directory"));
        let made = bench.make(directory(root.path(), ""), &RULES).expect("a layer");
        assert_eq!(bench.unpacked(&made), [0; 1024]);
    }

    #[test]
    fn what_is_no_content_is_refused_by_its_name() {
        let (bench, root) = (Bench::new(), tempfile::tempdir().expect("a directory"));
        let path = root.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&path).expect("a socket");
        let error = bench.make(directory(root.path(), ""), &RULES).unwrap_err();
        let words = "a device, a pipe or a socket, which is no content for a layer";
        assert_eq!(error, format!("`{}` is {words}", path.display()));
    }

    #[test]
    fn a_file_that_changes_meanwhile_is_an_error() {
        let root = tempfile::tempdir().expect("a directory");
        let path = root.path().join("log");
        fs::write(&path, [0; 100_000]).expect("written");
        for change in [|file: &mut fs::File| file.write_all(b"more"), |file: &mut fs::File| file.set_len(10)] {
            let mut tar = Directory::walk(root.path(), "", Way::Made, &RULES).expect("walked");
            tar.read_exact(&mut [0; 600]).expect("the header and the beginning");
            change(&mut fs::File::options().append(true).open(&path).expect("opens")).expect("changed");
            tar.read_to_end(&mut Vec::new()).expect_err("it is not the same any more");
            assert!(matches!(tar.take_fault(), Some(Fault::Changed(changed)) if changed == path));
        }
    }
}

#[test]
fn a_tar_keeps_its_bytes_and_one_that_is_compressed_its_digest() {
    let bench = Bench::new();
    let tar = ended(tar_of(b"etc/hosts", EntryType::Regular, b"", b"127.0.0.1"));
    let plain = bench.of_tar(tar.clone()).expect("a layer");
    assert_eq!(bench.unpacked(&plain), tar);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&tar).expect("compresses");
    let gzip = gzip.finish().expect("compresses");
    let packed = bench.of_tar(gzip.clone()).expect("a layer");
    assert_eq!((packed.descriptor.digest, packed.diff_id), (Digest::of(&gzip), plain.diff_id));
    let zstd = zstd::encode_all(tar.as_slice(), 3).expect("compresses");
    let packed = bench.of_tar(zstd.clone()).expect("a layer");
    assert_eq!(packed.descriptor, Descriptor::of(MediaType::LAYER_ZSTD, &zstd));
}

#[test]
fn devices_and_links_out_are_what_root_file_systems_have() {
    let bench = Bench::new();
    for (kind, link) in [(EntryType::Char, &b""[..]), (EntryType::Symlink, b"/etc/../../x"), (EntryType::Fifo, b"")] {
        bench.of_tar(ended(tar_of(b"dev/null", kind, link, b""))).unwrap_or_else(|error| panic!("{kind:?}: {error}"));
    }
    // Some writers leave out the end, and `tar -b` writes more of it than there has to be.
    bench.of_tar(tar_of(b"a", EntryType::Regular, b"", b"x")).expect("without an end");
    bench.of_tar([0; 10240]).expect("nothing at all");
}

#[test]
fn what_leads_out_or_is_no_tar_does_not_become_a_layer() {
    let bench = Bench::new();
    let file = |name: &[u8]| ended(tar_of(name, EntryType::Regular, b"", b"x"));
    let long = [tar_of(b"././@LongLink", EntryType::GNULongName, b"", b"a/../../x\0"), file(b"a")].concat();
    let pax = [tar_of(b"pax", EntryType::XHeader, b"", b"13 path=../x\n"), file(b"a")].concat();
    let broken = [tar_of(b"pax", EntryType::XHeader, b"", b"99 path=../x\n"), file(b"a")].concat();
    let gzip = |tar: &[u8]| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(tar).expect("compresses");
        gzip.finish().expect("compresses")
    };
    let leads_out = "a name that leads out of the archive";
    for (bytes, expected) in [
        (file(b"/etc/passwd"), leads_out),
        (file(b"a/../../x"), leads_out),
        (gzip(&file(b"../x")), leads_out),
        (long, leads_out),
        (pax, leads_out),
        (broken, "it is damaged at byte 1024"),
        (ended(tar_of(b"a", EntryType::Link, b"/etc/shadow", b"")), "a link to a name that leads out"),
        (b"#!/bin/sh\n".repeat(100), "it is not a tar archive"),
        (b"short".to_vec(), "it is not a tar archive"),
        (gzip(b"not a tar"), "it is not a tar archive"),
        (Vec::new(), "it is empty"),
        (file(b"a")[..600].to_vec(), "it is cut off"),
        ([file(b"a")[..1024].to_vec(), vec![1; 512]].concat(), "it is damaged at byte 1024"),
        (gzip(&file(b"a")[..600]), "it is cut off"),
        (b"\xfd7zXZ\0rest".to_vec(), "it is compressed with xz"),
    ] {
        let error = bench.of_tar(bytes).expect_err(expected);
        assert!(error.contains(expected), "{error} instead of {expected}");
    }
    assert_eq!(bench.into.blobs.list().expect("lists").len(), 0, "and nothing of it is in the store");
}

//! Archives that are broken, and archives that mean harm.

use std::io::Read;
use std::sync::atomic::Ordering;

use super::*;
use crate::content::{Advice, Class};

/// An archive with one image, and whatever else `more` adds.
fn archive(more: impl FnOnce(Tar) -> Tar) -> Vec<u8> {
    let layer = Tar::layer("a", b"b");
    let config = format!(r#"{{"rootfs":{{"diff_ids":["{}"]}}}}"#, Digest::of(&layer));
    let tar = Tar::new()
        .file("l.tar", &layer)
        .file("c.json", &config)
        .file("manifest.json", r#"[{"Config":"c.json","Layers":["l.tar"]}]"#);
    more(tar).done()
}

#[test]
fn what_is_no_image_archive_is_told_apart() {
    let error = |bytes: &[u8]| Store::new().file(bytes).unwrap_err().to_string();
    assert_eq!(error(b""), "it is empty");
    assert_eq!(error(b"hello"), "it is not a tar archive, nor one compressed with gzip or zstd");
    assert_eq!(error(&[1; 2000]), "it is not a tar archive, nor one compressed with gzip or zstd");
    assert_eq!(error(&gzip(b"hello")), "it is not a tar archive, nor one compressed with gzip or zstd");
    assert_eq!(error(&gzip(b"")), "it is empty");
    let of_no_image = "it is a tar archive, but of no image: it has neither `index.json` nor `manifest.json`";
    assert_eq!(error(&[0; 10240]), of_no_image);
    assert_eq!(every_way(&Tar::layer("etc/passwd", b"x")).1.unwrap_err(), of_no_image);
    assert_eq!(every_way(b"").1.unwrap_err(), "it is empty");
    let absent = Store::new().run(Input::Path("/nonexistent/app.tar".into())).unwrap_err();
    let absent = crate::content::Error::from(Error::Import { place: "app.tar".to_owned(), fault: Box::new(absent) });
    assert_eq!((absent.class(), absent.to_string().as_str()), (Class::NotFound, "cannot import app.tar"));
}

#[test]
fn other_ways_of_compressing_are_named_with_what_undoes_them() {
    for (magic, coder, tool) in [(&b"\xfd7zXZ\0\0\x04"[..], "xz", "xz -d"), (b"BZh91AY&SY", "bzip2", "bzip2 -d")] {
        let fault = Store::new().file(magic).unwrap_err();
        assert_eq!(fault.to_string(), format!("it is compressed with {coder}, which is not read"));
        let error = crate::content::Error::from(Error::Import { place: "a".to_owned(), fault: Box::new(fault) });
        assert_eq!(error.advice(), Some(&Advice::Type(format!("decompress it first, with `{tool}`"))));
    }
}

/// Cut anywhere, an archive is damaged; only the blocks of zeros at the end may be missing.
#[test]
fn cut_off_archives_fail_and_leave_no_staging_files() {
    let whole = archive(|tar| tar);
    let needed = whole.len() - 1024;
    for length in (1..needed).step_by(97) {
        let (store, result) = every_way_plain(&whole[..length]);
        assert!(result.is_err(), "{length} of {}", whole.len());
        let staged = std::fs::read_dir(store.destination.blobs.staging()).map(Iterator::count).unwrap_or_default();
        assert_eq!(staged, 0, "{length}");
    }
    // Some writers leave the end out.
    assert!(every_way_plain(&whole[..needed]).1.is_ok());
    let packed = gzip(&whole);
    assert_eq!(Store::new().stream(&packed[..packed.len() / 2]).unwrap_err().to_string(), CUT_OFF);
}

const CUT_OFF: &str = "it is cut off: it ends in the middle of its content";

fn every_way_plain(bytes: &[u8]) -> (Store, Result<Vec<Imported>, String>) {
    let (file, stream) = (Store::new(), Store::new());
    let expected = file.file(bytes).map_err(|fault| fault.to_string());
    assert_eq!(stream.stream(bytes).map_err(|fault| fault.to_string()), expected);
    (file, expected)
}

#[test]
fn compressed_archives_that_do_not_unpack_are_damaged() {
    for mut packed in [gzip(&archive(|tar| tar)), zstd(&archive(|tar| tar))] {
        packed[20..].fill(0xff);
        let fault = Store::new().stream(&packed).unwrap_err();
        assert!(matches!(fault, Fault::Corrupt(_)), "{fault:?}");
        let error = crate::content::Error::from(Error::Import { place: "a".to_owned(), fault: Box::new(fault) });
        assert_eq!(error.class(), Class::Damaged);
    }
}

#[test]
fn what_stands_behind_the_end_of_a_tar_is_nothing() {
    let mut rubbish = archive(|tar| tar);
    rubbish.extend(b"rubbish".repeat(1000));
    assert!(every_way(&rubbish).1.is_ok());
    let mut behind_gzip = gzip(&archive(|tar| tar));
    behind_gzip.extend(b"rubbish");
    assert!(Store::new().stream(&behind_gzip).is_ok());
}

#[test]
fn a_header_with_a_wrong_checksum_is_damaged_content() {
    let mut broken = archive(|tar| tar);
    let second = 512 + 2048;
    broken[second + 3] ^= 1;
    let words = format!("it is damaged at byte {second}, where a header of the tar should be");
    assert_eq!(every_way(&broken).1.unwrap_err(), words);
}

/// CVE-2014-9356: an archive can name nothing outside of itself.
#[test]
fn cve_2014_9356_members_cannot_lead_out_of_the_archive() {
    use tar::EntryType;
    for (kind, name, words) in [
        (EntryType::Regular, "../evil", "a name that leads out of the archive"),
        (EntryType::Regular, "a/../../evil", "a name that leads out of the archive"),
        (EntryType::Symlink, "a/../b", "a name that leads out of the archive"),
        (EntryType::Char, "null", "a device"),
        (EntryType::Block, "sda", "a device"),
        (EntryType::Fifo, "pipe", "a device"),
        (EntryType::GNUSparse, "sparse", "a sparse file"),
    ] {
        let error = every_way(&archive(|tar| tar.odd(kind, name, "x", b""))).1.unwrap_err();
        assert_eq!(error, format!("its member `{name}` is {words}, which no image archive has"));
    }
    // What is absolute begins at the archive's root.
    let absolute = archive(|tar| tar.odd(EntryType::Regular, "/etc/passwd", "", b"x"));
    assert!(every_way(&absolute).1.is_ok());
}

/// The files below a directory, with their names.
fn files_in(directory: &std::path::Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory).expect("a directory").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        match entry.path().is_dir() {
            true => names.extend(files_in(&entry.path())),
            false => names.push(name),
        }
    }
    names
}

/// CVE-2014-9358: an archive's ids of images and names of layers become paths. Here they are names of members and nothing
/// else, and what is stored has the name of its own hash.
#[test]
fn cve_2014_9358_ids_that_are_paths_lead_nowhere() {
    let secret = tempfile::NamedTempFile::new().expect("a file");
    let outside = secret.path().display().to_string();
    let climbing = format!("../../../../../../..{outside}");
    let config = r#"{"rootfs":{"diff_ids":[]}}"#;
    for id in ["../../../etc/passwd", "..", "/etc/passwd", &outside, &climbing] {
        let manifest = format!(r#"[{{"Config":"{id}","Layers":[]}}]"#);
        let error = every_way(&Tar::new().file("manifest.json", manifest).done()).1.unwrap_err();
        assert!(error.ends_with("is missing in it"), "{error}");
        let layers = format!(r#"[{{"Config":"c.json","Layers":["{id}"]}}]"#);
        let one =
            r#"{"rootfs":{"diff_ids":["sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]}}"#;
        let error = every_way(&Tar::new().file("c.json", one).file("manifest.json", layers).done()).1.unwrap_err();
        assert!(error.ends_with("is missing in it"), "{error}");
    }
    let forged = Tar::new().file("etc/passwd", config).file("manifest.json", r#"[{"Config":"/etc/passwd"}]"#).done();
    let (store, imported) = every_way(&forged);
    assert_eq!(imported.expect("its member of that name").len(), 1);
    let names = files_in(store.destination.blobs.path(&Digest::of(b"")).parent().expect("a directory"));
    assert!(names.len() == 2 && names.iter().all(|name| name.len() == 64), "{names:?}");
}

/// CVE-2021-21272: a link out of the directory, and then a member that is written through it.
#[test]
fn cve_2021_21272_nothing_is_written_through_a_link() {
    let outside = tempfile::tempdir().expect("a directory");
    let target = outside.path().display().to_string();
    for kind in [tar::EntryType::Symlink, tar::EntryType::Link] {
        let (store, imported) = every_way(&archive(|tar| {
            tar.odd(kind, "out", &target, b"").file("out/evil", b"evil").odd(kind, "blobs", &target, b"").blob(b"evil")
        }));
        assert!(imported.is_ok(), "{imported:?}");
        assert_eq!(std::fs::read_dir(outside.path()).expect("a directory").count(), 0);
        assert!(
            files_in(store.destination.blobs.staging().parent().expect("the store")).iter().all(|name| name != "evil")
        );
    }
}

/// CVE-2021-29136: a link in the place of the root itself.
#[test]
fn cve_2021_29136_a_link_in_the_place_of_the_root_is_no_root() {
    let outside = tempfile::tempdir().expect("a directory");
    let target = outside.path().display().to_string();
    for name in [".", "./", "/", "././."] {
        let evil = archive(|tar| tar.odd(tar::EntryType::Symlink, name, &target, b"").file("evil", b"evil"));
        assert!(every_way(&evil).1.is_ok(), "{name}");
        assert_eq!(std::fs::read_dir(outside.path()).expect("a directory").count(), 0, "{name}");
    }
}

#[test]
fn links_lead_to_members_or_nowhere() {
    let layer = Tar::layer("a", b"b");
    let config = format!(r#"{{"rootfs":{{"diff_ids":["{}"]}}}}"#, Digest::of(&layer));
    let with = |target: &str| {
        let tar = Tar::new()
            .file("x/l.tar", &layer)
            .file("c.json", &config)
            .symlink("y/l.tar", target)
            .file("manifest.json", r#"[{"Config":"c.json","Layers":["y/l.tar"]}]"#);
        every_way(&tar.done()).1.map(|images| images.len())
    };
    for good in ["../x/l.tar", "/x/l.tar", ".././x//l.tar"] {
        assert_eq!(with(good), Ok(1), "{good}");
    }
    for (bad, shown) in [
        ("../../x/l.tar", "../../x/l.tar"),
        ("/etc/passwd", "etc/passwd"),
        ("../../../etc/shadow", "../../../etc/shadow"),
        ("l.tar", "y/l.tar"),
    ] {
        let words = format!("its member `y/l.tar` is a link to `{shown}`, which is not in the archive");
        assert_eq!(with(bad), Err(words));
    }
}

/// Tools disagree about which of two members counts, so what one shows could be another thing than what another runs.
#[test]
fn two_members_of_one_name_are_the_same_or_refused() {
    for second in ["{}", r#"[{"Config":"d.json","Layers":["l.tar"]}]"#] {
        let error = every_way(&archive(|tar| tar.file("manifest.json", second))).1.unwrap_err();
        assert_eq!(error, "it has two different members with the name `manifest.json`");
    }
    let same = archive(|tar| tar.file("./l.tar", Tar::layer("a", b"b")).symlink("k", "x").symlink("k", "x"));
    assert!(every_way(&same).1.is_ok());
    let linked = archive(|tar| tar.symlink("manifest.json", "evil.json").file("evil.json", "[]"));
    assert!(every_way(&linked).1.unwrap_err().starts_with("it has two different members"));
}

#[test]
fn names_of_every_length_are_read_and_endless_ones_are_not() {
    let long = format!("{}/manifest.json", "d".repeat(300));
    let linked = archive(|tar| tar.file(&long, "x"));
    assert!(every_way(&linked).1.is_ok());
    let mut pax = tar::Builder::new(Vec::new());
    pax.append_pax_extensions([("path", "manifest.json".as_bytes()), ("mtime", b"1.5")]).expect("appends");
    let mut bytes = pax.into_inner().expect("finishes");
    // One header and one block of its content; then the member that it names.
    bytes.truncate(1024);
    bytes.extend(Tar::new().file("short", "[]").done());
    assert_eq!(every_way(&bytes).1.unwrap_err(), "it has no images");
    let endless = Tar::new().odd(tar::EntryType::GNULongName, "././@LongLink", "", &[b'a'; 70_000]).done();
    assert!(every_way(&endless).1.unwrap_err().contains("is a name of more than 64 KiB"));
}

/// A size that goes around all numbers, in a header with the right checksum.
#[test]
fn sizes_beyond_all_numbers_are_refused() {
    let mut header = tar::Header::new_gnu();
    header.set_size(u64::MAX);
    header.as_old_mut().name[0] = b'x';
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend([0; 1024]);
    assert!(every_way_plain(&bytes).1.is_err());
}

/// One header for ever: small when compressed, and each would cost memory.
#[test]
fn endless_members_are_too_many() {
    struct Again(Vec<u8>, usize);
    impl Read for Again {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            for byte in &mut *buffer {
                *byte = self.0[self.1];
                self.1 = (self.1 + 1) % self.0.len();
            }
            Ok(buffer.len())
        }
    }
    let header = Tar::new().file("x", b"").done()[..512].to_vec();
    let reader = Box::new(Again(header, 0));
    let error = Store::new().run(Input::Stream { place: "standard input".to_owned(), reader }).unwrap_err();
    assert!(matches!(error, Fault::TooMany), "{error}");
}

/// A document's size is bounded before it is read, whatever its header promises.
#[test]
fn documents_have_a_largest_size() {
    let padded = format!("{}[]", " ".repeat(4 * 1024 * 1024));
    let tar = Tar::new().file("manifest.json", padded).done();
    let error = Store::new().file(&tar).unwrap_err();
    assert!(matches!(error, Fault::TooLarge { limit: 4_194_304, .. }), "{error}");
    let error = Store::new().stream(&tar).unwrap_err();
    assert!(matches!(error, Fault::TooLarge { limit: 4_194_304, .. }), "{error}");
}

/// Reads zeros for ever, and stops when it is told to after a while.
struct Endless<'a>(&'a AtomicBool, u64);

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.1 += buffer.len() as u64;
        if self.1 > 16 * 1024 * 1024 {
            self.0.store(true, Ordering::Relaxed);
        }
        buffer.fill(0);
        Ok(buffer.len())
    }
}

#[test]
fn an_import_that_nobody_wants_any_more_stops() {
    static CANCEL: AtomicBool = AtomicBool::new(false);
    let mut start = Tar::layer("x", b"");
    start.truncate(512);
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..5].copy_from_slice(b"l.tar");
    header.set_size(1 << 40);
    header.set_cksum();
    start.extend(header.as_bytes());
    // The member's own first header makes it a layer, which is compressed on threads.
    start.extend(&Tar::layer("y", b"")[..512]);
    let reader = Box::new(Cursor::new(start).chain(Endless(&CANCEL, 0)));
    let store = Store::new();
    let input = Input::Stream { place: "standard input".to_owned(), reader };
    let error = import(input, &Wanted::All, &store.destination, &CANCEL, &|_| {}).unwrap_err();
    assert!(matches!(&error, Error::Import { fault, .. } if matches!(**fault, Fault::Cancelled)), "{error:?}");
    assert_eq!(store.blobs(), 0);
}

/// Zeros without end.
fn zeros(bytes: u64) -> impl Read {
    std::io::repeat(0).take(bytes)
}

/// A gzip member whose content is read from somewhere.
fn gzip_of(content: impl Read) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::GzEncoder::new(content, flate2::Compression::best()).read_to_end(&mut out).expect("compresses");
    out
}

/// Decompression bombs: gzip in gzip, zstd of nothing, and a member that is full of zeros, each of a few kilobytes. They end
/// when they are beyond what an image of their size could be, and leave nothing behind.
#[test]
fn what_unpacks_without_end_is_refused() {
    let mib = 1 << 20;
    let layer_of = |content: Vec<u8>| {
        let digest = Digest::of(b"something else");
        let config = format!(r#"{{"rootfs":{{"diff_ids":["{digest}"]}}}}"#);
        let manifest = r#"[{"Config":"c.json","Layers":["l.tar"]}]"#;
        Tar::new().file("manifest.json", manifest).file("c.json", config).file("l.tar", content).done()
    };
    let zstd_zeros = zstd::encode_all(zeros(64 * mib), 1).expect("compresses");
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..5].copy_from_slice(b"l.tar");
    header.set_size(64 * mib);
    header.set_cksum();
    let endless_member = zstd::encode_all(header.as_bytes().chain(zeros(64 * mib)), 1).expect("compresses");
    for (what, archive) in [
        ("a layer", layer_of(zstd_zeros)),
        ("a layer in an archive", gzip_of(&*layer_of(gzip_of(zeros(64 * mib))))),
        ("a member", endless_member),
    ] {
        for as_file in [true, false] {
            let store = Store::new();
            let bound = 4 * mib;
            let error = store.within(bound, &archive, as_file).unwrap_err();
            let Fault::Bomb(unpacked) = error else { panic!("{what}: {error}") };
            // No further than the next piece of what a decoder gives.
            let most = bound + 1100 * archive.len() as u64 + mib;
            assert!(unpacked <= most, "{what}: {unpacked} of {most}");
            assert_eq!(store.blobs(), 0, "{what}");
            let staged = std::fs::read_dir(store.destination.blobs.staging()).map_or(0, Iterator::count);
            assert_eq!(staged, 0, "{what}");
        }
    }
    assert!(Store::new().within(4 * mib, &gzip(&archive(|tar| tar)), false).is_ok());
}

/// What a gzip layer of zeros unpacks to is a thousand times its size, and no bomb.
#[test]
fn honest_layers_of_zeros_are_taken() {
    let layer = Tar::layer("var/log/lastlog", &vec![0; 16 << 20]);
    let config = format!(r#"{{"rootfs":{{"diff_ids":["{}"]}}}}"#, Digest::of(&layer));
    let manifest = r#"[{"Config":"c.json","Layers":["l.tar"]}]"#;
    let packed = gzip_of(&*layer);
    assert!(packed.len() * 900 < layer.len(), "{} bytes", packed.len());
    let tar = Tar::new().file("manifest.json", manifest).file("c.json", config).file("l.tar", packed).done();
    assert!(Store::new().within(0, &tar, true).is_ok());
}

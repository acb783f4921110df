//! Blobs on a disk: there and whole, or not there.

use std::sync::Arc;

use super::*;
use crate::content::Memory;
use crate::image::MediaType;

fn dir() -> (tempfile::TempDir, BlobDir) {
    let root = tempfile::tempdir().expect("a temporary directory");
    let dir = BlobDir::new(root.path(), root.path().join("staging"));
    (root, dir)
}

fn staged(dir: &BlobDir) -> usize {
    fs::read_dir(dir.staging()).map(Iterator::count).unwrap_or_default()
}

#[tokio::test]
async fn a_blob_goes_in_and_comes_out_from_any_offset() {
    let (_root, dir) = dir();
    let bytes: Vec<u8> = (0..600_000_u32).flat_map(u32::to_le_bytes).collect();
    let memory = Memory::new("memory");
    let descriptor = memory.insert(MediaType::OCTET_STREAM, bytes.clone());
    let meter = Meter::default();
    dir.put(&Blob::new(descriptor.clone(), Arc::new(memory)), &meter).await.expect("stored");
    assert!(dir.has(&descriptor));
    assert_eq!(meter.bytes(), descriptor.size);
    let tail: Vec<Bytes> = dir.read(&descriptor.digest, 5).await.expect("opens").try_collect().await.expect("reads");
    assert_eq!(tail.concat(), bytes[5..]);
    assert_eq!((dir.list().expect("lists"), staged(&dir)), (vec![descriptor.digest], 0));
}

/// Who writes much is written for in pieces, and nothing is lost between them.
#[test]
fn a_large_write_is_many_small_ones() {
    let (_root, dir) = dir();
    let bytes: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    let mut writer = dir.create(Algorithm::Sha256).expect("a file");
    assert_eq!(writer.write(&bytes).expect("writes"), PIECE);
    writer.write_all(&bytes[PIECE..]).expect("writes");
    let (digest, size) = writer.finish().expect("finishes");
    assert_eq!((digest, size), (Digest::of(&bytes), bytes.len() as u64));
    assert_eq!(dir.read_small(&digest).expect("reads"), bytes);
}

/// CVE-2014-8178 and CVE-2014-8179: nothing gets a name in the store that was not verified.
#[tokio::test]
async fn cve_2014_8179_damaged_content_gets_no_name() {
    let (_root, dir) = dir();
    let memory = Memory::new("memory");
    let descriptor = memory.insert(MediaType::OCTET_STREAM, b"good".to_vec());
    memory.corrupt(&descriptor.digest, b"evil".to_vec());
    let error = dir.put(&Blob::new(descriptor.clone(), Arc::new(memory)), &Meter::default()).await.unwrap_err();
    assert_eq!(error.class(), Class::Damaged);
    assert_eq!((dir.has(&descriptor), staged(&dir)), (false, 0));
}

#[test]
fn a_written_blob_is_named_by_what_was_written() {
    let (_root, dir) = dir();
    let mut writer = dir.create(Algorithm::Sha256).expect("stages");
    writer.write_all(b"abc").expect("writes");
    assert_eq!(writer.finish().expect("finishes"), (Digest::of(b"abc"), 3));
    let mut writer = dir.create(Algorithm::Sha256).expect("stages");
    writer.write_all(b"abd").expect("writes");
    assert_eq!(writer.finish_as(&Digest::of(b"abc")).unwrap_err().class(), Class::Damaged);
    assert_eq!(dir.list().expect("lists"), [Digest::of(b"abc")]);
}

#[test]
fn an_adopted_file_becomes_the_blob_once() {
    let (root, dir) = dir();
    for _ in 0..2 {
        let upload = root.path().join("upload");
        fs::write(&upload, b"abc").expect("written");
        dir.adopt(&upload, &Digest::of(b"abc")).expect("adopted");
        assert!(!upload.exists());
    }
    assert_eq!(dir.read_small(&Digest::of(b"abc")).expect("reads"), b"abc");
}

#[test]
fn a_file_of_the_wrong_length_is_not_the_blob() {
    let (_root, dir) = dir();
    let digest = dir.put_bytes(b"abc").expect("stored");
    fs::write(dir.path(&digest), b"ab").expect("cut");
    assert!(!dir.has(&Descriptor::of(MediaType::OCTET_STREAM, b"abc")));
    dir.put_bytes(b"abc").expect("stored again");
    assert_eq!(dir.read_small(&digest).expect("reads"), b"abc");
    assert_eq!(dir.remove(&digest).expect("removed"), 3);
    assert_eq!(dir.remove(&digest).expect("nothing to remove"), 0);
}
/// A config is as large as whoever made the image wants it to be.
#[test]
fn what_is_too_large_to_be_a_document_is_not_read_into_memory() {
    let root = tempfile::tempdir().expect("a directory");
    let dir = BlobDir::new(root.path(), root.path().join("staging"));
    let digest = Digest::of(b"a config");
    fs::create_dir_all(root.path().join("blobs/sha256")).expect("made");
    File::create(dir.path(&digest)).and_then(|file| file.set_len(1 << 40)).expect("a sparse file");
    let error = dir.read_small(&digest).unwrap_err().to_string();
    assert!(error.ends_with("is larger than the 4194304 bytes that are read at once"), "{error}");
}

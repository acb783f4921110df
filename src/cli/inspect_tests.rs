//! What `inspect` prints, over a store on the disk.

use super::super::failure::Exit;
use std::sync::Arc;

use super::*;
use crate::image::{Descriptor, MediaType};
use crate::layout::summarize;
use crate::ui::Talk;

/// One image with two names.
fn store() -> (tempfile::TempDir, BlobDir, Vec<Listed>) {
    let root = tempfile::tempdir().expect("a directory");
    let blobs = BlobDir::new(root.path(), root.path().join("staging"));
    let put = |media_type: MediaType, bytes: &[u8]| {
        blobs.put_bytes(bytes).expect("stored");
        Descriptor::of(media_type, bytes)
    };
    let layer = put(MediaType::LAYER_GZIP, &[7; 1000]);
    let config = json!({
        "created": "2026-11-20T18:20:55Z", "architecture": "arm64", "variant": "v8", "os": "linux",
        "config": {"Cmd": ["sh"], "Labels": {"danger": "\u{1b}[2J"}},
        "rootfs": {"type": "layers", "diff_ids": [Digest::of(b"tar")]},
    });
    let config = put(MediaType::CONFIG, config.to_string().as_bytes());
    let manifest = json!({"schemaVersion": 2, "config": config, "layers": [layer]});
    let manifest = put(MediaType::MANIFEST, manifest.to_string().as_bytes());
    let summary = Arc::new(summarize(&manifest, &blobs).expect("a summary"));
    let listed = ["localhost:5100/app:1", "localhost:5100/app:2"].map(|name| Listed {
        reference: Some(name.parse().expect("a reference")),
        selector: None,
        summary: summary.clone(),
    });
    (root, blobs, listed.to_vec())
}

fn inspect(names: &[&str], format: Option<&str>) -> (Result<(), Failure>, String, String) {
    let (_root, blobs, listed) = store();
    let (console, written) = Console::in_memory(Talk::Aloud);
    let names = names.iter().map(ToString::to_string).collect();
    let args = InspectArgs { names, format: format.map(str::to_owned), ..InspectArgs::default() };
    let result = show(&args, &listed, &blobs, &console);
    (result, written.out(), written.err())
}

#[test]
fn shows_everything() {
    let (result, out, _) = inspect(&["localhost:5100/app:1"], None);
    result.expect("it is there");
    insta::assert_snapshot!(out, @r#"
    [
        {
            "Id": "sha256:cd13425d5e9d8421384325bfdb01540e1ee7158b43cc369a7a7c5c8f6c01b809",
            "RepoTags": [
                "localhost:5100/app:1",
                "localhost:5100/app:2"
            ],
            "RepoDigests": [
                "localhost:5100/app@sha256:cd13425d5e9d8421384325bfdb01540e1ee7158b43cc369a7a7c5c8f6c01b809"
            ],
            "Created": "2026-11-20T18:20:55Z",
            "Author": "",
            "Architecture": "arm64",
            "Variant": "v8",
            "Os": "linux",
            "OsVersion": "",
            "Size": 1600,
            "Config": {
                "Cmd": [
                    "sh"
                ],
                "Labels": {
                    "danger": "\u001b[2J"
                }
            },
            "RootFS": {
                "Type": "layers",
                "Layers": [
                    "sha256:90aebae315675cbf04612de4f7d5874850f48e0b8dd82becbeaa47ca93f5ebfb"
                ]
            },
            "Descriptor": {
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "digest": "sha256:cd13425d5e9d8421384325bfdb01540e1ee7158b43cc369a7a7c5c8f6c01b809",
                "size": 345
            },
            "Platforms": [
                {
                    "Platform": "linux/arm64",
                    "Present": true,
                    "Digest": "sha256:cd13425d5e9d8421384325bfdb01540e1ee7158b43cc369a7a7c5c8f6c01b809",
                    "Size": 1600
                }
            ]
        }
    ]
    "#);
}

#[test]
fn an_id_or_its_first_digits_will_do() {
    let (_, id, _) = inspect(&["localhost:5100/app:2"], Some("{{.Id}}"));
    let id = id.trim();
    for name in [id, &id["sha256:".len()..], &id["sha256:".len()..][..4], &format!("localhost:5100/app@{id}")] {
        let (result, out, _) = inspect(&[name], Some("{{json .RepoTags}} {{.Os}}/{{.Architecture}}"));
        result.expect("it is there");
        assert_eq!(out, "[\"localhost:5100/app:1\",\"localhost:5100/app:2\"] linux/arm64\n");
    }
}

/// As with Docker, what is there is printed, and the rest is told.
#[test]
fn what_is_missing_fails_after_the_rest_was_shown() {
    let (result, out, err) = inspect(&["nope", "localhost:5100/app:1", "zip:1"], Some("{{.Size}}"));
    let failure = result.expect_err("two are missing");
    assert_eq!((failure.exit(), failure.cause()), (Exit::NotFound, "No such image: zip:1"));
    assert_eq!(out.lines().count(), 1);
    assert!(err.starts_with("error: No such image: nope:latest\n\nhint: "), "{err}");
    assert_eq!(inspect(&["nope"], None).1, "[]\n");
}

/// kubectl's CVE-2021-25743: a label that clears the screen.
#[test]
fn cve_2021_25743_a_label_moves_no_cursor() {
    for format in [None, Some("json"), Some("{{.Config.Labels.danger}}"), Some("{{json .Config}}")] {
        assert!(!inspect(&["localhost:5100/app:1"], format).1.contains('\u{1b}'), "{format:?}");
    }
}

//! Manifests: reading, writing and removing them (R-11..R-15, R-21..R-25).

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, LOCATION};
use hyper::{Response, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::answer::{self, Body, DOCKER_CONTENT_DIGEST, With as _};
use super::error::{Code, Fault, Refusal};
use super::index::Index;
use super::route::Pointer;
use super::storage::Storage;
use super::{Registry, Sparse, blocking, conditions};
use crate::image::{
    Descriptor, Digest, Hasher, Kind, MAX_MANIFEST_SIZE, Manifest, MediaType, RepositoryName, Role, Tag,
};

const OCI_TAG: HeaderName = HeaderName::from_static("oci-tag");
const OCI_SUBJECT: HeaderName = HeaderName::from_static("oci-subject");

type Answer = Result<Response<Body>, Fault>;

/// GET and HEAD of a manifest.
pub(super) async fn read(
    registry: &Registry,
    name: RepositoryName,
    pointer: Pointer,
    headers: &HeaderMap,
    is_head: bool,
) -> Answer {
    let storage = registry.storage.clone();
    let found = blocking(move || -> Result<_, Fault> {
        let entry = find(&storage, &name, &pointer)?;
        let bytes = if is_head { Vec::new() } else { storage.manifest(&entry.digest)? };
        Ok((entry, bytes))
    });
    let (entry, bytes) = found.await?;
    let response = match conditions::is_unchanged(headers, &entry.digest) {
        true => answer::empty(StatusCode::NOT_MODIFIED),
        false => {
            let mut response = answer::typed(StatusCode::OK, &entry.media_type, bytes);
            response.headers_mut().insert(CONTENT_LENGTH, entry.size.into());
            response
        }
    };
    Ok(response.with(DOCKER_CONTENT_DIGEST, entry.digest).with(ETAG, format!("\"{}\"", entry.digest)))
}

/// A manifest that a request brings.
pub(super) struct Incoming {
    pub(super) name: RepositoryName,
    /// The digest that the request names it by.
    pub(super) digest: Option<Digest>,
    pub(super) tags: Vec<Tag>,
}

/// PUT of a manifest.
pub(super) async fn write(registry: &Registry, incoming: Incoming, headers: &HeaderMap, body: &mut Body) -> Answer {
    let bytes = receive(headers, body).await?;
    let Incoming { name, digest: named, tags } = incoming;
    let digest = verify(named, &bytes)?;
    let (manifest, referrer) = understand(headers, &bytes, digest)?;
    let descriptor = Descriptor::new(manifest.media_type.clone(), digest, bytes.len() as u64);
    let location = match (&tags[..], named) {
        ([tag, ..], None) => format!("/v2/{name}/manifests/{tag}"),
        _ => format!("/v2/{name}/manifests/{digest}"),
    };
    let mut response = answer::empty(StatusCode::CREATED).with(LOCATION, location).with(DOCKER_CONTENT_DIGEST, digest);
    if let Some(subject) = &manifest.subject {
        response = response.with(OCI_SUBJECT, subject.digest);
    }
    if named.is_some() {
        response = tags.iter().fold(response, |response, tag| response.with(OCI_TAG, tag));
    }
    let (storage, sparse, headers) = (registry.storage.clone(), registry.sparse, headers.clone());
    blocking(move || {
        let referrer = manifest.subject.as_ref().map(|subject| (&subject.digest, &referrer));
        storage.keep_manifest(&name, (&descriptor, &bytes), referrer, |index| -> Result<(), Fault> {
            // Checked while nobody else can write, so that of two who expect the same only one succeeds.
            for tag in &tags {
                conditions::check(&headers, index.tagged(tag).map(|entry| &entry.digest))?;
            }
            complete(&storage, &name, index, &manifest, sparse)?;
            index.put(&descriptor, &tags);
            Ok(())
        })
    })
    .await?;
    Ok(response)
}

/// DELETE of a tag or of a manifest.
pub(super) async fn delete(registry: &Registry, name: RepositoryName, pointer: Pointer) -> Answer {
    let storage = registry.storage.clone();
    blocking(move || -> Result<(), Fault> {
        let entry = find(&storage, &name, &pointer)?;
        let gone = storage.change(&name, |index| -> Result<bool, Fault> {
            Ok(match &pointer {
                Pointer::Tag(tag) => index.untag(tag),
                Pointer::Digest(digest) => index.remove(digest),
            })
        })?;
        if !gone {
            return Err(unknown(&pointer).into());
        }
        if let Pointer::Digest(digest) = &pointer {
            // A damaged manifest can be removed too; its entry in a list of referrers is not shown without it.
            let bytes = storage.manifest(digest).unwrap_or_default();
            let manifest = Manifest::parse(&entry.media_type, &bytes).ok();
            if let Some(subject) = manifest.and_then(|manifest| manifest.subject) {
                storage.forget_referrer(&name, &subject.digest, digest)?;
            }
            storage.collect(digest)?;
        }
        Ok(())
    })
    .await?;
    Ok(answer::empty(StatusCode::ACCEPTED))
}

fn find(storage: &Storage, name: &RepositoryName, pointer: &Pointer) -> Result<Descriptor, Fault> {
    let index = storage.index(name)?.ok_or_else(|| super::tags::unknown(name))?;
    let entry = match pointer {
        Pointer::Tag(tag) => index.tagged(tag),
        Pointer::Digest(digest) => index.find(digest),
    };
    Ok(entry.cloned().ok_or_else(|| unknown(pointer))?)
}

fn unknown(pointer: &Pointer) -> Refusal {
    let detail = match pointer {
        Pointer::Tag(tag) => json!({ "tag": tag.as_str() }),
        Pointer::Digest(digest) => json!({ "digest": digest }),
    };
    Refusal::new(Code::ManifestUnknown, "the repository has no such manifest").detail(detail)
}

/// The bytes of a manifest, at most 4 MiB of them (R-14; CVE-2017-11468 is what happens without a limit).
async fn receive(headers: &HeaderMap, body: &mut Body) -> Result<Bytes, Fault> {
    let too_large = || {
        Refusal::new(Code::SizeInvalid, "a manifest may have 4 MiB")
            .with_status(StatusCode::PAYLOAD_TOO_LARGE)
            .detail(json!({ "limit": MAX_MANIFEST_SIZE }))
    };
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > MAX_MANIFEST_SIZE) {
        return Err(too_large().into());
    }
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(Fault::Gone)?.into_data() else { continue };
        if (bytes.len() + data.len()) as u64 > MAX_MANIFEST_SIZE {
            return Err(too_large().into());
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.freeze())
}

/// the bytes hash to the digest that they were sent under.
fn verify(digest: Option<Digest>, bytes: &[u8]) -> Result<Digest, Refusal> {
    let Some(expected) = digest else { return Ok(Digest::of(bytes)) };
    let mut hasher = Hasher::new(expected.algorithm());
    hasher.update(bytes);
    let found = hasher.finish();
    match found == expected {
        true => Ok(expected),
        false => Err(Refusal::new(Code::DigestInvalid, "the manifest does not hash to the digest")
            .detail(json!({ "expected": expected, "found": found }))),
    }
}

/// What a manifest says of itself beyond what [`Manifest`] reads.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Label {
    media_type: Option<MediaType>,
    annotations: Option<BTreeMap<String, String>>,
}

/// Reads a manifest, and describes it as its subject's list of referrers will.
pub(super) fn understand(headers: &HeaderMap, bytes: &[u8], digest: Digest) -> Result<(Manifest, Descriptor), Refusal> {
    let invalid = |error: &dyn std::fmt::Display| Refusal::new(Code::ManifestInvalid, error);
    // JSON is UTF-8 (RFC 8259, 8.1), also where a reader would not look.
    let text = std::str::from_utf8(bytes).map_err(|error| invalid(&error))?;
    let label: Label = serde_json::from_str(text).map_err(|error| invalid(&error))?;
    let stated = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(MediaType::new);
    // the header and the document agree, or the one that is there counts.
    let media_type = match (stated, label.media_type) {
        (Some(stated), Some(own)) if stated != own => {
            let detail = json!({ "Content-Type": stated, "mediaType": own });
            return Err(invalid(&"Content-Type and the manifest's mediaType differ").detail(detail));
        }
        (Some(stated), _) => stated,
        (None, Some(own)) => own,
        (None, None) => return Err(invalid(&"neither Content-Type nor mediaType says what the manifest is")),
    };
    if !matches!(media_type.role(), Role::Manifest | Role::Index | Role::Schema1) {
        return Err(invalid(&"not a type of manifest").detail(json!({ "Content-Type": media_type })));
    }
    let manifest = Manifest::parse(&media_type, bytes).map_err(|error| invalid(&error))?;
    let mut referrer = Descriptor::new(media_type, digest, bytes.len() as u64);
    let config_type = match &manifest.kind {
        Kind::Image { config: Some(config), .. } => Some(&config.media_type),
        _ => None,
    };
    let artifact_type = manifest.artifact_type.as_ref().filter(|kind| !kind.as_str().is_empty()).or(config_type);
    referrer.other.extend(artifact_type.map(|kind| ("artifactType".to_owned(), json!(kind))));
    referrer.annotations = label.annotations.unwrap_or_default();
    Ok((manifest, referrer))
}

/// Whether everything is there that the manifest cannot do without, and as long as it says. The subject
/// may come later, and what lies elsewhere by licence never comes.
fn complete(
    storage: &Storage,
    name: &RepositoryName,
    index: &Index,
    manifest: &Manifest,
    sparse: Sparse,
) -> Result<(), Refusal> {
    let mut refusal: Option<Refusal> = None;
    for child in manifest.children().filter(|child| child.media_type.role() != Role::Foreign) {
        let listed = index.find(&child.digest).map(|entry| entry.size);
        let (code, message, detail) = match listed.or_else(|| storage.blob_size(name, &child.digest)) {
            Some(size) if size == child.size => continue,
            None if sparse == Sparse::Accepted => continue,
            None => (
                Code::ManifestBlobUnknown,
                "the repository lacks what the manifest points at",
                json!({ "digest": child.digest }),
            ),
            Some(size) => (
                Code::SizeInvalid,
                "the manifest gives a wrong size",
                json!({ "digest": child.digest, "size": size, "given": child.size }),
            ),
        };
        refusal = Some(match refusal {
            None => Refusal::new(code, message).detail(detail),
            Some(refusal) => refusal.and(code, message, detail),
        });
    }
    refusal.map_or(Ok(()), Err)
}

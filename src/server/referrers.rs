//! Referrers: signatures, attestations and whatever else points at a manifest as its subject (R-16..R-18).

use hyper::header::{HeaderName, LINK};
use hyper::{Response, StatusCode};
use serde_json::json;

use super::answer::{self, Body, With as _};
use super::error::Fault;
use super::page::{NextPage, Page};
use super::storage::Storage;
use super::{Registry, blocking};
use crate::content::Error;
use crate::image::{Descriptor, Digest, Kind, MAX_MANIFEST_SIZE, Manifest, MediaType, RepositoryName, Tag};

const OCI_FILTERS_APPLIED: HeaderName = HeaderName::from_static("oci-filters-applied");

/// GET of what refers to a subject: always an index, also about what the registry does not have.
pub(super) async fn list(
    registry: &Registry,
    name: RepositoryName,
    subject: Digest,
    artifact_type: Option<String>,
    page: Page,
) -> Result<Response<Body>, Fault> {
    let (storage, repository, wanted) = (registry.storage.clone(), name.clone(), artifact_type.clone());
    let referrers = blocking(move || -> Result<_, Fault> {
        let mut referrers = collect(&storage, &repository, &subject)?;
        referrers.retain(|referrer| wanted.as_deref().is_none_or(|wanted| artifact_type_of(referrer) == Some(wanted)));
        Ok(referrers)
    });
    let (shown, last) = cut(referrers.await?, &page, MAX_MANIFEST_SIZE);
    let index = json!({ "schemaVersion": 2, "mediaType": MediaType::INDEX, "manifests": shown });
    let mut response = answer::typed(StatusCode::OK, MediaType::INDEX, index.to_string());
    if artifact_type.is_some() {
        response = response.with(OCI_FILTERS_APPLIED, "artifactType");
    }
    if let Some(last) = last {
        let limit = page.limit.map(|limit| ("n", limit.to_string()));
        let filter = artifact_type.map(|artifact_type| ("artifactType", artifact_type));
        let query = limit.into_iter().chain(filter).chain([("last", last)]).collect();
        response = response.with(LINK, NextPage { path: format!("/v2/{name}/referrers/{subject}"), query });
    }
    Ok(response)
}

/// What was pushed with the subject, and what clients of registries without this list wrote into the index under the
/// fallback tag before the images came here.
fn collect(storage: &Storage, name: &RepositoryName, subject: &Digest) -> Result<Vec<Descriptor>, Error> {
    let Some(index) = storage.index(name)? else { return Ok(Vec::new()) };
    let mut referrers = storage.referrers(name, subject)?;
    referrers.retain(|referrer| index.find(&referrer.digest).is_some());
    let fallback = fallback_tag(subject).and_then(|tag| index.tagged(&tag));
    if let Some(entry) = fallback {
        let manifest = Manifest::parse(&entry.media_type, &storage.manifest(&entry.digest)?);
        if let Ok(Manifest { kind: Kind::Index(entries), .. }) = manifest {
            let known: Vec<_> = referrers.iter().map(|referrer| referrer.digest).collect();
            referrers.extend(entries.into_iter().filter(|entry| !known.contains(&entry.digest)));
        }
    }
    referrers.sort_by_key(|referrer| referrer.digest);
    referrers.dedup_by_key(|referrer| referrer.digest);
    Ok(referrers)
}

/// One page: not more than `n` entries, and not larger than a manifest may be. An entry that alone is larger makes a
/// page of its own.
fn cut(referrers: Vec<Descriptor>, page: &Page, limit: u64) -> (Vec<Descriptor>, Option<String>) {
    let mut left = referrers.into_iter().filter(|referrer| page.is_ahead(&referrer.digest.to_string())).peekable();
    let mut shown: Vec<Descriptor> = Vec::new();
    let mut size = 100;
    while let Some(next) = left.peek() {
        size += serde_json::to_vec(next).map_or(0, |text| text.len() as u64 + 1);
        if page.limit.is_some_and(|limit| shown.len() >= limit) || (size > limit && !shown.is_empty()) {
            let last = shown.last().map(|referrer| referrer.digest.to_string());
            return (shown, last);
        }
        shown.extend(left.next());
    }
    (shown, None)
}

fn artifact_type_of(referrer: &Descriptor) -> Option<&str> {
    referrer.other.get("artifactType")?.as_str()
}

/// The tag that stands in for the list of referrers: the digest with a dash, at most 64 digits of it.
fn fallback_tag(subject: &Digest) -> Option<Tag> {
    let mut hex = subject.hex();
    hex.truncate(64);
    format!("{}-{hex}", subject.algorithm().name()).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn referrers() -> Vec<Descriptor> {
        let mut all: Vec<_> = ["a", "b", "c"].map(|text| Descriptor::of(MediaType::MANIFEST, text.as_bytes())).into();
        all.sort_by_key(|referrer| referrer.digest);
        all
    }

    #[test]
    fn r18_pages_end_where_a_manifest_would_be_too_large() {
        let all = referrers();
        let (one, last) = cut(all.clone(), &Page::default(), 300);
        assert_eq!((one.as_slice(), &last), (&all[..1], &Some(all[0].digest.to_string())));
        let (rest, last) = cut(all.clone(), &Page { limit: None, after: last }, 10_000);
        assert_eq!((rest.as_slice(), last), (&all[1..], None));
        let (one, last) = cut(all.clone(), &Page::default(), 1);
        assert_eq!((one.len(), last.is_some()), (1, true));
        let (none, last) = cut(all, &Page { limit: Some(0), after: None }, 10_000);
        assert_eq!((none.len(), last), (0, None));
    }
}

//! Referrers: signatures, SBOMs and attestations, which point at an image as their subject.
//!
//! A registry lists them (C-72), or knows nothing of them: then their list is an index under a tag that is made of the subject's
//! digest, and whoever puts a referrer there keeps that index (C-65).

use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;
use reqwest::header::{ACCEPT, HeaderName, HeaderValue};
use reqwest::{Method, Response};
use serde::{Deserialize, Serialize};
use tokio::sync::MutexGuard;
use url::Url;

use super::call::{Call, Target};
use super::error::Error;
use super::repository::header;
use super::{Repository, address, link};
use crate::content;
use crate::image::{Descriptor, Digest, Kind, MAX_MANIFEST_SIZE, Manifest, MediaType, Reference, Tag};

/// The registry has put a referrer on its own list.
const OCI_SUBJECT: HeaderName = HeaderName::from_static("oci-subject");

/// How many referrers one manifest may have, and how many pages their list.
const MOST: usize = 10_000;

/// How often an index is written that somebody else writes at the same time.
const TRIES: usize = 5;

impl Repository {
    /// What refers to a manifest: by the registry's own list, or by the index that stands in for it.
    pub async fn referrers(&self, subject: &Digest) -> Result<Vec<Descriptor>, content::Error> {
        match self.listed_referrers(subject).await? {
            Some(referrers) => Ok(referrers),
            None => Ok(self.fallback(subject).await?.unwrap_or_default().manifests),
        }
    }

    /// Puts a manifest that has a subject, under its digest, and sees to it that it is found among the referrers. Everything that it
    /// points at is there already.
    pub async fn add_referrer(&self, referrer: &Descriptor, bytes: Bytes) -> Result<(), content::Error> {
        Ok(self.put_documents(referrer, bytes, &[]).await?)
    }

    /// Sees to it that a manifest that is there is found among the referrers of its subject, if it has one.
    pub async fn list_referrer(&self, referrer: &Descriptor, bytes: &Bytes) -> Result<(), content::Error> {
        Ok(self.see_to_subject(referrer, bytes, None).await?)
    }

    /// After a manifest was put: where it has a subject, and the registry does not say that it has seen that, it is added to the
    /// index of its subject's referrers.
    pub(super) async fn see_to_subject(
        &self,
        referrer: &Descriptor,
        bytes: &Bytes,
        answer: Option<&Response>,
    ) -> Result<(), Error> {
        let Some((subject, entry)) = entry_of(referrer, bytes) else { return Ok(()) };
        if answer.is_some_and(|answer| header(answer, &OCI_SUBJECT).is_some()) {
            return Ok(());
        }
        // The answer may be lost, or the header; the list itself tells.
        if self.listed_referrers(&subject).await?.is_some() {
            return Ok(());
        }
        self.add_to_fallback(&subject, entry).await
    }

    /// The registry's own list; `None` when it has none of any manifest.
    async fn listed_referrers(&self, subject: &Digest) -> Result<Option<Vec<Descriptor>>, Error> {
        let doing = format!("list what refers to {} in {}/{}", subject.short(), self.caller.host, self.name);
        let mut call = self.call(Method::GET, &format!("referrers/{subject}"), doing);
        call.headers.insert(ACCEPT, HeaderValue::from_static("application/vnd.oci.image.index.v1+json"));
        let (mut found, mut visited) = (Vec::new(), HashSet::<Url>::new());
        loop {
            let Some((page, next)) = self.referrers_page(&call).await? else {
                return Ok((!visited.is_empty()).then_some(found));
            };
            found.extend(page);
            let Some(next) = next else { break };
            if found.len() > MOST || visited.len() > MOST {
                return Err(self.caller.nonsense(&call, format!("more than {MOST} referrers, or pages of them")));
            }
            if !visited.insert(next.clone()) {
                return Err(self.caller.nonsense(&call, "the list of referrers goes in a circle"));
            }
            call.to = Target::Address(next);
        }
        Ok(Some(found))
    }

    /// One page of it.
    async fn referrers_page(&self, call: &Call<'_>) -> Result<Option<(Vec<Descriptor>, Option<Url>)>, Error> {
        let mut budget = self.caller.budget();
        loop {
            let response = self.caller.send(call, &mut budget, None).await?;
            match response.status().as_u16() {
                200 => {}
                400 | 404 | 405 | 406 | 501 => return Ok(None),
                _ => return Err(self.caller.refused(response, call).await),
            }
            let next = match link::next(&response) {
                Some(target) => {
                    let base = &self.caller.route().await?.base;
                    let address = address::of_page(&self.caller.host, base, response.url(), target);
                    Some(self.caller.accept(address, call)?)
                }
                None => None,
            };
            let limit = usize::try_from(MAX_MANIFEST_SIZE).expect("4 MiB");
            match self.caller.read(response, limit + 1, &call.doing).await {
                // A page of a website, or something else that is no list.
                Ok(body) => return Ok(index_entries(&body).map(|entries| (entries, next))),
                Err(error) => self.caller.pause(error, &mut budget, None).await?,
            }
        }
    }

    /// The index that stands in for the list; `None` when it is not there, or is no index, which reading takes for none.
    async fn fallback(&self, subject: &Digest) -> Result<Option<Fallback>, Error> {
        let Some((descriptor, bytes)) = self.document(&self.fallback_name(subject)).await? else { return Ok(None) };
        let is_index = Manifest::parse(&descriptor.media_type, &bytes)
            .is_ok_and(|manifest| matches!(manifest.kind, Kind::Index(_)));
        Ok(if is_index { serde_json::from_slice(&bytes).ok() } else { None })
    }

    fn fallback_name(&self, subject: &Digest) -> Reference {
        let (host, name) = (self.caller.host.clone(), self.name.clone());
        Reference { host, name, tag: Some(fallback_tag(subject)), digest: None }
    }

    /// Reads the index, adds an entry, writes it, and looks whether somebody else has written at the same time: no registry takes
    /// `If-Match` with a manifest.
    async fn add_to_fallback(&self, subject: &Digest, entry: Descriptor) -> Result<(), Error> {
        let _turn: MutexGuard<'_, ()> = self.referring.lock().await;
        let name = self.fallback_name(subject);
        for _ in 0..TRIES {
            let mut index = match self.document(&name).await? {
                None => Fallback::default(),
                Some((descriptor, bytes)) => self.understood(&name, &descriptor, &bytes)?,
            };
            if index.manifests.iter().any(|known| known.digest == entry.digest) {
                return Ok(());
            }
            index.manifests.push(entry.clone());
            let bytes = Bytes::from(serde_json::to_vec(&index).expect("plain data is always JSON"));
            let descriptor = Descriptor::of(MediaType::INDEX, &bytes);
            let tag = fallback_tag(subject).to_string();
            // Never a referrer itself, so this does not come back here.
            self.put_document(&descriptor, bytes, &tag, &[]).await?;
            if self.head_tag(&fallback_tag(subject)).await? == Some(Some(descriptor.digest)) {
                return Ok(());
            }
        }
        let words = format!("{name} is written by somebody else at the same time: try again");
        Err(content::Error::new(content::Class::Unreachable, words).into())
    }

    /// What stands under the tag and is no index belongs to somebody, and is left alone.
    fn understood(&self, name: &Reference, descriptor: &Descriptor, bytes: &[u8]) -> Result<Fallback, Error> {
        let refuse = |why: String| {
            let words = format!("the list of referrers {} cannot be added to: {why}", name.familiar());
            Error::from(content::Error::new(content::Class::Failed, words))
        };
        match Manifest::parse(&descriptor.media_type, bytes) {
            Ok(Manifest { kind: Kind::Index(entries), .. }) if entries.len() < MOST => {
                serde_json::from_slice(bytes).map_err(|error| refuse(error.to_string()))
            }
            Ok(Manifest { kind: Kind::Index(_), .. }) => Err(refuse(format!("it has {MOST} entries"))),
            Ok(_) => Err(refuse("what is there is no index".to_owned())),
            Err(error) => Err(refuse(format!("what is there is {error}"))),
        }
    }
}

/// The index under the fallback tag, with whatever else it says.
#[derive(Debug, Clone, Deserialize, Serialize)]
struct Fallback {
    #[serde(rename = "schemaVersion", default = "two")]
    schema_version: u8,
    #[serde(rename = "mediaType", default = "index")]
    media_type: MediaType,
    #[serde(default)]
    manifests: Vec<Descriptor>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

fn two() -> u8 {
    2
}

fn index() -> MediaType {
    MediaType::INDEX
}

impl Default for Fallback {
    fn default() -> Self {
        Self { schema_version: 2, media_type: MediaType::INDEX, manifests: Vec::new(), annotations: BTreeMap::new() }
    }
}

/// What a list says of a referrer, and its subject: its type, and all its annotations. `None` when it has no subject.
pub fn entry_of(referrer: &Descriptor, bytes: &[u8]) -> Option<(Digest, Descriptor)> {
    #[derive(Deserialize)]
    struct Notes {
        #[serde(default)]
        annotations: Option<BTreeMap<String, String>>,
    }
    // Most manifests have none, and need not be read for it.
    if !bytes.windows(9).any(|window| window == b"\"subject\"") {
        return None;
    }
    let manifest = Manifest::parse(&referrer.media_type, bytes).ok()?;
    let subject = manifest.subject?.digest;
    let mut entry = referrer.bare();
    entry.annotations = serde_json::from_slice::<Notes>(bytes).ok()?.annotations.unwrap_or_default();
    let config_type = match &manifest.kind {
        Kind::Image { config: Some(config), .. } => Some(config.media_type.clone()),
        _ => None,
    };
    if let Some(artifact_type) = manifest.artifact_type.or(config_type) {
        entry.other.insert("artifactType".to_owned(), artifact_type.as_str().into());
    }
    Some((subject, entry))
}

/// The tag that stands in for the list of a subject's referrers: no more than 32 characters of the algorithm and 64 of the digits.
pub fn fallback_tag(subject: &Digest) -> Tag {
    let mut hex = subject.hex();
    hex.truncate(64);
    format!("{}-{hex}", subject.algorithm().name()).parse().expect("letters and digits are a tag")
}

/// What an index lists; `None` when it is none.
fn index_entries(body: &[u8]) -> Option<Vec<Descriptor>> {
    match Manifest::parse(&MediaType::INDEX, body).ok()?.kind {
        Kind::Index(entries) => Some(entries),
        Kind::Image { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_65_an_entry_has_the_type_and_all_annotations() {
        let subject = Descriptor::of(MediaType::MANIFEST, b"image");
        let config = Descriptor::of(MediaType::new("application/vnd.example.config"), b"{}");
        let of = |value: serde_json::Value| {
            let text = value.to_string();
            entry_of(&Descriptor::of(MediaType::MANIFEST, text.as_bytes()), text.as_bytes())
        };
        let artifact_type = |entry: &Descriptor| entry.other.get("artifactType").cloned();
        let own = of(serde_json::json!({
            "config": config, "layers": [], "subject": subject, "artifactType": "application/spdx+json",
            "annotations": { "a": "b", "c": "d" },
        }));
        let (found, entry) = own.expect("it has a subject");
        assert_eq!((found, entry.annotations.len()), (subject.digest, 2));
        assert_eq!(artifact_type(&entry), Some("application/spdx+json".into()));
        let by_config = of(serde_json::json!({ "config": config, "layers": [], "subject": subject }));
        assert_eq!(
            artifact_type(&by_config.expect("it has a subject").1),
            Some("application/vnd.example.config".into())
        );
        let text = serde_json::json!({ "manifests": [], "subject": subject }).to_string();
        let index = entry_of(&Descriptor::of(MediaType::INDEX, text.as_bytes()), text.as_bytes());
        assert_eq!(artifact_type(&index.expect("it has a subject").1), None, "an index has no config");
        assert_eq!(of(serde_json::json!({ "config": config, "layers": [], "annotations": { "subject": "x" } })), None);
    }

    #[test]
    fn c_65_the_tag_is_no_longer_than_the_rule_says() {
        let sha512 = format!("sha512:{}", "ab".repeat(64)).parse().expect("a digest");
        assert_eq!(fallback_tag(&sha512).to_string(), format!("sha512-{}", "ab".repeat(32)));
    }
}

//! Putting manifests, under digests and tags; and what the no to one means that a registry gives because of what it cannot do.

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, Response};

use super::call::{Answered, Call, Payload};
use super::error::{Answer, Error};
use super::repository::{Repository, content_digest, other_digest, stored_as};
use super::verdict::Budget;
use crate::image::{Algorithm, Descriptor, Kind, Manifest, MediaType, Role, Tag};

const OCI_TAG: HeaderName = HeaderName::from_static("oci-tag");

/// How often a manifest is sent again that a registry may refuse with the status of a moment's trouble.
const FEW: u32 = 2;

/// What a registry cannot do, known by what it refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shortcoming {
    /// It takes no manifest of layers that lie at other addresses, unless its owner has allowed those (distribution's
    /// `validation.manifests.urls.allow`). 2.8 and 3 answer 500 and do not say why.
    ForeignLayers,
    /// It names manifests by SHA-256 and by nothing else: 2.8 of distribution compares any digest with that.
    Algorithm(Algorithm),
    /// It takes no index without all the images that it names.
    SparseIndex,
    /// It does not know this type of manifest.
    Type(MediaType),
}

impl Repository {
    /// Puts a manifest under these tags; under its digest when there are none.
    pub(super) async fn put_documents(&self, descriptor: &Descriptor, bytes: Bytes, tags: &[Tag]) -> Result<(), Error> {
        let named_by_tags = descriptor.digest.algorithm() == Algorithm::Sha256 && !tags.is_empty();
        // C-63: a registry that is told no digest takes SHA-256, so another one is told, and the tags with it.
        let by_digest = match named_by_tags {
            true => None,
            false => self.put_document(descriptor, bytes.clone(), &descriptor.digest.to_string(), tags).await?,
        };
        let missing = not_put(tags, by_digest.as_ref());
        let put = missing.into_iter().map(|tag| self.put_document(descriptor, bytes.clone(), tag.as_str(), &[]));
        let by_tags = futures_util::future::try_join_all(put).await?;
        let answer = by_digest.or_else(|| by_tags.into_iter().flatten().next());
        self.see_to_subject(descriptor, &bytes, answer.as_ref()).await
    }

    /// Puts a manifest under one name, and with it these tags, where the registry does that. The answer, if there was one.
    pub(super) async fn put_document(
        &self,
        descriptor: &Descriptor,
        bytes: Bytes,
        name: &str,
        tags: &[Tag],
    ) -> Result<Option<Response>, Error> {
        let shown = if name.contains(':') { descriptor.digest.short() } else { name.to_owned() };
        let mut path = format!("manifests/{name}");
        for (position, tag) in tags.iter().enumerate() {
            path.push_str(&format!("{}tag={tag}", if position == 0 { '?' } else { '&' }));
        }
        let mut call = self.call(Method::PUT, &path, format!("push manifest {shown} to {}", self.place));
        let media_type = HeaderValue::from_str(descriptor.media_type.as_str());
        let media_type = media_type.map_err(|_| self.caller.nonsense(&call, "a media type that is no header"))?;
        call.headers.insert(CONTENT_TYPE, media_type);
        call.body = Payload::Bytes(bytes.clone());
        call.answer = Answered::Patiently;
        let manifest = Manifest::parse(&descriptor.media_type, &bytes).ok();
        let sending = self.send_document(&call, manifest.as_ref());
        let response = match self.answer_to_document(sending, descriptor, name).await {
            Err(Error::Refused { doing, host, mut answer }) => {
                answer.shortcoming = manifest.and_then(|manifest| shortcoming(descriptor, &manifest, &answer));
                return Err(Error::Refused { doing, host, answer });
            }
            other => other?,
        };
        match response.as_ref().and_then(|response| other_digest(response, descriptor)) {
            Some(stored) => Err(self.caller.nonsense(&call, stored_as(&stored, descriptor))),
            None => Ok(response),
        }
    }

    async fn send_document(&self, call: &Call<'_>, manifest: Option<&Manifest>) -> Result<Response, Error> {
        let mut budget = match manifest.is_some_and(names_foreign_layers) {
            true => Budget::new(FEW, self.caller.endurance.patience),
            false => self.caller.budget(),
        };
        let response = self.caller.send(call, &mut budget, None).await?;
        match matches!(response.status().as_u16(), 200 | 201 | 202 | 204) {
            true => Ok(response),
            false => Err(self.caller.refused(response, call).await),
        }
    }

    /// The answer; `None` when there was none, and the registry has the document all the same. It may take its time to look at
    /// everything that a manifest names, and its answer may have been lost on the way.
    async fn answer_to_document(
        &self,
        sending: impl Future<Output = Result<Response, Error>>,
        descriptor: &Descriptor,
        name: &str,
    ) -> Result<Option<Response>, Error> {
        let mut sending = std::pin::pin!(sending);
        loop {
            tokio::select! {
                answer = &mut sending => return answer.map(Some),
                () = tokio::time::sleep(self.caller.endurance.stall) => {}
            }
            let asked = self.manifest_call(Method::HEAD, name, format!("look for {name} in {}", self.place));
            let found = self.caller.send_once(&asked).await;
            let found = found.ok().filter(|response| response.status().as_u16() == 200);
            if found.is_some_and(|found| content_digest(&found) == Some(descriptor.digest)) {
                return Ok(None);
            }
        }
    }
}

/// The tags that a registry has not put with a manifest, as far as it says.
fn not_put<'t>(tags: &'t [Tag], answer: Option<&Response>) -> Vec<&'t Tag> {
    let lists = answer.into_iter().flat_map(|answer| answer.headers().get_all(OCI_TAG));
    let put: Vec<&str> =
        lists.filter_map(|list| list.to_str().ok()).flat_map(|list| list.split(',')).map(str::trim).collect();
    tags.iter().filter(|tag| !put.contains(&tag.as_str())).collect()
}

fn names_foreign_layers(manifest: &Manifest) -> bool {
    manifest.children().any(|child| child.media_type.role() == Role::Foreign)
}

/// What a registry cannot do that says no to a manifest; `None` when it says well enough itself why.
fn shortcoming(descriptor: &Descriptor, manifest: &Manifest, answer: &Answer) -> Option<Shortcoming> {
    let algorithm = descriptor.digest.algorithm();
    let is_index = matches!(manifest.kind, Kind::Index(_));
    match answer.status.as_u16() {
        // 2.8 names the layer that lies elsewhere as missing, beside an error without words.
        500 if names_foreign_layers(manifest) => Some(Shortcoming::ForeignLayers),
        400 | 404 if answer.lacking.is_some() && is_index => Some(Shortcoming::SparseIndex),
        400 if answer.speaks_of("DIGEST_INVALID") && algorithm != Algorithm::Sha256 => {
            Some(Shortcoming::Algorithm(algorithm))
        }
        400 if answer.lacking.is_none() && names_foreign_layers(manifest) => Some(Shortcoming::ForeignLayers),
        400 | 415 if answer.speaks_of("MANIFEST_INVALID") && !MediaType::MANIFESTS.contains(&descriptor.media_type) => {
            Some(Shortcoming::Type(descriptor.media_type.clone()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Digest;
    use reqwest::StatusCode;
    use serde_json::{Value, json};

    fn found(media_type: &MediaType, manifest: &Value, status: u16, code: &str) -> Option<Shortcoming> {
        let bytes = manifest.to_string().into_bytes();
        let parsed = Manifest::parse(media_type, &bytes).expect("a manifest");
        let body = json!({ "errors": [{ "code": code, "detail": { "digest": Digest::of(b"x") } }] }).to_string();
        let answer = Answer::read(StatusCode::from_u16(status).expect("a status"), None, body.as_bytes());
        shortcoming(&Descriptor::of(media_type.clone(), &bytes), &parsed, &answer)
    }

    #[test]
    fn only_what_is_known_to_be_a_shortcoming_is_called_one() {
        let plain = json!({ "layers": [] });
        let foreign_type = MediaType::new("application/vnd.oci.image.layer.nondistributable.v1.tar");
        let foreign = json!({ "layers": [Descriptor::of(foreign_type, b"x")] });
        let index = json!({ "manifests": [] });
        let artifact = MediaType::new("application/vnd.oci.artifact.manifest.v1+json");
        for (media_type, manifest, status, code, expected) in [
            (&MediaType::MANIFEST, &plain, 500, "UNKNOWN", None),
            (&MediaType::MANIFEST, &plain, 400, "MANIFEST_BLOB_UNKNOWN", None),
            (&MediaType::MANIFEST, &plain, 400, "MANIFEST_INVALID", None),
            (&MediaType::MANIFEST, &plain, 400, "DIGEST_INVALID", None),
            (&MediaType::MANIFEST, &foreign, 500, "UNKNOWN", Some(Shortcoming::ForeignLayers)),
            (&MediaType::MANIFEST, &foreign, 403, "DENIED", None),
            (&MediaType::INDEX, &index, 400, "MANIFEST_BLOB_UNKNOWN", Some(Shortcoming::SparseIndex)),
            (&artifact, &plain, 400, "MANIFEST_INVALID", Some(Shortcoming::Type(artifact.clone()))),
        ] {
            assert_eq!(found(media_type, manifest, status, code), expected, "{media_type} {status} {code}");
        }
    }
}

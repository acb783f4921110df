//! Names of manifests that are on the registry: what a tag names, a tag more, a tag less. Nothing here moves a blob, and nothing
//! is remembered, so that it can be done for any number of tags.

use bytes::Bytes;
use reqwest::Method;

use super::Repository;
use super::auth::Scope;
use super::call::Connections;
use super::error::Error;
use crate::content::{self, Advice, Class};
use crate::image::{Descriptor, Digest, Reference, Tag};

/// What became of a tag that was to be removed.
#[derive(Debug)]
pub enum Removal {
    /// It is gone; what it named is still there.
    Removed,
    /// There was no such tag.
    Absent,
    /// This registry removes only manifests, by digest, with all their tags. The registry's words.
    OnlyByDigest(content::Error),
}

impl Repository {
    /// The digest that a tag names; `None` when there is no such tag.
    pub async fn named(&self, tag: &Tag) -> Result<Option<Digest>, content::Error> {
        match self.head_tag(tag).await? {
            Some(Some(digest)) => Ok(Some(digest)),
            None => Ok(None),
            // A registry need not say the digest.
            Some(None) => {
                let name = Reference {
                    host: self.caller.host.clone(),
                    name: self.name.clone(),
                    tag: Some(tag.clone()),
                    digest: None,
                };
                Ok(self.document(&name).await?.map(|(descriptor, _)| descriptor.digest))
            }
        }
    }

    /// A manifest, which is held to its digest; `None` when it is not there.
    pub async fn document(&self, wanted: &Reference) -> Result<Option<(Descriptor, Bytes)>, content::Error> {
        let damaged = match self.fetch_manifest(wanted, Connections::Any).await {
            Err(Error::Content(error)) if error.class() == Class::Damaged => error,
            other => return Ok(other?),
        };
        tracing::debug!("{damaged}; asking once more");
        Ok(self.fetch_manifest(wanted, Connections::Fresh).await?)
    }

    /// Puts a manifest, all parts of which are there, under a tag.
    pub async fn name(&self, manifest: &Descriptor, bytes: Bytes, tag: &Tag) -> Result<(), content::Error> {
        Ok(self.put_documents(manifest, bytes, std::slice::from_ref(tag)).await?)
    }

    /// Removes a tag, and never what it names (C-73).
    pub async fn remove_tag(&self, tag: &Tag) -> Result<Removal, content::Error> {
        let doing = format!("remove {tag} from {}/{}", self.caller.host, self.name);
        match self.delete(tag.as_str(), doing).await {
            Ok(true) => Ok(Removal::Removed),
            Ok(false) => Ok(Removal::Absent),
            // 2.8 of Docker's registry says DIGEST_INVALID to a tag.
            Err(Error::Refused { doing, host, answer }) if matches!(answer.status.as_u16(), 400 | 405 | 501) => {
                let refused = content::Error::from(Error::Refused { doing, host, answer });
                match self.removes_by_digest().await? {
                    true => Ok(Removal::OnlyByDigest(refused)),
                    false => Err(refused.advise(Advice::AllowDelete(self.caller.host.clone()))),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a manifest with all its tags; says whether it was there.
    pub async fn remove_manifest(&self, digest: &Digest) -> Result<bool, content::Error> {
        let doing = format!("remove {} from {}/{}", digest.short(), self.caller.host, self.name);
        match self.delete(&digest.to_string(), doing).await {
            Err(Error::Refused { doing, host, answer }) if matches!(answer.status.as_u16(), 405 | 501) => {
                let advice = Advice::AllowDelete(host.clone());
                Err(content::Error::from(Error::Refused { doing, host, answer }).advise(advice))
            }
            other => Ok(other?),
        }
    }

    /// Whether manifests can be removed at all: one that does not exist is tried.
    async fn removes_by_digest(&self) -> Result<bool, Error> {
        let nothing: [u8; 32] = std::array::from_fn(|_| fastrand::u8(..));
        let doing = format!("look whether {}/{} removes anything", self.caller.host, self.name);
        match self.delete(&Digest::of(&nothing).to_string(), doing).await {
            Ok(_) => Ok(true),
            Err(Error::Refused { answer, .. }) => Ok(!matches!(answer.status.as_u16(), 405 | 501)),
            Err(error) => Err(error),
        }
    }

    async fn delete(&self, what: &str, doing: String) -> Result<bool, Error> {
        let mut call = self.call(Method::DELETE, &format!("manifests/{what}"), doing);
        call.scopes = Scope::delete(&self.name).into();
        let response = self.caller.send(&call, &mut self.caller.budget(), None).await?;
        match response.status().as_u16() {
            200 | 202 | 204 => Ok(true),
            404 => Ok(false),
            _ => Err(self.caller.refused(response, &call).await),
        }
    }
}

//! Whether a repository has what was brought there: by its own word, or by reading it back. And whether it would take anything at
//! all, found out by an upload that is begun and given up at once.

use std::sync::Arc;

use reqwest::Method;
use reqwest::header::CONTENT_LENGTH;

use super::repository::{content_digest, header, is_manifest};
use super::{Purpose, Repository};
use crate::content::{self, Blob, Class, Source as _};
use crate::image::{Descriptor, Digest, RepositoryName, Tag};

/// What a repository has is not what was brought.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Loss {
    #[error("{piece} is not in {place}, although it was brought there")]
    Gone { piece: Digest, place: String },
    #[error("{piece} in {place} is damaged: the registry has {found} bytes of it, and it has {}", piece_size)]
    Size { piece: Digest, place: String, found: u64, piece_size: u64 },
    #[error("{piece} in {place} is damaged: the registry calls it {found}")]
    Digest { piece: Digest, place: String, found: Digest },
    #[error("{tag} is not in {place}, although it was put there")]
    NoTag { tag: Tag, place: String },
    #[error("{tag} in {place} names {found}, and not {expected}: somebody else has moved it")]
    Moved { tag: Tag, place: String, found: Digest, expected: Digest },
}

impl From<Loss> for content::Error {
    fn from(loss: Loss) -> Self {
        let class = match loss {
            Loss::Gone { .. } | Loss::NoTag { .. } => Class::NotFound,
            Loss::Size { .. } | Loss::Digest { .. } => Class::Damaged,
            Loss::Moved { .. } => Class::Failed,
        };
        Self::new(class, loss)
    }
}

impl Repository {
    /// The same repository for somebody who remembers nothing of it.
    pub fn afresh(&self) -> Arc<Self> {
        Arc::new(Self::new(self.caller.clone(), self.name.clone(), self.purpose()))
    }

    /// Another repository of the registry, to read from.
    pub fn next_door(&self, name: &RepositoryName) -> Arc<Self> {
        Arc::new(Self::new(self.caller.clone(), name.clone(), Purpose::Pull))
    }

    /// Makes sure that the registry says it has a piece, of this size and under this digest. A manifest whose digest it does not
    /// say is read.
    pub async fn attest(self: &Arc<Self>, piece: &Descriptor) -> Result<(), content::Error> {
        let (digest, place) = (piece.digest, self.place.clone());
        let response = self.look(self.head_call(piece)).await?;
        if response.status().as_u16() != 200 {
            return Err(Loss::Gone { piece: digest, place }.into());
        }
        // C-40: of a manifest, the size in a head means little, and its digest all.
        let size = header(&response, &CONTENT_LENGTH).and_then(|text| text.parse::<u64>().ok());
        if let Some(found) = size.filter(|found| *found != piece.size && !is_manifest(piece)) {
            return Err(Loss::Size { piece: digest, place, found, piece_size: piece.size }.into());
        }
        match content_digest(&response).filter(|named| named.algorithm() == digest.algorithm()) {
            Some(named) if named == digest => Ok(()),
            Some(found) => Err(Loss::Digest { piece: digest, place, found }.into()),
            // It need not say, or may name the same by another algorithm (C-48).
            None if is_manifest(piece) => self.read_back(piece).await,
            None => Ok(()),
        }
    }

    /// Makes sure that a tag names what was put there.
    pub async fn attest_tag(&self, tag: &Tag, expected: &Digest) -> Result<(), content::Error> {
        let (place, tag, expected) = (self.place.clone(), tag.clone(), *expected);
        match self.named(&tag).await? {
            Some(found) if found == expected => Ok(()),
            // Who names a manifest by another algorithm says nothing about this one.
            Some(found) if found.algorithm() != expected.algorithm() => Ok(()),
            Some(found) => Err(Loss::Moved { tag, place, found, expected }.into()),
            None => Err(Loss::NoTag { tag, place }.into()),
        }
    }

    /// Reads a piece back and holds it to its digest; past caches on the way, as far as those listen.
    pub async fn read_back(self: &Arc<Self>, piece: &Descriptor) -> Result<(), content::Error> {
        self.distrust(piece);
        Blob::new(piece.bare(), self.clone()).verify().await
    }

    /// Makes sure that this account may push here: an upload is begun, and given up before anything is sent to it. Where a
    /// registry does not let it go (C-49), it forgets it in time.
    pub async fn try_writing(&self) -> Result<(), content::Error> {
        let call = self.call(Method::POST, "blobs/uploads/", format!("push to {}", self.place));
        let response = self.caller.send(&call, &mut self.caller.budget(), None).await?;
        if response.status().as_u16() != 202 {
            return Err(self.caller.refused(response, &call).await.into());
        }
        let location = self.location(&response, &call).await?;
        // On the list until it is gone: an interruption gives it up as well.
        self.caller.loose.insert(&location, &self.name);
        self.caller.give_up_loose().await;
        Ok(())
    }

    /// The account that the registry is told, if there is one.
    pub fn account(&self) -> Option<String> {
        self.caller.authority.account().map(str::to_owned)
    }
}

//! Blobs: content that can be opened again, and that is verified on the way through.
//!
//! The last bytes of a stream are held back until the digest of the whole is right. A sink that knows the length from
//! the descriptor and stops reading there has therefore still seen a verified blob.

use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, ready};

use super::streams::Streams;
use super::{Advice, Assurance, ByteStream, Class, Error, Source, Verifier};
use crate::image::{Descriptor, Digest, Hasher};

/// A piece of content and the place that has it.
#[derive(Clone)]
pub struct Blob {
    descriptor: Descriptor,
    source: Arc<dyn Source>,
    streams: Option<Arc<Streams>>,
}

/// What a [`Source`] is asked for. Only [`Blob`] makes one, so that no byte goes around its verification.
#[derive(Debug, Clone, Copy)]
pub struct Extent<'a> {
    descriptor: &'a Descriptor,
    offset: u64,
    end: u64,
}

impl<'a> Extent<'a> {
    /// What is read.
    pub fn descriptor(self) -> &'a Descriptor {
        self.descriptor
    }

    /// Where reading begins.
    pub fn offset(self) -> u64 {
        self.offset
    }

    /// Where reading ends: before the end of the whole, where only a part of it is wanted.
    pub fn end(self) -> u64 {
        self.end
    }
}

impl Blob {
    /// The content that `descriptor` describes, in `source`.
    pub fn new(descriptor: Descriptor, source: Arc<dyn Source>) -> Self {
        Self { descriptor, source, streams: None }
    }

    /// The same blob, of which parts may be fetched at the same time over the streams that nothing else needs.
    pub fn among(self, streams: Arc<Streams>) -> Self {
        Self { streams: Some(streams), ..self }
    }

    /// The streams that it may use.
    pub(super) fn streams(&self) -> Option<&Arc<Streams>> {
        self.streams.as_ref()
    }

    /// What it is.
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// Where it lies, in people's words.
    pub fn place(&self) -> &str {
        self.source.place()
    }

    /// Its bytes from the beginning. The stream fails when they are not what the descriptor says.
    pub async fn open(&self) -> Result<ByteStream, Error> {
        self.open_after(0, Hasher::new(self.descriptor.digest.algorithm())).await
    }

    /// The same for a place that verifies the whole itself when it has it: a registry. Where that is known of it, or where the
    /// source has verified it before, it is not hashed again, and only its length is held to the descriptor; else it is hashed,
    /// and the source hears that it is right.
    pub async fn open_to_verifier(&self, verifier: Verifier) -> Result<ByteStream, Error> {
        let hasher = Hasher::new(self.descriptor.digest.algorithm());
        let (hasher, hears) = match (verifier, self.source.assurance(&self.descriptor)) {
            (Verifier::Proven, _) | (_, Assurance::Verified) => (None, None),
            (_, Assurance::OnceRead(hears)) => (Some(hasher), Some(hears)),
            (_, Assurance::None) => (Some(hasher), None),
        };
        let verified = Verified::new(self.read(0).await?, self, 0, hasher);
        Ok(Verified { hears, ..verified }.boxed())
    }

    /// The bytes that follow the first `offset` ones, for who has those already and has hashed them: the whole is what has to
    /// be right.
    pub async fn open_after(&self, offset: u64, behind: Hasher) -> Result<ByteStream, Error> {
        Ok(Verified::new(self.read(offset).await?, self, offset, Some(behind)).boxed())
    }

    /// The bytes from `offset` on, for a place that verifies the whole itself when it has it: a registry, at the end of an
    /// upload that is resumed. Only their number is held to the descriptor.
    pub async fn open_tail(&self, offset: u64) -> Result<ByteStream, Error> {
        Ok(Verified::new(self.read(offset).await?, self, offset, None).boxed())
    }

    /// The bytes of one part, for who puts the whole together and holds it to the digest with [`Blob::conclude`]; `None` where
    /// nothing but the whole is given. It may end early.
    pub(super) async fn open_part(&self, part: Range<u64>) -> Result<Option<ByteStream>, Error> {
        self.source.read_part(Extent { descriptor: &self.descriptor, offset: part.start, end: part.end }).await
    }

    /// Whether the whole is right, of which this is the hash.
    pub(super) fn conclude(&self, hasher: Hasher) -> Result<(), Error> {
        let (expected, found) = (self.descriptor.digest, hasher.finish());
        match expected == found {
            true => Ok(()),
            false => Err(damaged(Damage::Digest { expected, found, place: self.place().to_owned() })),
        }
    }

    async fn read(&self, offset: u64) -> Result<ByteStream, Error> {
        // What a descriptor carries in itself needs no place to be fetched from (C-33).
        let Some(bytes) = self.descriptor.embedded() else {
            let extent = Extent { descriptor: &self.descriptor, offset, end: self.descriptor.size };
            return self.source.read(extent).await;
        };
        let offset = usize::try_from(offset).unwrap_or(bytes.len()).min(bytes.len());
        Ok(futures_util::stream::once(async move { Ok(Bytes::from(bytes).slice(offset..)) }).boxed())
    }

    /// Whether the place gives what the descriptor says, found out by reading it.
    pub async fn verify(&self) -> Result<(), Error> {
        let mut stream = self.open().await?;
        while stream.try_next().await?.is_some() {}
        Ok(())
    }

    /// Whether a failure to read it may be the place's of which it came, and there is another one to try.
    pub fn is_elsewhere(&self, error: &Error) -> bool {
        error.class() == Class::Damaged && self.source.distrust(&self.descriptor)
    }

    /// All of its bytes in memory; only for what is small by its nature. More than `limit` bytes are refused unread.
    pub async fn read_all(&self, limit: u64) -> Result<Bytes, Error> {
        if self.descriptor.size > limit {
            let (what, size, place) = (self.descriptor.digest, self.descriptor.size, self.place());
            let words = format!("{what} in {place} has {size} bytes, more than the {limit} that are read at once");
            return Err(Error::new(Class::Failed, words));
        }
        loop {
            match self.read_whole().await {
                Err(error) if self.is_elsewhere(&error) => {}
                other => return other,
            }
        }
    }

    async fn read_whole(&self) -> Result<Bytes, Error> {
        let mut stream = self.open().await?;
        let mut all = BytesMut::with_capacity(usize::try_from(self.descriptor.size).unwrap_or_default());
        while let Some(chunk) = stream.try_next().await? {
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }
}

/// Content that is not what its descriptor says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// The bytes hash to something else.
    #[error("{expected} in {place} is damaged: its bytes hash to {found}")]
    Digest {
        /// The digest in the descriptor.
        expected: Digest,
        /// The digest of the bytes.
        found: Digest,
        /// Where it was read.
        place: String,
    },
    /// More or fewer bytes than announced.
    #[error("{expected} in {place} is damaged: it has {} bytes than the {size} of its descriptor", if *.longer { "more" } else { "fewer" })]
    Size {
        /// The digest in the descriptor.
        expected: Digest,
        /// The size in the descriptor.
        size: u64,
        /// Whether there was more than that.
        longer: bool,
        /// Where it was read.
        place: String,
    },
}

fn damaged(damage: Damage) -> Error {
    Error::new(Class::Damaged, damage).advise(Advice::FetchAgain)
}

/// A stream that counts and hashes what goes through it (C-24, C-25).
struct Verified {
    inner: ByteStream,
    hasher: Option<Hasher>,
    remaining: u64,
    descriptor: Descriptor,
    place: String,
    /// Whom to tell that it is right.
    hears: Option<Box<dyn FnOnce() + Send>>,
}

impl Verified {
    /// `inner` begins at `offset`, and `hasher` has seen what is before.
    fn new(inner: ByteStream, blob: &Blob, offset: u64, hasher: Option<Hasher>) -> Self {
        let descriptor = blob.descriptor.bare();
        Self {
            inner,
            hasher,
            remaining: descriptor.size.saturating_sub(offset),
            descriptor,
            place: blob.place().to_owned(),
            hears: None,
        }
    }

    fn wrong_size(&self, longer: bool) -> Error {
        let Descriptor { digest, size, .. } = self.descriptor;
        damaged(Damage::Size { expected: digest, size, longer, place: self.place.clone() })
    }

    /// Compares the digest, once.
    fn conclude(&mut self) -> Result<(), Error> {
        let Some(hasher) = self.hasher.take() else { return Ok(()) };
        let (expected, found) = (self.descriptor.digest, hasher.finish());
        match expected == found {
            true => {
                self.hears.take().into_iter().for_each(|hears| hears());
                Ok(())
            }
            false => Err(damaged(Damage::Digest { expected, found, place: self.place.clone() })),
        }
    }
}

impl Stream for Verified {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        Poll::Ready(match ready!(this.inner.as_mut().poll_next(context)) {
            Some(Ok(chunk)) if chunk.len() as u64 > this.remaining => Some(Err(this.wrong_size(true))),
            Some(Ok(chunk)) => {
                this.remaining -= chunk.len() as u64;
                if let Some(hasher) = &mut this.hasher {
                    hasher.update(&chunk);
                }
                match this.remaining {
                    0 => Some(this.conclude().map(|()| chunk)),
                    _ => Some(Ok(chunk)),
                }
            }
            Some(Err(error)) => Some(Err(error)),
            None if this.remaining > 0 => {
                let error = this.wrong_size(false);
                this.remaining = 0;
                this.hasher = None;
                Some(Err(error))
            }
            None => this.conclude().err().map(Err),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::content::Reply;
    use crate::image::MediaType;

    /// A source that gives what it was told to give, whatever it is asked for.
    struct Fixed(Vec<&'static [u8]>);

    impl Source for Fixed {
        fn place(&self) -> &str {
            "here"
        }

        fn read<'a>(&'a self, _: Extent<'a>) -> Reply<'a, ByteStream> {
            let chunks: Vec<_> = self.0.iter().map(|chunk| Ok(Bytes::from_static(chunk))).collect();
            Box::pin(async { Ok(futures_util::stream::iter(chunks).boxed()) })
        }
    }

    async fn read(chunks: &[&'static [u8]], descriptor: Descriptor) -> Result<Bytes, String> {
        let blob = Blob::new(descriptor, Arc::new(Fixed(chunks.to_vec())));
        blob.read_all(100).await.map_err(|error| error.to_string())
    }

    fn described(bytes: &[u8]) -> Descriptor {
        Descriptor::of(MediaType::OCTET_STREAM, bytes)
    }

    #[tokio::test]
    async fn what_is_right_comes_through() {
        assert_eq!(read(&[b"ab", b"", b"c"], described(b"abc")).await.as_deref(), Ok(&b"abc"[..]));
        assert_eq!(read(&[], described(b"")).await.as_deref(), Ok(&b""[..]));
    }

    #[tokio::test]
    async fn what_is_longer_shorter_or_other_fails() {
        let error = read(&[b"ab", b"cd"], described(b"abc")).await.unwrap_err();
        assert!(error.ends_with("in here is damaged: it has more bytes than the 3 of its descriptor"), "{error}");
        let error = read(&[b"ab"], described(b"abc")).await.unwrap_err();
        assert!(error.ends_with("it has fewer bytes than the 3 of its descriptor"), "{error}");
        let error = read(&[b"abd"], described(b"abc")).await.unwrap_err();
        assert!(error.contains("is damaged: its bytes hash to sha256:"), "{error}");
        let mut empty = described(b"x");
        empty.size = 0;
        assert!(read(&[], empty).await.is_err());
    }

    /// A source with two origins, of which the first is damaged.
    struct Twofold(AtomicBool);

    impl Source for Twofold {
        fn place(&self) -> &str {
            "here"
        }

        fn read<'a>(&'a self, _: Extent<'a>) -> Reply<'a, ByteStream> {
            let bytes = if self.0.load(Ordering::Relaxed) { &b"abc"[..] } else { b"abd" };
            Box::pin(async move { Ok(futures_util::stream::iter([Ok(Bytes::from_static(bytes))]).boxed()) })
        }

        fn distrust(&self, _: &Descriptor) -> bool {
            !self.0.swap(true, Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn what_is_damaged_is_read_from_elsewhere_as_long_as_there_is_somewhere() {
        let read = async |bytes: &[u8]| {
            let blob = Blob::new(described(bytes), Arc::new(Twofold(AtomicBool::new(false))));
            blob.read_all(100).await.map_err(|error| error.class())
        };
        assert_eq!(read(b"abc").await.as_deref(), Ok(&b"abc"[..]));
        assert_eq!(read(b"xyz").await, Err(Class::Damaged));
    }

    /// A sink that stops at the announced length has not been given the last bytes of something damaged.
    #[tokio::test]
    async fn the_last_bytes_of_something_damaged_never_come() {
        let blob = Blob::new(described(b"abc"), Arc::new(Fixed(vec![b"ab", b"d"])));
        let mut stream = blob.open().await.expect("opens");
        assert_eq!(stream.try_next().await.expect("a chunk").as_deref(), Some(&b"ab"[..]));
        assert!(stream.try_next().await.is_err());
    }

    #[tokio::test]
    async fn what_is_behind_counts_for_the_whole() {
        for (behind, right) in [(&b"ab"[..], true), (b"xb", false)] {
            let mut hasher = Hasher::new(crate::image::Algorithm::Sha256);
            hasher.update(behind);
            let blob = Blob::new(described(b"abc"), Arc::new(Fixed(vec![b"c"])));
            let mut stream = blob.open_after(2, hasher).await.expect("opens");
            assert_eq!(stream.try_next().await.is_ok(), right);
        }
    }

    #[tokio::test]
    async fn a_tail_has_its_length() {
        for (chunks, right) in [(vec![&b"x"[..]], true), (vec![&b"xy"[..]], false), (vec![], false)] {
            let blob = Blob::new(described(b"abc"), Arc::new(Fixed(chunks)));
            let tail = blob.open_tail(2).await.expect("opens");
            assert_eq!(tail.try_collect::<Vec<_>>().await.is_ok(), right);
        }
    }

    #[tokio::test]
    async fn embedded_content_needs_no_source() {
        let mut descriptor = described(b"{}");
        descriptor.other.insert("data".into(), "e30=".into());
        assert_eq!(read(&[b"wrong"], descriptor).await.as_deref(), Ok(&b"{}"[..]));
    }

    #[tokio::test]
    async fn more_than_the_limit_is_not_read_at_once() {
        let mut descriptor = described(b"");
        descriptor.size = 101;
        assert!(read(&[], descriptor).await.unwrap_err().contains("more than the 100"));
    }
}

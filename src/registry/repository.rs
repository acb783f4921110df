//! A repository of a registry, as a place to read from and to write to.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, Response};

use super::auth::{Scope, ScopeSet};
use super::call::{Call, Connections};
use super::caller::Caller;
use super::download::{Download, Parts};
use super::error::Error;
use super::journal::SelfMount;
use super::sessions::Spare;
use crate::content::{self, Blob, ByteStream, Claim, Class, Extent, Kept, Meter, Rank, Reply, Sink, Source, Standing};
use crate::image::{
    Descriptor, Digest, Hasher, MAX_MANIFEST_SIZE, Manifest, ManifestError, MediaType, Reference, RepositoryName, Role,
    Tag,
};

pub(super) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// A repository of a registry.
pub struct Repository {
    pub(super) caller: Arc<Caller>,
    pub(super) name: RepositoryName,
    pub(super) spare: Spare,
    /// Whether what is sent is hashed here in any case.
    pub(super) hashes_all: bool,
    pub(super) place: String,
    purpose: Purpose,
    /// Manifests that came with the answer to a question, and need not be asked for again.
    known: Mutex<HashMap<Digest, Bytes>>,
    /// What came damaged once.
    distrusted: Mutex<HashSet<Digest>>,
    parts: Parts,
    /// Whose turn it is to add to a list of referrers.
    pub(super) referring: tokio::sync::Mutex<()>,
}

/// What a repository is opened for: it decides which token is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Reading.
    Pull,
    /// Reading and writing.
    Push,
}

impl Repository {
    pub(super) fn new(caller: Arc<Caller>, name: RepositoryName, purpose: Purpose) -> Self {
        let place = format!("{}/{name}", caller.host);
        Self {
            caller,
            name,
            spare: Spare::default(),
            hashes_all: false,
            place,
            purpose,
            known: Mutex::default(),
            distrusted: Mutex::default(),
            parts: Parts::default(),
            referring: Default::default(),
        }
    }

    /// What it was opened for.
    pub(super) fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Hashes all that is sent to it, whoever else does.
    pub fn hashing_all(self) -> Self {
        Self { hashes_all: true, ..self }
    }

    /// What a tag or a digest names here; `None` when it names nothing.
    pub async fn resolve(&self, wanted: &Reference) -> Result<Option<Descriptor>, content::Error> {
        let Some((descriptor, bytes)) = self.document(wanted).await? else { return Ok(None) };
        self.known.lock().expect("nobody panics while holding it").insert(descriptor.digest, bytes);
        Ok(Some(descriptor))
    }

    /// How many requests went to the registry so far.
    pub fn requests_sent(&self) -> u64 {
        self.caller.requests_sent()
    }

    pub(super) fn call<'a>(&self, method: Method, path: &str, doing: String) -> Call<'a> {
        let mut call = Call::new(method, format!("{}/{path}", self.name), doing);
        call.scopes = self.scopes();
        call
    }

    fn scopes(&self) -> ScopeSet {
        match self.purpose {
            Purpose::Pull => Scope::pull(&self.name).into(),
            Purpose::Push => Scope::push(&self.name).into(),
        }
    }

    pub(super) fn manifest_call<'a>(&self, method: Method, wanted: &str, doing: String) -> Call<'a> {
        let mut call = self.call(method, &format!("manifests/{wanted}"), doing);
        // C-20: one header with all types, because some proxies keep only the last of several.
        let accept = MediaType::MANIFESTS.map(|media_type| media_type.to_string()).join(", ");
        call.headers.insert(ACCEPT, HeaderValue::from_str(&accept).expect("media types make a header"));
        call
    }

    pub(super) async fn fetch_manifest(
        &self,
        wanted: &Reference,
        over: Connections,
    ) -> Result<Option<(Descriptor, Bytes)>, Error> {
        let name = match (&wanted.digest, &wanted.tag) {
            (Some(digest), _) => digest.to_string(),
            (None, Some(tag)) => tag.to_string(),
            (None, None) => Tag::latest().to_string(),
        };
        let mut call = self.manifest_call(Method::GET, &name, format!("read {wanted}"));
        call.over = over;
        let mut budget = self.caller.budget();
        loop {
            let response = self.caller.send(&call, &mut budget, None).await?;
            let error = match response.status().as_u16() {
                200 => match self.accept_manifest(response, wanted.digest, &call).await {
                    Ok(manifest) => return Ok(Some(manifest)),
                    Err(error) => error,
                },
                404 => {
                    let refused = self.caller.refused(response, &call).await;
                    // A registry that has the image in a form that nobody asked for says so in its 404.
                    if let Error::Refused { answer, .. } = &refused {
                        tracing::debug!("{answer}");
                    }
                    return Ok(None);
                }
                _ => self.caller.refused(response, &call).await,
            };
            // It may have broken off in the middle.
            self.caller.pause(error, &mut budget, None).await?;
        }
    }

    /// Reads a manifest and makes sure that it is the one that was asked for (C-22..C-25; CVE-2025-24882: whatever the headers
    /// say, the body has to hash to the digest).
    async fn accept_manifest(
        &self,
        response: Response,
        wanted: Option<Digest>,
        call: &Call<'_>,
    ) -> Result<(Descriptor, Bytes), Error> {
        let stated = header(&response, &CONTENT_TYPE).map(MediaType::new).unwrap_or(MediaType::OCTET_STREAM);
        let claimed = content_digest(&response);
        let limit = usize::try_from(MAX_MANIFEST_SIZE).expect("4 MiB");
        let body = self.caller.read(response, limit + 1, &call.doing).await?;
        let expected = wanted.or(claimed);
        let algorithm = expected.map_or(crate::image::Algorithm::Sha256, |digest| digest.algorithm());
        let mut hasher = Hasher::new(algorithm);
        hasher.update(&body);
        let found = hasher.finish();
        if let Some(expected) = expected.filter(|expected| *expected != found && body.len() <= limit) {
            let words = format!("{expected} in {} is damaged: its bytes hash to {found}", self.place);
            return Err(content::Error::new(Class::Damaged, words).advise(content::Advice::FetchAgain).into());
        }
        let refuse = |error: ManifestError| self.caller.nonsense(call, format!("the registry sent {error}"));
        let manifest = Manifest::parse(&stated, &body).map_err(refuse)?;
        if wanted.is_none() && stated.role() != Role::Blob && manifest.media_type != stated {
            return Err(refuse(ManifestError::OtherType { stated, own: manifest.media_type }));
        }
        Ok((Descriptor::new(manifest.media_type, found, body.len() as u64), body))
    }

    /// Whether there is such a tag, and the digest that it names if the registry says it, without reading the manifest.
    pub(super) async fn head_tag(&self, tag: &Tag) -> Result<Option<Option<Digest>>, Error> {
        let doing = format!("look for {tag} in {}", self.place);
        let response = self.look(self.manifest_call(Method::HEAD, tag.as_str(), doing)).await?;
        match response.status().as_u16() {
            200 => Ok(Some(content_digest(&response))),
            _ => Ok(None),
        }
    }

    pub(super) fn head_call<'a>(&self, descriptor: &Descriptor) -> Call<'a> {
        let doing = format!("look for {} in {}", descriptor.digest.short(), self.place);
        match is_manifest(descriptor) {
            true => self.manifest_call(Method::HEAD, &descriptor.digest.to_string(), doing),
            false => self.call(Method::HEAD, &format!("blobs/{}", descriptor.digest), doing),
        }
    }

    /// Whether it is known to be there, asked once.
    pub(super) async fn stands(&self, descriptor: &Descriptor) -> bool {
        let response = self.caller.send_once(&self.head_call(descriptor)).await;
        response.is_ok_and(|response| response.status().as_u16() == 200)
    }

    pub(super) async fn head(&self, descriptor: &Descriptor) -> Result<bool, Error> {
        let response = self.look(self.head_call(descriptor)).await?;
        match response.status().as_u16() {
            200 => {
                let size = header(&response, &CONTENT_LENGTH).and_then(|text| text.parse::<u64>().ok());
                // C-40: another size is another content, whatever the registry calls it.
                Ok(size.is_none_or(|size| size == descriptor.size || is_manifest(descriptor)))
            }
            _ => Ok(false),
        }
    }

    /// Whether the image is here, found out with as few questions as what was pushed before allows. A tag that should name it
    /// is asked for first; of an image that was never pushed here, the blobs tell more than the manifest.
    async fn what_stands(&self, root: &Descriptor, tags: &[Tag]) -> Result<Standing, Error> {
        let pushed = self.caller.pushed(&self.name);
        let expected: Vec<&Tag> = tags.iter().filter(|tag| pushed.tagged(tag) == Some(&root.digest)).collect();
        let asked = match pushed.has(&root.digest) {
            true => expected,
            false if !pushed.is_empty() && self.caller.self_mount() == Some(SelfMount::Tells) => Vec::new(),
            false => tags.iter().collect(),
        };
        let digests = futures_util::future::try_join_all(asked.iter().map(|tag| self.head_tag(tag))).await?;
        let named = asked.into_iter().zip(digests).filter(|(_, digest)| *digest == Some(Some(root.digest)));
        let named: Vec<Tag> = named.map(|(tag, _)| tag.clone()).collect();
        self.caller.note_push(&self.name, &named, &root.digest);
        let is_here = !named.is_empty()
            || match pushed.has(&root.digest) || tags.is_empty() {
                true => self.head(root).await?,
                false => false,
            };
        match is_here {
            true => {
                let missing_tags = tags.iter().filter(|tag| !named.contains(tag)).cloned().collect();
                Ok(Standing::Present { missing_tags })
            }
            false => Ok(Standing::Absent),
        }
    }

    /// Whether so little is known of an image here that all its blobs may as well be asked for together with it: one round trip
    /// less where it is new, and a request a blob too many where it is not. Not of an image that was pushed from here before, and not
    /// where the registry may first want to know who asks.
    async fn is_unknown(&self, root: &Descriptor) -> bool {
        !self.caller.pushed(&self.name).has(&root.digest) && self.caller.may_speak_freely(&self.scopes()).await
    }

    /// Whether something came already with the answer to a question.
    pub(super) fn knows(&self, digest: &Digest) -> bool {
        self.known.lock().expect("nobody panics while holding it").contains_key(digest)
    }

    /// The bytes of something from an offset on, not verified.
    pub(super) async fn open_at(&self, descriptor: &Descriptor, offset: u64) -> Result<ByteStream, content::Error> {
        Ok(self.read_content(descriptor, offset).await?)
    }

    async fn read_content(&self, descriptor: &Descriptor, offset: u64) -> Result<ByteStream, Error> {
        let known = self.known.lock().expect("nobody panics while holding it").get(&descriptor.digest).cloned();
        if let Some(bytes) = known {
            let offset = usize::try_from(offset).unwrap_or(bytes.len()).min(bytes.len());
            return Ok(futures_util::stream::iter([Ok(bytes.slice(offset..))]).boxed());
        }
        self.download(descriptor, offset..descriptor.size).stream().await
    }

    /// The bytes of a part, not verified; `None` where nothing but the whole is given.
    pub(super) async fn open_part(&self, extent: Extent<'_>) -> Result<Option<ByteStream>, content::Error> {
        let part = extent.offset()..extent.end();
        Ok(self.download(extent.descriptor(), part).stream_part().await?)
    }

    fn download(&self, descriptor: &Descriptor, extent: Range<u64>) -> Download {
        Download::new(self.caller.clone(), self.download_call(descriptor), self.parts.clone(), extent)
    }

    fn download_call(&self, descriptor: &Descriptor) -> Call<'static> {
        let doing = format!("read {} from {}", descriptor.digest.short(), self.place);
        let mut call = match is_manifest(descriptor) {
            true => self.manifest_call(Method::GET, &descriptor.digest.to_string(), doing),
            false => self.call(Method::GET, &format!("blobs/{}", descriptor.digest), doing),
        };
        if self.distrusted.lock().expect("nobody panics while holding it").contains(&descriptor.digest) {
            call.over = Connections::Fresh;
        }
        // Or a proxy on the way might compress it, and no digest would be right.
        call.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        call
    }

    /// Asks for the head of something; for all of it where there are no heads, and reads no more than the head.
    pub(super) async fn look(&self, mut call: Call<'_>) -> Result<Response, Error> {
        let response = self.caller.send(&call, &mut self.caller.budget(), None).await?;
        let response = match response.status().as_u16() {
            405 | 501 => {
                call.method = Method::GET;
                self.caller.send(&call, &mut self.caller.budget(), None).await?
            }
            _ => response,
        };
        match response.status().as_u16() {
            200 | 404 => Ok(response),
            _ => Err(self.caller.refused(response, &call).await),
        }
    }
}

pub(super) fn header<'a>(response: &'a Response, name: &HeaderName) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

/// The digest that the registry stored something as, when it is another one than it was sent as (C-62). It may name it by
/// another algorithm (C-48).
pub(super) fn other_digest(response: &Response, descriptor: &Descriptor) -> Option<Digest> {
    let stored = content_digest(response)?;
    (stored.algorithm() == descriptor.digest.algorithm() && stored != descriptor.digest).then_some(stored)
}

pub(super) fn content_digest(response: &Response) -> Option<Digest> {
    header(response, &CONTENT_DIGEST)?.parse().ok()
}

/// What is wrong when it is another one.
pub(super) fn stored_as(stored: &Digest, descriptor: &Descriptor) -> String {
    format!("the registry stored it as {stored}, and it was sent as {}", descriptor.digest)
}

pub(super) fn is_manifest(descriptor: &Descriptor) -> bool {
    matches!(descriptor.media_type.role(), Role::Index | Role::Manifest)
}

impl Source for Repository {
    fn place(&self) -> &str {
        &self.place
    }

    fn read<'a>(&'a self, extent: Extent<'a>) -> Reply<'a, ByteStream> {
        async move { Ok(self.read_content(extent.descriptor(), extent.offset()).await?) }.boxed()
    }

    fn read_part<'a>(&'a self, extent: Extent<'a>) -> Reply<'a, Option<ByteStream>> {
        self.open_part(extent).boxed()
    }

    /// What came damaged is asked for once more: something on the way may have spoilt it.
    fn distrust(&self, descriptor: &Descriptor) -> bool {
        self.distrusted.lock().expect("nobody panics while holding it").insert(descriptor.digest)
    }
}

impl Sink for Repository {
    fn place(&self) -> &str {
        &self.place
    }

    fn standing<'a>(&'a self, root: &'a Descriptor, tags: &'a [Tag]) -> Reply<'a, Standing> {
        async move { Ok(self.what_stands(root, tags).await?) }.boxed()
    }

    fn is_new_ground<'a>(&'a self, root: &'a Descriptor) -> BoxFuture<'a, bool> {
        self.is_unknown(root).boxed()
    }

    fn has<'a>(&'a self, descriptor: &'a Descriptor) -> Reply<'a, bool> {
        async move { Ok(self.head(descriptor).await?) }.boxed()
    }

    fn claim<'a>(&'a self, descriptor: &'a Descriptor, from: Option<&'a RepositoryName>) -> Reply<'a, Claim> {
        async move { Ok(self.ask_for(descriptor, from).await?) }.boxed()
    }

    fn put_blob<'a>(&'a self, blob: &'a Blob, meter: &'a Meter) -> Reply<'a, ()> {
        async move { Ok(self.upload(blob, meter).await?) }.boxed()
    }

    fn put_manifest<'a>(&'a self, descriptor: &'a Descriptor, bytes: Bytes, rank: Rank<'a>) -> Reply<'a, Kept> {
        async move {
            let tags = match rank {
                Rank::Child => &[],
                Rank::Root(tags) => tags,
            };
            match self.put_documents(descriptor, bytes, tags).await {
                Ok(()) => {
                    if let Rank::Root(tags) = rank {
                        self.caller.note_push(&self.name, tags, &descriptor.digest);
                    }
                    Ok(Kept::New)
                }
                Err(Error::Refused { doing, host, mut answer }) if answer.lacking.is_some() => {
                    let digests = answer.lacking.take().unwrap_or_default();
                    Ok(Kept::Lacking { digests, error: Error::Refused { doing, host, answer }.into() })
                }
                Err(error) => Err(error.into()),
            }
        }
        .boxed()
    }
}

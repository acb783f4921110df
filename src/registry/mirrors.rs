//! A repository behind its mirrors: each is asked in its turn, and the registry itself last. What cannot be had from a mirror is
//! no failure; the mirror is left out then, with one note, and the next one goes on where it stopped.

use std::collections::{HashMap, HashSet};
use std::error::Error as StdError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _};

use super::mirror::{Mirror, Trusted};
use super::note::{Note, Notes};
use super::repository::Repository;
use crate::content::{ByteStream, Class, Error, Extent, Reply, Source};
use crate::image::{Descriptor, Digest, Reference};

/// How much of what a mirror says is repeated.
const MAX_WORDS: usize = 400;

/// The mirrors that are not asked again in this run. Clones know the same.
#[derive(Clone, Default)]
pub struct LeftOut(Arc<Mutex<HashSet<String>>>);

impl LeftOut {
    fn has(&self, mirror: &str) -> bool {
        self.0.lock().expect("nobody panics while holding it").contains(mirror)
    }

    /// Adds one; `false` when it was there.
    fn add(&self, mirror: &str) -> bool {
        self.0.lock().expect("nobody panics while holding it").insert(mirror.to_owned())
    }
}

/// A repository of a registry, and the same repository at its mirrors.
pub struct Mirrors {
    inner: Arc<Inner>,
}

struct Inner {
    home: Repository,
    mirrors: Vec<Candidate>,
    left_out: LeftOut,
    notes: Notes,
    /// Which mirrors gave something of a piece: whose fault it is when the piece is damaged.
    givers: Mutex<HashMap<Digest, HashSet<usize>>>,
}

struct Candidate {
    name: String,
    repository: Repository,
    trusted: Trusted,
    /// It has not got this repository, or does not give it to us; others it may.
    lacks: AtomicBool,
}

impl Mirrors {
    /// `home` behind these mirrors, each with its own repository. Who is left out already, in `left_out`, is not asked.
    pub fn of(home: Repository, mirrors: Vec<(Mirror, Repository)>, left_out: LeftOut, notes: Notes) -> Self {
        let candidate = |(mirror, repository): (Mirror, Repository)| Candidate {
            name: mirror.to_string(),
            repository,
            trusted: mirror.trusted,
            lacks: AtomicBool::new(false),
        };
        let mirrors = mirrors.into_iter().map(candidate).collect();
        Self { inner: Arc::new(Inner { home, mirrors, left_out, notes, givers: Mutex::default() }) }
    }

    /// The registry itself, for what is no mirror's business.
    pub fn home(&self) -> &Repository {
        &self.inner.home
    }

    /// What a tag or a digest names; `None` when it names nothing. Of tags only those mirrors are asked whose word counts.
    pub async fn resolve(&self, wanted: &Reference) -> Result<Option<Descriptor>, Error> {
        let inner = &self.inner;
        for (index, mirror) in inner.asked() {
            if wanted.digest.is_none() && mirror.trusted == Trusted::WithContent {
                continue;
            }
            match mirror.repository.resolve(wanted).await {
                Ok(Some(descriptor)) => {
                    tracing::info!("{wanted} from mirror {}", mirror.name);
                    return Ok(Some(descriptor));
                }
                Ok(None) => inner.pass_over(index, &format!("it does not have {wanted}")),
                Err(error) => inner.leave_out(index, &error),
            }
        }
        inner.home.resolve(wanted).await
    }
}

impl Inner {
    /// Who is still to be asked, in order.
    fn asked(&self) -> impl Iterator<Item = (usize, &Candidate)> {
        let is_in = |mirror: &Candidate| !mirror.lacks.load(Ordering::Relaxed) && !self.left_out.has(&mirror.name);
        self.mirrors.iter().enumerate().filter(move |(_, mirror)| is_in(mirror))
    }

    /// One that only has not got this, or does not let us have it, may be of use for another repository; of one that fails
    /// nothing is expected any more.
    fn leave_out(&self, index: usize, error: &Error) {
        let why = root_of(error);
        match error.class() {
            Class::NotFound | Class::Denied => self.pass_over(index, &why),
            Class::Failed | Class::Unreachable | Class::Damaged => {
                if self.left_out.add(&self.mirrors[index].name) {
                    self.tell(index, &why);
                }
            }
        }
    }

    fn pass_over(&self, index: usize, why: &str) {
        if !self.mirrors[index].lacks.swap(true, Ordering::Relaxed) {
            self.tell(index, why);
        }
    }

    fn tell(&self, index: usize, why: &str) {
        let mirror = self.mirrors[index].name.clone();
        // In one line and of some length, or a mirror could write a hint of its own.
        let why = why.replace(['\n', '\r'], " ").chars().take(MAX_WORDS).collect();
        self.notes.tell(Note::MirrorLeftOut { mirror, why });
    }

    /// The first place that gives something, from an offset on; `None` is the registry itself.
    async fn open(&self, descriptor: &Descriptor, offset: u64) -> Result<(Option<usize>, ByteStream), Error> {
        // A manifest that came with the answer to a question is there already.
        let knows = |repository: &Repository| repository.knows(&descriptor.digest);
        let knowing = self.mirrors.iter().any(|mirror| knows(&mirror.repository)) || knows(&self.home);
        for (index, mirror) in self.asked().filter(|(_, mirror)| !knowing || knows(&mirror.repository)) {
            match mirror.repository.open_at(descriptor, offset).await {
                Ok(stream) => {
                    tracing::info!("{} from mirror {}", descriptor.digest.short(), mirror.name);
                    self.givers().entry(descriptor.digest).or_default().insert(index);
                    return Ok((Some(index), stream));
                }
                Err(error) => self.leave_out(index, &error),
            }
        }
        Ok((None, self.home.open_at(descriptor, offset).await?))
    }

    fn givers(&self) -> std::sync::MutexGuard<'_, HashMap<Digest, HashSet<usize>>> {
        self.givers.lock().expect("nobody panics while holding it")
    }
}

/// The deepest cause, in the words of who said it.
fn root_of(error: &Error) -> String {
    let mut root: &dyn StdError = error;
    while let Some(deeper) = root.source() {
        root = deeper;
    }
    root.to_string()
}

impl Source for Mirrors {
    fn place(&self) -> &str {
        self.inner.home.place()
    }

    fn read<'a>(&'a self, extent: Extent<'a>) -> Reply<'a, ByteStream> {
        async move {
            let relay =
                Relay { inner: self.inner.clone(), descriptor: extent.descriptor().clone(), offset: extent.offset() };
            // Opened at once, so that what is not there is an error of this call and not of the stream.
            let (from, stream) = self.inner.open(&relay.descriptor, relay.offset).await?;
            Ok(futures_util::stream::try_unfold((relay, from, stream), next).boxed())
        }
        .boxed()
    }

    /// A part comes from whoever is next to be asked. A mirror that breaks off is left out, and the rest is asked for anew.
    fn read_part<'a>(&'a self, extent: Extent<'a>) -> Reply<'a, Option<ByteStream>> {
        async move {
            let (inner, digest) = (self.inner.clone(), extent.descriptor().digest);
            for (index, mirror) in self.inner.asked() {
                match mirror.repository.open_part(extent).await {
                    Ok(None) => return Ok(None),
                    Ok(Some(part)) => {
                        self.inner.givers().entry(digest).or_default().insert(index);
                        return Ok(Some(whole_or_short(part, inner, index)));
                    }
                    Err(error) => self.inner.leave_out(index, &error),
                }
            }
            self.inner.home.open_part(extent).await
        }
        .boxed()
    }

    /// The mirrors that had a part in it are not believed any more; when there are none, it was the registry itself, which is asked
    /// once more.
    fn distrust(&self, descriptor: &Descriptor) -> bool {
        let givers = self.inner.givers().remove(&descriptor.digest).unwrap_or_default();
        for index in &givers {
            let why = format!("what it sent for {} is damaged", descriptor.digest.short());
            self.inner.leave_out(*index, &Error::new(Class::Damaged, why));
        }
        !givers.is_empty() || self.inner.home.distrust(descriptor)
    }
}

/// A part of which what a mirror does not give is not an error, and is only not there.
fn whole_or_short(part: ByteStream, inner: Arc<Inner>, index: usize) -> ByteStream {
    let heard = part.scan((), move |(), chunk| {
        let chunk = chunk.inspect_err(|error| inner.leave_out(index, error));
        futures_util::future::ready(chunk.ok().map(Ok))
    });
    heard.boxed()
}

/// A piece on its way from one mirror or several.
struct Relay {
    inner: Arc<Inner>,
    descriptor: Descriptor,
    offset: u64,
}

type Leg = (Relay, Option<usize>, ByteStream);

/// The next chunk. Where a mirror breaks off, the next place goes on: the whole is held to its digest in any case.
async fn next((mut relay, mut from, mut stream): Leg) -> Result<Option<(Bytes, Leg)>, Error> {
    loop {
        match (stream.next().await, from) {
            (Some(Ok(chunk)), _) => {
                relay.offset += chunk.len() as u64;
                return Ok(Some((chunk, (relay, from, stream))));
            }
            (None, _) => return Ok(None),
            (Some(Err(error)), None) => return Err(error),
            (Some(Err(error)), Some(index)) => {
                relay.inner.leave_out(index, &error);
                (from, stream) = relay.inner.open(&relay.descriptor, relay.offset).await?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::super::{Access, Endurance, Purpose, Registry};
    use super::*;
    use crate::credentials::Credential;
    use crate::image::{Host, MediaType};

    /// A registry that gives one answer to everything, and then says nothing more.
    async fn registry(answer: impl Into<String>) -> Host {
        let answer = answer.into();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let host = listener.local_addr().expect("an address").to_string().parse().expect("a host");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let answer = answer.clone();
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    while stream.read_buf(&mut request).await.is_ok_and(|n| n > 0) {
                        if request.ends_with(b"\r\n\r\n") {
                            request.clear();
                            stream.write_all(answer.as_bytes()).await.expect("somebody listens");
                        }
                    }
                });
            }
        });
        host
    }

    fn repository(host: &Host, stall: Duration) -> Repository {
        let access = Access { plain_http: true, ..Access::default() };
        let endurance = Endurance { patience: stall, stall, ..Endurance::retries(1) };
        let registry = Registry::at(host, access, Credential::Anonymous, endurance);
        registry.repository(&"app".parse().expect("a name"), Purpose::Pull)
    }

    /// `home` behind a mirror that gives this answer, and what is told about it.
    async fn behind(mirror: impl Into<String>, home: &'static str) -> (Mirrors, Arc<Mutex<Vec<String>>>) {
        let (mirror, home) = (registry(mirror).await, registry(home).await);
        let told = Arc::new(Mutex::new(Vec::new()));
        let ear = told.clone();
        let notes = Notes::to(move |note| ear.lock().expect("no panic").push(note.to_string()));
        let mirrors = vec![(Mirror::at(mirror.clone()), repository(&mirror, Duration::from_millis(500)))];
        (Mirrors::of(repository(&home, Duration::from_secs(300)), mirrors, LeftOut::default(), notes), told)
    }

    #[track_caller]
    fn was_late(told: &Mutex<Vec<String>>, words: &str) {
        let told = told.lock().expect("no panic");
        assert!(matches!(&told[..], [one] if one.ends_with(words)), "{told:?}");
    }

    const SILENT: &str = "is left out: nothing moved for 0.5 s";
    const EMPTY: &str = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";

    #[tokio::test]
    async fn a_mirror_that_says_nothing_is_not_waited_for() {
        let (mirrors, told) = behind("", EMPTY).await;
        let wanted = "r.example/app:1".parse().expect("a reference");
        assert_eq!(mirrors.resolve(&wanted).await.expect("an answer"), None);
        was_late(&told, SILENT);
    }

    #[tokio::test]
    async fn a_token_server_of_a_mirror_is_not_waited_for_either() {
        let realm = format!("http://{}/token", registry("").await);
        let challenge = format!(
            "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Bearer realm=\"{realm}\"\r\ncontent-length: 0\r\n\r\n"
        );
        let (mirrors, told) = behind(challenge, EMPTY).await;
        let wanted = "r.example/app:1".parse().expect("a reference");
        assert_eq!(mirrors.resolve(&wanted).await.expect("an answer"), None);
        was_late(&told, "the answer was not whole after 0.5 s");
    }

    #[tokio::test]
    async fn a_mirror_that_falls_silent_is_not_waited_for_either() {
        let (mirrors, told) = behind(
            "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nabc",
            "HTTP/1.1 206 Partial Content\r\ncontent-range: bytes 3-5/6\r\ncontent-length: 3\r\n\r\ndef",
        )
        .await;
        let blob = crate::content::Blob::new(Descriptor::of(MediaType::OCTET_STREAM, b"abcdef"), Arc::new(mirrors));
        assert_eq!(blob.read_all(100).await.expect("it came whole"), "abcdef");
        was_late(&told, SILENT);
    }
}

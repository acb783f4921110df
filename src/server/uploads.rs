//! Uploads: how blobs come in, in one request or in many (R-04..R-10).
//!
//! Bytes go to a file as they come and are hashed on the way, so memory does not grow with them. The file is the
//! truth: what it holds has been taken, even when the request that brought it broke off or the registry was
//! restarted, and a client goes on from there.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use hyper::StatusCode;
use hyper::header::{LOCATION, RANGE};
use serde_json::json;
use tokio::sync::watch;

use super::answer::Body;
use super::blocking;
use super::error::{Code, Fault, Refusal};
use super::expiry::{expire_below, make_room};
use super::intake::{Writer, hash_file, receive};
use super::range;
use super::route::SessionId;
use super::storage::Storage;
use crate::content::{Class, Error};
use crate::image::{Algorithm, Digest, Hasher, RepositoryName};

/// The uploads that are going on.
pub(super) struct Uploads {
    storage: Arc<Storage>,
    /// How many a repository may have.
    limit: usize,
    sessions: Mutex<HashMap<PathBuf, Arc<Session>>>,
}

/// What is known of an upload beside its file.
struct Session {
    /// Counts the requests that write. A later one takes over from an earlier one: a client that lost its connection
    /// comes back before the registry has noticed that the old connection is dead.
    turn: watch::Sender<u64>,
    /// The hash of the file so far; `None` after a restart, then the file is hashed at the end.
    hash: tokio::sync::Mutex<Option<Progress>>,
}

struct Progress {
    hasher: Hasher,
    size: u64,
}

/// What a request says about the bytes that it brings.
#[derive(Debug, Clone, Default)]
pub(super) struct Chunk {
    /// `Content-Range`, as it came.
    pub(super) range: Option<String>,
    /// `Content-Length`.
    pub(super) length: Option<u64>,
}

/// An upload of a repository.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    pub(super) name: RepositoryName,
    pub(super) id: SessionId,
}

impl Upload {
    /// Where the next bytes go.
    pub(super) fn location(&self) -> String {
        format!("/v2/{}/blobs/uploads/{}", self.name, self.id.as_str())
    }
}

impl Uploads {
    /// The uploads in a directory, those of earlier processes too.
    pub(super) fn new(storage: Arc<Storage>, limit: usize) -> Self {
        Self { storage, limit, sessions: Mutex::default() }
    }

    /// Begins an upload. `algorithm` is what its digest is expected to be made with.
    pub(super) async fn start(&self, name: &RepositoryName, algorithm: Algorithm) -> Result<Upload, Fault> {
        let upload = Upload { name: name.clone(), id: SessionId::new(random()?) };
        let path = self.storage.upload(name, &upload.id);
        self.make_room(&path).await?;
        let created = path.clone();
        blocking(move || create(&created).map_err(|error| Error::io("cannot write", &created, error))).await?;
        let session = Session::new(Some(Progress { hasher: Hasher::new(algorithm), size: 0 }));
        self.sessions().insert(path, Arc::new(session));
        Ok(upload)
    }

    /// How many bytes of an upload have come.
    pub(super) async fn size(&self, upload: &Upload) -> Result<u64, Fault> {
        let path = self.storage.upload(&upload.name, &upload.id);
        let size = blocking(move || fs::metadata(path).map(|file| file.len())).await;
        size.map_err(|_| unknown(upload).into())
    }

    /// Takes the next bytes, and tells how many there are now.
    pub(super) async fn write(&self, upload: &Upload, chunk: &Chunk, body: &mut Body) -> Result<u64, Fault> {
        let (path, session) = self.session(upload).await?;
        let mut turn = session.take_turn();
        let mut hash = session.hash.lock().await;
        self.append(upload, &path, chunk, body, &mut hash, &mut turn).await
    }

    /// Takes the last bytes, and makes the upload a blob if they all hash to `digest`.
    pub(super) async fn finish(
        &self,
        upload: &Upload,
        chunk: &Chunk,
        body: &mut Body,
        digest: Digest,
    ) -> Result<(), Fault> {
        let (path, session) = self.session(upload).await?;
        let mut turn = session.take_turn();
        let mut hash = session.hash.lock().await;
        self.append(upload, &path, chunk, body, &mut hash, &mut turn).await?;
        let progress = hash.take();
        let (storage, name, file) = (self.storage.clone(), upload.name.clone(), path.clone());
        let finished = blocking(move || -> Result<(), Fault> {
            let found = match progress {
                Some(progress) if progress.hasher.algorithm() == digest.algorithm() => progress.hasher.finish(),
                // only now is it known what to hash with.
                _ => hash_file(&file, digest.algorithm())?,
            };
            if found != digest {
                let detail = json!({ "expected": digest, "found": found });
                return Err(Refusal::new(Code::DigestInvalid, "the content does not hash to the digest")
                    .detail(detail)
                    .into());
            }
            Ok(storage.keep_upload(&name, &file, &digest)?)
        })
        .await;
        // Bytes that hash to something else are good for nothing; after a fault of the disk the client may come again.
        if !matches!(&finished, Err(Fault::Refused(refusal)) if refusal.is_own_fault()) {
            self.forget(path).await;
        }
        finished
    }

    /// Gives up an upload.
    pub(super) async fn cancel(&self, upload: &Upload) -> Result<(), Fault> {
        let (path, session) = self.session(upload).await?;
        session.take_turn();
        let _hash = session.hash.lock().await;
        self.forget(path).await;
        Ok(())
    }

    /// Removes what nobody has touched for a week, and the directories that became empty.
    pub(super) async fn expire(&self) {
        let root = self.storage.uploads();
        let expired = blocking(move || {
            let mut expired = Vec::new();
            // What cannot be read or removed now is tried again in the next round.
            let _ = expire_below(&root, SystemTime::now(), &mut expired);
            expired
        })
        .await;
        self.forget_all(expired);
    }

    /// Refuses another upload of a repository that has as many as it may. Those that nobody has touched for a while
    /// make room: whoever was interrupted often is not to wait a week.
    async fn make_room(&self, path: &Path) -> Result<(), Fault> {
        let (limit, directory) = (self.limit, path.parent().expect("an upload lies in a directory").to_owned());
        let (left, expired) = blocking(move || make_room(&directory, limit, SystemTime::now())).await;
        self.forget_all(expired);
        match left < limit {
            true => Ok(()),
            false => Err(Refusal::new(Code::TooManyRequests, "the repository has too many unfinished uploads")
                .detail(json!({ "limit": limit }))
                .into()),
        }
    }

    fn forget_all(&self, expired: Vec<PathBuf>) {
        let mut sessions = self.sessions();
        for path in expired {
            sessions.remove(&path);
        }
    }

    async fn append(
        &self,
        upload: &Upload,
        path: &Path,
        chunk: &Chunk,
        body: &mut Body,
        hash: &mut Option<Progress>,
        turn: &mut watch::Receiver<u64>,
    ) -> Result<u64, Fault> {
        let opened = path.to_owned();
        let file = blocking(move || {
            let file = File::options().append(true).open(opened)?;
            let size = file.metadata()?.len();
            Ok((file, size))
        });
        let (file, size) = file.await.map_err(|_: io::Error| unknown(upload))?;
        let expected = chunk.check(upload, size)?;
        // A hash that is not of the whole file is of no use.
        let hasher = hash.take().filter(|progress| progress.size == size).map(|progress| progress.hasher);
        let (writer, received) = receive(Writer { file, hasher, size }, body, turn).await;
        let failed = |error| Error::io("cannot write", path, error);
        let mut writer = writer.map_err(failed)?;
        let total = writer.size;
        *hash = writer.hasher.take().map(|hasher| Progress { hasher, size: total });
        received?;
        match expected {
            Some(length) if total - size != length => {
                let detail = json!({ "expected": length, "received": total - size });
                Err(Refusal::new(Code::SizeInvalid, "the chunk is not as long as it says").detail(detail).into())
            }
            _ => Ok(total),
        }
    }

    async fn session(&self, upload: &Upload) -> Result<(PathBuf, Arc<Session>), Fault> {
        let path = self.storage.upload(&upload.name, &upload.id);
        if let Some(session) = self.sessions().get(&path) {
            return Ok((path, session.clone()));
        }
        // An upload of an earlier process has a file.
        self.size(upload).await?;
        let session = self.sessions().entry(path.clone()).or_insert_with(|| Arc::new(Session::new(None))).clone();
        Ok((path, session))
    }

    async fn forget(&self, path: PathBuf) {
        self.sessions().remove(&path);
        // The file of an upload that became a blob is gone already.
        let _ = blocking(move || fs::remove_file(path)).await;
    }

    fn sessions(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Arc<Session>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    fn new(progress: Option<Progress>) -> Self {
        Self { turn: watch::Sender::new(0), hash: tokio::sync::Mutex::new(progress) }
    }

    fn take_turn(&self) -> watch::Receiver<u64> {
        self.turn.send_modify(|turn| *turn += 1);
        self.turn.subscribe()
    }
}

impl Chunk {
    /// The number of bytes that the chunk has to have, when that is known. R-05: a chunk that does not continue the
    /// upload is refused, with a hint where to go on.
    fn check(&self, upload: &Upload, size: u64) -> Result<Option<u64>, Refusal> {
        let Some(text) = &self.range else { return Ok(self.length) };
        let invalid = |message| Refusal::new(Code::BlobUploadInvalid, message).detail(json!({ "Content-Range": text }));
        let range = range::chunk(text).ok_or_else(|| invalid("not a valid Content-Range"))?;
        if *range.start() != size {
            return Err(invalid("the chunk does not begin where the upload ends")
                .with_status(StatusCode::RANGE_NOT_SATISFIABLE)
                .with_header(LOCATION, upload.location())
                .with_header(RANGE, taken(size)));
        }
        let length = range.end() - range.start() + 1;
        match self.length {
            Some(other) if other != length => {
                Err(Refusal::new(Code::SizeInvalid, "Content-Range and Content-Length disagree"))
            }
            _ => Ok(Some(length)),
        }
    }
}

/// The `Range` header of an upload. Nothing is spelled like one byte: there is no other way, and clients know it.
pub(super) fn taken(size: u64) -> String {
    format!("0-{}", size.saturating_sub(1))
}

fn unknown(upload: &Upload) -> Refusal {
    Refusal::new(Code::BlobUploadUnknown, "no such upload").detail(json!({ "upload": upload.id.as_str() }))
}

/// Makes the file of an upload. Its directory may be swept away, empty, just before; then it is made again.
fn create(path: &Path) -> io::Result<()> {
    let create = || {
        fs::create_dir_all(path.parent().expect("an upload lies in its repository's directory"))?;
        File::create_new(path).map(drop)
    };
    match create() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(),
        other => other,
    }
}

fn random() -> Result<[u8; 16], Error> {
    let mut bytes = [0; 16];
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let filled = provider.secure_random.fill(&mut bytes);
    filled.map_err(|_| Error::new(Class::Failed, "the system has no random numbers"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http_body_util::BodyExt as _;

    use std::time::Duration;

    use super::*;
    use crate::server::answer::body;
    use crate::server::expiry::{LIFETIME, LIFETIME_WHEN_FULL};

    fn uploads() -> (tempfile::TempDir, Uploads) {
        let root = tempfile::tempdir().expect("a temporary directory");
        let storage = Storage::open(root.path()).unwrap_or_else(|error| panic!("{error:?}"));
        (root, Uploads::new(Arc::new(storage), 2))
    }

    fn name() -> RepositoryName {
        "a/b".parse().expect("a name")
    }

    /// the file is the truth; another process finds it and goes on.
    #[tokio::test]
    async fn r29_an_upload_outlives_the_process_for_a_week() {
        let (_root, uploads) = uploads();
        let upload = uploads.start(&name(), Algorithm::Sha256).await.expect("starts");
        uploads.write(&upload, &Chunk::default(), &mut body("ab")).await.expect("writes");
        let uploads = Uploads::new(uploads.storage.clone(), 2);
        uploads.expire().await;
        assert_eq!(uploads.size(&upload).await.expect("is there"), 2);
        let chunk = Chunk { range: Some("2-2".into()), length: None };
        uploads.finish(&upload, &chunk, &mut body("c"), Digest::of(b"abc")).await.expect("finishes");
        assert_eq!(uploads.storage.blob_size(&name(), &Digest::of(b"abc")), Some(3));

        let upload = uploads.start(&name(), Algorithm::Sha256).await.expect("starts");
        let path = uploads.storage.upload(&name(), &upload.id);
        let old = SystemTime::now() - LIFETIME - Duration::from_secs(1);
        File::options().write(true).open(&path).and_then(|file| file.set_modified(old)).expect("aged");
        uploads.expire().await;
        assert!(uploads.size(&upload).await.is_err() && uploads.sessions().is_empty());
        assert!(!path.parent().expect("a directory").exists());
    }

    /// A bound on what clients that never finish can pile up.
    #[tokio::test]
    async fn a_repository_has_a_limit_of_open_uploads_and_old_ones_make_room() {
        let (_root, uploads) = uploads();
        let start = async || uploads.start(&name(), Algorithm::Sha256).await;
        let first = start().await.expect("starts");
        start().await.expect("starts");
        let Err(Fault::Refused(refusal)) = start().await else { panic!("a third upload") };
        assert_eq!(refusal.into_response().status(), StatusCode::TOO_MANY_REQUESTS);
        uploads.start(&"a".parse().expect("a name"), Algorithm::Sha256).await.expect("another repository has room");
        let path = uploads.storage.upload(&name(), &first.id);
        let old = SystemTime::now() - LIFETIME_WHEN_FULL - Duration::from_secs(1);
        File::options().write(true).open(&path).and_then(|file| file.set_modified(old)).expect("aged");
        start().await.expect("the old one made room");
        assert!(uploads.size(&first).await.is_err() && !uploads.sessions().contains_key(&path));
        start().await.expect_err("full again");
    }

    /// A client that lost its connection comes back while the old one looks alive.
    #[tokio::test]
    async fn a_later_request_takes_over_and_nothing_is_lost() {
        let (_root, uploads) = uploads();
        let upload = uploads.start(&name(), Algorithm::Sha256).await.expect("starts");
        let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
        let first = futures_util::stream::once(async { Ok(hyper::body::Frame::data(Bytes::from_static(b"ab"))) });
        let stalled = futures_util::stream::once(async move {
            // The first piece is behind it; the rest never comes.
            let _ = sender.send(());
            std::future::pending::<Result<_, crate::server::answer::BoxError>>().await
        });
        let stream = futures_util::StreamExt::chain(first, stalled);
        let mut dead = http_body_util::StreamBody::new(stream).boxed_unsync();
        let chunk = Chunk::default();
        let second = async {
            receiver.await.expect("the first is under way");
            let chunk = Chunk { range: Some("2-2".into()), length: None };
            uploads.finish(&upload, &chunk, &mut body("c"), Digest::of(b"abc")).await
        };
        let (first, second) = tokio::join!(uploads.write(&upload, &chunk, &mut dead), second);
        assert!(matches!(first, Err(Fault::Refused(_))));
        second.expect("the second has the whole blob");
    }

    #[test]
    fn r05_a_chunk_continues_the_upload_or_is_refused() {
        let upload = Upload { name: name(), id: SessionId::new([0; 16]) };
        let check = |range: &str, length| {
            let chunk = Chunk { range: Some(range.into()), length };
            chunk.check(&upload, 10).map_err(|refusal| refusal.into_response().status().as_u16())
        };
        assert_eq!(check("10-19", Some(10)), Ok(Some(10)));
        assert_eq!(check("10-19", None), Ok(Some(10)));
        assert_eq!(check("0-9", Some(10)), Err(416));
        assert_eq!(check("11-12", Some(2)), Err(416));
        assert_eq!(check("10-19", Some(9)), Err(400));
        assert_eq!(check("x", Some(9)), Err(400));
    }
}

//! The client before a stand-in that says what it is told to say, byte by byte; and where daemons are looked for.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use tempfile::TempDir;

use super::*;
use crate::content::{self, Class};
use crate::image::Digest;

/// What is sent for a request, before the connection is closed.
fn answer(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nApi-Version: 1.41\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

/// Answers one connection, and tells what was asked: the head's first line, and the body.
fn serve(mut stream: impl io::Read + io::Write, answer: &str) -> io::Result<(String, Vec<u8>)> {
    let mut head = Vec::new();
    let mut reader = BufReader::new(&mut stream);
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut body = Vec::new();
    while head.contains("chunked") && !body.ends_with(b"0\r\n\r\n") {
        let mut byte = [0];
        reader.read_exact(&mut byte)?;
        body.push(byte[0]);
    }
    stream.write_all(answer.as_bytes())?;
    Ok((head.lines().next().unwrap_or_default().to_owned(), body))
}

/// A daemon at a socket that gives these answers, one a connection.
struct StandIn {
    directory: TempDir,
    asked: mpsc::Receiver<(String, Vec<u8>)>,
}

impl StandIn {
    fn giving(answers: &[String]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let listener = std::os::unix::net::UnixListener::bind(directory.path().join("socket")).expect("a socket");
        let (tell, asked) = mpsc::channel();
        let answers = answers.to_vec();
        thread::spawn(move || {
            for answer in answers {
                let Ok((stream, _)) = listener.accept() else { return };
                if let Ok(request) = serve(stream, &answer) {
                    let _ = tell.send(request);
                }
            }
        });
        Self { directory, asked }
    }

    fn daemon(&self) -> Daemon {
        Daemon::at(&Endpoint::Socket(self.directory.path().join("socket"))).expect("a client")
    }

    /// The errors of the client, without the path that differs from run to run.
    fn words(&self, error: Error) -> (Class, String, Option<String>) {
        let here = self.directory.path().to_str().expect("a plain name");
        let error = content::Error::from(error);
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        (error.class(), error.to_string().replace(here, ""), cause)
    }
}

const IMAGE: &str = r#"{"Id":"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","RepoTags":[]}"#;

#[tokio::test]
async fn a_name_is_asked_for_and_known_or_not() {
    let absent = answer("404 Not Found", r#"{"message":"No such image: app:1"}"#);
    let stand_in = StandIn::giving(&[answer("200 OK", IMAGE), absent]);
    let id = stand_in.daemon().image("localhost:5000/app:1").await.expect("an answer").expect("an image").id;
    assert!(id.to_string().starts_with("sha256:0123"));
    assert_eq!(stand_in.asked.recv().expect("asked").0, "GET /images/localhost:5000/app:1/json HTTP/1.1");
    assert_eq!(stand_in.daemon().image("app:1").await.expect("an answer"), None);
}

/// Its storage is looked at only where its paths may be ours: a daemon behind a port may be anywhere.
#[tokio::test]
async fn paths_of_a_daemon_behind_a_port_mean_nothing_here() {
    let driver = r#","GraphDriver":{"Name":"overlay2","Data":{"UpperDir":"/nowhere/overlay2/top/diff"}}}"#;
    let answer = answer("200 OK", &IMAGE.replace('}', driver));
    let stand_in = StandIn::giving(std::slice::from_ref(&answer));
    let image = stand_in.daemon().image("app:1").await.expect("an answer").expect("an image");
    assert!(matches!(image.graph(), Some(Err(GraphError::Unreadable { .. }))));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let authority = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || serve(listener.accept().expect("a connection").0, &answer));
    let daemon = Daemon::at(&Endpoint::Tcp { authority, certificates: None }).expect("a client");
    assert!(daemon.image("app:1").await.expect("an answer").expect("an image").graph().is_none());
}

/// What answers may be old, broken, or something else.
#[tokio::test]
async fn answers_that_are_none() {
    let large = format!("{{\"Id\":\"{}\"}}", "x".repeat(5 << 20));
    for (answer, class, words, cause) in [
        (answer("200 OK", r#"{"Id":"8dbd9e392a96"}"#), Class::Failed, "is too old: its API is 1.41", None),
        (
            answer("200 OK", &format!("{{\"Id\":\"{}\"}}", "0".repeat(64))).replace("1.41", "1.21"),
            Class::Failed,
            "is too old: its API is 1.21",
            None,
        ),
        (answer("200 OK", "<html>"), Class::Failed, "is no Docker daemon", None),
        (answer("404 Not Found", "404 page not found\n"), Class::Failed, "is no Docker daemon", None),
        (answer("200 OK", &large), Class::Failed, "is no Docker daemon", None),
        (
            answer("500 Internal Server Error", r#"{"message":"layer does not exist"}"#),
            Class::Failed,
            "cannot show the image",
            Some("layer does not exist"),
        ),
    ] {
        let stand_in = StandIn::giving(&[answer]);
        let error = stand_in.daemon().image("app:1").await.expect_err("no image");
        let (found, text, found_cause) = stand_in.words(error);
        assert!(text.ends_with(words), "{text}");
        assert_eq!((found, found_cause.as_deref()), (class, cause), "{text}");
    }
}

#[tokio::test]
async fn nobody_there_and_nobody_let_in() {
    use std::os::unix::fs::PermissionsExt as _;
    let stand_in = StandIn::giving(&[]);
    let error = Daemon::at(&Endpoint::Socket(stand_in.directory.path().join("nothing")))
        .expect("a client")
        .ping()
        .await
        .expect_err("nobody");
    assert!(error.is_absence());
    let (class, text, cause) = stand_in.words(error);
    assert_eq!((class, text.as_str()), (Class::Unreachable, "there is no Docker daemon at `unix:///nothing`"));
    assert!(cause.is_some());
    if rustix::process::geteuid().is_root() {
        return; // Whom nothing is denied.
    }
    fs::set_permissions(stand_in.directory.path().join("socket"), fs::Permissions::from_mode(0o000)).expect("changed");
    let (class, text, _) = stand_in.words(stand_in.daemon().ping().await.expect_err("denied"));
    assert_eq!(
        (class, text.as_str()),
        (Class::Denied, "this account may not talk to the Docker daemon at `unix:///socket`")
    );
}

/// The whole text of an export, and what came after it.
async fn exported(answer: String) -> Result<(String, Option<Error>), (StandIn, Error)> {
    let stand_in = StandIn::giving(&[answer]);
    let mut export = match stand_in.daemon().export("app:1").await {
        Ok(export) => export,
        Err(error) => return Err((stand_in, error)),
    };
    let mut text = String::new();
    loop {
        match export.next().await {
            Ok(Some(bytes)) => text.push_str(&String::from_utf8_lossy(&bytes)),
            Ok(None) => return Ok((text, export.failure())),
            Err(error) => return Err((stand_in, error)),
        }
    }
}

#[tokio::test]
async fn an_export_ends_well_or_says_that_it_does_not() {
    let chunked = |body: &str| format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
    let (text, failure) =
        exported(chunked("3\r\ntar\r\n0\r\n\r\n")).await.unwrap_or_else(|(_, error)| panic!("{error}"));
    assert_eq!((text.as_str(), failure.is_none()), ("tar", true));

    let (stand_in, error) = exported(chunked("3\r\nta")).await.map(|_| ()).expect_err("it breaks off");
    let (class, words, _) = stand_in.words(error);
    assert_eq!(class, Class::Unreachable);
    assert_eq!(words, "the connection to the Docker daemon at `unix:///socket` broke off");

    let words = r#"{"errorDetail":{"message":"open layer: input/output error"},"error":"x"}"#;
    let body = format!("3\r\ntar\r\n{:x}\r\n{words}\r\n0\r\n\r\n", words.len());
    let (_, failure) = exported(chunked(&body)).await.unwrap_or_else(|(_, error)| panic!("{error}"));
    let cause = std::error::Error::source(&failure.expect("it is heard")).map(ToString::to_string);
    assert_eq!(cause.as_deref(), Some("open layer: input/output error"));

    let (stand_in, error) =
        exported(answer("404 Not Found", r#"{"message":"gone"}"#)).await.map(|_| ()).expect_err("gone");
    assert_eq!(stand_in.words(error).0, Class::NotFound);
}

#[tokio::test]
async fn what_a_daemon_says_to_an_archive_is_heard() {
    let archive =
        || futures_util::stream::iter([Ok(bytes::Bytes::from_static(b"ta")), Ok(bytes::Bytes::from_static(b"r"))]);
    let good = answer("200 OK", "{\"stream\":\"Loaded image: app:1\\n\"}\n");
    let bad = answer("200 OK", r#"{"errorDetail":{"message":"no space left on device"},"error":"x"}"#);
    let refused = answer("400 Bad Request", r#"{"message":"invalid tar"}"#);
    let stand_in = StandIn::giving(&[good, bad, refused]);
    assert_eq!(stand_in.daemon().load(archive()).await.expect("it is taken"), ["Loaded image: app:1"]);
    let (request, body) = stand_in.asked.recv().expect("asked");
    assert_eq!(request, "POST /images/load?quiet=1 HTTP/1.1");
    assert_eq!(String::from_utf8_lossy(&body), "2\r\nta\r\n1\r\nr\r\n0\r\n\r\n");
    for expected in ["no space left on device", "invalid tar"] {
        let (_, words, cause) = stand_in.words(stand_in.daemon().load(archive()).await.expect_err("it is not taken"));
        assert_eq!(words, "the Docker daemon at `unix:///socket` cannot load the image");
        assert_eq!(cause.as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn a_port_is_talked_to_as_well() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || serve(listener.accept().expect("a connection").0, &answer("200 OK", "OK")));
    let environment = Environment { host: Some(format!("tcp://{address}")), ..Environment::default() };
    let found = find(&environment).expect("an address").remove(0);
    assert_eq!((found.endpoint.to_string(), found.chosen), (format!("tcp://{address}"), true));
    Daemon::at(&found.endpoint).expect("a client").ping().await.expect("it answers");
}

/// Go's servers say in words, and in HTTP, that TLS was meant.
#[tokio::test]
async fn a_port_that_wants_tls_is_understood() {
    let text = "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
    let stand_in = StandIn::giving(&[text.to_owned()]);
    let error = content::Error::from(stand_in.daemon().image("app:1").await.expect_err("no TLS"));
    assert!(error.to_string().ends_with("wants TLS"), "{error}");
    assert!(format!("{:?}", error.advice()).contains("DOCKER_TLS_VERIFY=1"), "{error:?}");
}

/// An environment with this directory of Docker's, and nothing else.
fn at(directory: &Path) -> Environment {
    let sockets = vec![PathBuf::from("/docker.sock"), PathBuf::from("/podman.sock")];
    Environment { directory: Some(directory.to_owned()), sockets, ..Environment::default() }
}

fn found(environment: &Environment) -> Vec<(String, bool)> {
    let found = find(environment).unwrap_or_else(|error| panic!("{error}"));
    found.into_iter().map(|found| (found.endpoint.to_string(), found.chosen)).collect()
}

/// Writes a context as Docker does, under the hash of its name.
fn context(directory: &Path, name: &str, host: &str) -> PathBuf {
    let id = Digest::of(name.as_bytes()).hex();
    let meta = directory.join("contexts/meta").join(&id);
    fs::create_dir_all(&meta).expect("made");
    let text = format!(
        r#"{{"Name":"{name}","Metadata":{{}},"Endpoints":{{"docker":{{"Host":"{host}","SkipTLSVerify":false}}}}}}"#
    );
    fs::write(meta.join("meta.json"), text).expect("written");
    directory.join("contexts/tls").join(id).join("docker")
}

/// The variable, then the context that a variable names, then the one that is in use, then the usual sockets.
#[test]
fn the_daemon_is_found_in_dockers_order() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut environment = at(directory.path());
    let usual = [("unix:///docker.sock".to_owned(), false), ("unix:///podman.sock".to_owned(), false)];
    assert_eq!(found(&environment), usual);
    fs::write(directory.path().join("config.json"), r#"{"currentContext":"desktop"}"#).expect("written");
    let error = find(&environment).expect_err("there is no such context").to_string();
    assert!(error.starts_with("there is no Docker context `desktop`, which /"), "{error}");
    context(directory.path(), "desktop", "unix:///desktop.sock");
    assert_eq!(found(&environment), [("unix:///desktop.sock".to_owned(), true)]);
    environment.context = Some("default".to_owned());
    assert_eq!(found(&environment), usual);
    let tls = context(directory.path(), "away", "tcp://build.example:2376");
    environment.context = Some("away".to_owned());
    let endpoint = |environment: &Environment| find(environment).expect("found").remove(0).endpoint;
    let authority = "build.example:2376".to_owned();
    assert_eq!(endpoint(&environment), Endpoint::Tcp { authority: authority.clone(), certificates: None });
    fs::create_dir_all(&tls).expect("made");
    assert_eq!(endpoint(&environment), Endpoint::Tcp { authority, certificates: Some(tls) });
    environment.host = Some("unix:///host.sock".to_owned());
    assert_eq!(found(&environment), [("unix:///host.sock".to_owned(), true)]);
}

#[test]
fn tls_is_spoken_where_the_variables_say_so() {
    let certificates = Some(PathBuf::from("/certs"));
    let host = Some("tcp://localhost".to_owned());
    let environment = Environment { host, tls: true, certificates: certificates.clone(), ..Environment::default() };
    let endpoint = find(&environment).expect("found").remove(0).endpoint;
    assert_eq!(endpoint, Endpoint::Tcp { authority: "localhost:2376".to_owned(), certificates });
    let plain = find(&Environment { tls: false, ..environment }).expect("found").remove(0).endpoint;
    assert_eq!(plain, Endpoint::Tcp { authority: "localhost:2375".to_owned(), certificates: None });
}

#[test]
fn addresses_that_are_none_are_refused_in_words() {
    for (host, words) in [
        ("ssh://me@build.example", "rpush does not speak `ssh://`"),
        ("npipe:////./pipe/docker_engine", "rpush does not speak `npipe://`"),
        ("/var/run/docker.sock", "no address of a Docker daemon"),
        ("unix://docker.sock", "no address of a Docker daemon"),
        ("tcp://", "no address of a Docker daemon"),
        ("tcp://user:secret@host:1", "no address of a Docker daemon"),
        ("tcp://host:99999", "no address of a Docker daemon"),
        ("tcp://host:1/v1", "no address of a Docker daemon"),
    ] {
        let environment = Environment { host: Some(host.to_owned()), ..Environment::default() };
        let error = find(&environment).expect_err(host);
        assert!(error.to_string().contains(words), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
        assert!(content::Error::from(error).advice().is_some(), "{host}");
    }
}

/// A certificate that is damaged is told with its file; what it could have been trusted for is not done without.
#[test]
fn certificates_that_are_none_are_refused() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let endpoint =
        Endpoint::Tcp { authority: "localhost:1".to_owned(), certificates: Some(directory.path().to_owned()) };
    Daemon::at(&endpoint).expect("without files, the system's authorities are trusted");
    fs::write(directory.path().join("ca.pem"), "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n")
        .expect("written");
    let error = Daemon::at(&endpoint).expect_err("no certificate");
    assert!(error.to_string().contains("ca.pem"), "{error}");
}

//! What others can make rpush cost: endless answers, manifests of fifty megabytes or a hundred thousand entries, JSON that
//! becomes a hundred times its size, floods of headers, archives that unpack to terabytes. Each is refused with the built program
//! never having had more than [`MOST`] of memory, which it tells itself under `-vv`.

use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rpush::content::Class;
use rpush::credentials::Credential;
use rpush::image::Digest;
use rpush::registry::{Access, Endurance, Purpose};
use serde_json::json;

use crate::support::{Archive, Crowd, Image, Layout, Ran, Sandbox};

/// The most memory, in kilobytes. The program without optimization has 20 MB of its own when it does nothing.
const MOST: u64 = 64 * 1024;

const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

type Answer = dyn Fn(&str, &mut dyn io::Write) -> io::Result<()> + Send + Sync;

/// A server that writes whatever it likes, for as long as somebody reads. It goes with the process.
fn server(answer: impl Fn(&str, &mut dyn io::Write) -> io::Result<()> + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let answer: Arc<Answer> = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            // Whoever is fed up goes away, and that is no fault.
            thread::spawn(move || drop(serve(stream, &*answer)));
        }
    });
    address
}

fn serve(stream: TcpStream, answer: &Answer) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let mut writer = io::BufWriter::new(stream);
    answer(&request, &mut writer)?;
    writer.flush()
}

/// The head of an answer that is as long as the connection.
fn head(writer: &mut dyn io::Write, media_type: &str) -> io::Result<()> {
    write!(writer, "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: {media_type}\r\n\r\n")
}

/// What the program says of itself.
#[track_caller]
fn peak(ran: &Ran) -> u64 {
    let found = ran.err.lines().find_map(|line| line.split_once("at most ")?.1.strip_suffix(" kB of memory"));
    found.and_then(|kilobytes| kilobytes.trim().parse().ok()).unwrap_or_else(|| panic!("it does not say: {ran}"))
}

/// It was refused in words that somebody reads, and cost little.
#[track_caller]
fn refused(ran: &Ran, words: &str) {
    assert!(ran.code != 0 && ran.err.contains(words), "no `{words}`: {ran}");
    assert!(ran.err.len() < 20_000, "nobody reads that: {ran}");
    // Elsewhere nobody knows.
    if cfg!(target_os = "linux") {
        assert!(peak(ran) < MOST, "{} kB: {ran}", peak(ran));
    }
}

fn pull(address: SocketAddr, options: &str) -> Ran {
    Sandbox::new().rpush(&format!("-vv pull --retry 0 {options} localhost:{}/app:1", address.port()))
}

fn descriptor(media_type: &str, number: u64, size: u64, more: &str) -> String {
    format!(r#"{{"mediaType":"{media_type}","digest":"{}","size":{size}{more}}}"#, Digest::of(&number.to_le_bytes()))
}

fn descriptors(count: u64, media_type: &str, size: u64) -> String {
    let list: Vec<String> = (0..count).map(|number| descriptor(media_type, number, size, "")).collect();
    list.join(",")
}

#[test]
fn manifests_of_fifty_megabytes_and_without_end() {
    let fifty = server(|_, writer| {
        write!(writer, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\ncontent-type: {IMAGE}\r\n\r\n", 50 << 20)?;
        io::copy(&mut io::repeat(b' ').take(50 << 20), writer).map(drop)
    });
    refused(&pull(fifty, ""), "more than the 4 MiB that registries take");
    let endless = server(|_, writer| {
        head(writer, IMAGE)?;
        io::copy(&mut io::repeat(b' '), writer).map(drop)
    });
    refused(&pull(endless, ""), "more than the 4 MiB that registries take");
}

#[test]
fn documents_with_a_hundred_thousand_entries() {
    for (media_type, member, child) in [(IMAGE, "layers", "a/b"), (INDEX, "manifests", IMAGE)] {
        let document = format!(r#"{{"schemaVersion":2,"{member}":[{}]}}"#, descriptors(100_000, child, 1));
        let address = server(move |_, writer| {
            head(writer, media_type)?;
            writer.write_all(document.as_bytes())
        });
        refused(&pull(address, ""), "more than the 4 MiB that registries take");
        let document = format!(r#"{{"schemaVersion":2,"{member}":[{}]}}"#, descriptors(22_000, child, 1));
        assert!(document.len() < 4 << 20);
        let address = server(move |_, writer| {
            head(writer, media_type)?;
            writer.write_all(document.as_bytes())
        });
        refused(&pull(address, ""), "it lists more than 10000 things");
    }
}

/// As many entries as there may be, each of which may be as large: nothing of that is asked for.
#[test]
fn an_index_that_announces_gigabytes() {
    let document = format!(r#"{{"schemaVersion":2,"manifests":[{}]}}"#, descriptors(10_000, IMAGE, 4 << 20));
    assert!(document.len() < 4 << 20);
    let address = server(move |request, writer| {
        assert!(!request.contains("sha256:"), "asked for: {request}");
        head(writer, INDEX)?;
        writer.write_all(document.as_bytes())
    });
    refused(&pull(address, "--all-platforms"), "more than the 16777216 that are read");
}

/// As many layers as there may be: they are asked for, and the first that is not there ends it.
#[test]
fn as_many_layers_as_a_manifest_holds() {
    let document = format!(r#"{{"schemaVersion":2,"layers":[{}]}}"#, descriptors(10_000, "a/b", 1 << 40));
    assert!(document.len() < 4 << 20);
    let address = server(move |request, writer| {
        if request.contains("/blobs/") {
            return write!(writer, "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
        head(writer, IMAGE)?;
        writer.write_all(document.as_bytes())
    });
    refused(&pull(address, ""), "404");
}

/// Members that nobody knows would be kept as they are: two bytes of a list as seventy, eight of objects as hundreds.
#[test]
fn bombs_of_json() {
    let list = format!(r#","x":[{}0]"#, "0,".repeat(2_000_000));
    let objects = format!(r#","x":[{}0]"#, r#"{"":0},"#.repeat(500_000));
    let platform = format!(r#","platform":{{"os":"linux","architecture":"amd64"{list}}}"#);
    for (more, words) in [(list, "more members"), (objects, "more members"), (platform, "more members")] {
        let document = format!(r#"{{"schemaVersion":2,"layers":[{}]}}"#, descriptor("a/b", 0, 1, &more));
        assert!(document.len() < 4 << 20);
        let address = server(move |_, writer| {
            head(writer, IMAGE)?;
            writer.write_all(document.as_bytes())
        });
        refused(&pull(address, ""), words);
    }
    // A refusal is read as far as it has words.
    let errors = format!(r#"{{"errors":[{}0]}}"#, "0,".repeat(2_000_000));
    let address = server(move |_, writer| {
        write!(writer, "HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n")?;
        writer.write_all(errors.as_bytes())
    });
    refused(&pull(address, ""), "HTTP 400 Bad Request");
}

#[test]
fn endless_refusals_challenges_headers_and_tokens() {
    let refusal = server(|_, writer| {
        write!(writer, "HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n")?;
        io::copy(&mut io::repeat(b'x'), writer).map(drop)
    });
    refused(&pull(refusal, ""), "HTTP 403 Forbidden");
    let one_header = server(|_, writer| {
        write!(writer, "HTTP/1.1 200 OK\r\nx: ")?;
        io::copy(&mut io::repeat(b'x'), writer).map(drop)
    });
    refused(&pull(one_header, ""), "error: cannot read");
    let many_headers = server(|_, writer| {
        write!(writer, "HTTP/1.1 200 OK\r\n")?;
        loop {
            write!(writer, "x: y\r\n")?;
        }
    });
    refused(&pull(many_headers, ""), "error: cannot read");
    let tokens = server(|_, writer| {
        head(writer, "application/json")?;
        write!(writer, r#"{{"token":""#)?;
        io::copy(&mut io::repeat(b'x'), writer).map(drop)
    });
    let registry = server(move |_, writer| {
        let challenge = format!("Bearer realm=\"http://{tokens}/token\",service=\"r\"");
        write!(writer, "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nwww-authenticate: {challenge}\r\n\r\n")
    });
    refused(&pull(registry, ""), "token");
}

/// A list of tags has pages, and each names another one.
#[test]
fn lists_of_tags_without_end() {
    let number = std::sync::atomic::AtomicU64::new(0);
    let address = server(move |_, writer| {
        let page = number.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let tags: Vec<String> = (0..20_000).map(|tag| format!("\"{page}-{tag}\"")).collect();
        let link = format!("</v2/app/tags/list?last={page}>; rel=next");
        write!(writer, "HTTP/1.1 200 OK\r\nconnection: close\r\nlink: {link}\r\n\r\n{{\"tags\":[{}]}}", tags.join(","))
    });
    let ran = Sandbox::new().rpush(&format!("-vv pull --retry 0 -a localhost:{}/app", address.port()));
    refused(&ran, "more than 200000 tags");
}

/// A layer that is larger than was said, and one that never ends.
#[test]
fn blobs_without_end() {
    let layer = descriptor("a/b", 0, 1000, "");
    let document = format!(r#"{{"schemaVersion":2,"layers":[{layer}]}}"#);
    let address = server(move |request, writer| {
        if request.contains("/blobs/") {
            head(writer, "application/octet-stream")?;
            return io::copy(&mut io::repeat(b'x'), writer).map(drop);
        }
        head(writer, IMAGE)?;
        writer.write_all(document.as_bytes())
    });
    refused(&pull(address, ""), "it has more bytes than the 1000 of its descriptor");
}

/// An archive of a few megabytes in which everything is said a hundred thousand times.
#[test]
fn archives_of_many_members_and_large_documents() {
    let many = |count: u64| {
        let mut archive = Archive::default();
        for number in 0..count {
            archive = archive.file(&format!("{number:0100}"), "");
        }
        archive
    };
    let list = format!(r#"{{"manifests":[],"x":[{}0]}}"#, "0,".repeat(1_900_000));
    let names = format!("[{}{{}}]", r#"{"Config":"","Layers":["",""]},"#.repeat(100_000));
    let config = format!(r#"{{"rootfs":{{"diff_ids":[]}},"x":[{}0]}}"#, "0,".repeat(1_900_000));
    for (archive, words) in [
        (many(40_000), "neither `index.json` nor `manifest.json`"),
        (Archive::default().file("index.json", list), "it has no images"),
        (Archive::default().file("manifest.json", names), "is not as it should be"),
        (
            Archive::default()
                .file("c.json", config)
                .file("manifest.json", r#"[{"Config":"c.json","Layers":["l.tar"]}]"#),
            "0 diff_ids for 1 layers",
        ),
    ] {
        let (plain, packed) = (archive.bytes(), Sandbox::new());
        packed.file("evil.tar", &plain);
        packed.file("evil.tar.zst", zstd::encode_all(&plain[..], 1).expect("compresses"));
        for name in ["evil.tar", "evil.tar.zst"] {
            refused(&packed.rpush(&format!("-vv load -i {name}")), words);
        }
    }
}

/// A member of a terabyte, as sparse as a file can be, and one that is cut off after its header.
#[test]
fn sparse_giants() {
    let sandbox = Sandbox::new();
    let mut header = tar::Header::new_gnu();
    header.set_path("l.tar").expect("a name");
    header.set_size(1 << 40);
    header.set_cksum();
    let path = sandbox.file("giant.tar", header.as_bytes());
    refused(&sandbox.rpush("-vv load -i giant.tar"), "it is cut off");
    std::fs::File::options().write(true).open(path).expect("opens").set_len((1 << 40) + 2048).expect("a sparse file");
    refused(&sandbox.rpush("-vv load -i giant.tar"), "neither `index.json` nor `manifest.json`");
}

/// What unpacks to a thousand times its size goes by in pieces, as a layer and as an archive.
#[test]
fn layers_of_zeros() {
    let zeros = || io::repeat(0).take(256 << 20);
    let packed = zstd::encode_all(zeros(), 1).expect("compresses");
    assert!(packed.len() < 64 * 1024);
    let config = json!({ "rootfs": { "diff_ids": [Digest::of(b"something else")] } }).to_string();
    let manifest = r#"[{"Config":"c.json","Layers":["l.tar"]}]"#;
    let archive = |layer: &[u8]| {
        Archive::default().file("c.json", &config).file("manifest.json", manifest).file("l.tar", layer).bytes()
    };
    let sandbox = Sandbox::new();
    sandbox.file("layer.tar", archive(&packed));
    refused(&sandbox.rpush("-vv load -i layer.tar"), "the layer `l.tar` is damaged: it unpacks to");
    // The same as a member of an archive that is compressed as a whole: its header says how long it is.
    let mut header = tar::Header::new_gnu();
    header.set_path("l.tar").expect("a name");
    header.set_size(256 << 20);
    header.set_cksum();
    let whole = header.as_bytes().chain(zeros()).chain(io::repeat(0).take(1024));
    sandbox.file("whole.tar.zst", zstd::encode_all(whole, 1).expect("compresses"));
    refused(&sandbox.rpush("-vv load -i whole.tar.zst"), "neither `index.json` nor `manifest.json`");
}

/// A layout whose documents are devices without end, or name what is not there.
#[cfg(unix)]
#[test]
fn layouts_with_devices_in_the_place_of_documents() {
    let sandbox = Sandbox::new();
    let mut layout = Layout::default();
    let root = layout.image(&Image::with("hello"));
    layout.name(&root, "1");
    let missing = descriptor("a/b", 0, 1 << 40, "");
    let incomplete = layout.put(IMAGE, format!(r#"{{"schemaVersion":2,"layers":[{missing}]}}"#).as_bytes());
    layout.name(&incomplete, "2");
    layout.write(&sandbox.path("image"));
    let push = |tag: u8| sandbox.rpush(&format!("-vv push --retry 0 --from oci:image:{tag} localhost:1/app:1"));
    refused(&push(2), "error: ");
    let path = |descriptor: &serde_json::Value| {
        let digest = descriptor["digest"].as_str().expect("a digest");
        sandbox.path("image/blobs").join(digest.replace(':', "/"))
    };
    let config = layout.json(&root)["config"].clone();
    for (replaced, words) in [(path(&config), "error: "), (path(&root), "error: ")] {
        std::fs::remove_file(&replaced).expect("it was there");
        std::os::unix::fs::symlink("/dev/zero", &replaced).expect("a link");
        refused(&push(1), words);
    }
    let index = sandbox.path("image/index.json");
    std::fs::remove_file(&index).expect("it was there");
    std::os::unix::fs::symlink("/dev/zero", &index).expect("a link");
    let ran = push(1);
    assert!(ran.code != 0 && ran.err.contains("larger than any list of images"), "{ran}");
}

/// An answer that comes byte by byte never stalls, and has no end either. The patience of a command is five minutes, so this
/// asks the library, which may have less.
#[tokio::test]
async fn answers_that_drip() {
    let address = server(|_, writer| {
        head(writer, IMAGE)?;
        loop {
            writer.write_all(b" ")?;
            writer.flush()?;
            thread::sleep(Duration::from_millis(1));
        }
    });
    let host = format!("localhost:{}", address.port()).parse().expect("a host");
    let endurance = Endurance { retries: 0, patience: Duration::from_millis(200), ..Endurance::default() };
    let registry = rpush::registry::Registry::at(&host, Access::default(), Credential::Anonymous, endurance);
    let repository = registry.repository(&"app".parse().expect("a name"), Purpose::Pull);
    let error = repository.resolve(&format!("{host}/app:1").parse().expect("a name")).await.expect_err("no answer");
    let cause = std::error::Error::source(&error).expect("a cause").to_string();
    assert_eq!((error.class(), cause.as_str()), (Class::Unreachable, "the answer was not whole after 0.2 s"));
}

/// A hundred thousand tags cost no more than a page of them: listed, filtered, and given other names by a pattern.
#[test]
fn a_hundred_thousand_tags() {
    let (crowd, sandbox) = (Crowd::of(100_000), Sandbox::new());
    let app = crowd.name("app");
    let cheap = |ran: &Ran| {
        assert_eq!(ran.code, 0, "{}", ran.err);
        if cfg!(target_os = "linux") {
            assert!(peak(ran) < MOST, "{} kB", peak(ran));
        }
    };
    let ran = sandbox.rpush(&format!("-vv ls {app}"));
    cheap(&ran);
    assert_eq!((ran.out.lines().count(), ran.out.lines().last()), (100_000, Some("v09.9999")));
    assert_eq!(crowd.asked(), [("list", 100)].into());

    let ran = sandbox.rpush(&format!("-vv ls --include v0[3-5].* --exclude *.*7 {app}"));
    cheap(&ran);
    assert_eq!((ran.out.lines().count(), ran.out.lines().next()), (27_000, Some("v03.0000")));
    crowd.asked();

    // One in ten gets another name; the rest would be more of the same.
    let retag = format!("-vv tag --remote --from-tag v05.* {app} {app}:stable-*");
    let ran = sandbox.rpush(&retag);
    cheap(&ran);
    assert!(ran.err.lines().any(|line| line == "10000 named"), "{}", ran.err.lines().last().unwrap_or_default());
    assert_eq!((ran.out.lines().count(), crowd.pushed("stable-0042")), (10_000, Some(crowd.digest(50_042))));
    let asked = crowd.asked();
    assert_eq!((asked["list"], asked["head"], asked["get"], asked["put"]), (100, 10_000, 20, 10_000), "{asked:?}");

    let ran = sandbox.rpush(&retag.replace("--remote", "--remote --no-clobber"));
    cheap(&ran);
    assert!(ran.err.lines().any(|line| line == "0 named, 10000 there already"), "{}", ran.err.len());
    assert!(ran.out.is_empty() && !crowd.asked().contains_key("put"));
}

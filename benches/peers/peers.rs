//! How each program is told to do the same thing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::docker::Docker;
use super::images::Image;
use super::measure::Call;
use super::registry::Certificate;

/// Who is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Peer {
    /// This project.
    Rpush,
    /// Docker's client and daemon.
    Docker,
    /// Skopeo, which has no daemon either.
    Skopeo,
    /// The floor: the requests that cannot be spared, by a program that only sends them.
    Curl,
}

impl Peer {
    /// In the order in which they take turns.
    pub const ALL: [Self; 4] = [Self::Rpush, Self::Skopeo, Self::Curl, Self::Docker];

    /// The name for tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rpush => "rpush",
            Self::Docker => "docker",
            Self::Skopeo => "skopeo",
            Self::Curl => "curl",
        }
    }
}

/// Where a push takes the image from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Origin {
    /// A layout on the disk.
    Layout,
    /// An archive as `docker save` writes it.
    Archive,
    /// A Docker daemon.
    Daemon,
}

/// What is to be done.
#[derive(Debug, Clone, Copy)]
pub enum Task<'a> {
    /// Bring the image to this tag.
    Push(Origin, &'a str),
    /// Give what the first tag names another name.
    Retag(&'a str, &'a str),
    /// Bring what this tag names here.
    Pull(&'a str),
}

/// Everything that one run has of its own.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The directory that all configuration and caches are in.
    pub home: &'a Path,
    /// The registry, or the link to it.
    pub port: u16,
    /// The image.
    pub image: &'a Image,
    /// Its certificate, when it speaks TLS.
    pub certificate: Option<&'a Certificate>,
    /// The daemon for what Docker does, with the name of the image there.
    pub docker: Option<(&'a Docker, &'a str)>,
}

/// The programs, and how they are found.
pub struct Programs {
    /// The rpush that is measured.
    pub rpush: PathBuf,
}

impl Programs {
    /// The command for a task.
    pub fn call(&self, peer: Peer, task: Task<'_>, desk: &Desk<'_>) -> Result<Call, String> {
        match peer {
            Peer::Rpush => self.rpush(task, desk),
            Peer::Skopeo => skopeo(task, desk),
            Peer::Curl => curl(task, desk),
            Peer::Docker => docker(task, desk),
        }
    }

    fn rpush(&self, task: Task<'_>, desk: &Desk<'_>) -> Result<Call, String> {
        let mut call = Call::new(&self.rpush).word("--store").word(desk.home.join("store"));
        call = call.variable("HOME", desk.home);
        let trust = |call: Call| match desk.certificate {
            Some(made) => call.word("--ca-file").word(&made.file),
            None => call.word("--plain-http"),
        };
        Ok(match task {
            Task::Push(origin, tag) => {
                let from = match origin {
                    Origin::Daemon => {
                        let (docker, name) = desk.docker.ok_or("there is no daemon")?;
                        call = call.variable("DOCKER_HOST", docker.host());
                        format!("docker-daemon:{name}")
                    }
                    _ => source(origin, desk)?,
                };
                trust(call.words("push --from").word(from)).word(desk.name(tag))
            }
            Task::Retag(from, to) => trust(call.words("tag --remote")).word(desk.name(from)).word(desk.name(to)),
            Task::Pull(tag) => trust(call.word("pull")).word(desk.name(tag)),
        })
    }
}

impl Desk<'_> {
    fn name(&self, tag: &str) -> String {
        format!("127.0.0.1:{}/app:{tag}", self.port)
    }

    fn url(&self, rest: &str) -> String {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}/v2/app/{rest}", self.port)
    }
}

/// The words that rpush and skopeo share for what lies on the disk.
fn source(origin: Origin, desk: &Desk<'_>) -> Result<String, String> {
    match (origin, &desk.image.archive) {
        (Origin::Archive, Some(archive)) => Ok(format!("docker-archive:{}", archive.display())),
        (Origin::Layout, _) => Ok(format!("oci:{}:{}", desk.image.layout.display(), desk.image.reference)),
        _ => Err("the image is not there in this form".to_owned()),
    }
}

fn skopeo(task: Task<'_>, desk: &Desk<'_>) -> Result<Call, String> {
    let home = |call: Call| {
        // As root it would otherwise share one cache of blobs with everybody on this machine.
        call.variable("HOME", desk.home)
            .variable("XDG_DATA_HOME", desk.home)
            .variable("_CONTAINERS_ROOTLESS_UID", "1000")
    };
    let trust = |call: Call, side: &str| match desk.certificate {
        Some(made) => call.word(format!("--{side}-cert-dir")).word(&made.directory),
        None => call.word(format!("--{side}-tls-verify=false")),
    };
    let call = home(Call::new("skopeo").words("--insecure-policy copy -q"));
    let there = |tag: &str| format!("docker://{}", desk.name(tag));
    Ok(match task {
        Task::Push(Origin::Daemon, tag) => {
            let (docker, name) = desk.docker.ok_or("there is no daemon")?;
            let call = trust(call, "dest").word("--src-daemon-host").word(docker.host());
            call.word(format!("docker-daemon:{name}")).word(there(tag))
        }
        Task::Push(origin, tag) => trust(call, "dest").word(source(origin, desk)?).word(there(tag)),
        Task::Retag(from, to) => trust(trust(call, "src"), "dest").word(there(from)).word(there(to)),
        Task::Pull(tag) => {
            let here = format!("oci:{}:latest", desk.home.join("layout").display());
            trust(call, "src").word(there(tag)).word(here)
        }
    })
}

fn docker(task: Task<'_>, desk: &Desk<'_>) -> Result<Call, String> {
    let (docker, _) = desk.docker.ok_or("there is no daemon")?;
    let call = docker.call(desk.home);
    match task {
        Task::Push(_, tag) => Ok(call.words("push -q").word(desk.name(tag))),
        Task::Pull(tag) => Ok(call.words("pull -q").word(desk.name(tag))),
        Task::Retag(..) => Err("has no such command".to_owned()),
    }
}

/// Begins all uploads at once, sends the blobs, five at a time, and then the manifest.
const CURL_PUSH: &str = r#"set -e
curl -sSfZ --parallel-immediate --parallel-max 32 --http1.1 $trust -K begin.curl >locations
while read -r location && read -r digest file <&3; do
  printf 'url = "%s&digest=%s"\nupload-file = "%s"\n' "$location" "$digest" "$file"
done <locations 3<blobs >bodies.curl
curl -sSfZ --parallel-immediate --parallel-max 5 --http1.1 $trust -H Expect: -K bodies.curl
curl -sSf --http1.1 $trust -H "Content-Type: $type" -T "$manifest" "$url"
"#;
/// The manifest, and then all blobs, five at a time; nothing is verified.
const CURL_PULL: &str = r#"set -e
curl -sSf --http1.1 $trust -H "Accept: $type" -o manifest "$url"
curl -sSfZ --parallel-immediate --parallel-max 5 --http1.1 $trust -K blobs.curl
"#;
/// The manifest from one tag to the other.
const CURL_RETAG: &str = r#"set -e
curl -sSf --http1.1 $trust -H "Accept: $type" -o manifest "$url"
curl -sSf --http1.1 $trust -H "Content-Type: $type" -T manifest "$to"
"#;

fn curl(task: Task<'_>, desk: &Desk<'_>) -> Result<Call, String> {
    let image = desk.image;
    let mut begin = "request = \"POST\"\ndata = \"\"\nwrite-out = \"%header{location}\\n\"\n".to_owned();
    let (mut blobs, mut bodies) = (String::new(), String::new());
    for (number, blob) in image.blobs.iter().enumerate() {
        begin += &format!("url = \"{}\"\noutput = \"/dev/null\"\n", desk.url("blobs/uploads/"));
        blobs += &format!("{} {}\n", blob.digest, image.path(&blob.digest).display());
        bodies += &format!("url = \"{}\"\noutput = \"{number}\"\n", desk.url(&format!("blobs/{}", blob.digest)));
    }
    for (name, text) in [("begin.curl", begin), ("blobs", blobs), ("blobs.curl", bodies)] {
        fs::write(desk.home.join(name), text).map_err(|error| format!("cannot write {name}: {error}"))?;
    }
    let (script, tag, to) = match task {
        Task::Push(Origin::Layout, tag) => (CURL_PUSH, tag, tag),
        Task::Push(..) => return Err("reads neither archives nor daemons".to_owned()),
        Task::Pull(tag) => (CURL_PULL, tag, tag),
        Task::Retag(from, to) => (CURL_RETAG, from, to),
    };
    let trust = desk.certificate.map(|made| format!("--cacert {}", made.file.display())).unwrap_or_default();
    let script = format!("cd '{}'\n{script}", desk.home.display());
    let call = Call::new("sh").word("-c").word(script).variable("HOME", desk.home).variable("trust", trust);
    let call = call.variable("type", image.manifest.media_type.as_str());
    let call = call.variable("manifest", image.path(&image.manifest.digest));
    Ok(call.variable("url", desk.url(&format!("manifests/{tag}"))).variable("to", desk.url(&format!("manifests/{to}"))))
}

/// What a program says of its version; `None` where it is not installed.
pub fn version(program: impl AsRef<std::ffi::OsStr>) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().next().map(|line| line.trim().to_owned())
}

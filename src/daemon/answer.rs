//! What a daemon answers, read with a bound: documents, words of refusal, and the lines that it writes while it loads.

use std::path::PathBuf;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::image::DiffId;

/// The largest answer that is kept. What Docker says of an image has some kilobytes.
pub(super) const MAX_ANSWER: usize = 4 << 20;
/// The longest line of a stream of lines.
const MAX_LINE: usize = 64 << 10;

/// What is read of the description of an image.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Inspected {
    /// The digest of its config, or of its manifest where images are kept by containerd. Before Docker 1.10: no digest.
    pub(super) id: String,
    #[serde(default, rename = "RootFS")]
    root_fs: Option<RootFs>,
    /// Understood only where it is asked for: no two engines write the same, and no image is unknown for it.
    graph_driver: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RootFs {
    layers: Option<Vec<String>>,
}

/// How the files of an image are stored, with Docker's driver `overlay2`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GraphDriver {
    name: String,
    data: Overlay,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Overlay {
    upper_dir: PathBuf,
}

impl Inspected {
    /// Where the files of its topmost layer are, with the driver whose directories are known here. Others (`vfs`, `btrfs`,
    /// Podman's `overlay`, `overlayfs` where containerd keeps the images) have them otherwise.
    pub(super) fn top(&self) -> Option<PathBuf> {
        let driver: GraphDriver = serde_json::from_str(self.graph_driver.as_ref()?.get()).ok()?;
        (driver.name == "overlay2").then_some(driver.data.upper_dir)
    }

    /// The diff_ids of its layers; none when one of them is no diff_id.
    pub(super) fn layers(&self) -> Vec<DiffId> {
        let told = self.root_fs.iter().flat_map(|root_fs| root_fs.layers.iter().flatten());
        told.map(|text| text.parse().ok().map(DiffId)).collect::<Option<_>>().unwrap_or_default()
    }
}

/// What is read of a refusal.
#[derive(Deserialize)]
struct Refusal {
    message: String,
}

/// The words of a refusal, when a daemon has written it.
pub(super) fn refusal(body: &[u8]) -> Option<String> {
    serde_json::from_slice::<Refusal>(body).ok().map(|refusal| refusal.message)
}

/// Whether it is what Go's servers say, in HTTP, to whoever speaks no TLS to them.
pub(super) fn wants_tls(body: &[u8]) -> bool {
    String::from_utf8_lossy(body).contains("HTTP request to an HTTPS server")
}

/// One line of what a daemon says while it works.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Line {
    stream: Option<String>,
    error: Option<String>,
    error_detail: Option<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    message: String,
}

impl Line {
    fn failure(self) -> Option<String> {
        self.error_detail.map(|detail| detail.message).or(self.error)
    }
}

/// A failure that stands at the end of something else: Docker has no other way to say so once an archive is under way.
pub(super) fn failure_at_end(tail: &[u8]) -> Option<String> {
    let at = tail.windows(START.len()).rposition(|window| window == START)?;
    let mut lines = serde_json::Deserializer::from_slice(&tail[at..]).into_iter::<Line>();
    lines.next()?.ok()?.failure()
}

const START: &[u8] = br#"{"errorDetail":"#;

/// The lines of a stream of JSON, as the daemon writes one after the other.
#[derive(Default)]
pub(super) struct Lines {
    waiting: Vec<u8>,
    said: Vec<String>,
    failure: Option<String>,
}

impl Lines {
    /// Takes the next bytes. Lines that are too long to be meant for anybody are dropped.
    pub(super) fn take(&mut self, bytes: &Bytes) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.waiting.len() + part.len() <= MAX_LINE {
                self.waiting.extend_from_slice(part);
            }
            if part.ends_with(b"\n") {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.waiting);
        // Several objects may stand in one line.
        for line in serde_json::Deserializer::from_slice(&line).into_iter::<Line>().map_while(Result::ok) {
            let words = line.stream.as_deref().map(str::trim).filter(|words| !words.is_empty());
            if let Some(words) = words.filter(|_| self.said.len() < 1000) {
                self.said.push(words.to_owned());
            }
            self.failure = line.failure().or(self.failure.take());
        }
    }

    /// What was said in the end; or why it failed.
    pub(super) fn finish(mut self) -> Result<Vec<String>, String> {
        self.end_line();
        match self.failure {
            Some(failure) => Err(failure),
            None => Ok(self.said),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(parts: &[&str]) -> Result<Vec<String>, String> {
        let mut lines = Lines::default();
        parts.iter().for_each(|part| lines.take(&Bytes::copy_from_slice(part.as_bytes())));
        lines.finish()
    }

    /// Who says something else than diff_ids has said nothing about layers.
    #[test]
    fn layers_are_all_known_or_none() {
        let layers = |root_fs: &str| {
            let text = format!(r#"{{"Id":"x"{root_fs}}}"#);
            serde_json::from_str::<Inspected>(&text).expect("a description").layers().len()
        };
        let id = format!("\"sha256:{}\"", "0a".repeat(32));
        assert_eq!(layers(&format!(r#","RootFS":{{"Type":"layers","Layers":[{id},{id}]}}"#)), 2);
        for nothing in ["", r#","RootFS":null"#, r#","RootFS":{"Type":"layers"}"#, r#","RootFS":{"Layers":null}"#] {
            assert_eq!(layers(nothing), 0, "{nothing}");
        }
        assert_eq!(layers(&format!(r#","RootFS":{{"Layers":[{id},"../x"]}}"#)), 0);
    }

    /// Only one driver is understood, and what is not never costs the image.
    #[test]
    fn where_layers_lie_is_told_by_one_driver() {
        let top = |driver: &str| {
            let text = format!(r#"{{"Id":"x","GraphDriver":{driver}}}"#);
            serde_json::from_str::<Inspected>(&text).expect("a description").top()
        };
        let data = r#""Data":{"LowerDir":"/d/overlay2/a/diff","UpperDir":"/d/overlay2/b/diff"}"#;
        assert_eq!(top(&format!(r#"{{{data},"Name":"overlay2"}}"#)), Some("/d/overlay2/b/diff".into()));
        for driver in ["overlay", "overlayfs", "vfs", "fuse-overlayfs"] {
            assert_eq!(top(&format!(r#"{{{data},"Name":"{driver}"}}"#)), None, "{driver}");
        }
        for nothing in [r#"{"Name":"overlay2","Data":null}"#, r#"{"Name":"overlay2","Data":{}}"#, "null", "[]", "7"] {
            assert_eq!(top(nothing), None, "{nothing}");
        }
        assert!(serde_json::from_str::<Inspected>(r#"{"Id":"x"}"#).expect("a description").top().is_none());
    }

    #[test]
    fn lines_come_in_any_pieces_and_failures_count() {
        let loaded = Ok(vec!["Loaded image: app:1".to_owned()]);
        assert_eq!(told(&["{\"stream\":\"Loaded image: app:1\\n\"}\r\n"]), loaded);
        assert_eq!(told(&["{\"status\":\"x\"}\n{\"stre", "am\":\"Loaded image: app:1\"}"]), loaded);
        let failed = r#"{"errorDetail":{"message":"no space"},"error":"short"}"#;
        assert_eq!(told(&["{\"stream\":\"x\"}\n", failed, "\n"]), Err("no space".to_owned()));
        assert_eq!(told(&[r#"{"error":"short"}"#]), Err("short".to_owned()));
        assert_eq!((told(&[]), told(&["no JSON\n"])), (Ok(vec![]), Ok(vec![])));
    }

    #[test]
    fn a_line_without_end_costs_no_memory() {
        let mut lines = Lines::default();
        let part = Bytes::from(vec![b'x'; 40 << 10]);
        (0..100).for_each(|_| lines.take(&part));
        assert!(lines.waiting.len() <= MAX_LINE);
        lines.take(&Bytes::from_static(b"\n{\"error\":\"after it\"}\n"));
        assert_eq!(lines.finish(), Err("after it".to_owned()));
    }

    #[test]
    fn a_failure_at_the_end_of_an_archive_is_heard() {
        let tail = b"\0\0tar\0{\"errorDetail\":{\"message\":\"input/output error\"},\"error\":\"x\"}\r\n";
        assert_eq!(failure_at_end(tail).as_deref(), Some("input/output error"));
        assert_eq!(failure_at_end(b"\0\0\0\0"), None);
        assert_eq!(failure_at_end(b"{\"errorDetail\":"), None);
    }
}

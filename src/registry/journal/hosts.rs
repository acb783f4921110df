//! What is known of a host whatever the repository: how it answers a mount from the repository itself, and how large a body
//! something on the way to it lets through. A small file a host, which is read before anything is sent.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::{Journal, create_private_directory, private};
use crate::image::{Digest, Host};

/// A limit is tried again after so long: it is that of a proxy whose configuration somebody may have mended.
const LIMIT_COUNTS: Duration = Duration::from_secs(7 * 24 * 3600);

/// More than such a file has.
const MAX_SIZE: u64 = 4096;

/// What a registry says to a mount of a blob from the repository itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in super::super) enum SelfMount {
    /// Whether the blob is there: an upload is only begun when it is not.
    Tells,
    /// Nothing: an upload is begun in any case.
    IsSilent,
}

/// What is known of a host.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Facts {
    #[serde(skip_serializing_if = "Option::is_none")]
    self_mount: Option<SelfMount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    largest_body: Option<Limit>,
}

/// How large a body was let through, and when that was found out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Limit {
    bytes: u64,
    since: SystemTime,
}

impl Journal {
    /// What is known of how a host answers a mount from the repository itself.
    pub(in super::super) fn self_mount(&self, host: &Host) -> Option<SelfMount> {
        self.facts(host).self_mount
    }

    /// That is known now.
    pub(in super::super) fn note_self_mount(&self, host: &Host, found: SelfMount) {
        self.note(host, |facts| facts.self_mount = Some(found));
    }

    /// How large a body is let through on the way to a host, where that was found out lately.
    pub(in super::super) fn largest_body(&self, host: &Host) -> Option<u64> {
        let limit = self.facts(host).largest_body?;
        // A clock that was set back makes a limit old, not eternal.
        let counts = limit.since.elapsed().is_ok_and(|age| age < LIMIT_COUNTS);
        counts.then_some(limit.bytes)
    }

    /// That was found out now.
    pub(in super::super) fn note_largest_body(&self, host: &Host, bytes: u64) {
        let limit = Limit { bytes, since: SystemTime::now() };
        self.note(host, |facts| facts.largest_body = Some(limit));
    }

    fn facts(&self, host: &Host) -> Facts {
        let path = self.file_of_host(host);
        let is_small = fs::metadata(&path).is_ok_and(|file| file.len() <= MAX_SIZE);
        let read = is_small.then(|| fs::read(&path).ok()).flatten();
        read.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    fn note(&self, host: &Host, change: impl FnOnce(&mut Facts)) {
        let before = self.facts(host);
        let mut facts = before.clone();
        change(&mut facts);
        if facts != before
            && let Err(error) = self.write(host, &facts)
        {
            tracing::debug!("{}: {error}", self.hosts.display());
        }
    }

    /// Of two runs that write at the same time one wins, and nobody reads half of anything.
    fn write(&self, host: &Host, facts: &Facts) -> io::Result<()> {
        create_private_directory(&self.hosts)?;
        let path = self.file_of_host(host);
        let beside = path.with_extension(std::process::id().to_string());
        let mut file = private().write(true).create(true).truncate(true).open(&beside)?;
        file.write_all(&serde_json::to_vec(facts).expect("facts are JSON"))?;
        fs::rename(beside, path)
    }

    fn file_of_host(&self, host: &Host) -> PathBuf {
        self.hosts.join(Digest::of(host.to_string().as_bytes()).hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting() -> (tempfile::TempDir, Journal, Host) {
        let root = tempfile::tempdir().expect("a directory");
        let journal = Journal::at(root.path());
        (root, journal, "r.example".parse().expect("a host"))
    }

    #[test]
    fn what_is_known_of_a_host_can_be_wrong() {
        let (_root, journal, host) = setting();
        assert_eq!((journal.self_mount(&host), journal.largest_body(&host)), (None, None));
        journal.note_largest_body(&host, 1000);
        for found in [SelfMount::Tells, SelfMount::IsSilent, SelfMount::IsSilent, SelfMount::Tells] {
            journal.note_self_mount(&host, found);
            assert_eq!(journal.self_mount(&host), Some(found));
        }
        journal.note_largest_body(&host, 500);
        assert_eq!(journal.largest_body(&host), Some(500));
        assert_eq!(journal.largest_body(&"other.example".parse().expect("a host")), None);
        let files = fs::read_dir(&journal.hosts).expect("a directory").count();
        assert_eq!(files, 1, "nothing lies beside");
    }

    #[test]
    fn a_limit_is_tried_again_after_a_week() {
        let (_root, journal, host) = setting();
        let found_out = |since: SystemTime| {
            journal.note(&host, |facts| facts.largest_body = Some(Limit { bytes: 1000, since }));
            journal.largest_body(&host)
        };
        let hour = Duration::from_secs(3600);
        assert_eq!(found_out(SystemTime::now() - LIMIT_COUNTS + hour), Some(1000));
        assert_eq!(found_out(SystemTime::now() - LIMIT_COUNTS - hour), None);
        assert_eq!(found_out(SystemTime::now() + hour), None);
    }

    #[test]
    fn rubbish_is_nothing() {
        let (_root, journal, host) = setting();
        journal.note_largest_body(&host, 1000);
        for rubbish in ["", "silent", "[1]", &" ".repeat(5000)] {
            fs::write(journal.file_of_host(&host), rubbish).expect("written");
            assert_eq!(journal.facts(&host), Facts::default(), "{rubbish}");
        }
        journal.note_self_mount(&host, SelfMount::Tells);
        assert_eq!(journal.self_mount(&host), Some(SelfMount::Tells));
    }

    #[test]
    fn where_nothing_can_be_written_nothing_is() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let (journal, (_root, _, host)) = (Journal::at(file.path()), setting());
        journal.note_largest_body(&host, 1000);
        assert_eq!(journal.largest_body(&host), None);
    }
}

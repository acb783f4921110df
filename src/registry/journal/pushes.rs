//! What was pushed where: which tags were put on which digests, a file a repository. Old lines are as good as new ones, because
//! the registry is asked in any case.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Journal, create_private_directory, private};
use crate::image::{Digest, Host, RepositoryName, Tag};

/// A file that is longer than this begins anew: some ten thousand pushes.
const MAX_SIZE: u64 = 1024 * 1024;

/// What is remembered of a repository.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Pushed {
    tags: HashMap<Tag, Digest>,
    digests: HashSet<Digest>,
}

impl Pushed {
    /// What a tag was put on last.
    pub fn tagged(&self, tag: &Tag) -> Option<&Digest> {
        self.tags.get(tag)
    }

    /// Whether a manifest was ever put there.
    pub fn has(&self, digest: &Digest) -> bool {
        self.digests.contains(digest)
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.digests.is_empty()
    }
}

#[derive(Serialize, Deserialize)]
struct Line {
    repository: String,
    tag: String,
    digest: Digest,
}

impl Journal {
    /// What was pushed to a repository.
    pub(in super::super) fn pushed(&self, host: &Host, name: &RepositoryName) -> Pushed {
        let repository = format!("{host}/{name}");
        let mut text = String::new();
        let read =
            fs::File::open(self.file_of(&repository)).and_then(|file| file.take(MAX_SIZE).read_to_string(&mut text));
        if read.is_err() {
            return Pushed::default();
        }
        let mut pushed = Pushed::default();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
        for line in lines.filter(|line| line.repository == repository) {
            pushed.digests.insert(line.digest);
            pushed.tags.extend(line.tag.parse().ok().map(|tag| (tag, line.digest)));
        }
        pushed
    }

    /// These tags name `digest` there now.
    pub(in super::super) fn note_push(&self, host: &Host, name: &RepositoryName, tags: &[Tag], digest: &Digest) {
        let repository = format!("{host}/{name}");
        let line = |tag: &Tag| Line { repository: repository.clone(), tag: tag.to_string(), digest: *digest };
        let lines = tags.iter().map(|tag| serde_json::to_string(&line(tag)).expect("texts are JSON") + "\n");
        let lines = lines.collect::<String>();
        if let Err(error) = append(&self.pushes, &self.file_of(&repository), lines.as_bytes()) {
            tracing::debug!("{}: {error}", self.pushes.display());
        }
    }

    fn file_of(&self, repository: &str) -> PathBuf {
        self.pushes.join(Digest::of(repository.as_bytes()).hex())
    }
}

/// Adds lines in one piece, which other processes do not come between.
fn append(directory: &Path, path: &Path, lines: &[u8]) -> io::Result<()> {
    create_private_directory(directory)?;
    let mut file = private().append(true).create(true).open(path)?;
    if file.metadata()?.len() + lines.len() as u64 > MAX_SIZE {
        file.set_len(0)?;
    }
    file.write_all(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting() -> (tempfile::TempDir, Journal, Host, RepositoryName) {
        let root = tempfile::tempdir().expect("a directory");
        let journal = Journal::at(root.path());
        (root, journal, "r.example".parse().expect("a host"), "app".parse().expect("a name"))
    }

    fn tag(text: &str) -> Tag {
        text.parse().expect("a tag")
    }

    #[test]
    fn the_last_push_of_a_tag_counts_and_all_digests_do() {
        let (_root, journal, host, name) = setting();
        assert!(journal.pushed(&host, &name).is_empty());
        let [old, new] = ["old", "new"].map(|text| Digest::of(text.as_bytes()));
        journal.note_push(&host, &name, &[tag("1"), tag("2")], &old);
        journal.note_push(&host, &name, &[tag("1")], &new);
        let pushed = journal.pushed(&host, &name);
        assert_eq!((pushed.tagged(&tag("1")), pushed.tagged(&tag("2"))), (Some(&new), Some(&old)));
        assert!(pushed.has(&old) && pushed.has(&new) && !pushed.has(&Digest::of(b"")));
        assert!(journal.pushed(&host, &"other".parse().expect("a name")).is_empty());
    }

    #[test]
    fn rubbish_is_passed_over_and_too_much_begins_anew() {
        let (_root, journal, host, name) = setting();
        journal.note_push(&host, &name, &[tag("1")], &Digest::of(b""));
        let file = journal.file_of("r.example/app");
        let good = fs::read_to_string(&file).expect("there");
        fs::write(&file, format!("rubbish\n{good}{{\"repos")).expect("written");
        assert!(journal.pushed(&host, &name).has(&Digest::of(b"")));
        fs::write(&file, vec![b'x'; usize::try_from(MAX_SIZE).expect("small")]).expect("written");
        journal.note_push(&host, &name, &[tag("1")], &Digest::of(b""));
        assert_eq!(fs::read_to_string(&file).expect("there"), good);
    }

    #[test]
    fn where_nothing_can_be_written_nothing_is() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let journal = Journal::at(file.path());
        let (_, _, host, name) = setting();
        journal.note_push(&host, &name, &[tag("1")], &Digest::of(b""));
        assert!(journal.pushed(&host, &name).is_empty());
    }
}

//! Where indexes came from of which not everything came: so that the rest can be had from there when it is needed.
//!
//! A line each in a file of the store. Lines may be lost: then a person has to say what is to be done.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};

use super::Layout;
use crate::image::{Digest, Reference};

/// The file, a line for each index: its digest, and a repository.
const FILE: &str = "rpush/origins";

/// Of a file that is larger, the older half is forgotten.
const LARGE: u64 = 256 * 1024;

/// How many repositories are given for one index.
const MOST: usize = 8;

impl Layout {
    /// An index came from this repository. What cannot be written down is not there to be read, and no failure.
    pub fn remember_origin(&self, index: &Digest, repository: &Reference) {
        let line = line(index, repository);
        if self.origin_lines().lines().any(|known| known == line) {
            return;
        }
        if let Err(error) = self.append_origin(&line) {
            tracing::debug!("cannot write down where {} came from: {error}", index.short());
        }
    }

    /// The repositories that an index came from, the latest first.
    pub fn origins(&self, index: &Digest) -> Vec<Reference> {
        let (wanted, text) = (index.to_string(), self.origin_lines());
        let mut seen = HashSet::new();
        let of_index =
            text.lines().rev().filter_map(|line| line.split_once(' ')).filter(|(digest, _)| *digest == wanted);
        of_index
            .filter_map(|(_, name)| name.parse().ok())
            .filter(|name| seen.insert(format!("{name}")))
            .take(MOST)
            .collect()
    }

    fn origin_lines(&self) -> String {
        let mut bytes = Vec::new();
        let read = File::open(self.root.join(FILE)).and_then(|file| file.take(2 * LARGE).read_to_end(&mut bytes));
        read.map_or_else(|_| String::new(), |_| String::from_utf8_lossy(&bytes).into_owned())
    }

    fn append_origin(&self, line: &str) -> io::Result<()> {
        let path = self.root.join(FILE);
        if fs::metadata(&path).is_ok_and(|file| file.len() > LARGE) {
            let text = self.origin_lines();
            let half = text[text.len() / 2..].split_once('\n').map_or("", |(_, rest)| rest);
            crate::content::publish_file(self.staged(half.as_bytes())?, &path)?;
        }
        // In one write, so that lines of several processes do not mix.
        File::options().create(true).append(true).open(path)?.write_all(format!("{line}\n").as_bytes())
    }
}

fn line(index: &Digest, repository: &Reference) -> String {
    let name = Reference { tag: None, digest: None, ..repository.clone() };
    format!("{index} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_origin_comes_first_and_what_is_no_line_does_not_matter() {
        let root = tempfile::tempdir().expect("a directory");
        let layout = Layout::store(root.path());
        let index = Digest::of(b"index");
        assert_eq!(layout.origins(&index), []);
        layout.remember_origin(&index, &"localhost:5000/app:1".parse().expect("a name"));
        assert_eq!(layout.origins(&index), [], "there is no store yet, and that is no failure");
        drop(layout.lease().expect("a store"));
        for name in ["localhost:5000/app:1", "localhost:5001/team/app:2", "localhost:5000/app:3"] {
            layout.remember_origin(&index, &name.parse().expect("a name"));
        }
        fs::write(root.path().join(FILE), layout.origin_lines() + "nonsense\nsha256:x y\n").expect("written");
        layout.remember_origin(&Digest::of(b"other"), &"localhost:5000/other".parse().expect("a name"));
        let origins: Vec<_> = layout.origins(&index).iter().map(ToString::to_string).collect();
        assert_eq!(origins, ["localhost:5001/team/app", "localhost:5000/app"]);
    }

    #[test]
    fn a_long_file_loses_its_older_half() {
        let root = tempfile::tempdir().expect("a directory");
        let layout = Layout::store(root.path());
        drop(layout.lease().expect("a store"));
        let name: Reference = "localhost:5000/app".parse().expect("a name");
        let digest = |number: u32| Digest::of(&number.to_le_bytes());
        let lines: String = (0..3000).map(|number| line(&digest(number), &name) + "\n").collect();
        fs::write(root.path().join(FILE), &lines).expect("written");
        layout.remember_origin(&digest(3000), &name);
        assert!(layout.origin_lines().len() < lines.len() * 2 / 3);
        assert_eq!((layout.origins(&digest(0)).len(), layout.origins(&digest(3000)).len()), (0, 1));
    }
}

//! Examining a layout: every blob is read, and everything that `index.json` leads to is looked for.
//!
//! Nothing is removed, not even by a repair: what is damaged is set aside, where the next transfer does not find it and so
//! fetches it anew.

mod finding;
mod hashing;
mod reaching;
mod repair;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use serde_json::Value;

pub use finding::{Cure, Diagnosis, Fault, Finding};
pub use hashing::{Step, Stored};

use hashing::Condition;
use reaching::Reached;

use super::{Entry, Index, Layout, Lease};
use crate::content::{Error, Meter};
use crate::image::{Algorithm, Digest, MAX_MANIFEST_SIZE, Manifest, MediaType};

/// The only version that several tools accept (L-01).
const VERSION: &str = "1.0.0";

/// Whether what is damaged is set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handling {
    /// Nothing is changed.
    Look,
    /// What is damaged is set aside, and what can be made again is made again.
    Repair,
}

/// How an examination ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Examined {
    /// With this.
    Done(Diagnosis),
    /// It did not begin: a repair needs the layout for itself, and another process is bringing content in.
    InUse,
    /// Nobody wants to know any more.
    Cancelled,
}

/// What lies among the blobs.
#[derive(Default)]
struct Shelves {
    blobs: Vec<Stored>,
    strangers: Vec<PathBuf>,
}

impl Layout {
    /// Reads every blob and looks for everything that is named. Blocks; `watch` is told on the way, from several threads.
    pub fn examine(
        &self,
        handling: Handling,
        cancel: &AtomicBool,
        watch: &(dyn Fn(Step<'_>) + Sync),
    ) -> Result<Examined, Error> {
        if !self.root.exists() {
            return Ok(Examined::Done(Diagnosis::default()));
        }
        let Some((_lease, leftovers)) = self.hold(handling)? else { return Ok(Examined::InUse) };
        let mut findings = self.check_marker(handling)?;
        let index = self.check_index(&mut findings)?;
        let shelves = self.shelves()?;
        let Some(conditions) = hashing::hash_all(&self.blobs, &shelves.blobs, cancel, watch) else {
            return Ok(Examined::Cancelled);
        };
        let mut diagnosis = Diagnosis {
            blobs: shelves.blobs.len(),
            bytes: shelves.blobs.iter().map(|blob| blob.size).sum(),
            ..Diagnosis::default()
        };
        let conditions: HashMap<Digest, Condition> =
            shelves.blobs.iter().map(|blob| blob.digest).zip(conditions).collect();
        let roots = self.unnamed(&index, &conditions);
        let index = self.check_listed(handling, index, &roots, &mut findings)?;
        diagnosis.images = index.entries().map(|entry| entry.digest).collect::<BTreeSet<_>>().len();
        let reached = self.reach(&index, &conditions);
        findings.extend(self.check_blobs(handling, &conditions, &reached)?);
        findings.extend(self.remarks(&shelves, &conditions, &reached, &roots, leftovers));
        findings.sort_by_key(|finding| !finding.is_damage());
        diagnosis.findings = findings;
        Ok(Examined::Done(diagnosis))
    }

    /// Holds off the collection of garbage, and for a repair everybody; with what interrupted runs left, when nobody else is
    /// here whose files they could be.
    fn hold(&self, handling: Handling) -> Result<Option<(Option<Lease>, Fault)>, Error> {
        if handling == Handling::Repair {
            let path = self.root.join("rpush");
            fs::create_dir_all(&path).map_err(|error| self.unwritable(error))?;
            return Ok(self.alone()?.map(|lease| (Some(lease), self.leftovers())));
        }
        let leftovers = match self.alone() {
            Ok(Some(_alone)) => self.leftovers(),
            Ok(None) | Err(_) => Fault::Leftovers { files: 0, bytes: 0 },
        };
        Ok(Some((self.reading(), leftovers)))
    }

    fn leftovers(&self) -> Fault {
        let (files, bytes) = contents(self.blobs.staging());
        Fault::Leftovers { files, bytes }
    }

    /// L-01: what makes a directory a layout.
    fn check_marker(&self, handling: Handling) -> Result<Vec<Finding>, Error> {
        let path = self.root.join("oci-layout");
        let version = |bytes: Vec<u8>| {
            let value: Value = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
            match value.get("imageLayoutVersion").and_then(Value::as_str) {
                Some(VERSION) => Ok(()),
                Some(other) => Err(format!("it is of version `{other}`, and many tools read only {VERSION}")),
                None => Err("it names no version".to_owned()),
            }
        };
        let why = match fs::read(&path).map(version) {
            Ok(Ok(())) => return Ok(Vec::new()),
            Ok(Err(why)) => why,
            Err(error) if error.kind() == io::ErrorKind::NotFound => "it is missing".to_owned(),
            Err(error) => error.to_string(),
        };
        let cure = match handling {
            Handling::Look => None,
            Handling::Repair => {
                self.replace(&path, super::OCI_LAYOUT.as_bytes())?;
                Some(Cure::Rewritten)
            }
        };
        Ok(vec![Finding { fault: Fault::Marker { why }, images: Vec::new(), cure }])
    }

    /// What `index.json` says, as far as it can be understood.
    fn check_index(&self, findings: &mut Vec<Finding>) -> Result<Option<Index>, Error> {
        let path = self.index_path();
        let fault = match fs::read(&path) {
            Ok(bytes) => match Index::parse(&bytes) {
                Ok(index) => {
                    let unreadable = index.unreadable().map(|position| Fault::Entry { position });
                    findings.extend(unreadable.map(remark));
                    return Ok(Some(index));
                }
                Err(_) if bytes.is_empty() => Fault::BrokenIndex { why: "it is empty".to_owned() },
                Err(error) => Fault::BrokenIndex { why: error.to_string() },
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Fault::NoIndex,
            Err(error) => return Err(Error::io("cannot read", &path, error)),
        };
        findings.push(remark(fault));
        Ok(None)
    }

    /// An `index.json` that is not there is a loss only where there are images.
    fn check_listed(
        &self,
        handling: Handling,
        index: Option<Index>,
        roots: &[(Digest, MediaType, u64)],
        findings: &mut Vec<Finding>,
    ) -> Result<Index, Error> {
        if let Some(index) = index {
            return Ok(index);
        }
        let is_new = roots.is_empty() && !self.root.join("oci-layout").exists();
        if is_new {
            findings
                .retain(|finding| finding.fault != Fault::NoIndex && !matches!(finding.fault, Fault::Marker { .. }));
            return Ok(Index::default());
        }
        if handling == Handling::Look {
            return Ok(self.salvaged(roots));
        }
        let (index, cure) = self.rebuild_index(roots)?;
        let broken = findings.iter_mut().find(|finding| is_about_index(&finding.fault));
        if let Some(finding) = broken {
            finding.cure = Some(cure);
        }
        Ok(index)
    }

    /// Every file among the blobs, the largest first.
    fn shelves(&self) -> Result<Shelves, Error> {
        let mut shelves = Shelves::default();
        for algorithm in Algorithm::ALL {
            let directory = self.root.join("blobs").join(algorithm.name());
            let failed = |error| Error::io("cannot list", &directory, error);
            let entries = match fs::read_dir(&directory) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other.map_err(failed)?,
            };
            for entry in entries {
                let entry = entry.map_err(failed)?;
                let name = entry.file_name();
                let text = name.to_str().map(|name| format!("{}:{name}", algorithm.name()));
                match text.and_then(|text| text.parse::<Digest>().ok()) {
                    Some(digest) => {
                        let size = fs::metadata(entry.path()).map(|file| file.len()).unwrap_or_default();
                        shelves.blobs.push(Stored { digest, size, meter: Meter::default() });
                    }
                    None => shelves.strangers.push(entry.path()),
                }
            }
        }
        shelves.blobs.sort_by_key(|blob| (std::cmp::Reverse(blob.size), blob.digest));
        shelves.strangers.sort();
        Ok(shelves)
    }

    /// The manifests that neither `index.json` nor another manifest leads to.
    fn unnamed(&self, index: &Option<Index>, conditions: &HashMap<Digest, Condition>) -> Vec<(Digest, MediaType, u64)> {
        let mut found: BTreeMap<Digest, (MediaType, u64)> = BTreeMap::new();
        let mut below: BTreeSet<Digest> = BTreeSet::new();
        let listed = index.as_ref().map(|index| self.reachable(index).all).unwrap_or_default();
        let sound = conditions.iter().filter(|(_, condition)| matches!(condition, Condition::Sound));
        for (digest, _) in sound.filter(|(digest, _)| !listed.contains(digest)) {
            let Some(size) = self.blobs.size(digest).filter(|size| *size <= MAX_MANIFEST_SIZE) else { continue };
            let Ok(bytes) = self.blobs.read_small(digest) else { continue };
            let Some(manifest) = document(&bytes) else { continue };
            below.extend(manifest.children().map(|child| child.digest));
            found.insert(*digest, (manifest.media_type, size));
        }
        let roots = found.into_iter().filter(|(digest, _)| !below.contains(digest));
        roots.map(|(digest, (media_type, size))| (digest, media_type, size)).collect()
    }

    /// What is wrong with what the entries lead to, and with blobs that nothing needs.
    fn check_blobs(
        &self,
        handling: Handling,
        conditions: &HashMap<Digest, Condition>,
        reached: &Reached,
    ) -> Result<Vec<Finding>, Error> {
        let mut findings = Vec::new();
        for (digest, condition) in conditions {
            let fault = match condition {
                Condition::Sound | Condition::Gone => continue,
                Condition::Damaged(found) => Fault::Content { digest: *digest, found: *found },
                Condition::Unreadable(error) => Fault::Unreadable { digest: *digest, why: error.to_string() },
            };
            // What this account may not read is perhaps all right.
            let is_forbidden =
                matches!(condition, Condition::Unreadable(error) if error.kind() == io::ErrorKind::PermissionDenied);
            let cure = match handling == Handling::Repair && !is_forbidden {
                true => Some(Cure::Quarantined(self.quarantine(digest)?)),
                false => None,
            };
            findings.push(Finding { fault, images: reached.names(digest), cure });
        }
        findings.extend(reached.faults.values().cloned().map(|fault| {
            let images = fault.digest().map(|digest| reached.names(digest)).unwrap_or_default();
            Finding { fault, images, cure: None }
        }));
        findings.sort_by_key(|finding| finding.fault.digest().copied());
        Ok(findings)
    }

    /// What nobody has to do anything about.
    fn remarks(
        &self,
        shelves: &Shelves,
        conditions: &HashMap<Digest, Condition>,
        reached: &Reached,
        roots: &[(Digest, MediaType, u64)],
        leftovers: Fault,
    ) -> Vec<Finding> {
        let mut faults: Vec<Fault> = shelves.strangers.iter().cloned().map(Fault::NoBlob).collect();
        let unnamed = roots.iter().map(|(digest, ..)| *digest).filter(|digest| !reached.has(digest));
        faults.extend(unnamed.map(Fault::Unnamed));
        let is_unneeded = |blob: &&Stored| {
            !reached.has(&blob.digest) && matches!(conditions.get(&blob.digest), Some(Condition::Sound))
        };
        let unneeded: Vec<_> = shelves.blobs.iter().filter(is_unneeded).collect();
        if !unneeded.is_empty() {
            let bytes = unneeded.iter().map(|blob| blob.size).sum();
            faults.push(Fault::Unneeded { blobs: unneeded.len(), bytes });
        }
        if !matches!(leftovers, Fault::Leftovers { files: 0, .. }) {
            faults.push(leftovers);
        }
        let directory = self.quarantine_directory();
        let (files, bytes) = contents(&directory);
        if files > 0 {
            faults.push(Fault::Quarantine { directory, files, bytes });
        }
        faults.into_iter().map(remark).collect()
    }
}

fn remark(fault: Fault) -> Finding {
    Finding { fault, images: Vec::new(), cure: None }
}

fn is_about_index(fault: &Fault) -> bool {
    matches!(fault, Fault::NoIndex | Fault::BrokenIndex { .. })
}

/// How an entry is called: by its name as a person types it, else by its digest.
fn label(entry: &Entry) -> String {
    match (&entry.reference, &entry.selector) {
        (Some(name), _) => name.familiar(),
        (None, Some(selector)) => selector.clone(),
        (None, None) => entry.descriptor.digest.to_string(),
    }
}

/// Whether some bytes are a manifest and mean to be one: almost every JSON object could be read as an empty one.
fn document(bytes: &[u8]) -> Option<Manifest> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    value.get("schemaVersion").filter(|version| *version == 2)?;
    if !["manifests", "layers", "blobs"].iter().any(|list| value.get(list).is_some_and(Value::is_array)) {
        return None;
    }
    Manifest::parse(&MediaType::new(""), bytes).ok()
}

/// How many files are below a directory, and their bytes.
fn contents(directory: &std::path::Path) -> (usize, u64) {
    let files = fs::read_dir(directory).into_iter().flatten().flatten();
    files.fold((0, 0), |(count, bytes), file| (count + 1, bytes + file.metadata().map_or(0, |file| file.len())))
}

#[cfg(test)]
mod tests;

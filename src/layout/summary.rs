//! What a list shows of an image: read from its manifests and configs as they lie in a directory of blobs.
//!
//! A list has to survive anything: an index of which two platforms of twelve are here, an artifact with a config that is no
//! config, a document that points at itself. Only a root that cannot be read is an error.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::parallel::in_parallel;
use crate::content::{BlobDir, Class, Error};
use crate::image::{
    Descriptor, Digest, ImageConfig, Kind, MAX_MANIFEST_SIZE, Manifest, ManifestError, MediaType, Platform, Role,
};

/// What something with a name is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A container image for one platform.
    Image,
    /// A list of images, one a platform.
    Index,
    /// Something else, of this type.
    Artifact(MediaType),
}

/// What is known of one image.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The root manifest's digest: the image's id.
    pub id: Digest,
    /// The root manifest's own type and size; its platform and annotations are those of whatever points at it.
    pub root: Descriptor,
    /// The config that the other facts come from: this machine's, when there are many.
    pub config: Option<Digest>,
    /// When the image was made, as the config says it (RFC 3339).
    pub created: Option<String>,
    /// The bytes on the disk that belong to the image, manifests included. What is not here does not count.
    pub size: u64,
    /// The labels.
    pub labels: BTreeMap<String, String>,
    /// Each platform that the image is made for, attestations left out, in the order of the index.
    pub platforms: Vec<PlatformSummary>,
    /// What it is.
    pub subject: Subject,
}

/// One platform of an image.
#[derive(Debug, Clone)]
pub struct PlatformSummary {
    /// For what it is; `None` when neither index nor config say.
    pub platform: Option<Platform>,
    /// Whether all of it is here.
    pub present: bool,
    /// Its manifest.
    pub manifest: Digest,
    /// Its config, when the manifest is here and names one.
    pub config: Option<Digest>,
    /// Its bytes on the disk.
    pub size: u64,
}

/// Why there is nothing to say about an image.
#[derive(Debug, thiserror::Error)]
pub enum SummaryError {
    /// Something has a name in the layout and is no manifest.
    #[error("`{digest}` is not an image")]
    NotAManifest {
        /// What the name points at.
        digest: Digest,
        /// Why it is none.
        #[source]
        cause: ManifestError,
    },
}

impl From<SummaryError> for Error {
    fn from(error: SummaryError) -> Self {
        Self::new(Class::Damaged, error)
    }
}

/// Reads what a list shows of the image at `root`.
pub fn summarize(root: &Descriptor, blobs: &BlobDir) -> Result<Summary, Error> {
    let manifest = read(root, blobs)?
        .map_err(|cause| SummaryError::NotAManifest { digest: root.digest, cause })
        .map_err(Error::from)?;
    let mut walk = Walk { blobs, sizes: BTreeMap::new(), size: 0, platforms: Vec::new() };
    let subject = subject(&manifest);
    walk.visit(root, manifest);
    let Walk { size, platforms, .. } = walk;
    let shown = shown(&platforms);
    let config = shown.and_then(|platform| platform.config);
    let facts = config.and_then(|digest| read_config(&digest, blobs)).unwrap_or_default();
    Ok(Summary {
        id: root.digest,
        root: root.bare(),
        config,
        created: facts.created.clone(),
        size,
        labels: facts.labels(),
        platforms,
        subject,
    })
}

/// The same of every image that entries name, each once, in the order of the first entries for them.
pub fn summarize_all(entries: &[super::Entry], blobs: &BlobDir) -> Vec<(Digest, Result<Summary, Error>)> {
    let mut seen = HashSet::new();
    let images: Vec<_> =
        entries.iter().map(|entry| &entry.descriptor).filter(|image| seen.insert(image.digest)).collect();
    in_parallel(&images, |image| (image.digest, summarize(image, blobs)))
}

/// The platform that stands for the whole: this machine's, else the first that is here.
fn shown(platforms: &[PlatformSummary]) -> Option<&PlatformSummary> {
    let here = || platforms.iter().filter(|platform| platform.config.is_some());
    let accepts = |wanted: &Platform, summary: &PlatformSummary| {
        summary.platform.as_ref().is_some_and(|offered| wanted.accepts(offered))
    };
    let for_this_machine = Platform::of_this_machine().with_fallbacks();
    for_this_machine.iter().find_map(|wanted| here().find(|summary| accepts(wanted, summary))).or_else(|| here().next())
}

fn subject(manifest: &Manifest) -> Subject {
    match (&manifest.kind, &manifest.artifact_type) {
        (_, Some(artifact)) => Subject::Artifact(artifact.clone()),
        (Kind::Index(_), None) => Subject::Index,
        (Kind::Image { config: Some(config), .. }, None) if config.media_type.is_image_config() => Subject::Image,
        (Kind::Image { config: Some(config), .. }, None) => Subject::Artifact(config.media_type.clone()),
        (Kind::Image { config: None, .. }, None) => Subject::Artifact(manifest.media_type.clone()),
    }
}

/// A document, when it can be read at all. Its size is looked at first: nothing hostile gets into memory.
fn read(descriptor: &Descriptor, blobs: &BlobDir) -> Result<Result<Manifest, ManifestError>, Error> {
    match blobs.size(&descriptor.digest) {
        Some(size) if size > MAX_MANIFEST_SIZE => Ok(Err(ManifestError::TooLarge(size))),
        _ => Ok(Manifest::parse(&descriptor.media_type, &blobs.read_small(&descriptor.digest)?)),
    }
}

/// A config that is not here, or is none, says nothing (C-29).
fn read_config(digest: &Digest, blobs: &BlobDir) -> Option<ImageConfig> {
    blobs.size(digest).filter(|size| *size <= MAX_MANIFEST_SIZE)?;
    ImageConfig::parse(&blobs.read_small(digest).ok()?)
}

struct Walk<'a> {
    blobs: &'a BlobDir,
    /// How large everything is that was looked at; `None` for what is not here.
    sizes: BTreeMap<Digest, Option<u64>>,
    size: u64,
    platforms: Vec<PlatformSummary>,
}

impl Walk<'_> {
    /// Goes through everything below the root, each document once: a hostile index may name one, or itself, many times.
    fn visit(&mut self, root: &Descriptor, manifest: Manifest) {
        self.count(root);
        let mut waiting = self.look_at(root, Some(manifest));
        // The last one first: each list is turned round before it is put on the stack.
        while let Some(descriptor) = waiting.pop() {
            if self.count(&descriptor) {
                let manifest = self.document(&descriptor);
                waiting.extend(self.look_at(&descriptor, manifest));
            }
        }
    }

    /// Takes in one document; gives what is still to be visited.
    fn look_at(&mut self, descriptor: &Descriptor, manifest: Option<Manifest>) -> Vec<Descriptor> {
        match manifest {
            Some(Manifest { kind: Kind::Index(mut entries), .. }) => {
                entries.reverse();
                return entries;
            }
            Some(manifest) => self.add_image(descriptor, &manifest),
            None if matches!(descriptor.media_type.role(), Role::Manifest | Role::Index) => self.add_absent(descriptor),
            None => {}
        }
        Vec::new()
    }

    fn document(&self, descriptor: &Descriptor) -> Option<Manifest> {
        match descriptor.media_type.role() {
            Role::Index | Role::Manifest => read(descriptor, self.blobs).ok()?.ok(),
            _ => None,
        }
    }

    fn add_absent(&mut self, descriptor: &Descriptor) {
        if !descriptor.is_attestation() {
            let (platform, manifest) = (descriptor.platform.clone(), descriptor.digest);
            self.platforms.push(PlatformSummary { platform, present: false, manifest, config: None, size: 0 });
        }
    }

    fn add_image(&mut self, descriptor: &Descriptor, manifest: &Manifest) {
        let children: Vec<_> = manifest.children().collect();
        for child in &children {
            self.count(child);
        }
        if descriptor.is_attestation() {
            return;
        }
        let config = match &manifest.kind {
            Kind::Image { config: Some(config), .. } if config.media_type.is_image_config() => Some(config.digest),
            _ => None,
        };
        let said = || read_config(&config?, self.blobs)?.platform();
        let all: BTreeSet<_> = children.iter().map(|child| child.digest).chain([descriptor.digest]).collect();
        let size = |digest: &Digest| self.sizes.get(digest).copied().flatten();
        self.platforms.push(PlatformSummary {
            platform: descriptor.platform.clone().or_else(said),
            present: children.iter().all(|child| size(&child.digest) == Some(child.size)),
            manifest: descriptor.digest,
            config,
            size: all.iter().filter_map(size).sum(),
        });
    }

    /// Counts something's bytes; `false` when that was done already.
    fn count(&mut self, descriptor: &Descriptor) -> bool {
        let Entry::Vacant(unseen) = self.sizes.entry(descriptor.digest) else { return false };
        self.size += unseen.insert(self.blobs.size(&descriptor.digest)).unwrap_or_default();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::DiffId;
    use serde_json::{Value, json};

    fn store() -> (tempfile::TempDir, BlobDir) {
        let root = tempfile::tempdir().expect("a directory");
        let blobs = BlobDir::new(root.path(), root.path().join("staging"));
        (root, blobs)
    }

    fn put(blobs: &BlobDir, media_type: MediaType, bytes: &[u8]) -> Descriptor {
        blobs.put_bytes(bytes).expect("stored");
        Descriptor::of(media_type, bytes)
    }

    fn put_json(blobs: &BlobDir, media_type: MediaType, value: &Value) -> Descriptor {
        put(blobs, media_type, value.to_string().as_bytes())
    }

    /// An image for a platform, whose config has a label and whose one layer has 1,000 bytes.
    fn image(blobs: &BlobDir, platform: &str) -> Descriptor {
        let platform: Platform = platform.parse().expect("a platform");
        let layer = put(blobs, MediaType::LAYER_GZIP, &[7; 1000]);
        let config = put_json(
            blobs,
            MediaType::CONFIG,
            &json!({
                "created": "2026-11-20T18:20:55Z", "architecture": platform.architecture, "os": platform.os,
                "config": {"Labels": {"for": platform.to_string()}},
                "rootfs": {"type": "layers", "diff_ids": [DiffId(Digest::of(b"tar"))]},
            }),
        );
        let manifest = json!({"schemaVersion": 2, "config": config, "layers": [layer]});
        let manifest = put_json(blobs, MediaType::MANIFEST, &manifest);
        Descriptor { platform: Some(platform), ..manifest }
    }

    fn sizes(blobs: &BlobDir) -> u64 {
        blobs.list().expect("lists").iter().filter_map(|digest| blobs.size(digest)).sum()
    }

    #[test]
    fn an_image_is_what_its_config_says() {
        let (_root, blobs) = store();
        let root = image(&blobs, "linux/s390x").bare();
        let summary = summarize(&root, &blobs).expect("a summary");
        assert_eq!((summary.id, summary.subject), (root.digest, Subject::Image));
        assert_eq!(summary.created.as_deref(), Some("2026-11-20T18:20:55Z"));
        assert_eq!(summary.labels["for"], "linux/s390x");
        assert_eq!(summary.size, sizes(&blobs));
        let [only] = &summary.platforms[..] else { panic!("{:?}", summary.platforms) };
        assert_eq!(only.platform.as_ref().map(ToString::to_string).as_deref(), Some("linux/s390x"));
        assert!(only.present && only.size == summary.size && only.config == summary.config);
    }

    /// T-11 and a pull of one platform: the others are not here, and an attestation is no platform.
    #[test]
    fn an_index_shows_what_is_here_and_what_is_not() {
        let (_root, blobs) = store();
        let here = image(&blobs, "linux/s390x");
        let mine = image(&blobs, &Platform::of_this_machine().to_string());
        let mut absent = Descriptor::of(MediaType::MANIFEST, b"absent");
        absent.platform = Some("linux/riscv64".parse().expect("a platform"));
        let mut attestation = put_json(&blobs, MediaType::MANIFEST, &json!({"layers": []}));
        attestation.platform = Some(Platform::new("unknown", "unknown", None));
        let index = json!({"schemaVersion": 2, "manifests": [here, absent, attestation, mine, here]});
        let root = put_json(&blobs, MediaType::INDEX, &index);
        let summary = summarize(&root, &blobs).expect("a summary");
        let listed: Vec<_> = summary.platforms.iter().map(|one| (one.manifest, one.present)).collect();
        assert_eq!(listed, [(here.digest, true), (absent.digest, false), (mine.digest, true)]);
        assert_eq!(summary.subject, Subject::Index);
        assert_eq!(summary.size, sizes(&blobs), "shared layers count once");
        assert_eq!(summary.labels["for"], Platform::of_this_machine().to_string());
    }

    #[test]
    fn an_image_without_one_of_its_layers_is_not_present() {
        let (_root, blobs) = store();
        let root = image(&blobs, "linux/amd64");
        blobs.remove(&Digest::of(&[7; 1000])).expect("removed");
        assert!(!summarize(&root, &blobs).expect("a summary").platforms[0].present);
    }

    /// C-29: a config of another type is never looked into.
    #[test]
    fn an_artifact_is_called_by_its_type() {
        let (_root, blobs) = store();
        let helm = MediaType::new("application/vnd.cncf.helm.config.v1+json");
        let config = put(&blobs, helm.clone(), br#"{"created": "nonsense", "os": 1}"#);
        let root = put_json(&blobs, MediaType::MANIFEST, &json!({"config": config, "layers": []}));
        let summary = summarize(&root, &blobs).expect("a summary");
        assert_eq!((summary.subject, summary.created, summary.config), (Subject::Artifact(helm), None, None));
    }

    #[test]
    fn a_name_for_something_else_is_an_error_and_damage_below_is_not() {
        let (_root, blobs) = store();
        let garbage = put(&blobs, MediaType::MANIFEST, b"garbage");
        let error = summarize(&garbage, &blobs).expect_err("no manifest");
        assert_eq!(
            (error.class(), error.to_string()),
            (Class::Damaged, format!("`{}` is not an image", garbage.digest))
        );
        let root = put_json(&blobs, MediaType::INDEX, &json!({"manifests": [garbage]}));
        assert!(!summarize(&root, &blobs).expect("a summary").platforms[0].present);
        let missing = Descriptor::of(MediaType::MANIFEST, b"missing");
        assert_eq!(summarize(&missing, &blobs).expect_err("not here").class(), Class::NotFound);
    }
}

//! What an image consists of: read first, moved afterwards.
//!
//! Manifests are put into levels, so that a transfer can go up in flat waves, what is pointed at before what points at it
//! (C-41). There is no recursion under a limit, and so nothing that could lock itself up.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};

use crate::content::{Advice, Blob, Class, Error, Source};
use crate::image::{Descriptor, Digest, Kind, MAX_MANIFEST_SIZE, Manifest, NoPlatform, Platform, Role};

/// How deep indexes may lie in indexes. Real ones are two deep.
const MAX_DEPTH: usize = 16;

/// How large the manifests of one image may be together, because all of them are in memory at once. An index of a thousand
/// platforms has a tenth of that.
const MAX_MANIFESTS: u64 = 16 * 1024 * 1024;

/// How many pieces one image may consist of: far more than any has. Each costs a kilobyte or two while it is on its way.
const MAX_PIECES: usize = 15_000;

/// How many manifests are read at once.
const CONCURRENT_READS: usize = 32;

/// Which images of an index are meant.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// All of them.
    Everything,
    /// The one for this platform, with its attestations; without a platform, the one for this machine. The index itself
    /// stays as it is.
    Platform(Option<Platform>),
    /// Of what indexes list, only these. The indexes themselves stay as they are.
    Among(HashSet<Digest>),
}

/// A manifest with its bytes.
#[derive(Debug, Clone)]
pub struct Document {
    /// What it is, under the type that goes on the wire.
    pub descriptor: Descriptor,
    /// Exactly what was read.
    pub bytes: Bytes,
}

/// What has to be at the other place in the end.
#[derive(Debug)]
pub struct Plan {
    /// The image.
    pub root: Document,
    /// Every blob once, in the order of the manifests.
    pub blobs: Vec<Descriptor>,
    /// The manifests below the root, in waves: each needs only earlier ones.
    pub waves: Vec<Vec<Document>>,
    /// Layers that lie elsewhere by licence and are not moved (C-54).
    pub foreign: Vec<Descriptor>,
    /// The platform that was chosen out of an index.
    pub platform: Option<Platform>,
}

impl Plan {
    /// Reads what `root` consists of.
    pub async fn read(root: &Descriptor, source: &Arc<dyn Source>, choice: &Choice) -> Result<Self, Error> {
        let mut reader = Reader::new(source, choice);
        let mut level = vec![root.clone()];
        let mut depth = 0;
        while !level.is_empty() {
            if depth > MAX_DEPTH {
                let words =
                    format!("{} in {} has more than {MAX_DEPTH} levels of indexes", root.digest, source.place());
                return Err(Error::new(Class::Failed, words));
            }
            level = reader.descend(depth, level).await?;
            depth += 1;
        }
        Ok(reader.finish())
    }

    /// Everything that the plan moves: blobs, manifests, root.
    pub fn pieces(&self) -> impl Iterator<Item = &Descriptor> {
        let manifests = self.waves.iter().flatten().chain([&self.root]).map(|document| &document.descriptor);
        self.blobs.iter().chain(manifests)
    }
}

/// Reads one manifest.
pub async fn read_manifest(descriptor: &Descriptor, source: &Arc<dyn Source>) -> Result<(Document, Manifest), Error> {
    let bytes = Blob::new(descriptor.clone(), source.clone()).read_all(MAX_MANIFEST_SIZE).await?;
    let manifest = Manifest::parse(&descriptor.media_type, &bytes).map_err(|error| {
        Error::new(Class::Failed, format!("{} in {} is {error}", descriptor.digest, source.place()))
    })?;
    let mut descriptor = descriptor.bare();
    descriptor.media_type = manifest.media_type.clone();
    Ok((Document { descriptor, bytes }, manifest))
}

struct Reader<'a> {
    source: &'a Arc<dyn Source>,
    choice: &'a Choice,
    /// Each manifest, and the deepest level it was found at: there it is needed first.
    documents: HashMap<Digest, Document>,
    levels: BTreeMap<Digest, usize>,
    order: Vec<Digest>,
    blobs: Vec<Descriptor>,
    seen: HashSet<Digest>,
    foreign: Vec<Descriptor>,
    platform: Option<Platform>,
    /// How large the manifests are together.
    announced: u64,
}

impl<'a> Reader<'a> {
    fn new(source: &'a Arc<dyn Source>, choice: &'a Choice) -> Self {
        Self {
            source,
            choice,
            documents: HashMap::new(),
            levels: BTreeMap::new(),
            order: Vec::new(),
            blobs: Vec::new(),
            seen: HashSet::new(),
            foreign: Vec::new(),
            platform: None,
            announced: 0,
        }
    }

    /// Refuses an image that would cost more memory than any honest one, before it does. A size that is too small is found
    /// out when it is read.
    fn allow(&mut self, level: &[Descriptor]) -> Result<(), Error> {
        let new = level.iter().filter(|descriptor| !self.documents.contains_key(&descriptor.digest));
        self.announced = new.fold(self.announced, |sum, descriptor| sum.saturating_add(descriptor.size));
        if self.announced > MAX_MANIFESTS {
            let what =
                format!("has manifests of {} bytes, more than the {MAX_MANIFESTS} that are read", self.announced);
            return Err(self.refuse(&what));
        }
        match self.documents.len() + level.len() + self.blobs.len() + self.foreign.len() > MAX_PIECES {
            true => Err(self.refuse(&format!("has more than {MAX_PIECES} pieces"))),
            false => Ok(()),
        }
    }

    fn refuse(&self, what: &str) -> Error {
        let root = self.order.first().map(|digest| format!("{digest} ")).unwrap_or_default();
        Error::new(Class::Failed, format!("{root}in {} {what}", self.source.place()))
    }

    /// Reads one level of manifests and gives the next one.
    async fn descend(&mut self, depth: usize, level: Vec<Descriptor>) -> Result<Vec<Descriptor>, Error> {
        self.allow(&level)?;
        let source = self.source;
        let mut read = futures_util::stream::iter(level)
            .map(|descriptor| async move { read_manifest(&descriptor, source).await })
            .buffered(CONCURRENT_READS);
        let mut next = Vec::new();
        let mut next_seen = HashSet::new();
        while let Some((document, manifest)) = read.try_next().await? {
            let digest = document.descriptor.digest;
            if self.documents.insert(digest, document).is_none() {
                self.order.push(digest);
            }
            self.levels.insert(digest, depth);
            for child in self.chosen(&manifest)? {
                match child.media_type.role() {
                    Role::Index | Role::Manifest if next_seen.insert(child.digest) => next.push(child.to_move()),
                    Role::Index | Role::Manifest => {}
                    Role::Schema1 => {
                        let words = format!("{} in {} is a schema 1 manifest", child.digest, source.place());
                        return Err(Error::new(Class::Failed, words));
                    }
                    Role::Foreign => self.foreign.push(child.bare()),
                    Role::Blob if self.seen.insert(child.digest) => self.blobs.push(child.to_move()),
                    Role::Blob => {}
                }
            }
        }
        self.allow(&[])?;
        Ok(next)
    }

    /// The children that are meant.
    fn chosen<'m>(&mut self, manifest: &'m Manifest) -> Result<Vec<&'m Descriptor>, Error> {
        let (wanted, entries) = match (self.choice, &manifest.kind) {
            (Choice::Platform(wanted), Kind::Index(entries)) => (wanted, entries),
            (Choice::Among(meant), Kind::Index(entries)) => {
                return Ok(entries.iter().filter(|entry| meant.contains(&entry.digest)).collect());
            }
            _ => return Ok(manifest.children().collect()),
        };
        // What is no list of images (a cache of BuildKit's, a list of artifacts) has nothing to choose from.
        if entries.iter().all(|entry| entry.platform.is_none()) {
            return Ok(entries.iter().collect());
        }
        let image = manifest.choose(wanted.as_ref()).map_err(|error: NoPlatform| {
            let advice = Advice::ChoosePlatform(error.offered.clone());
            Error::new(Class::NotFound, format!("{}: {error}", self.source.place())).advise(advice)
        })?;
        self.platform = image.platform.as_ref().map(Platform::normalized);
        Ok([image].into_iter().chain(manifest.attestations_of(image.digest)).collect())
    }

    fn finish(mut self) -> Plan {
        let root = self.documents.remove(&self.order[0]).expect("the root was read first");
        let deepest = self.levels.values().copied().max().unwrap_or_default();
        let mut waves = vec![Vec::new(); deepest];
        for digest in &self.order[1..] {
            let document = self.documents.remove(digest).expect("each digest is in the order once");
            waves[deepest - self.levels[digest]].push(document);
        }
        Plan { root, blobs: self.blobs, waves, foreign: self.foreign, platform: self.platform }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Memory;
    use crate::image::MediaType;
    use serde_json::{Value, json};

    fn manifest(memory: &Memory, media_type: MediaType, value: Value) -> Descriptor {
        memory.insert(media_type, value.to_string())
    }

    fn image(memory: &Memory, layer: &str) -> Descriptor {
        let config = memory.insert(MediaType::CONFIG, "{}");
        let layer = memory.insert(MediaType::LAYER_GZIP, layer.to_owned());
        manifest(memory, MediaType::MANIFEST, json!({ "config": config, "layers": [layer, layer] }))
    }

    fn for_platform(mut descriptor: Descriptor, platform: &str) -> Descriptor {
        descriptor.platform = Some(platform.parse().expect("a platform"));
        descriptor
    }

    async fn plan(memory: Memory, root: Descriptor, choice: Choice) -> Result<Plan, Error> {
        let source: Arc<dyn Source> = Arc::new(memory);
        Plan::read(&root, &source, &choice).await
    }

    /// C-53: a blob that is listed twice is moved once.
    /// C-68: an index goes as it is, with those of its images that are meant.
    #[tokio::test]
    async fn c_68_what_is_not_among_those_that_are_meant_is_not_read() {
        let memory = Memory::new("memory");
        let image = manifest(&memory, MediaType::MANIFEST, json!({ "layers": [] }));
        let absent = Descriptor::of(MediaType::MANIFEST, b"not here");
        let root = manifest(&memory, MediaType::INDEX, json!({ "manifests": [absent, image] }));
        let source: Arc<dyn Source> = Arc::new(memory);
        assert!(Plan::read(&root, &source, &Choice::Everything).await.is_err());
        let plan = Plan::read(&root, &source, &Choice::Among(HashSet::from([image.digest]))).await.expect("a plan");
        assert_eq!((plan.root.descriptor.digest, plan.waves.len()), (root.digest, 1));
        assert_eq!(plan.waves[0][0].descriptor.digest, image.digest);
    }

    #[tokio::test]
    async fn every_blob_is_there_once() {
        let memory = Memory::new("there");
        let root = image(&memory, "layer");
        let plan = plan(memory, root, Choice::Everything).await.expect("a plan");
        assert_eq!((plan.blobs.len(), plan.waves.len(), plan.pieces().count()), (2, 0, 3));
    }

    /// C-32, C-41: a manifest that lies at two levels goes with the deeper one, before everything that needs it.
    #[tokio::test]
    async fn waves_go_up_from_the_deepest_level() {
        let memory = Memory::new("there");
        let shared = image(&memory, "shared");
        let nested = manifest(&memory, MediaType::INDEX, json!({ "manifests": [shared] }));
        let root = manifest(&memory, MediaType::INDEX, json!({ "manifests": [shared, nested] }));
        let plan = plan(memory, root.clone(), Choice::Everything).await.expect("a plan");
        let waves: Vec<Vec<Digest>> =
            plan.waves.iter().map(|wave| wave.iter().map(|d| d.descriptor.digest).collect()).collect();
        assert_eq!(waves, [vec![shared.digest], vec![nested.digest]]);
        assert_eq!(plan.root.descriptor.digest, root.digest);
    }

    /// C-69: what an index lists and is no manifest travels as a blob.
    #[tokio::test]
    async fn index_children_that_are_no_manifests_are_blobs() {
        let memory = Memory::new("there");
        let cache = memory.insert(MediaType::new("application/vnd.buildkit.cacheconfig.v0"), "{}");
        let layer = memory.insert(MediaType::LAYER_GZIP, "layer");
        let root = manifest(&memory, MediaType::INDEX, json!({ "manifests": [layer, cache] }));
        for choice in [Choice::Everything, Choice::Platform(None)] {
            let memory = Memory::new("there");
            memory.insert(MediaType::INDEX, json!({ "manifests": [layer, cache] }).to_string());
            let plan = plan(memory, root.clone(), choice).await.expect("a plan");
            assert_eq!(plan.blobs, [layer.clone(), cache.clone()]);
        }
    }

    /// P-05, P-07, T-11.
    #[tokio::test]
    async fn a_platform_comes_with_its_attestation_and_nothing_else() {
        let memory = Memory::new("there");
        let [amd, arm, attestation] = ["amd", "arm", "attestation"].map(|layer| image(&memory, layer));
        let mut attestation = for_platform(attestation, "unknown/unknown");
        attestation.annotations.insert("vnd.docker.reference.type".into(), "attestation-manifest".into());
        attestation.annotations.insert("vnd.docker.reference.digest".into(), arm.digest.to_string());
        let entries = json!([for_platform(amd, "linux/amd64"), for_platform(arm.clone(), "linux/arm64"), attestation]);
        let root = manifest(&memory, MediaType::INDEX, json!({ "manifests": entries }));
        let arm64 = Choice::Platform(Some("linux/arm64".parse().expect("a platform")));
        let memory = Arc::new(memory);
        let source: Arc<dyn Source> = memory.clone();
        let plan = Plan::read(&root, &source, &arm64).await.expect("a plan");
        let chosen: Vec<_> = plan.waves[0].iter().map(|document| document.descriptor.digest).collect();
        assert_eq!(chosen, [arm.digest, attestation.digest]);
        let s390x = Choice::Platform(Some("linux/s390x".parse().expect("a platform")));
        let error = Plan::read(&root, &source, &s390x).await.unwrap_err();
        assert_eq!(error.to_string(), "there: no image for linux/s390x, only for linux/amd64, linux/arm64");
        assert!(matches!(error.advice(), Some(Advice::ChoosePlatform(offered)) if offered.len() == 2));
    }

    /// C-54.
    #[tokio::test]
    async fn layers_that_may_not_be_distributed_stay_where_they_are() {
        let memory = Memory::new("there");
        let foreign = Descriptor::of(MediaType::new("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"), b"x");
        let root = manifest(&memory, MediaType::MANIFEST, json!({ "layers": [foreign] }));
        let plan = plan(memory, root, Choice::Everything).await.expect("a plan");
        assert_eq!((plan.blobs.len(), plan.foreign.len()), (0, 1));
    }

    #[tokio::test]
    async fn indexes_without_an_end_are_refused() {
        let memory = Memory::new("there");
        let mut root = image(&memory, "layer");
        for _ in 0..=MAX_DEPTH {
            root = manifest(&memory, MediaType::INDEX, json!({ "manifests": [root] }));
        }
        let error = plan(memory, root, Choice::Everything).await.unwrap_err().to_string();
        assert!(error.ends_with("in there has more than 16 levels of indexes"), "{error}");
    }

    /// A few bytes of an index can announce what no machine holds: nothing of that is asked for.
    #[tokio::test]
    async fn an_image_has_a_largest_size_of_manifests_and_a_largest_number_of_pieces() {
        let memory = Memory::new("there");
        let mut large = Descriptor::of(MediaType::MANIFEST, b"absent");
        large.size = MAX_MANIFEST_SIZE;
        let entries: Vec<_> = (0..4_u8).map(|n| Descriptor { digest: Digest::of(&[n]), ..large.clone() }).collect();
        let root = manifest(&memory, MediaType::INDEX, json!({ "manifests": entries }));
        let error = plan(memory, root.clone(), Choice::Everything).await.unwrap_err().to_string();
        let announced = 4 * MAX_MANIFEST_SIZE + root.size;
        let words = format!("in there has manifests of {announced} bytes, more than the 16777216 that are read");
        assert_eq!(error, format!("{} {words}", root.digest));

        let memory = Memory::new("there");
        let layers = |from: u32| {
            let layer = |n: u32| Descriptor::of(MediaType::new("a/b"), &n.to_le_bytes());
            json!({ "layers": (from..from + 8_000).map(layer).collect::<Vec<_>>() })
        };
        let entries = [0, 8_000].map(|from| manifest(&memory, MediaType::MANIFEST, layers(from)));
        let root = manifest(&memory, MediaType::INDEX, json!({ "manifests": entries }));
        let source: Arc<dyn Source> = Arc::new(memory);
        let one = Plan::read(&entries[0], &source, &Choice::Everything).await.expect("a large image");
        assert_eq!(one.blobs.len(), 8_000);
        let error = Plan::read(&root, &source, &Choice::Everything).await.unwrap_err().to_string();
        assert!(error.ends_with("in there has more than 15000 pieces"), "{error}");
    }
}

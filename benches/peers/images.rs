//! The images that are moved: made anew, and the same in every run. Most of them are like those of applications; a layer
//! that stands for one large file is noise.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rpush::archive::{Coder, Compression, all_cores, compress};
use rpush::image::{Algorithm, Descriptor, Digest, Manifest, MediaType};
use rpush::layout::Layout;
use serde_json::json;

use super::content::{Content, Nature};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
/// The size of one file in a layer of many.
const FILE: u64 = 192 * KIB;

/// Which image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Ten layers of unequal sizes, as an application has them.
    App,
    /// The same with another last layer.
    Changed,
    /// The image that was named with `--image`.
    Real,
    /// One layer of 2 GiB.
    Huge,
    /// One layer of 1 GiB.
    Large,
    /// 200 layers of 16 KiB.
    Many,
    /// 24 layers of 32 KiB.
    Tiny,
    /// 24 layers of 512 KiB.
    Small,
}

/// How large images are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    /// As they are described.
    Full,
    /// A sixteenth of that where it is much, and a quarter of the layers where they are many.
    Quick,
}

/// An image on the disk.
#[derive(Debug)]
pub struct Image {
    /// As a layout.
    pub layout: PathBuf,
    /// What selects it there.
    pub reference: String,
    /// As `docker save` writes it, with nothing compressed.
    pub archive: Option<PathBuf>,
    /// What has to be on a registry before the manifest.
    pub blobs: Vec<Descriptor>,
    /// The manifest.
    pub manifest: Descriptor,
}

impl Image {
    /// Where the layout has a blob.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        self.layout.join("blobs").join(digest.algorithm().name()).join(digest.hex())
    }
}

/// A layer to be made.
#[derive(Clone, Copy)]
struct Recipe {
    seed: u64,
    size: u64,
    all_noise: bool,
}

/// Makes images when they are wanted.
pub struct Images {
    program: PathBuf,
    root: PathBuf,
    scale: Scale,
    real: Option<PathBuf>,
    made: HashMap<Kind, Rc<Image>>,
}

impl Images {
    /// Below `root`, and perhaps one that is an archive already, which the rpush at `program` unpacks.
    pub fn new(program: &Path, root: &Path, scale: Scale, real: Option<PathBuf>) -> Self {
        Self { program: program.to_owned(), root: root.to_owned(), scale, real, made: HashMap::new() }
    }

    /// The image, if it has been made.
    pub fn made(&self, kind: Kind) -> Option<Rc<Image>> {
        self.made.get(&kind).cloned()
    }

    /// The image.
    pub fn get(&mut self, kind: Kind) -> Result<Rc<Image>, String> {
        if let Some(image) = self.made.get(&kind) {
            return Ok(image.clone());
        }
        let root = self.root.join(format!("{kind:?}").to_lowercase());
        let image = match (kind, &self.real) {
            (Kind::Real, Some(archive)) => import(&self.program, &root, archive),
            (Kind::Real, None) => return Err("no `--image` was given".to_owned()),
            _ => make(&root, &recipes(kind, self.scale), matches!(kind, Kind::App | Kind::Changed)),
        };
        let image = Rc::new(image.map_err(|error| format!("cannot make the image {kind:?}: {error}"))?);
        self.made.insert(kind, image.clone());
        Ok(image)
    }
}

fn recipes(kind: Kind, scale: Scale) -> Vec<Recipe> {
    let (divisor, fewer) = if scale == Scale::Quick { (16, 4) } else { (1, 1) };
    let noise = |seed: u64, size: u64| Recipe { seed, size, all_noise: true };
    let application = |last: u64| {
        let sizes = [56, 32, 24, 16, 12, 8, 6, 4, 1, 1];
        let seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, last];
        let pairs = seeds.into_iter().zip(sizes);
        pairs.map(|(seed, size)| Recipe { seed, size: size * MIB / divisor, all_noise: false }).collect()
    };
    match kind {
        Kind::App | Kind::Real => application(10),
        Kind::Changed => application(11),
        Kind::Huge => vec![noise(20, 2 * KIB * MIB / divisor)],
        // It goes over the narrow link, where every byte takes its time.
        Kind::Large => vec![noise(21, KIB * MIB / (divisor * fewer))],
        Kind::Many => (0..200 / fewer).map(|n| noise(1000 + n, 16 * KIB)).collect(),
        Kind::Tiny => (0..24 / fewer).map(|n| noise(2000 + n, 32 * KIB)).collect(),
        Kind::Small => (0..24 / fewer).map(|n| noise(3000 + n, 512 * KIB)).collect(),
    }
}

/// A layer's tar on the disk, with what a config says of it.
struct Layer {
    tar: PathBuf,
    diff_id: String,
}

fn make(root: &Path, recipes: &[Recipe], with_archive: bool) -> Result<Image, Box<dyn std::error::Error>> {
    let layout = root.join("layout");
    fs::create_dir_all(&layout)?;
    let blobs = Layout::store(&layout).blobs().clone();
    let (mut layers, mut descriptors) = (Vec::new(), Vec::new());
    for (number, recipe) in recipes.iter().enumerate() {
        let tar = root.join(format!("{number}.tar"));
        write_layer(&tar, *recipe)?;
        let mut writer = blobs.create(Algorithm::Sha256)?;
        // The cheapest level, where there is nothing to gain.
        let level = recipe.all_noise.then_some(1);
        let (diff_id, _) =
            compress(&mut File::open(&tar)?, &mut writer, Compression::new(Coder::Gzip, level)?, all_cores())?;
        let (digest, size) = writer.finish()?;
        descriptors.push(Descriptor::new(MediaType::LAYER_GZIP, digest, size));
        if !with_archive {
            fs::remove_file(&tar)?;
        }
        layers.push(Layer { tar, diff_id: diff_id.to_string() });
    }
    let config = config(&layers);
    let config_descriptor = Descriptor::of(MediaType::CONFIG, &config);
    blobs.put_bytes(&config)?;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MediaType::MANIFEST.as_str(),
        "config": config_descriptor,
        "layers": descriptors,
    });
    let manifest = serde_json::to_vec(&manifest)?;
    blobs.put_bytes(&manifest)?;
    let root_descriptor = Descriptor::of(MediaType::MANIFEST, &manifest);
    write_index(&layout, &root_descriptor)?;
    let archive = root.join("archive.tar");
    if with_archive {
        write_archive(&archive, &config, &config_descriptor.digest, &layers)?;
    }
    descriptors.push(config_descriptor);
    Ok(Image {
        layout,
        reference: "latest".to_owned(),
        archive: with_archive.then_some(archive),
        blobs: descriptors,
        manifest: root_descriptor,
    })
}

fn config(layers: &[Layer]) -> Vec<u8> {
    let diff_ids: Vec<&str> = layers.iter().map(|layer| layer.diff_id.as_str()).collect();
    let history: Vec<_> = layers.iter().map(|_| json!({ "created_by": "benches/peers" })).collect();
    let config = json!({
        "architecture": "amd64",
        "os": "linux",
        "created": "2026-01-01T00:00:00Z",
        "config": { "Cmd": ["/bin/true"] },
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
        "history": history,
    });
    config.to_string().into_bytes()
}

fn write_index(layout: &Path, manifest: &Descriptor) -> io::Result<()> {
    let mut entry = json!(manifest);
    entry["annotations"] = json!({ "org.opencontainers.image.ref.name": "latest" });
    let index = json!({ "schemaVersion": 2, "mediaType": MediaType::INDEX.as_str(), "manifests": [entry] });
    fs::write(layout.join("index.json"), index.to_string())?;
    fs::write(layout.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)
}

fn header(size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o644);
    header.set_mtime(1_767_225_600);
    header
}

fn write_archive(path: &Path, config: &[u8], id: &Digest, layers: &[Layer]) -> io::Result<()> {
    let mut builder = tar::Builder::new(File::create(path)?);
    let mut names = Vec::new();
    for layer in layers {
        let name = format!("{}/layer.tar", layer.diff_id.trim_start_matches("sha256:"));
        let file = File::open(&layer.tar)?;
        builder.append_data(&mut header(file.metadata()?.len()), &name, file)?;
        fs::remove_file(&layer.tar)?;
        names.push(name);
    }
    let config_name = format!("{}.json", id.hex());
    builder.append_data(&mut header(config.len() as u64), &config_name, config)?;
    let list = json!([{ "Config": config_name, "RepoTags": ["peers/app:latest"], "Layers": names }]).to_string();
    builder.append_data(&mut header(list.len() as u64), "manifest.json", list.as_bytes())?;
    builder.into_inner()?.flush()
}

fn write_layer(path: &Path, recipe: Recipe) -> io::Result<()> {
    let mut builder = tar::Builder::new(io::BufWriter::with_capacity(256 * 1024, File::create(path)?));
    let file = if recipe.all_noise { recipe.size } else { FILE.min(recipe.size) };
    for number in 0..recipe.size.div_ceil(file) {
        let size = file.min(recipe.size - number * file);
        let nature = if recipe.all_noise { Nature::Noise } else { Nature::of_file(number) };
        let name = format!("srv/{}/{number}", recipe.seed);
        let content = Content::new(nature, recipe.seed * 10_000 + number);
        builder.append_data(&mut header(size), name, content.take(size))?;
    }
    builder.into_inner()?.flush()
}

/// The image of an archive as a layout of its own, by rpush's own import.
fn import(program: &Path, root: &Path, archive: &Path) -> Result<Image, Box<dyn std::error::Error>> {
    let layout = root.join("layout");
    fs::create_dir_all(&layout)?;
    let loaded = std::process::Command::new(program)
        .arg("--store")
        .arg(&layout)
        .args(["load", "-q", "-i"])
        .arg(archive)
        .stdout(std::process::Stdio::null())
        .status()?;
    if !loaded.success() {
        return Err("`rpush load` fails".into());
    }
    let store = Layout::open(&layout)?;
    let entry = store.entries()?.into_iter().next().ok_or("the archive has no image with a name")?;
    let reference = entry.reference.ok_or("the image has no name")?.to_string();
    let bytes = store.blobs().read_small(&entry.descriptor.digest)?;
    let manifest = Manifest::parse(&entry.descriptor.media_type, &bytes)?;
    Ok(Image {
        layout,
        reference,
        archive: Some(archive.to_owned()),
        blobs: manifest.children().cloned().collect(),
        manifest: entry.descriptor.bare(),
    })
}

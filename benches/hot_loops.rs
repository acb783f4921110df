//! The loops that a push and a pull spend their time in, each by itself: `cargo bench`. A change to one of them is judged by
//! the difference that criterion prints against the run before.

use std::fs;
use std::hint::black_box;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};

use rpush::archive::{Compression, all_cores, compress};
use rpush::content::{BlobDir, Memory, Source};
use rpush::image::{Algorithm, Descriptor, Digest, Hasher, MediaType, Reference};
use rpush::layout::Layout;
use rpush::transfer::{Choice, Plan};

const MIB: usize = 1024 * 1024;

/// Half of it words, half of it noise. The same in every run.
fn layer(size: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(1);
    let words: Vec<String> = (0..4096).map(|_| format!("{:x} ", random.u32(..))).collect();
    let mut bytes = Vec::with_capacity(size + 64 * 1024);
    while bytes.len() < size {
        let next = bytes.len() + 32 * 1024;
        while bytes.len() < next {
            bytes.extend_from_slice(words[random.usize(..words.len())].as_bytes());
        }
        let noise = bytes.len();
        bytes.resize(noise + 32 * 1024, 0);
        random.fill(&mut bytes[noise..]);
    }
    bytes.truncate(size);
    bytes
}

fn compressing(criterion: &mut Criterion) {
    let layer = layer(32 * MIB);
    let mut group = criterion.benchmark_group("compress 32 MiB");
    group.throughput(Throughput::Bytes(layer.len() as u64)).sample_size(10);
    for (name, threads) in [("1 thread", NonZeroUsize::MIN), ("all threads", all_cores())] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut output = std::io::sink();
                compress(&mut layer.as_slice(), &mut output, Compression::default(), threads)
                    .expect("memory is no file")
            });
        });
    }
    group.finish();
}

fn hashing(criterion: &mut Criterion) {
    let layer = layer(16 * MIB);
    let mut group = criterion.benchmark_group("hash 16 MiB");
    group.throughput(Throughput::Bytes(layer.len() as u64)).sample_size(20);
    group.bench_function("sha256", |bencher| {
        bencher.iter(|| {
            let mut hasher = Hasher::new(Algorithm::Sha256);
            hasher.update(black_box(&layer));
            hasher.finish()
        });
    });
    group.finish();
}

/// As a pull writes them: hashed, flushed to the disk, renamed. The disk has a part in it.
fn writing_blobs(criterion: &mut Criterion) {
    let root = tempfile::tempdir().expect("a temporary directory");
    let blobs = BlobDir::new(root.path(), root.path().join("staging"));
    let layer = layer(64 * MIB);
    let digest = Digest::of(&layer);
    let mut group = criterion.benchmark_group("write a blob of 64 MiB");
    group.throughput(Throughput::Bytes(layer.len() as u64)).sample_size(10);
    group.bench_function("BlobDir", |bencher| {
        let written = || {
            let mut writer = blobs.create(Algorithm::Sha256).expect("a staging file");
            for chunk in layer.chunks(MIB / 4) {
                writer.write_all(chunk).expect("written");
            }
            writer.finish_as(&digest).expect("named")
        };
        // A blob that is there already is not written again.
        bencher.iter_batched(|| blobs.remove(&digest), |_| written(), BatchSize::PerIteration);
    });
    group.finish();
}

fn planning(criterion: &mut Criterion) {
    let memory = Memory::new("memory");
    let config = memory.insert(MediaType::CONFIG, "{}");
    let layers: Vec<Descriptor> =
        (0..2_000_u32).map(|n| Descriptor::of(MediaType::LAYER_GZIP, &n.to_le_bytes())).collect();
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MediaType::MANIFEST.as_str(),
        "config": config,
        "layers": layers,
    });
    let root = memory.insert(MediaType::MANIFEST, manifest.to_string());
    let source: Arc<dyn Source> = Arc::new(memory);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    criterion.bench_function("plan 2,000 layers", |bencher| {
        bencher.iter(|| runtime.block_on(Plan::read(&root, &source, &Choice::Everything)).expect("a plan"));
    });
}

/// A name that is there already, so that the list stays as long as it is, in a store where a CI host has kept everything for a year.
fn naming(criterion: &mut Criterion) {
    const NAMES: usize = 20_000;
    let root = tempfile::tempdir().expect("a temporary directory");
    let layout = Layout::store(root.path());
    let image = Descriptor::of(MediaType::MANIFEST, b"one image");
    fill(root.path(), &image, NAMES);
    assert_eq!(layout.entries().expect("a list").len(), NAMES);
    let name: Reference = "localhost:5000/my-fancy-app:7".parse().expect("a name");
    let mut group = criterion.benchmark_group("index.json of 20,000 names");
    group.sample_size(10).measurement_time(Duration::from_secs(8));
    group.bench_function("one name", |bencher| {
        bencher.iter(|| layout.name(&image, std::slice::from_ref(&name)).expect("named"));
    });
    group.finish();
}

/// A layout with so many names for one image.
fn fill(root: &Path, image: &Descriptor, names: usize) {
    let entry = |n: usize| -> Value {
        let mut entry = json!(image);
        let name = format!("localhost:5000/my-fancy-app:{n}");
        entry["annotations"] = json!({ "org.opencontainers.image.ref.name": name });
        entry
    };
    let entries: Vec<Value> = (0..names).map(entry).collect();
    let index = json!({ "schemaVersion": 2, "mediaType": MediaType::INDEX.as_str(), "manifests": entries });
    fs::write(root.join("index.json"), index.to_string()).expect("a list");
    fs::write(root.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).expect("a marker");
}

criterion_group!(loops, compressing, hashing, writing_blobs, planning, naming);
criterion_main!(loops);

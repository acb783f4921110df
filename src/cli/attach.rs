//! `rpush attach`: files that belong to an image on a registry (an SBOM, a report, a signature) go there as an artifact whose
//! subject the image is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use crate::content::{Advice, BlobDir, Class, Error, Source};
use crate::image::{Algorithm, Descriptor, Kind, MediaType, NewManifest, Platform, Reference};
use crate::layout::Layout;
use crate::registry::{Purpose, Repository};
use crate::transfer::{Ahead, Choice, Limits, Plan, Transfer, execute, read_manifest};
use crate::ui::json as ui_json;
use crate::ui::progress::Direction;

use super::append::annotations;
use super::context::{Context, parse_reference};
use super::failure::Failure;
use super::pull::missing;
use super::settings::{RegistryArgs, ResultFormat};

/// The annotation with the name of a file (annotations.md).
const TITLE: &str = "org.opencontainers.image.title";
/// The config of what needs none.
const EMPTY: (&str, &[u8]) = ("application/vnd.oci.empty.v1+json", b"{}");

/// Attach files to an image on a registry: an SBOM, a report, a signature.
///
/// They become an artifact that refers to the image, and is found with `rpush referrers`. A registry that keeps no list of referrers
/// has it in an index under the tag `sha256-DIGEST`, which is kept here.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush attach localhost:5000/my-fancy-app:1.0.0 sbom.json:application/spdx+json --artifact-type application/spdx+json
  rpush attach --artifact-type application/vnd.example.report localhost:5000/my-fancy-app:1.0.0 report.html:text/html log.txt")]
pub struct AttachArgs {
    /// The image, with its registry.
    #[arg(value_name = "NAME[:TAG|@DIGEST]", add = super::complete::anywhere())]
    name: String,
    /// The files, each with its media type; `application/octet-stream` if nothing is said.
    #[arg(value_name = "FILE[:MEDIATYPE]", required = true)]
    files: Vec<String>,
    /// What it is: a media type like `application/spdx+json`.
    #[arg(long, value_name = "MEDIATYPE")]
    artifact_type: String,
    /// An annotation of the artifact.
    #[arg(long, value_name = "NAME=VALUE")]
    annotation: Vec<String>,
    /// Attach to the image for this platform, and not to the index of all: `linux/amd64`, `linux/arm/v7`.
    #[arg(long, value_name = "OS/ARCH")]
    platform: Option<Platform>,
    /// Print an object in place of the digest.
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<ResultFormat>,
    #[command(flatten)]
    registry: RegistryArgs,
}

impl AttachArgs {
    /// The options for the registry.
    pub fn registry(&self) -> &RegistryArgs {
        &self.registry
    }
}

/// Runs the command.
pub async fn run(args: &AttachArgs, context: &Context) -> Result<(), Failure> {
    let name = parse_reference(&args.name)?.or_latest();
    let artifact_type = media_type(&args.artifact_type)?;
    let annotations = annotations(&args.annotation)?.into_iter().collect();
    let files = files(&args.files)?;
    let registry = context.registry(&name.host, Some(&name.name), &args.registry).await?;
    let repository = Arc::new(registry.repository(&name.name, Purpose::Push));
    let subject = subject(&name, args.platform.as_ref(), &repository).await?;

    // Not in the store, in which nothing would name it.
    let directory =
        tempfile::tempdir().map_err(|error| Error::io("cannot make a directory in", &std::env::temp_dir(), error))?;
    let stage = Arc::new(Layout::store(directory.path()));
    let blobs = stage.blobs().clone();
    let taken = tokio::task::spawn_blocking(move || take(&files, &blobs));
    let layers = taken.await.expect("reading files does not panic")?;
    let artifact = Artifact { artifact_type, layers, subject: subject.clone(), annotations };
    let (root, bytes) = artifact.write(stage.blobs())?;
    let source: Arc<dyn Source> = stage;
    let plan = Plan::read(&root, &source, &Choice::Everything).await?;
    let progress = context.progress(Direction::Push);
    let transfer = Transfer {
        plan: &plan,
        source,
        sink: &*repository,
        tags: &[],
        mounts: Default::default(),
        limits: Limits::streams(context.settings.uploads(None)),
        observer: progress.clone(),
        ahead: Ahead::nothing(),
    };
    let report = execute(transfer).await;
    progress.finish();
    report?;
    // It may have been there already, and not be found: from a run that was interrupted.
    let referrers = repository.referrers(&subject.digest).await?;
    if !referrers.iter().any(|referrer| referrer.digest == root.digest) {
        repository.add_referrer(&root, bytes.into()).await?;
    }
    show(&name, &subject, &root, args, context);
    Ok(())
}

fn show(name: &Reference, subject: &Descriptor, root: &Descriptor, args: &AttachArgs, context: &Context) {
    let attached_to = format!("{}@{}", name.familiar_repository(), subject.digest);
    if args.format == Some(ResultFormat::Json) {
        let object = json!({
            "reference": format!("{}@{}", name.familiar_repository(), root.digest),
            "digest": root.digest,
            "size": root.size,
            "mediaType": root.media_type,
            "artifactType": args.artifact_type,
            "subject": subject,
        });
        return context.console.data(&ui_json::line(&object));
    }
    context.console.talk(&format!("Attached to {attached_to}"));
    context.console.data(&root.digest.to_string());
}

/// What files are attached to: what the name means, or one image of it.
pub(super) async fn subject(
    name: &Reference,
    platform: Option<&Platform>,
    repository: &Arc<Repository>,
) -> Result<Descriptor, Failure> {
    let Some(root) = repository.resolve(name).await? else { return Err(missing(name, repository).await) };
    let Some(platform) = platform else { return Ok(root.bare()) };
    let source: Arc<dyn Source> = repository.clone();
    let (document, manifest) = read_manifest(&root, &source).await?;
    match manifest.kind {
        Kind::Image { .. } => Ok(document.descriptor),
        Kind::Index(_) => {
            let chosen = manifest.choose(Some(platform)).map_err(|error| {
                let advice = Advice::ChoosePlatform(error.offered.clone());
                Error::new(Class::NotFound, format!("{}: {error}", name.familiar())).advise(advice)
            })?;
            Ok(chosen.bare())
        }
    }
}

/// An artifact that is to be written.
struct Artifact {
    artifact_type: MediaType,
    layers: Vec<Descriptor>,
    subject: Descriptor,
    annotations: BTreeMap<String, String>,
}

impl Artifact {
    fn write(self, blobs: &BlobDir) -> Result<(Descriptor, Vec<u8>), Error> {
        let put = |media_type: MediaType, bytes: &[u8]| {
            let descriptor = Descriptor::of(media_type, bytes);
            blobs.put_verified(&descriptor.digest, bytes).map(|()| descriptor)
        };
        let mut manifest = NewManifest::of(put(MediaType::new(EMPTY.0), EMPTY.1)?, self.layers);
        manifest.artifact_type = Some(self.artifact_type);
        manifest.subject = Some(self.subject);
        manifest.annotations = self.annotations;
        let bytes = manifest.to_bytes();
        Ok((put(MediaType::MANIFEST, &bytes)?, bytes))
    }
}

/// A file, what it is called in the artifact, and what it is.
struct Attached {
    path: PathBuf,
    title: String,
    media_type: MediaType,
}

/// Understands the files, before anything is done.
fn files(texts: &[String]) -> Result<Vec<Attached>, Failure> {
    let mut files: Vec<Attached> = Vec::new();
    for text in texts {
        let file = file(text)?;
        if files.iter().any(|known| known.title == file.title) {
            return Err(Failure::usage(format!("two files are called {}", file.title))
                .because("whoever fetches them again would get one of them"));
        }
        files.push(file);
    }
    Ok(files)
}

fn file(text: &str) -> Result<Attached, Failure> {
    let (path, kind) = match text.rsplit_once(':') {
        Some((path, kind)) if !Path::new(text).exists() => (path, media_type(kind)?),
        _ => (text, MediaType::OCTET_STREAM),
    };
    let path = PathBuf::from(path);
    let found = std::fs::metadata(&path).map_err(|error| Error::io("cannot read", &path, error))?;
    let title = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    match title {
        Some(title) if found.is_file() => Ok(Attached { path, title, media_type: kind }),
        _ => Err(Failure::usage(format!("{} is no file, and files are what can be attached", path.display()))
            .hint(format!("make one file of a directory: `tar -cf attached.tar {}`", path.display()))),
    }
}

/// A media type as RFC 6838 has it, by its form: registries refuse others, each in its own words.
fn media_type(text: &str) -> Result<MediaType, Failure> {
    let is_name = |name: &str| {
        (1..=127).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
            && name.as_bytes()[0].is_ascii_alphanumeric()
    };
    match text.split_once('/') {
        Some((kind, name)) if is_name(kind) && is_name(name) => Ok(MediaType::new(text)),
        _ => Err(Failure::usage(format!("`{text}` is not a media type, like `application/spdx+json`"))),
    }
}

/// Takes the files as blobs.
fn take(files: &[Attached], blobs: &BlobDir) -> Result<Vec<Descriptor>, Error> {
    let take = |file: &Attached| {
        let mut writer = blobs.create(Algorithm::Sha256)?;
        let copied = std::fs::File::open(&file.path).and_then(|mut input| std::io::copy(&mut input, &mut writer));
        copied.map_err(|error| Error::io("cannot take", &file.path, error))?;
        let (digest, size) = writer.finish()?;
        let mut descriptor = Descriptor::new(file.media_type.clone(), digest, size);
        descriptor.annotations.insert(TITLE.to_owned(), file.title.clone());
        Ok(descriptor)
    };
    files.iter().map(take).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_have_a_colon_and_a_media_type() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("a:b");
        std::fs::write(&path, "x").expect("written");
        let text = path.to_str().expect("a plain name");
        assert_eq!(file(text).expect("a file").media_type, MediaType::OCTET_STREAM);
        let typed = file(&format!("{text}:text/html")).expect("a file");
        assert_eq!((typed.title.as_str(), typed.media_type.as_str()), ("a:b", "text/html"));
        for wrong in [format!("{text}:html"), format!("{text}:"), directory.path().display().to_string()] {
            assert!(file(&wrong).is_err(), "{wrong}");
        }
        assert!(files(&[text.to_owned(), format!("{text}:text/html")]).is_err());
    }
}

//! `rpush inspect --remote`: the same object about an image on a registry, and its manifest as it is there. Manifests and one
//! config are read, and nothing is stored. Sizes are those of what would have to be fetched.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::content::{Advice, Blob, Class, Error, Source};
use crate::image::{
    Descriptor, Digest, ImageConfig, Kind, MAX_MANIFEST_SIZE, Manifest, Platform, Reference, Role, parse_value,
};
use crate::layout::{Subject, Summary};
use crate::registry::Purpose;
use crate::transfer::{Document, read_manifest};

use super::super::context::{Context, parse_reference};
use super::super::failure::Failure;
use super::super::pull;
use super::{InspectArgs, members, object, print};

/// How deep indexes may lie in indexes. Real ones are two deep.
const MAX_DEPTH: usize = 16;

/// Prints the images that are there, then tells which are not.
pub async fn run(args: &InspectArgs, context: &Context) -> Result<(), Failure> {
    let names = args.names.iter().map(|name| Ok(parse_reference(name)?.or_latest()));
    let names = names.collect::<Result<Vec<_>, Failure>>()?;
    let mut results = Vec::new();
    for name in &names {
        results.push(inspect(name, args, context).await);
    }
    print(args, results, &context.console)
}

async fn inspect(name: &Reference, args: &InspectArgs, context: &Context) -> Result<Value, Failure> {
    let registry = context.registry(&name.host, Some(&name.name), &args.registry).await?;
    let repository = Arc::new(registry.repository(&name.name, Purpose::Pull));
    let Some(root) = repository.resolve(name).await? else { return Err(pull::missing(name, &repository).await) };
    let source: Arc<dyn Source> = repository;
    let (document, manifest) = read_manifest(&root, &source).await?;
    let (path, image) = down_to_image(&root, manifest.clone(), &source, args.platform.as_ref()).await?;
    let config = config_of(&image);
    let bytes = match config.filter(|config| config.size <= MAX_MANIFEST_SIZE) {
        Some(config) => Blob::new(config.clone(), source.clone()).read_all(MAX_MANIFEST_SIZE).await?,
        None => Default::default(),
    };
    let facts = ImageConfig::parse(&bytes).unwrap_or_default();
    let platform = facts.platform();
    if let (Kind::Image { .. }, Some(wanted)) = (&manifest.kind, &args.platform) {
        fits(wanted, platform.as_ref(), name)?;
    }
    let own: u64 = path.last().into_iter().chain(image.children()).map(|piece| piece.size).sum();
    let above: u64 = path.iter().rev().skip(1).map(|piece| piece.size).sum();
    let summary = Summary {
        id: root.digest,
        root: root.bare(),
        config: config.map(|config| config.digest),
        created: facts.created.clone(),
        size: own + above,
        labels: BTreeMap::new(),
        platforms: Vec::new(),
        subject: Subject::Image,
    };
    let shown = path.last().map(|image| (image.digest, own, platform));
    let tags = name.tag.iter().filter(|_| name.digest.is_none()).map(|_| name.familiar()).collect();
    let digests = vec![format!("{}@{}", name.familiar_repository(), root.digest)];
    let members = members(&bytes).unwrap_or_default();
    let mut object = object(&summary, &members, tags, digests, platforms(&manifest, shown));
    object["Manifest"] = as_written(&document);
    Ok(object)
}

/// From the root to the image for a platform: each manifest on the way, and what the last one says. Without a platform it is
/// this machine's, or else the first that there is.
async fn down_to_image(
    root: &Descriptor,
    mut manifest: Manifest,
    source: &Arc<dyn Source>,
    wanted: Option<&Platform>,
) -> Result<(Vec<Descriptor>, Manifest), Error> {
    let mut path = vec![root.clone()];
    while let Kind::Index(entries) = &manifest.kind {
        let offered = || entries.iter().filter(|entry| !entry.is_attestation());
        let is_index = |entry: &&Descriptor| entry.media_type.role() == Role::Index && entry.platform.is_none();
        let entry = match (manifest.choose(wanted), offered().find(is_index).or(offered().next())) {
            (Ok(entry), _) => entry,
            (Err(_), Some(first)) if wanted.is_none() || is_index(&first) => first,
            (Err(_), None) if wanted.is_none() => break,
            (Err(error), _) => {
                let advice = Advice::ChoosePlatform(error.offered.clone());
                return Err(Error::new(Class::NotFound, format!("{}: {error}", source.place())).advise(advice));
            }
        };
        if path.len() > MAX_DEPTH || !matches!(entry.media_type.role(), Role::Index | Role::Manifest) {
            break;
        }
        path.push(entry.clone());
        (_, manifest) = read_manifest(entry, source).await?;
    }
    Ok((path, manifest))
}

/// An image that is for one platform alone may be for another one than was asked for.
fn fits(wanted: &Platform, actual: Option<&Platform>, name: &Reference) -> Result<(), Failure> {
    match actual {
        Some(actual) if !wanted.accepts(actual) => Err(Failure::not_found(format!(
            "{} is for {} alone, and not for {}",
            name.familiar(),
            actual.normalized(),
            wanted.normalized()
        ))
        .hint("leave out `--platform`")),
        _ => Ok(()),
    }
}

fn config_of(manifest: &Manifest) -> Option<&Descriptor> {
    match &manifest.kind {
        Kind::Image { config: Some(config), .. } if config.media_type.is_image_config() => Some(config),
        _ => None,
    }
}

/// Every platform that there is. How large it is, is known of the one that was looked into.
fn platforms(manifest: &Manifest, shown: Option<(Digest, u64, Option<Platform>)>) -> Vec<Value> {
    let size = |digest: Digest| shown.as_ref().filter(|shown| shown.0 == digest).map(|shown| shown.1);
    let object = |platform: Option<&Platform>, digest: Digest| {
        let name = platform.map(|platform| platform.normalized().to_string());
        json!({"Platform": name, "Present": true, "Digest": digest, "Size": size(digest)})
    };
    match &manifest.kind {
        Kind::Index(entries) => {
            let images = entries.iter().filter(|entry| !entry.is_attestation());
            images.map(|entry| object(entry.platform.as_ref(), entry.digest)).collect()
        }
        Kind::Image { .. } => shown.iter().map(|(digest, _, platform)| object(platform.as_ref(), *digest)).collect(),
    }
}

fn as_written(document: &Document) -> Value {
    parse_value(&document.bytes).unwrap_or_default()
}

//! `rpush import`: a root file system becomes an image, without a build and without a daemon.

use clap::Args;

use crate::archive::{Input, Material, Way};
use crate::image::{Platform, Reference, Tag};

use super::context::{Context, parse_reference};
use super::failure::Failure;
use super::load::unnamed_reference;
use super::locate::standard_input;
use super::making::{MakingArgs, Work, material};

/// Make an image in the store of a root file system: a directory, or a tar of one.
///
/// The same content is the same image, whoever makes it, when and where: the members of a directory are sorted, have the time of
/// `SOURCE_DATE_EPOCH` or else 1970, and belong to root unless something else is said. A tar keeps its bytes: one that is
/// compressed with gzip or zstd becomes the layer as it is.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush import rootfs.tar localhost:5000/my-base:1.0
  rpush import --change 'CMD [\"/bin/sh\"]' ./rootfs localhost:5000/my-base:1.0
  docker export my-container | rpush import - localhost:5000/my-base:1.0")]
pub struct ImportArgs {
    /// A tar, plain or compressed with gzip or zstd, a directory, or `-` for a tar on standard input.
    #[arg(value_name = "ROOTFS")]
    source: String,
    /// The name of the image; without one, it is known by its digest alone.
    #[arg(value_name = "NAME[:TAG]")]
    name: Option<String>,
    /// For which platform it is; this machine's if nothing is said: `linux/amd64`, `linux/arm/v7`.
    #[arg(long, env = "DOCKER_DEFAULT_PLATFORM", value_name = "OS/ARCH", hide_env_values = true)]
    platform: Option<Platform>,
    #[command(flatten)]
    making: MakingArgs,
}

/// Runs the command.
pub async fn run(args: &ImportArgs, context: &Context) -> Result<(), Failure> {
    let name = args.name.as_deref().map(new_name).transpose()?;
    let making = args.making.resolve(context)?;
    let material = match args.source.as_str() {
        "-" => match standard_input()? {
            Input::Stream { place, reader } | Input::Export { place, reader, .. } => Material::Stream { place, reader },
            Input::Path(path) => Material::Tar(path),
            Input::Parts { .. } => unreachable!("standard input is a stream"),
        },
        source => material(source, Way::Made)?,
    };
    // Held until the image has a name, so that nothing of it is collected meanwhile.
    let _lease = context.store.lease()?;
    let mut work = Work::scratch(&args.platform.clone().unwrap_or_else(Platform::of_this_machine));
    for layer in context.make_layers(vec![material], &making).await? {
        work.add(&layer, "rpush import", &making);
    }
    let made = work.finish(&making, &[], context)?;
    let name = name.unwrap_or_else(|| unnamed_reference(&made.root.digest));
    context.store.name(&made.root, std::slice::from_ref(&name))?;
    made.show(&name, args.making.format, context);
    Ok(())
}

/// The name of an image that is being made.
pub(super) fn new_name(text: &str) -> Result<Reference, Failure> {
    let name = parse_reference(text)?;
    match name.digest {
        Some(_) => Err(Failure::usage("a new image cannot be named by a digest, which it has of its own")
            .hint(format!("name it with a tag: `{}`", name.with_tag(Tag::latest()).familiar()))),
        None => Ok(name.or_latest()),
    }
}

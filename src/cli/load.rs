//! `rpush load`: an archive into the store.

use std::path::PathBuf;

use clap::Args;

use crate::archive::{Input, Wanted};
use crate::content::Error;
use crate::image::Reference;

use super::compressing::CompressionArgs;
use super::context::Context;
use super::failure::Failure;
use super::locate::{Arrivals, standard_input};

/// Load images from an archive into the store.
///
/// The archive is what `docker save`, `podman save`, `skopeo copy` or `rpush save` wrote, plain or compressed; its content
/// tells which. Layers that are not compressed are compressed once; everything else is kept as it is.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush load -i my-fancy-app.tar
  docker save my-fancy-app:1.0.0 | rpush load")]
pub struct LoadArgs {
    /// The archive; without one, standard input.
    #[arg(short, long, value_name = "FILE")]
    input: Option<PathBuf>,
    #[command(flatten)]
    compression: CompressionArgs,
}

/// Runs the command.
pub async fn run(args: &LoadArgs, context: &Context) -> Result<(), Failure> {
    let compression = args.compression.resolve(context)?;
    let input = match &args.input {
        Some(path) if path.as_os_str() != "-" => {
            std::fs::metadata(path).map_err(|error| Error::io("cannot read", path, error))?;
            Input::Path(path.clone())
        }
        _ => standard_input()?,
    };
    let (imported, _lease) = context.import(input, Wanted::All, compression, Arrivals::Shown).await?;
    for image in imported {
        let unnamed = image.names.is_empty();
        // The store has no images without a name: what has none is kept under its digest.
        let names = match unnamed {
            true => vec![unnamed_reference(&image.descriptor.digest)],
            false => image.names,
        };
        context.store.name(&image.descriptor, &names)?;
        match unnamed {
            true => context.console.data(&format!("Loaded image ID: {}", image.descriptor.digest)),
            false => {
                for name in names {
                    context.console.data(&format!("Loaded image: {}", name.familiar()));
                }
            }
        }
    }
    Ok(())
}

/// The name of an image that came without one.
pub(super) fn unnamed_reference(digest: &crate::image::Digest) -> Reference {
    let reference: Reference = "localhost/unnamed".parse().expect("it is a reference");
    reference.with_digest(*digest)
}

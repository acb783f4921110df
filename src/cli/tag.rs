//! `rpush tag`: more names for an image in the store, or on its registry.

use clap::Args;

use crate::image::Reference;

use super::context::{Context, parse_reference};
use super::failure::Failure;
use super::retag;
use super::settings::RegistryArgs;

/// Give an image of the store more names; with `--remote`, one on a registry.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush tag my-fancy-app:1.0.0 localhost:5000/my-fancy-app:1.0.0
  rpush tag my-fancy-app:1.0.0 localhost:5000/my-fancy-app:1.0 localhost:5000/my-fancy-app:latest
  rpush tag --remote localhost:5000/my-fancy-app:1.0.0 localhost:5000/my-fancy-app:1.0 localhost:5000/my-fancy-app:latest")]
pub struct TagArgs {
    /// The image: a name, or the first digits of its id; with `--remote`, a name with its registry.
    #[arg(value_name = "SOURCE[:TAG]")]
    source: String,
    /// The new names; one that another image has now moves to this one.
    #[arg(required = true, value_name = "TARGET[:TAG]")]
    targets: Vec<String>,
    /// On the registry and not in the store: no layer moves.
    #[arg(long)]
    remote: bool,
    #[command(flatten)]
    registry: RegistryArgs,
}

impl TagArgs {
    /// The options for the registry.
    pub fn registry(&self) -> &RegistryArgs {
        &self.registry
    }
}

/// Runs the command.
pub async fn run(args: &TagArgs, context: &Context) -> Result<(), Failure> {
    let targets = args.targets.iter().map(|target| checked(target)).collect::<Result<Vec<_>, _>>()?;
    if args.remote {
        let source = parse_reference(&args.source)?.or_latest();
        return retag::run(&source, &targets, &args.registry, context).await;
    }
    context.store.tag(&args.source, &targets)?;
    Ok(())
}

fn checked(text: &str) -> Result<Reference, Failure> {
    let name = parse_reference(text)?;
    if name.digest.is_some() {
        return Err(Failure::usage("refusing to create a tag with a digest reference"));
    }
    if name.host.is_docker_hub() && name.name.as_str() == "library/sha256" {
        return Err(Failure::usage("refusing to create an ambiguous tag using digest algorithm as name"));
    }
    Ok(name)
}

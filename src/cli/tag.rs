//! `rpush tag`: more names for an image in the store.

use clap::Args;

use crate::image::Reference;

use super::context::{Context, parse_reference};
use super::failure::Failure;

/// Give an image of the store more names.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush tag my-fancy-app:1.0.0 localhost:5000/my-fancy-app:1.0.0
  rpush tag my-fancy-app:1.0.0 localhost:5000/my-fancy-app:1.0 localhost:5000/my-fancy-app:latest")]
pub struct TagArgs {
    /// The image: a name, or the first digits of its id.
    #[arg(value_name = "SOURCE[:TAG]")]
    source: String,
    /// The new names; one that another image has now moves to this one.
    #[arg(required = true, value_name = "TARGET[:TAG]")]
    targets: Vec<String>,
}

/// Runs the command.
pub async fn run(args: &TagArgs, context: &Context) -> Result<(), Failure> {
    let targets = args.targets.iter().map(|target| checked(target)).collect::<Result<Vec<_>, _>>()?;
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

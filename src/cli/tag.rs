//! `rpush tag`: more names for an image in the store, or on its registry.

use clap::Args;

use crate::image::{Reference, Tag};

use super::context::{Context, parse_reference};
use super::failure::Failure;
use super::guard::Guard;
use super::retag;
use super::retag::fate::{Deed, Manner};
use super::retag::renaming::Renaming;
use super::settings::RegistryArgs;

/// Give an image of the store more names; with `--remote`, one on a registry.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush tag my-fancy-app:1.0.0 localhost:5000/my-fancy-app:1.0.0
  rpush tag my-fancy-app:1.0.0 localhost:5000/my-fancy-app:1.0 localhost:5000/my-fancy-app:latest
  rpush tag --remote localhost:5000/my-fancy-app:1.0.0 localhost:5000/my-fancy-app:1.0 localhost:5000/my-fancy-app:latest
  rpush tag --remote --dry-run --from-tag 'v1.*' localhost:5000/app 'localhost:5000/app:stable-*'
  rpush tag --remote --no-clobber --from-tag 'v1.*' localhost:5000/app localhost:5000/released")]
pub struct TagArgs {
    /// The image: a name, or the first digits of its id; with `--remote`, a name with its registry.
    #[arg(value_name = "SOURCE[:TAG]", add = super::complete::stored())]
    source: String,
    /// The new names; one that another image has now moves to this one. With `--from-tag`, each `*` of a tag stands for what
    /// the pattern's `*` has matched, and without a tag the names are kept.
    #[arg(required = true, value_name = "TARGET[:TAG]", add = super::complete::anywhere())]
    targets: Vec<String>,
    /// On the registry and not in the store: no layer moves.
    #[arg(long)]
    remote: bool,
    /// Not one image, but all tags of the repository that match this pattern: `v1.*`.
    #[arg(long, value_name = "PATTERN", requires = "remote")]
    from_tag: Option<String>,
    /// Leave names as they are that stand for something else, and say which. A tag that the configuration calls immutable is left in
    /// any case, which is a failure without this option.
    #[arg(long, requires = "remote")]
    no_clobber: bool,
    /// Say what would be done, and change nothing.
    #[arg(long, requires = "remote")]
    dry_run: bool,
    #[command(flatten)]
    registry: RegistryArgs,
}

impl TagArgs {
    /// Whether it is a walk through many tags.
    pub fn is_walk(&self) -> bool {
        self.from_tag.is_some()
    }

    /// The options for the registry.
    pub fn registry(&self) -> &RegistryArgs {
        &self.registry
    }
}

/// Runs the command.
pub async fn run(args: &TagArgs, context: &Context) -> Result<(), Failure> {
    let deed = if args.dry_run { Deed::Told } else { Deed::Done };
    if let Some(pattern) = &args.from_tag {
        let source = repository(&args.source)?;
        let renaming = Renaming::parse(pattern, &source, &args.targets)?;
        let manner = Manner { guard: &Guard::of(&source.host, args.no_clobber, context), deed };
        return retag::many::run(&source, &renaming, manner, &args.registry, context).await;
    }
    let targets = args.targets.iter().map(|target| checked(target)).collect::<Result<Vec<_>, _>>()?;
    if args.remote {
        let source = parse_reference(&args.source)?.or_latest();
        let manner = Manner { guard: &Guard::of(&source.host, args.no_clobber, context), deed };
        return retag::run(&source, &targets, manner, &args.registry, context).await;
    }
    context.store.tag(&args.source, &targets)?;
    Ok(())
}

/// A repository whose tags a pattern chooses from.
fn repository(text: &str) -> Result<Reference, Failure> {
    let name = parse_reference(text)?;
    match name.tag.is_some() || name.digest.is_some() {
        true => {
            Err(Failure::usage(format!("{} is one image, and `--from-tag` chooses from a repository", name.familiar()))
                .hint(format!("leave out the tag: `{}`", name.familiar_repository())))
        }
        false => Ok(name),
    }
}

fn checked(text: &str) -> Result<Reference, Failure> {
    let name = parse_reference(text)?;
    if name.digest.is_some() {
        return Err(Failure::usage("refusing to create a tag with a digest reference")
            .hint(format!("name the target with a tag: `{}`", name.with_tag(Tag::latest()).familiar())));
    }
    if name.host.is_docker_hub() && name.name.as_str() == "library/sha256" {
        return Err(Failure::usage("refusing to create an ambiguous tag using digest algorithm as name")
            .hint("`sha256:` begins a digest: name the target otherwise, as `localhost:5000/NAME:TAG`"));
    }
    Ok(name)
}

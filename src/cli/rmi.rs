//! `rpush rmi`: names and images out of the store.

mod remote;

use clap::Args;

use crate::layout::RemoveError;
use crate::ui::size;

use super::context::{Context, for_each};
use super::failure::{Exit, Failure};
use super::settings::RegistryArgs;

/// Remove images from the store; with `--remote`, from a registry.
///
/// A name is removed; with the last name of an image goes everything that no other image needs. The registry is not
/// touched, unless `--remote` says so: then the store is not. There a tag is removed alone, or an image by its digest with
/// all its tags.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush rmi localhost:5000/my-fancy-app:1.0.0
  rpush rmi -f 638de5dd79a6
  rpush rmi --remote localhost:5000/my-fancy-app:1.0.0")]
pub struct RmiArgs {
    /// The images: names, or the first digits of ids; with `--remote`, names with a tag or a digest.
    #[arg(required = true, value_name = "IMAGE", add = super::complete::stored())]
    images: Vec<String>,
    /// Remove an id or a digest with all its names, and do not fail for an image that is not there; with `--remote`, also tags that
    /// the configuration calls immutable.
    #[arg(short, long)]
    force: bool,
    /// On the registry and not in the store.
    #[arg(long)]
    remote: bool,
    /// Docker's, for parents of images without a name; there are none here.
    #[arg(long = "no-prune", hide = true)]
    _no_prune: bool,
    #[command(flatten)]
    registry: RegistryArgs,
}

impl RmiArgs {
    /// Whether it is about a registry.
    pub fn is_remote(&self) -> bool {
        self.remote
    }

    /// The options for the registry.
    pub fn registry(&self) -> &RegistryArgs {
        &self.registry
    }
}

/// Runs the command.
pub async fn run(args: &RmiArgs, context: &Context) -> Result<(), Failure> {
    if args.remote {
        return remote::run(args, context).await;
    }
    for_each(&args.images, &context.console, |index| async move { remove(&args.images[index], args, context) }).await
}

fn remove(image: &str, args: &RmiArgs, context: &Context) -> Result<(), Failure> {
    let removed = match context.store.remove_image(image, args.force) {
        Err(RemoveError::Lookup(error)) if args.force => {
            context.console.warn(&error.to_string());
            return Ok(());
        }
        Err(RemoveError::Lookup(error)) => return Err(error.into()),
        Err(error @ RemoveError::Conflict(_)) => {
            return Err(Failure::new(Exit::Failed, error.to_string())
                .hint(format!("name one of its names, or remove all of them: `rpush rmi -f {image}`")));
        }
        Err(RemoveError::Store(error)) => return Err(error.into()),
        Ok(removed) => removed,
    };
    for name in &removed.untagged {
        context.console.data(&format!("Untagged: {}", name.familiar()));
    }
    for digest in &removed.deleted {
        context.console.data(&format!("Deleted: {digest}"));
    }
    if removed.postponed {
        context.console.talk("another rpush is bringing content in; `rpush prune` frees the space afterwards");
    } else if removed.freed > 0 {
        context.console.talk(&format!("freed {}", size::in_list(removed.freed)));
    }
    Ok(())
}

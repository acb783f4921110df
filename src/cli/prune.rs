//! `rpush prune`: frees what no name in the store reaches.

use clap::Args;

use crate::ui::size;

use super::context::Context;
use super::failure::{Exit, Failure};

/// Free the space of everything in the store that no image needs.
///
/// No name is removed. That is what an interrupted pull or load leaves behind; `rmi` frees space by itself.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush prune")]
pub struct PruneArgs {
    /// Docker's, against a question that is not asked here.
    #[arg(short = 'f', long = "force", hide = true)]
    _force: bool,
}

/// Runs the command.
pub async fn run(_: &PruneArgs, context: &Context) -> Result<(), Failure> {
    let Some(removed) = context.store.collect_garbage()? else {
        return Err(Failure::new(Exit::Failed, "the store is in use")
            .because("another rpush is bringing content in, which has no name yet")
            .hint("wait for it, then `rpush prune` again"));
    };
    for digest in &removed.deleted {
        context.console.talk(&format!("Deleted: {digest}"));
    }
    context.console.data(&format!("Total reclaimed space: {}", size::in_list(removed.freed)));
    Ok(())
}

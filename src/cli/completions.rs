//! `rpush completions`: what a shell needs to complete rpush's words; the same text as the files in `completions/`.

use clap::Args;
use clap_complete::Shell;

use super::context::Context;
use super::failure::Failure;
use super::generate;

/// Print the completion script of a shell.
///
/// The script goes where the shell looks for it, or is read at the start of each session.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush completions bash > ~/.local/share/bash-completion/completions/rpush
  rpush completions zsh > ~/.zfunc/_rpush
  rpush completions fish > ~/.config/fish/completions/rpush.fish")]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

/// Runs the command.
pub fn run(args: &CompletionsArgs, context: &Context) -> Result<(), Failure> {
    context.console.data(generate::completion(args.shell).trim_end());
    Ok(())
}

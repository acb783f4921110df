//! `docs/reference/commands.md` out of the command tree and the tables of the man pages, so that the book says what the program
//! says. A test holds the committed page to it.

use std::fmt::Write as _;

use clap::{Arg, Command};

use super::{CREDENTIALS, DEFAULTS_KEYS, Exit, FILES, HOST_KEYS, tree};
use crate::cli::help::environment;

/// The heading of the options that every command has; they are told once.
const EVERYWHERE: &str = "Options everywhere";
/// The same for everything that speaks to a registry.
const REGISTRY: &str = "Options for the registry";

const PREFACE: &str = "# Commands

Made of the program's own help: `rpush push --help` and the man pages have the same. Options of every command and of every
command that speaks to a registry stand [at the end](#options-everywhere), once.
";

/// The whole page.
pub fn commands() -> String {
    let mut root = tree().disable_help_subcommand(true);
    root.build();
    let mut page = PREFACE.to_owned();
    root.get_subcommands().filter(|command| !command.is_hide_set()).for_each(|command| add_command(command, &mut page));
    let push = root.find_subcommand("push").unwrap_or(&root);
    for heading in [EVERYWHERE, REGISTRY] {
        add_options(&format!("## {heading}"), options(push, Some(heading)), &mut page);
    }
    let codes: Vec<_> = Exit::ALL.iter().map(|exit| ((*exit as u8).to_string(), exit.meaning().to_owned())).collect();
    add_entries("## Exit codes", &codes, &mut page);
    add_entries("## Variables", &environment::variables(), &mut page);
    add_entries("## Files", &owned(FILES), &mut page);
    add_entries("## Configuration: `[defaults]`", &owned(DEFAULTS_KEYS), &mut page);
    add_entries("## Configuration: `[host.\"registry.example:5000\"]`", &owned(HOST_KEYS), &mut page);
    page += "\n## Where accounts are looked for\n\n";
    for (number, place) in CREDENTIALS {
        let _ = writeln!(page, "{number} {}", escaped(place));
    }
    page
}

fn add_command(command: &Command, page: &mut String) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let text = command.get_long_about().or_else(|| command.get_about()).map(ToString::to_string).unwrap_or_default();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let _ = write!(page, "\n## {name}\n\n{}\n\n```text\n{usage}\n```\n", escaped(&text));
    let arguments: Vec<_> = command.get_positionals().filter(|argument| !argument.is_hide_set()).collect();
    add_options("", arguments, page);
    let mut headings: Vec<Option<&str>> = vec![None];
    for argument in command.get_opts() {
        let heading = argument.get_help_heading();
        if !headings.contains(&heading) && !matches!(heading, Some(EVERYWHERE | REGISTRY)) {
            headings.push(heading);
        }
    }
    for heading in headings {
        add_options(&heading.map(|heading| format!("{heading}:")).unwrap_or_default(), options(command, heading), page);
    }
    if let Some(examples) = command.get_after_help().map(ToString::to_string) {
        let lines: Vec<_> = examples.lines().skip_while(|line| *line == "Examples:").map(str::trim).collect();
        let _ = write!(page, "\n```sh\n{}\n```\n", lines.join("\n"));
    }
    command.get_subcommands().filter(|command| !command.is_hide_set()).for_each(|command| add_command(command, page));
}

/// The options under a heading, without `--help`.
fn options<'a>(command: &'a Command, heading: Option<&str>) -> Vec<&'a Arg> {
    let own = command.get_arguments().filter(|option| !option.is_positional() && !option.is_hide_set());
    own.filter(|option| option.get_help_heading() == heading && option.get_id() != "help").collect()
}

fn add_options(title: &str, options: Vec<&Arg>, page: &mut String) {
    if options.is_empty() {
        return;
    }
    let separator = if title.is_empty() { String::new() } else { format!("\n{title}\n") };
    let _ = writeln!(page, "{separator}");
    for option in options {
        let help = option.get_long_help().or_else(|| option.get_help()).map(ToString::to_string).unwrap_or_default();
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        let variable = option.get_env().map(|name| format!(" (`{}`)", name.to_string_lossy())).unwrap_or_default();
        let _ = writeln!(page, "- {}: {}{}{variable}", spelling(option), escaped(&help), choice(option));
    }
}

/// The words of which an option takes one. What may be true or false says so itself.
fn choice(option: &Arg) -> String {
    let values = option.get_possible_values();
    let words = values.iter().filter(|value| !value.is_hide_set()).map(|value| format!("`{}`", value.get_name()));
    match words.collect::<Vec<_>>() {
        words if words.is_empty() || !option.get_action().takes_values() || option.is_require_equals_set() => {
            String::new()
        }
        words => format!(" ({})", words.join(" or ")),
    }
}

/// `-q`, `--quiet`; `--from <SOURCE>`.
fn spelling(option: &Arg) -> String {
    let values: Vec<_> = option.get_value_names().unwrap_or_default().iter().map(|name| format!("<{name}>")).collect();
    let value = match option.get_action().takes_values() {
        true if option.is_positional() => return format!("`{}`", values.join(" ")),
        true if option.is_require_equals_set() => format!("[={}]", values.join(" ")),
        true => format!(" {}", values.join(" ")),
        false => String::new(),
    };
    let short = option.get_short().map(|short| format!("-{short}"));
    let long = option.get_long().map(|long| format!("--{long}{value}"));
    short.into_iter().chain(long).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn owned(entries: &[(&str, &str)]) -> Vec<(String, String)> {
    entries.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn add_entries(title: &str, entries: &[(String, String)], page: &mut String) {
    let _ = write!(page, "\n{title}\n\n");
    for (name, text) in entries {
        let _ = writeln!(page, "- `{name}`: {}", escaped(text));
    }
}

/// Help is plain text with code in backticks: what Markdown would take for markup outside of them is escaped.
fn escaped(text: &str) -> String {
    let part = |(at, part): (usize, &str)| match at % 2 {
        0 => part.replace('*', "\\*").replace('_', "\\_").replace('<', "\\<"),
        _ => part.to_owned(),
    };
    text.split('`').enumerate().map(part).collect::<Vec<_>>().join("`")
}

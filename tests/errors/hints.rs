//! What hints tell people to type: each has something in backticks, and whatever is there is a command of rpush that parses, an
//! option that exists, or something else that is known. A hint that cannot be typed is worse than none.

use clap::error::ErrorKind;

/// Programs of others, and what is written into their files.
const OTHERS: [&str; 31] = [
    "date",
    "getent hosts ",
    "ulimit -f unlimited",
    "docker ",
    "podman ",
    "sudo",
    "journalctl -u docker",
    "ssh -NL ",
    "htpasswd ",
    "tar -cf ",
    "ls ",
    "rm ",
    "xz -d",
    "bunzip2",
    "lz4 -d",
    // Configurations: of nginx, of Docker's registry, of a token server, of Docker.
    "client_max_body_size 0;",
    "proxy_read_timeout 900s;",
    "proxy_set_header ",
    "Host: ",
    "X-Forwarded-Proto: ",
    "X-Forwarded-",
    "validation: ",
    "REGISTRY_STORAGE_DELETE_ENABLED=true",
    "realm",
    "https://",
    "credsStore",
    "credHelpers",
    "config.json",
    // rpush's own configuration file.
    "[host.\"",
    "plain-http = true",
    "insecure = true",
];

/// Spans that are names, values or patterns of what was typed, and no commands.
const VALUES: [&str; 22] = [
    "localhost:5000/",
    "HOST/NAME:TAG",
    "HOST/",
    "NAME:TAG",
    "DIR=/",
    "sha256:",
    "store:",
    "oci:",
    "oci-archive:",
    "docker-archive:",
    "docker-daemon:",
    "PATH:",
    ".",
    "*",
    "?",
    "[a-z]",
    "\\*",
    "/",
    "dangling",
    "label",
    "store-in",
    "cosign",
];

const MORE_VALUES: [&str; 5] = ["before", "since", "until", "reference", "the same command"];

/// Whether a hint names no command because it cannot: it is the one that was typed, or time alone helps.
pub fn without_a_command(hint: &str) -> bool {
    ["the same command", "come back in", "does it run", "shown to the registry alone", "one of the two"]
        .iter()
        .any(|words| hint.contains(words))
}

/// What stands between backticks.
pub fn spans(hint: &str) -> Vec<&str> {
    hint.split('`').skip(1).step_by(2).collect()
}

/// Whether a span is something that can be typed, or why not.
pub fn check(span: &str) -> Result<(), String> {
    let filled = fill(span);
    for part in filled.split(" | ").filter(|part| part.starts_with("rpush ")) {
        parses(part)?;
    }
    if filled.split(" | ").any(|part| part.starts_with("rpush ")) {
        return Ok(());
    }
    if filled.starts_with('-') {
        return options(&filled);
    }
    if is_variable(&filled) || OTHERS.iter().any(|known| filled.starts_with(known)) {
        return Ok(());
    }
    let is_name = filled.starts_with('x') || filled.starts_with("'x") || filled.contains(".example");
    let is_value = is_name || VALUES.iter().chain(&MORE_VALUES).any(|known| filled.starts_with(known));
    is_value.then_some(()).ok_or_else(|| format!("`{span}` is nothing that is known"))
}

/// The span with a value in the place of each `{name}`.
fn fill(span: &str) -> String {
    let mut filled = String::new();
    let mut rest = span.replace("{{", "\u{1}").replace("}}", "\u{2}");
    while let Some((before, after)) = rest.clone().split_once('{') {
        filled.push_str(before);
        filled.push('x');
        rest = after.split_once('}').map_or_else(String::new, |(_, after)| after.to_owned());
    }
    (filled + &rest).replace('\u{1}', "{{").replace('\u{2}', "}}")
}

fn is_variable(span: &str) -> bool {
    let name = span.split(['=', ' ']).next().unwrap_or_default();
    let all_upper = name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    all_upper && (name.contains('_') || span.contains('=')) && name.len() > 3
}

fn parses(line: &str) -> Result<(), String> {
    let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches('\'')).collect();
    match rpush::cli::tree().try_get_matches_from(words) {
        Err(error) if !matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            Err(format!("`{line}` does not parse: {error}"))
        }
        _ => Ok(()),
    }
}

/// Whether some command has all of these options, and takes their values.
fn options(span: &str) -> Result<(), String> {
    fn visit(command: &clap::Command, path: &[String], found: &mut Vec<Vec<String>>) {
        for next in command.get_subcommands() {
            let path = [path, &[next.get_name().to_owned()]].concat();
            visit(next, &path, found);
            found.push(path);
        }
    }
    let mut tree = rpush::cli::tree();
    tree.build();
    let mut commands = Vec::new();
    visit(&tree, &["rpush".to_owned()], &mut commands);
    // Placeholders that are no values.
    let span = span.replace("OS/ARCH", "linux/amd64").replace("://USER:PASSWORD@HOST:PORT", "://u:p@h:1");
    let span = span.replace("--addr x", "--addr 127.0.0.1:").replace(":PORT", ":1");
    let span = if span.ends_with("127.0.0.1:") { format!("{span}1") } else { span };
    let mut said = String::new();
    for path in commands {
        let words = path.iter().cloned().chain(span.split_whitespace().map(|word| word.trim_matches('\'').to_owned()));
        match rpush::cli::tree().try_get_matches_from(words) {
            Err(error) if error.kind() == ErrorKind::UnknownArgument => {}
            // An option that wants a value may be named by itself, and a command may want a name besides.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::MissingRequiredArgument | ErrorKind::MissingSubcommand | ErrorKind::ArgumentConflict
                ) || error.to_string().contains("a value is required") =>
            {
                return Ok(());
            }
            Err(error) => said = error.to_string(),
            Ok(_) => return Ok(()),
        }
    }
    Err(format!("`{span}` is no option: {said}"))
}

//! Completions, man pages and the book's reference out of the command tree. `completions/`, `man/` and `docs/reference/` hold
//! what is made here, and a test holds them to it, so that a package can take them from the source without building anything.

mod reference;

use std::collections::BTreeMap;

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::complete;
use super::config::{DEFAULTS_KEYS, HOST_KEYS};
use super::failure::Exit;
use super::help::{TOPICS, environment};
use super::tree;
pub use reference::commands as command_reference;

/// What lies where.
const FILES: &[(&str, &str)] = &[
    (
        "~/.local/share/rpush/store",
        "The store: an OCI image layout, which skopeo, umoci and others read as well. Another place: --store.",
    ),
    ("~/.config/rpush/config.toml", "What is not typed each time; see CONFIGURATION. Another place: --config."),
    (
        "~/.cache/rpush/tokens.json",
        "What registries wanted, and the tokens of token servers, for the next run: readable for nobody else, without passwords, for an hour at most. login and logout erase those of their registry; the file may be deleted at any time. Accounts from --creds or a variable neither use it nor leave anything in it.",
    ),
    (
        "~/.docker/config.json",
        "Accounts and credential helpers, shared with Docker. login writes here, or asks the helper that is named here, when Docker keeps the host here already or --store-in says so; else the keyring has the account.",
    ),
    (
        "$XDG_RUNTIME_DIR/containers/auth.json, ~/.config/containers/auth.json",
        "Podman's accounts; read, and cleared by logout.",
    ),
    (
        "/etc/docker/certs.d/HOST:PORT, ~/.config/docker/certs.d/HOST:PORT, ~/.docker/certs.d/HOST:PORT",
        "Docker's certificates for a registry: *.crt are trusted, *.cert with the *.key of the same name is shown to it.",
    ),
    (
        "/etc/containerd/certs.d/HOST:PORT, ~/.config/containerd/certs.d/HOST:PORT",
        "The same of containerd. In a hosts.toml, ca, client and skip_verify count for the host itself; pulls ask the other hosts there first, as mirrors, with their capabilities, ca, client, skip_verify, override_path and proxy, and a server of another name in the place of the host.",
    ),
    (
        "/etc/docker/daemon.json, ~/.config/docker/daemon.json",
        "The registries among its insecure-registries are talked to as with --insecure; its registry-mirrors are asked for what is pulled from Docker Hub. A mirror without TLS only where that is allowed to its host.",
    ),
];

/// In which order an account is looked for; `credentials::chain` is where it happens.
const CREDENTIALS: &[(&str, &str)] = &[
    ("1.", "--creds, or RPUSH_CREDS"),
    ("2.", "RPUSH_USERNAME with RPUSH_PASSWORD, or RPUSH_TOKEN"),
    ("3.", "DOCKER_AUTH_CONFIG"),
    ("4.", "the file that REGISTRY_AUTH_FILE names"),
    (
        "5.",
        "the keyring of the operating system: entries of the service rpush, one for a host or for a namespace of it, of which the longest decides",
    ),
    (
        "6.",
        "Docker's config.json: the helper for the host (credHelpers), the helper for all hosts (credsStore), the file itself (auths)",
    ),
    ("7.", "Podman's auth.json, in the run-time directory and then in the configuration directory"),
];

/// The completion script of a shell: it asks rpush itself at each press of the key.
pub fn completion(shell: Shell) -> String {
    complete::script(shell)
}

/// Every man page under its file's name, `rpush-push.1`.
pub fn man_pages() -> BTreeMap<String, String> {
    let mut root = tree().disable_help_subcommand(true);
    root.build();
    let mut pages = BTreeMap::new();
    add_page(&root, &mut pages);
    for topic in &TOPICS {
        let name = format!("rpush-{}", topic.name);
        let mut roff = Roff::new();
        let source = concat!("rpush ", env!("CARGO_PKG_VERSION"));
        roff.control("TH", [name.to_uppercase().as_str(), "7", "", source, "rpush"]);
        roff.control("SH", ["NAME"]).text([roman(format!("{name} - {}", topic.about))]);
        let page = roff.render() + &own(&topic.page().as_roff("DESCRIPTION")) + &see_also();
        pages.insert(format!("{name}.7"), page.trim_end().to_owned() + "\n");
    }
    pages
}

fn add_page(command: &Command, pages: &mut BTreeMap<String, String>) {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let source = concat!("rpush ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).title(name.to_uppercase()).source(source).manual("rpush");
    let is_root = name == "rpush";
    let mut page = rendered(|out| man.render_title(out));
    page += &rendered(|out| man.render_name_section(out));
    page += &rendered(|out| man.render_synopsis_section(out));
    page += &rendered(|out| man.render_description_section(out));
    if command.has_subcommands() {
        page += &rendered(|out| man.render_subcommands_section(out));
    }
    page += &rendered(|out| man.render_options_section(out));
    page += &examples(command);
    if is_root {
        page += &exit_status();
        page +=
            &section("ENVIRONMENT", environment::variables().iter().map(|(name, text)| (name.as_str(), text.as_str())));
        page += &section("FILES", FILES.iter().copied());
        page += &configuration();
        page += &section("CREDENTIALS", CREDENTIALS.iter().copied());
    } else {
        page += &see_also();
    }
    pages.insert(format!("{name}.1"), page.trim_end().to_owned() + "\n");
    command.get_subcommands().filter(|command| !command.is_hide_set()).for_each(|command| add_page(command, pages));
}

/// A section as clap_mangen makes it. Each begins with the definition of the apostrophe, which a page needs once.
fn rendered(section: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    section(&mut out).expect("memory takes all");
    let text = String::from_utf8(out).expect("made of the tree's texts");
    let apostrophe = Roff::new().render();
    match text.strip_prefix(&apostrophe) {
        Some(rest) if !rest.starts_with(".TH") => rest.to_owned(),
        _ => text,
    }
}

fn own(section: &Roff) -> String {
    rendered(|out| section.to_writer(out))
}

fn examples(command: &Command) -> String {
    let Some(text) = command.get_after_help().map(ToString::to_string) else { return String::new() };
    let mut roff = Roff::new();
    roff.control("SH", ["EXAMPLES"]);
    for line in text.lines().skip_while(|line| *line == "Examples:") {
        roff.control("PP", []).text([roman(line.trim())]);
    }
    own(&roff)
}

fn exit_status() -> String {
    let codes: Vec<_> = Exit::ALL.iter().map(|exit| ((*exit as u8).to_string(), exit.meaning())).collect();
    section("EXIT STATUS", codes.iter().map(|(code, meaning)| (code.as_str(), *meaning)))
}

/// The sections and keys of the configuration file, as `cli::config` reads them.
fn configuration() -> String {
    let mut roff = Roff::new();
    roff.control("SH", ["CONFIGURATION"]);
    roff.text([roman(
        "The configuration file is TOML. Options and variables come before it. Paths in it start where the file lies, or with ~/. \
         A key that does not exist is an error.",
    )]);
    for (title, keys) in [("[defaults]", DEFAULTS_KEYS), ("[host.\"registry.example:5000\"]", HOST_KEYS)] {
        roff.control("SS", [title]);
        for (key, text) in keys {
            roff.control("TP", []).text([bold(*key)]).text([roman(*text)]);
        }
    }
    own(&roff)
}

fn see_also() -> String {
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]);
    roff.text([bold("rpush"), roman("(1): exit status, environment, files, and where accounts are looked for")]);
    own(&roff)
}

fn section<'a>(title: &str, entries: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (name, text) in entries {
        roff.control("TP", []).text([bold(name)]).text([roman(text)]);
    }
    own(&roff)
}

//! The variables that rpush reads. Those that stand for an option are read off the command tree, so that none is missing.

use std::collections::{BTreeMap, BTreeSet};

use clap::Command;

use super::page::{Page, Part};

/// What may be set, besides the variables that stand for an option.
const OTHERS: &[(&str, &str)] = &[
    (
        "RPUSH_USERNAME, RPUSH_PASSWORD",
        "The account for every registry that is named, before all accounts that are kept; mirrors do not get it.",
    ),
    ("RPUSH_TOKEN", "A token that every registry that is named is shown as it is; mirrors do not get it."),
    ("DOCKER_AUTH_CONFIG", "The content of a config.json of Docker's, for accounts."),
    ("REGISTRY_AUTH_FILE", "A file of accounts, as Podman and Docker write it; login and logout then change it."),
    ("DOCKER_CONFIG", "The directory of Docker's config.json, in place of ~/.docker."),
    (
        "DOCKER_HOST, DOCKER_CONTEXT",
        "Where the Docker daemon is that has images which the store has not: unix:///PATH or tcp://HOST:PORT, or the name of a context.",
    ),
    (
        "DOCKER_TLS_VERIFY, DOCKER_CERT_PATH",
        "Whether TLS is spoken to a daemon at tcp://, and the directory of ca.pem, cert.pem and key.pem.",
    ),
    ("DBUS_SESSION_BUS_ADDRESS", "The bus on which the keyring is looked for; by default the user's own."),
    ("RPUSH_TOKEN_CACHE", "0: keep no tokens for the next run, and use none that were kept."),
    ("XDG_CACHE_HOME", "Where tokens are kept, as rpush/tokens.json, in place of ~/.cache."),
    ("XDG_DATA_HOME", "Where the store lies, as rpush/store, in place of ~/.local/share."),
    (
        "XDG_RUNTIME_DIR, XDG_CONFIG_HOME",
        "Where Podman's containers/auth.json is looked for, and in the first Podman's socket.",
    ),
    ("SSL_CERT_FILE, SSL_CERT_DIR", "Certificates to trust in place of the system's."),
    (
        "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY",
        "The proxy, and the hosts that are reached without it. Hosts on this machine always are, unless --proxy is given.",
    ),
    ("NO_COLOR", "No colours."),
];

/// The page of the topic.
pub fn page() -> Page {
    let mut page = Page::parse(
        "What is set in the environment comes before the configuration file, and after what is typed. A variable that is empty \
         is one that is not set; of an option that is on or off, `1`, `true`, `yes` and `on` turn it on.\n\n## Variables",
    );
    page.parts.extend(variables().into_iter().map(|(name, text)| Part::Entry(name, text)));
    page
}

/// The variables that stand for an option, in the order of their names, and then the others.
pub fn variables() -> Vec<(String, String)> {
    let mut options = BTreeMap::new();
    collect(&super::super::tree(), &mut options);
    let options = options.into_iter().map(|(name, (commands, option))| {
        let commands: Vec<_> = commands.into_iter().collect();
        // Where it is an option of one command alone, its name may say too little.
        let command = if let [command] = &commands[..] {
            if command == "rpush" { String::new() } else { format!("rpush {command} ") }
        } else {
            String::new()
        };
        (name, format!("The same as {command}--{option}."))
    });
    options.chain(OTHERS.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))).collect()
}

/// Commands by name, and the long name of the option.
type Options = BTreeMap<String, (BTreeSet<String>, String)>;

fn collect(command: &Command, found: &mut Options) {
    for option in command.get_arguments() {
        if let (Some(name), Some(long)) = (option.get_env(), option.get_long()) {
            let name = name.to_string_lossy().into_owned();
            let known = found.entry(name).or_insert_with(|| (BTreeSet::new(), long.to_owned()));
            known.0.insert(command.get_name().to_owned());
        }
    }
    command.get_subcommands().for_each(|command| collect(command, found));
}

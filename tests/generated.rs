//! Holds what is written down to what the program is: `completions/`, `man/` and `docs/reference/` are made of the command tree,
//! and the commands, links and tables of the documents are checked against the program.
//!
//! `RPUSH_REWRITE=1 cargo test --test generated` writes what is made anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::error::ErrorKind;
use clap_complete::Shell;
use rpush::cli::failure::Exit;
use rpush::cli::generate;

const DOCUMENTS: [&str; 4] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"];

/// The documents, and every page of the book.
fn documents() -> Vec<String> {
    DOCUMENTS.iter().map(|name| (*name).to_owned()).chain(pages()).collect()
}

/// The pages of the book, by their paths within the project.
fn pages() -> Vec<String> {
    fn collect(directory: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(directory).expect("the directory is there").flatten() {
            let path = entry.path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let path = path.strip_prefix(project("")).expect("it is below");
                found.push(path.to_str().expect("pages have plain names").replace('\\', "/"));
            }
        }
    }
    let mut found = Vec::new();
    collect(&project("docs"), &mut found);
    found.sort();
    found
}

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn document(name: &str) -> String {
    fs::read_to_string(project(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Shells, and the file names that they look for.
const SHELLS: [(Shell, &str); 5] = [
    (Shell::Bash, "rpush.bash"),
    (Shell::Zsh, "_rpush"),
    (Shell::Fish, "rpush.fish"),
    (Shell::PowerShell, "_rpush.ps1"),
    (Shell::Elvish, "rpush.elv"),
];

/// Compares a directory with what it should hold, or makes it so.
fn hold(directory: &str, expected: &BTreeMap<String, String>) {
    let path = project(directory);
    let names = |path: &Path| -> BTreeSet<String> {
        let entries = fs::read_dir(path).expect("the directory is there");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    };
    if std::env::var_os("RPUSH_REWRITE").is_some() {
        fs::create_dir_all(&path).expect("made");
        names(&path).iter().for_each(|name| fs::remove_file(path.join(name)).expect("removed"));
        expected.iter().for_each(|(name, text)| fs::write(path.join(name), text).expect("written"));
    }
    let rewrite = "`RPUSH_REWRITE=1 cargo test --test generated` writes it anew";
    let wanted: BTreeSet<String> = expected.keys().cloned().collect();
    assert_eq!(names(&path), wanted, "the files in {directory}; {rewrite}");
    for (name, text) in expected {
        let found = fs::read(path.join(name)).expect("it was in the list");
        assert!(found == text.as_bytes(), "{directory}/{name} is not what the commands are; {rewrite}");
    }
}

#[test]
fn completions_are_those_of_the_command_tree() {
    let made = SHELLS.map(|(shell, name)| (name.to_owned(), generate::completion(shell)));
    hold("completions", &made.into());
}

#[test]
fn man_pages_are_those_of_the_command_tree() {
    hold("man", &generate::man_pages());
}

#[test]
fn the_reference_is_that_of_the_command_tree() {
    hold("docs/reference", &[("commands.md".to_owned(), generate::command_reference())].into());
}

#[test]
fn the_command_prints_the_files() {
    for (shell, name) in SHELLS {
        let output = Command::new(env!("CARGO_BIN_EXE_rpush")).args(["completions", &shell.to_string()]).output();
        let output = output.expect("it runs");
        assert!(output.status.success());
        assert!(output.stdout == generate::completion(shell).as_bytes(), "{name}");
    }
}

/// `-h` fits into a hundred columns, every command says what it does in a line and shows how it is used.
#[test]
fn help_is_short_and_has_examples() {
    fn visit(command: &clap::Command) {
        let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        assert!(!about.is_empty() && about.len() <= 80 && !about.ends_with('.'), "{name}: {about}");
        let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(examples.starts_with("Examples:\n"), "{name} has no examples");
        let help = command.clone().term_width(100).render_help().to_string();
        let wide = help.lines().find(|line| line.chars().count() > 100);
        assert!(wide.is_none(), "{name}: {wide:?}");
        for (line, words) in commands_in(&format!("```\n{examples}\n```")) {
            check_command(name, &line, &words, Whole::Yes);
        }
        command.get_subcommands().for_each(visit);
    }
    let mut tree = rpush::cli::tree().disable_help_subcommand(true);
    tree.build();
    visit(&tree);
}

/// Options without a variable, and why: what is said once for all has one.
const WITHOUT_VARIABLE: &[(&str, &[&str])] = &[
    (
        "it says what is to be done, and not how",
        &[
            "all-platforms",
            "all-tags",
            "allow-missing",
            "artifact-type",
            "annotation",
            "base",
            "change",
            "cmd",
            "created",
            "digest-file",
            "dry-run",
            "entrypoint",
            "env",
            "force",
            "from",
            "from-tag",
            "input",
            "keep",
            "keep-owner",
            "label",
            "layer",
            "max-body",
            "message",
            "no-clobber",
            "output",
            "owner",
            "remote",
            "repair",
            "to",
            "user",
            "workdir",
        ],
    ),
    (
        "it says what one list is to show",
        &["all", "digests", "exclude", "filter", "include", "limit", "no-trunc", "tree"],
    ),
    ("each command has forms of its own", &["format"]),
    (
        "the account of all commands is in `RPUSH_USERNAME` and `RPUSH_PASSWORD`",
        &["username", "password", "password-stdin"],
    ),
    ("it is where a plugin is put once", &["dir"]),
    ("of these commands the usual platform says nothing: they are about all of them", &["platform"]),
    ("clap's", &["help", "version"]),
];

/// What a person sets once can be set in the environment: each option has a variable, or a reason to have none.
#[test]
fn every_option_has_a_variable_or_a_reason() {
    fn visit(command: &clap::Command, seen: &mut BTreeSet<String>) {
        let options = command.get_arguments().filter(|option| !option.is_hide_set());
        for option in options.filter(|option| option.get_env().is_none()) {
            if let Some(long) = option.get_long() {
                let has_reason = WITHOUT_VARIABLE.iter().any(|(_, options)| options.contains(&long));
                assert!(has_reason, "`{} --{long}` has neither a variable nor a reason", command.get_name());
                seen.insert(long.to_owned());
            }
        }
        for option in command.get_arguments().filter_map(clap::Arg::get_env) {
            let name = option.to_string_lossy();
            assert!(name.starts_with("RPUSH_") || name == "DOCKER_DEFAULT_PLATFORM", "{name}");
        }
        command.get_subcommands().for_each(|command| visit(command, seen));
    }
    let mut seen = BTreeSet::new();
    let mut tree = rpush::cli::tree();
    tree.build();
    visit(&tree, &mut seen);
    let excused = WITHOUT_VARIABLE.iter().flat_map(|(_, options)| options.iter());
    let idle: Vec<_> = excused.filter(|option| !seen.contains(**option)).collect();
    assert!(idle.is_empty(), "there are no such options without a variable: {idle:?}");
}

/// What the pages of topics tell people to type is a command.
#[test]
fn commands_in_the_topics_are_commands() {
    for topic in rpush::cli::help::TOPICS {
        for line in topic.page().as_text(100).lines().filter_map(|line| line.strip_prefix("    ")) {
            for (line, words) in commands_in(&format!("```\n{}\n```", line.replace("||", "#"))) {
                check_command(topic.name, &line, &words, Whole::Yes);
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Whole {
    Yes,
    /// In running text `rpush push` is a name.
    No,
}

/// The command lines in code blocks, each with its words. In a block of `text` a command's usage is no command.
fn commands_in(text: &str) -> Vec<(String, Vec<String>)> {
    let (mut inside, mut is_text) = (false, false);
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            (inside, is_text) = (!inside, language == "text");
        } else if inside && !is_text {
            let line = line.trim_start().trim_start_matches("$ ");
            for part in line.split(" | ").flat_map(|part| part.split(" && ")) {
                let words = words(&part.replace("cargo run --release --", "rpush"));
                if words.first().is_some_and(|word| word == "rpush") {
                    found.push((part.to_owned(), words));
                }
            }
        }
    }
    found
}

/// The words of a command line, up to whatever is the shell's business.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for character in line.trim().chars() {
        match (quote, character) {
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None, ' ') => words.push(String::new()),
            (None, '<' | '>' | '#' | ';' | '&') if words.last().is_some_and(String::is_empty) => break,
            _ => words.last_mut().expect("never empty").push(character),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn check_command(place: &str, line: &str, words: &[String], whole: Whole) {
    let Err(error) = rpush::cli::tree().try_get_matches_from(words) else { return };
    let is_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let is_incomplete = matches!(
        error.kind(),
        ErrorKind::MissingRequiredArgument
            | ErrorKind::MissingSubcommand
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    assert!(is_help || (is_incomplete && whole == Whole::No), "{place}: `{line}`: {error}");
}

#[test]
fn commands_in_the_documents_are_commands() {
    for name in documents() {
        let text = document(&name);
        for (line, words) in commands_in(&text) {
            check_command(&name, &line, &words, Whole::Yes);
        }
        let prose: Vec<_> = text.split("```").step_by(2).collect();
        for span in prose.join("\n").split('`').skip(1).step_by(2) {
            let words = words(span);
            if words.first().is_some_and(|word| word == "rpush") && !span.contains('…') {
                check_command(&name, span, &words, Whole::No);
            }
        }
    }
}

#[test]
fn every_command_is_in_the_readme() {
    let text = document("README.md");
    for command in rpush::cli::tree().get_subcommands() {
        let name = command.get_name();
        assert!(text.contains(&format!("rpush {name}")), "README.md does not mention `rpush {name}`");
    }
}

#[test]
fn links_in_the_documents_lead_somewhere() {
    for name in documents() {
        let directory = Path::new(&name).parent().expect("a page lies somewhere").to_owned();
        for link in document(&name).split("](").skip(1) {
            let target = link.split([')', '#', ' ']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") {
                assert!(
                    project("").join(&directory).join(target).exists(),
                    "{name} links to {target}, which is not there"
                );
            }
        }
    }
}

/// mdBook leaves out a page that the summary does not name, without a word.
#[test]
fn every_page_is_in_the_summary() {
    let summary = document("docs/SUMMARY.md");
    let listed = summary.split("](").skip(1).filter_map(|link| link.split(')').next());
    let listed: BTreeSet<String> = listed.map(|page| format!("docs/{page}")).collect();
    let there: BTreeSet<String> = pages().into_iter().filter(|page| page != "docs/SUMMARY.md").collect();
    assert_eq!(listed, there);
}

/// What the map names is there: `src/registry/verdict.rs` in backticks is a file of the project.
#[test]
fn files_in_the_documents_are_files() {
    for name in documents() {
        for span in document(&name).split('`') {
            let is_path =
                span.contains('/') && (span.ends_with(".rs") || span.ends_with('/')) && !span.contains([' ', '<', '*']);
            let known = ["src/", "tests/", "completions/", "man/", ".ci/"];
            if is_path && known.iter().any(|start| span.starts_with(start)) {
                assert!(project(span).exists(), "{name} speaks of {span}, which is not there");
            }
        }
    }
}

#[test]
fn exit_codes_in_the_readme_are_those_of_the_program() {
    let text = document("README.md");
    let section = text.split("## Exit codes").nth(1).expect("README.md has the section").split("\n## ").next();
    let rows: Vec<_> = section.unwrap_or_default().lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    let expected: Vec<_> = Exit::ALL.iter().map(|exit| format!("| {} | {} |", *exit as u8, exit.meaning())).collect();
    assert_eq!(rows, expected);
}

/// Every variable that the man page knows is in the README, and the other way round.
#[test]
fn variables_in_the_readme_are_those_of_the_man_page() {
    let pages = generate::man_pages();
    let names = |text: &str| -> BTreeSet<String> {
        let is_part = |c: char| c.is_ascii_uppercase() || c == '_';
        // In a man page a bold word begins with `\fB`.
        let words = text.split(|c: char| !is_part(c)).filter_map(|word| Some(&word[word.find("RPUSH_")?..]));
        words.map(str::to_owned).collect()
    };
    assert_eq!(names(&document("README.md")), names(&pages["rpush.1"]));
}

/// The names of all tests below a directory.
fn tests_below(directory: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).expect("the directory is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            tests_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source can be read");
            let names =
                text.split("fn ").skip(1).filter_map(|rest| rest.split_once('(')).map(|(name, _)| name.to_owned());
            found.extend(names);
        }
    }
}

/// SECURITY.md lists the test of each advisory, and each test that is named after one.
#[test]
fn advisories_have_their_tests() {
    let mut tests = BTreeSet::new();
    ["src", "tests"].iter().for_each(|directory| tests_below(&project(directory), &mut tests));
    let page = document("SECURITY.md");
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| advisory"));
    let listed: BTreeSet<String> = rows
        .flat_map(|row| row.rsplit("| ").next().expect("a last cell").split('`'))
        .filter(|word| word.contains('_') && !word.contains(['.', ' ']))
        .map(str::to_owned)
        .collect();
    let missing: Vec<_> = listed.difference(&tests).collect();
    assert!(listed.len() > 15 && missing.is_empty(), "listed, and not there: {missing:?}");
    let unlisted: Vec<_> = tests.iter().filter(|name| name.starts_with("cve_") && !listed.contains(*name)).collect();
    assert!(unlisted.is_empty(), "there, and not listed: {unlisted:?}");
}

/// Pictures are light, stand alone, and show commands that are commands.
#[test]
fn pictures_are_small_and_true() {
    let mut commands = 0;
    for name in ["docs/picture/session.svg", "docs/picture/floors.svg"] {
        let text = document(name);
        assert!(text.len() < 60_000, "{name} has {} bytes", text.len());
        let outside = text.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        for reference in ["http://", "https://", "href", "url(", "@import", "<script", "<image"] {
            assert!(!outside.contains(reference), "{name} refers to something: {reference}");
        }
        // What stays in the end; a command that is being typed is shown by the word.
        for line in text.lines().filter(|line| line.starts_with("<text") && !line.contains(r#" opacity="0""#)) {
            let line: String = line.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
            if let Some(words) = line.strip_prefix('$').map(words) {
                check_command(name, &line, &words, Whole::Yes);
                commands += 1;
            }
        }
    }
    assert!(commands > 3, "the session shows commands");
}

/// The picture of the floors has every module that there is.
#[test]
fn the_picture_of_the_floors_has_them_all() {
    let picture = document("docs/picture/floors.svg");
    for entry in fs::read_dir(project("src")).expect("the sources").flatten().filter(|entry| entry.path().is_dir()) {
        let module = entry.file_name().into_string().expect("a plain name");
        assert!(picture.contains(&format!(">{module}<")), "{module} is not on the picture");
    }
}

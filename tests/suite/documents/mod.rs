//! What the pages tell people to type: every `console` block of the README and of the book is typed into a shell, in the order of
//! the page, and every line that the page shows must be printed. What differs from machine to machine (digests, sizes, times,
//! ports) is the same to the comparison.

mod pipelines;
mod world;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use crate::support::lacks;
use world::World;

/// Programs of other people that pages use, and that a machine may be without.
const PROGRAMS: [&str; 4] = ["htpasswd", "openssl", "skopeo", "sha256sum"];

/// What stands for lines that are left out, and what only a machine with a keyring prints; tests/keyring.rs has one.
const UNSEEN: [&str; 3] = ["…", "stored in the keyring", "removed from the keyring"];

/// One command of a page.
struct Step {
    line: usize,
    command: String,
    shown: Vec<String>,
}

macro_rules! pages {
    ($($test:ident: $page:literal,)*) => {
        $(
            #[test]
            fn $test() {
                walk($page);
            }
        )*
        const WALKED: &[&str] = &[$($page),*];
    };
}

pages! {
    the_readme: "README.md",
    the_tutorial: "docs/tutorial.md",
    getting_it: "docs/install.md",
    accounts: "docs/how-to/accounts.md",
    air_gapped: "docs/how-to/air-gapped.md",
    ci: "docs/ci/index.md",
    cloudflare: "docs/how-to/cloudflare.md",
    copying: "docs/how-to/copying.md",
    docker_daemon: "docs/how-to/docker-daemon.md",
    docker_hub: "docs/how-to/docker-hub.md",
    events: "docs/events.md",
    doctor: "docs/how-to/doctor.md",
    ecr: "docs/how-to/ecr.md",
    ghcr: "docs/how-to/ghcr.md",
    gitlab: "docs/how-to/gitlab.md",
    making_images: "docs/how-to/making-images.md",
    mirrors: "docs/how-to/mirrors.md",
    plans: "docs/how-to/plans.md",
    migrating: "docs/how-to/migrating.md",
    retagging: "docs/how-to/retagging.md",
    resume: "docs/explanation/resume.md",
    store: "docs/explanation/store.md",
}

/// A page that is made of commands that were run.
const MADE: &str = "docs/json.md";

/// A page with commands that nobody types is a page that nobody holds to the truth.
#[test]
fn every_page_with_commands_is_walked() {
    let typed = |page: &String| !steps(&text(page)).is_empty();
    let with_commands: BTreeSet<String> = pages().into_iter().filter(typed).collect();
    let walked: BTreeSet<String> = WALKED.iter().chain([&MADE]).map(|page| (*page).to_owned()).collect();
    assert_eq!(with_commands, walked);
}

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text(page: &str) -> String {
    fs::read_to_string(project(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// The README and the pages of the book.
fn pages() -> Vec<String> {
    let mut found = vec!["README.md".to_owned()];
    for directory in ["docs", "docs/ci", "docs/how-to", "docs/explanation", "docs/reference"] {
        for entry in fs::read_dir(project(directory)).expect("the directory is there").flatten() {
            let name = entry.file_name().into_string().expect("pages have plain names");
            if name.ends_with(".md") {
                found.push(format!("{directory}/{name}"));
            }
        }
    }
    found
}

/// Types the commands of a page, and compares.
fn walk(page: &str) {
    let text = text(page);
    let steps = steps(&text);
    let all: String = steps.iter().map(|step| step.command.as_str()).collect::<Vec<_>>().join("\n");
    if lack_something(&all) {
        return;
    }
    let mut world = World::of(&all);
    for Step { line, command, shown } in steps {
        let (code, printed) = world.type_in(&command);
        let fails = shown.iter().any(|line| line.starts_with("error: ") || line.starts_with("fail "));
        assert_eq!(code != 0, fails, "{page}:{line}: `{command}` ended with {code}:\n{printed}");
        let lines: BTreeSet<String> = printed.lines().map(normal).collect();
        for shown in shown.iter().filter(|line| !line.is_empty() && !UNSEEN.contains(&line.as_str())) {
            assert!(lines.contains(&normal(shown)), "{page}:{line}: `{command}` does not print `{shown}`:\n{printed}");
        }
    }
}

/// Whether the commands need a program that is not here.
fn lack_something(commands: &str) -> bool {
    let named = |program: &&str| commands.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == *program);
    let needed: Vec<_> = PROGRAMS.into_iter().filter(named).chain(["bash"]).collect();
    lacks(&needed)
}

/// The commands of the `console` blocks. One goes on in lines that begin with `> `, and until `EOF` where it says so.
fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if inside && let Some(first) = line.strip_prefix("$ ") {
            let mut command = first.to_owned();
            while command.contains("<<'EOF'") && !command.ends_with("\nEOF") {
                let (_, next) = lines.next().expect("a text in a command ends");
                command = format!("{command}\n{next}");
            }
            steps.push(Step { line: number + 1, command, shown: Vec::new() });
        } else if inside && let Some(next) = line.strip_prefix("> ") {
            let step = steps.last_mut().expect("a block begins with a command");
            step.command = format!("{}\n{next}", step.command);
        } else if inside {
            steps.last_mut().expect("a block begins with a command").shown.push(line.to_owned());
        }
    }
    steps
}

/// A line without what differs from machine to machine.
fn normal(line: &str) -> String {
    static DIFFERENT: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        let all = [
            (r"[0-9a-f]{64}", "[HEX]"),
            (r"\b[0-9a-f]{12}\b", "[ID]"),
            (r"\b(localhost|127\.0\.0\.1|0\.0\.0\.0|registry\.example):\d+", "$1:PORT"),
            (r"\b(About an?|Less than a|\d+) (second|minute|hour|day|week|month|year)s? ago", "[AGE]"),
            (r"\b\d+(\.\d+)?[kMGT]?B\b", "[SIZE]"),
            (r"\bsize: \d+", "size: N"),
            (r"^\d+ uploaded .*$", "N uploaded"),
            (r"\b\d+( layers?| blobs?| ms)\b", "N$1"),
            (r"linux/(amd64|arm64)", "linux/[ARCH]"),
            (r"\s+", " "),
            (r" \d+$", " N"),
        ];
        all.map(|(pattern, name)| (Regex::new(pattern).expect("a pattern"), name)).into()
    });
    let mut line = line.to_owned();
    for (pattern, name) in &*DIFFERENT {
        line = pattern.replace_all(&line, *name).into_owned();
    }
    line.trim().to_owned()
}

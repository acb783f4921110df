//! `--ci-summary`: what was done, written where the next steps of a pipeline and the people who look at it find it, so that no
//! script has to read digests out of output.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Mutex;

use clap::Args;

use super::failure::Failure;
use crate::content::Error;
use crate::image::{Descriptor, Digest, Reference};
use crate::transfer::Report;
use crate::ui::ci::Ci;
use crate::ui::progress::{Direction, sum_up};
use crate::ui::{printable, size};

/// GitLab's artifacts of the kind `dotenv` usually have a name like this.
const DOTENV: &str = "rpush.env";

/// The option for CI systems.
#[derive(Debug, Clone, Default, Args)]
pub struct CiArgs {
    /// Write digests and names for the next steps of a pipeline: on GitHub to `$GITHUB_OUTPUT` and, as a table, to
    /// `$GITHUB_STEP_SUMMARY`; on GitLab to `rpush.env`; with a FILE to that, as variables, and nowhere else.
    #[arg(long, value_name = "FILE", env = "RPUSH_CI_SUMMARY", hide_env_values = true, num_args = 0..=1,
          require_equals = true, default_missing_value = "auto")]
    ci_summary: Option<Wanted>,
}

/// What the option, or its variable, says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    /// Nothing.
    No,
    /// What the CI system reads.
    Auto,
    /// Variables in this file.
    File(PathBuf),
}

impl FromStr for Wanted {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.to_ascii_lowercase().as_str() {
            "" | "0" | "false" | "no" | "off" => Self::No,
            "auto" | "1" | "true" | "yes" | "on" => Self::Auto,
            _ => Self::File(text.into()),
        })
    }
}

/// Where a summary goes.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    /// `NAME=VALUE`, a line each, in place of what was there.
    Dotenv(PathBuf),
    /// GitHub's outputs of a step, after those that are there.
    Outputs(PathBuf),
    /// Markdown, after what is there.
    Table(PathBuf),
}

/// A summary that will be written.
#[derive(Debug)]
pub struct CiSummary {
    targets: Vec<Target>,
    title: &'static str,
    done: Mutex<Vec<Done>>,
}

/// An image that is where it should be.
#[derive(Debug)]
struct Done {
    reference: String,
    image: String,
    digest: Digest,
    bytes: u64,
    words: String,
}

impl CiArgs {
    /// Finds out where it goes, and that it can be written, before anything is moved.
    pub fn open(&self, title: &'static str) -> Result<CiSummary, Failure> {
        let wanted = self.ci_summary.as_ref().unwrap_or(&Wanted::No);
        let targets = targets(wanted, Ci::here(), |name| std::env::var_os(name))?;
        for Target::Dotenv(path) | Target::Outputs(path) | Target::Table(path) in &targets {
            appending(path)?;
        }
        Ok(CiSummary { targets, title, done: Mutex::default() })
    }
}

fn targets(
    wanted: &Wanted,
    ci: Option<Ci>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Vec<Target>, Failure> {
    let file = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let found = match (wanted, ci) {
        (Wanted::No, _) => return Ok(Vec::new()),
        (Wanted::File(path), _) => vec![Target::Dotenv(path.clone())],
        (Wanted::Auto, Some(Ci::GitLab)) => vec![Target::Dotenv(DOTENV.into())],
        (Wanted::Auto, _) => {
            let outputs = file("GITHUB_OUTPUT").map(Target::Outputs);
            outputs.into_iter().chain(file("GITHUB_STEP_SUMMARY").map(Target::Table)).collect()
        }
    };
    match found.is_empty() {
        false => Ok(found),
        true => Err(Failure::usage("`--ci-summary` does not know this CI system")
            .because("there is neither GITHUB_OUTPUT nor GITHUB_STEP_SUMMARY, and GITLAB_CI is not true")
            .hint("name a file for the variables: `--ci-summary=rpush.env`")),
    }
}

fn appending(path: &Path) -> Result<File, Error> {
    let open = File::options().create(true).append(true).open(path);
    open.map_err(|error| Error::io("cannot write", path, error))
}

impl CiSummary {
    /// This image is where it should be. `image` is its name with the digest in place of the tag; the report has what was
    /// done, if anything was.
    pub fn add(
        &self,
        (reference, image): (String, String),
        root: &Descriptor,
        direction: Direction,
        report: Option<&Report>,
    ) {
        let words = report.and_then(|report| sum_up(report, direction)).unwrap_or_else(|| "no byte had to move".into());
        let bytes = report.map_or(0, |report| report.totals().bytes_sent);
        let done = Done { reference, image, digest: root.digest, bytes, words };
        self.done.lock().expect("nobody panics while holding it").push(done);
    }

    /// The same of a name with a registry.
    pub fn add_named(&self, name: &Reference, root: &Descriptor, direction: Direction, report: Option<&Report>) {
        let image = format!("{}@{}", name.familiar_repository(), root.digest);
        self.add((name.familiar(), image), root, direction, report);
    }

    /// Writes it.
    pub fn write(&self) -> Result<(), Failure> {
        let done = self.done.lock().expect("nobody panics while holding it");
        for target in &self.targets {
            match target {
                Target::Outputs(_) | Target::Table(_) if done.is_empty() => {}
                Target::Dotenv(path) => {
                    fs::write(path, dotenv(&done)).map_err(|error| Error::io("cannot write", path, error))?;
                }
                Target::Outputs(path) => append(path, &outputs(&done))?,
                Target::Table(path) => append(path, &table(self.title, &done))?,
            }
        }
        Ok(())
    }
}

fn append(path: &Path, text: &str) -> Result<(), Error> {
    appending(path)?.write_all(text.as_bytes()).map_err(|error| Error::io("cannot write", path, error))
}

/// What the next steps read: a value for each image.
fn values(done: &[Done]) -> [(&'static str, Vec<String>); 4] {
    let each = |value: fn(&Done) -> String| done.iter().map(|done| one_line(&value(done))).collect();
    [
        ("digest", each(|done| done.digest.to_string())),
        ("reference", each(|done| done.reference.clone())),
        ("image", each(|done| done.image.clone())),
        ("bytes", each(|done| done.bytes.to_string())),
    ]
}

/// A path that somebody else has named must not become a variable of its own.
fn one_line(text: &str) -> String {
    printable(&text.replace('\n', "\\n")).into_owned()
}

/// GitLab takes no value of several lines, and no quotes: several values have commas between them.
fn dotenv(done: &[Done]) -> String {
    let line =
        |(name, values): (&str, Vec<String>)| format!("RPUSH_{}={}\n", name.to_ascii_uppercase(), values.join(","));
    values(done).into_iter().map(line).collect()
}

/// What is longer than a line goes between two delimiters that nobody can foresee.
fn outputs(done: &[Done]) -> String {
    let line = |(name, values): (&str, Vec<String>)| match values.as_slice() {
        [only] => format!("{name}={only}\n"),
        values => {
            let delimiter = format!("rpush_{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
            let lines: String = values.iter().map(|value| format!("{value}\n")).collect();
            format!("{name}<<{delimiter}\n{lines}{delimiter}\n")
        }
    };
    values(done).into_iter().map(line).collect()
}

/// A table in GitHub's Markdown.
fn table(title: &str, done: &[Done]) -> String {
    let mut text =
        format!("### rpush {title}\n\n| image | digest | sent or received | what was done |\n|---|---|--:|---|\n");
    for Done { reference, digest, bytes, words, .. } in done {
        let bytes = size::in_progress(*bytes);
        let (reference, digest) = (escaped(&one_line(reference)), escaped(&digest.to_string()));
        let _ = writeln!(text, "| <code>{reference}</code> | <code>{digest}</code> | {bytes} | {} |", escaped(words));
    }
    text.push('\n');
    text
}

/// Text that Markdown and HTML take for nothing else.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_alphanumeric() || matches!(c, ' ' | '.' | ',' | ';' | '/' | '-') {
            true => escaped.push(c),
            false => drop(write!(escaped, "&#{};", u32::from(c))),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(reference: &str) -> Done {
        let digest = Digest::of(b"");
        let image = format!("r.example/app@{digest}");
        Done { reference: reference.into(), image, digest, bytes: 1200, words: "1 uploaded 1.2 kB; 0.1 s".into() }
    }

    #[test]
    fn it_goes_where_the_ci_system_reads() {
        let on_github = |name: &str| match name {
            "GITHUB_OUTPUT" => Some("out".into()),
            "GITHUB_STEP_SUMMARY" => Some("summary".into()),
            _ => None,
        };
        let nowhere = |_: &str| None;
        let dotenv = |path: &str| vec![Target::Dotenv(path.into())];
        let (github, gitlab) = (Some(Ci::GitHub), Some(Ci::GitLab));
        assert_eq!(targets(&Wanted::No, github, on_github).expect("nothing"), []);
        let both = [Target::Outputs("out".into()), Target::Table("summary".into())];
        assert_eq!(targets(&Wanted::Auto, github, on_github).expect("GitHub"), both);
        assert_eq!(targets(&Wanted::Auto, gitlab, nowhere).expect("GitLab"), dotenv("rpush.env"));
        let file = Wanted::File("f".into());
        assert_eq!(targets(&file, github, on_github).expect("a file"), dotenv("f"));
        assert_eq!(targets(&file, None, nowhere).expect("a file"), dotenv("f"));
        let failure = targets(&Wanted::Auto, None, nowhere).expect_err("nobody reads it");
        assert_eq!(failure.exit(), crate::cli::failure::Exit::Usage);
    }

    #[test]
    fn the_variable_is_a_file_or_a_word() {
        for (text, wanted) in [
            ("", Wanted::No),
            ("0", Wanted::No),
            ("true", Wanted::Auto),
            ("1", Wanted::Auto),
            ("auto", Wanted::Auto),
            ("./1", Wanted::File("./1".into())),
        ] {
            assert_eq!(text.parse(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn one_image_is_a_line_and_several_are_lines_of_their_own() {
        let one = outputs(&[done("r.example/app:1")]);
        assert!(one.contains("reference=r.example/app:1\n") && !one.contains("<<"), "{one}");
        let two = outputs(&[done("r.example/app:1"), done("r.example/app:2")]);
        let start = two.find("reference<<").expect("several") + "reference<<".len();
        let delimiter = &two[start..start + two[start..].find('\n').expect("a line")];
        assert!(two.contains(&format!("{delimiter}\nr.example/app:1\nr.example/app:2\n{delimiter}\n")), "{two}");
        assert_ne!(two, outputs(&[done("r.example/app:1"), done("r.example/app:2")]), "nobody can foresee it");
        let two = dotenv(&[done("r.example/app:1"), done("r.example/app:2")]);
        assert!(two.contains("RPUSH_REFERENCE=r.example/app:1,r.example/app:2\n"), "{two}");
    }

    /// A name of somebody else's is no variable, no output, no row and no picture.
    #[test]
    fn names_are_nothing_but_names() {
        let hostile = [done("oci:x\nRPUSH_DIGEST=evil\r| <img src=x> `![a](b)` @all *b*")];
        assert_eq!(dotenv(&hostile).lines().count(), 4);
        assert_eq!(outputs(&hostile).lines().count(), 4);
        let table = table("push", &hostile);
        insta::assert_snapshot!(table.lines().nth(4).unwrap_or_default(), @"| <code>oci&#58;x&#92;nRPUSH&#95;DIGEST&#61;evil&#92;r&#124; &#60;img src&#61;x&#62; &#96;&#33;&#91;a&#93;&#40;b&#41;&#96; &#64;all &#42;b&#42;</code> | <code>sha256&#58;e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855</code> | 1.2 kB | 1 uploaded 1.2 kB; 0.1 s |");
    }
}

//! `rpush doctor`: why does a push fail? A line a check, as soon as it is made, with what to type where it failed.

mod words;

use clap::Args;
use serde_json::{Value, json};

use super::context::{Context, parse_reference};
use super::failure::{Exit, Failure, words, words_of_doctor};
use super::login;
use super::settings::{RegistryArgs, ResultFormat};
use crate::image::{Host, RepositoryName};
use crate::registry::doctor::{Check, Examination, Finding, Outcome, Reason};
use crate::ui::{Console, Judgement, json as ui_json};

/// Find out why a push fails.
///
/// Everything that a push needs is tried by itself: name, connection, TLS and certificate, clock, account, rights, and how
/// the registry takes uploads. A line for each, and below it what to type where something is wrong. The exit code is that of
/// the first check that failed; warnings do not count.
///
/// With a repository, uploads to it are begun and cancelled, up to `--max-body` large. Nothing is left behind on the registry:
/// no blob, no manifest, no tag, and nothing that exists is deleted.
///
/// With `--format json` there is one object: `host`, `repository`, `exitCode`, and `checks`, a list of objects with `check`,
/// `outcome` (`ok`, `warn`, `fail`, `skip`), `summary`, `facts` (which depend on the check) and `hint`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush doctor localhost:5000
  rpush doctor registry.example.com/team/app
  rpush doctor --format json --max-body 1g registry.example.com/team/app")]
pub struct DoctorArgs {
    /// The registry, and the repository to be pushed to.
    #[arg(value_name = "HOST[/REPOSITORY]", add = crate::cli::complete::repositories())]
    name: String,
    /// The largest body that is tried: `500k`, `128m`, `2g`, in units of 1024.
    #[arg(long, value_name = "SIZE", default_value = "128m", value_parser = size)]
    max_body: u64,
    /// Print an object in place of the lines.
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<ResultFormat>,
    #[command(flatten)]
    registry: RegistryArgs,
}

/// Runs the command.
pub async fn run(args: &DoctorArgs, context: &Context) -> Result<Exit, Failure> {
    let (host, repository) = subject(&args.name)?;
    let interrupted = |exit| Failure::new(exit, "interrupted");
    let examination = tokio::select! {
        made = context.examination(&host, repository.as_ref(), args.max_body, &args.registry) => made?,
        exit = super::signalled() => return Err(interrupted(exit)),
    };
    let mut record =
        Record { console: &context.console, format: args.format, exit: None, checks: Vec::new(), skipped: None };
    let ended = tokio::select! {
        () = examine(&examination, &mut record) => Ok(()),
        exit = super::signalled() => Err(interrupted(exit)),
    };
    if ended.is_err() {
        examination.tidy().await;
    }
    ended?;
    Ok(record.close(&host, repository.as_ref()))
}

async fn examine(examination: &Examination, record: &mut Record<'_>) {
    examination.run(&mut |finding| record.add(&finding)).await;
}

/// A host, or a name as it is pushed; a tag behind it does not matter.
fn subject(text: &str) -> Result<(Host, Option<RepositoryName>), Failure> {
    let bare = text.trim().trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/');
    match bare.contains('/') && !bare.starts_with("index.docker.io/v1") {
        true => parse_reference(bare).map(|name| (name.host, Some(name.name))),
        false => login::host(Some(text)).map(|host| (host, None)),
    }
}

/// Reads `500k`, `128m`, `2g`.
fn size(text: &str) -> Result<u64, &'static str> {
    let lower = text.trim().to_ascii_lowercase();
    let (number, unit) = match lower.char_indices().last() {
        Some((at, 'k')) => (&lower[..at], 10),
        Some((at, 'm')) => (&lower[..at], 20),
        Some((at, 'g')) => (&lower[..at], 30),
        _ => (lower.as_str(), 0),
    };
    let number = number.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << unit));
    number.filter(|size| *size > 0).ok_or("not a size like `128m`")
}

/// What was found so far, shown as it comes.
struct Record<'a> {
    console: &'a Console,
    format: Option<ResultFormat>,
    /// The first failure's.
    exit: Option<Exit>,
    checks: Vec<Value>,
    /// Checks that were not made one after the other for the same reason: one line for all.
    skipped: Option<(Reason, Vec<Check>)>,
}

impl Record<'_> {
    fn add(&mut self, finding: &Finding) {
        let summary = words::summary(finding);
        let (judgement, label, hint) = match &finding.outcome {
            Outcome::Fine => (Judgement::Good, "ok", None),
            Outcome::Warning(advice) => (Judgement::Careful, "warn", advice.as_ref().and_then(words)),
            Outcome::Failed(error) => {
                let failure = Failure::of(error);
                self.exit.get_or_insert(failure.exit());
                (Judgement::Bad, "fail", error.advice().and_then(words_of_doctor))
            }
            Outcome::Skipped(_) => (Judgement::None, "skip", None),
        };
        self.checks.push(json!({
            "check": finding.check, "outcome": label, "summary": summary, "facts": finding.fact, "hint": hint,
        }));
        if self.format.is_some() {
            return;
        }
        if let Outcome::Skipped(reason) = finding.outcome {
            return self.skip(finding.check, reason);
        }
        self.flush();
        self.line(judgement, label, finding.check.name(), &summary);
        if let Some(hint) = hint {
            self.console.data(&format!("{:18}hint: {}", "", hint.replace('\n', " ")));
        }
    }

    fn line(&self, judgement: Judgement, label: &str, name: &str, summary: &str) {
        self.console.judged(judgement, &format!("{label:<5} {name:<11} {}", summary.replace('\n', " ")));
    }

    fn skip(&mut self, check: Check, reason: Reason) {
        match &mut self.skipped {
            Some((same, checks)) if *same == reason => checks.push(check),
            _ => {
                self.flush();
                self.skipped = Some((reason, vec![check]));
            }
        }
    }

    /// Checks that were left out for one reason are one line; its name is the first one's.
    fn flush(&mut self) {
        let Some((reason, checks)) = self.skipped.take() else { return };
        let Some((first, others)) = checks.split_first() else { return };
        let names: Vec<_> = others.iter().map(|check| check.name()).collect();
        let also = match names.len() {
            0 => String::new(),
            1..=6 => format!("; nor {}", names.join(", ")),
            many => format!("; nor the {many} checks after it"),
        };
        self.line(Judgement::None, "skip", first.name(), &format!("{}{also}", words::reason(reason)));
    }

    fn close(mut self, host: &Host, repository: Option<&RepositoryName>) -> Exit {
        self.flush();
        let exit = self.exit.unwrap_or(Exit::Done);
        if self.format.is_some() {
            let repository = repository.map(ToString::to_string);
            let object = json!({
                "host": host.as_str(), "repository": repository, "checks": self.checks, "exitCode": exit as u8,
            });
            self.console.data(&ui_json::line(&object));
        }
        exit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_a_push_reads_it() {
        for (text, host, repository) in [
            ("localhost:5000", "localhost:5000", None),
            ("localhost:5000/", "localhost:5000", None),
            ("https://r.example", "r.example", None),
            ("https://index.docker.io/v1/", "docker.io", None),
            ("r.example/team/app", "r.example", Some("team/app")),
            ("https://r.example/team/app/", "r.example", Some("team/app")),
            ("localhost:5000/app:1.0.0", "localhost:5000", Some("app")),
            ("team/app", "docker.io", Some("team/app")),
        ] {
            let (found, name) = subject(text).expect("a name");
            assert_eq!((found.as_str(), name.map(|name| name.to_string()).as_deref()), (host, repository), "{text}");
        }
        assert_eq!(subject("r.example/UPPER").expect_err("no name").exit(), Exit::Usage);
    }

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in [
            ("1", Some(1)),
            ("500k", Some(500 << 10)),
            ("128M", Some(128 << 20)),
            ("2g", Some(2 << 30)),
            ("0", None),
            ("", None),
            ("k", None),
            ("1.5g", None),
            ("99999999999999g", None),
            ("1ü", None),
        ] {
            assert_eq!(size(text).ok(), bytes, "{text}");
        }
    }
}

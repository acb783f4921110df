//! What a program cost: its time on the clock, its processor time and its largest memory.
//!
//! This program starts itself anew for each measurement, and that process starts what is measured, waits for it and asks the
//! system. Only so do the figures belong to one program: the system adds up all children of a process, and counts the
//! memory of whoever starts a program until the moment in which the program takes its place.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

/// The first argument of a process that measures another.
const MEASURE: &str = "--measure";

/// A program to run, with an environment of its own.
#[derive(Debug, Clone)]
pub struct Call {
    words: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
}

/// What it cost.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Seconds on the clock.
    pub wall: f64,
    /// Seconds of processor time, of the program and what it started.
    pub cpu: f64,
    /// The largest memory of any of these processes, in bytes.
    pub memory: u64,
}

impl Call {
    /// A program without arguments.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self { words: vec![program.as_ref().to_owned()], environment: Vec::new() }
    }

    /// With these words, of which none has a space in it.
    pub fn words(mut self, words: &str) -> Self {
        self.words.extend(words.split_whitespace().map(OsString::from));
        self
    }

    /// With one more word.
    pub fn word(mut self, word: impl AsRef<OsStr>) -> Self {
        self.words.push(word.as_ref().to_owned());
        self
    }

    /// With one more variable.
    pub fn variable(mut self, name: &'static str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name, value.as_ref().to_owned()));
        self
    }

    /// Runs it and measures it; what it says goes to the file `talk`. When it fails, that is the error.
    pub fn run(&self, talk: &Path) -> Result<Cost, String> {
        let report = talk.with_extension("cost");
        let status = self.measured(&report, talk).map_err(|error| format!("cannot be started: {error}"))?;
        if !status {
            return Err(last_words(talk));
        }
        let figures = fs::read_to_string(&report).map_err(|error| format!("was not measured: {error}"))?;
        let figure =
            |n: usize| -> f64 { figures.split(' ').nth(n).and_then(|text| text.parse().ok()).unwrap_or(f64::NAN) };
        Ok(Cost { wall: figure(0), cpu: figure(1), memory: figure(2) as u64 })
    }

    fn measured(&self, report: &Path, talk: &Path) -> io::Result<bool> {
        let talk = File::create(talk)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(MEASURE).arg(report).args(&self.words);
        // Nothing that the person who runs this has set may speak for one of the programs.
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(talk.try_clone()?).stderr(talk);
        Ok(command.status()?.success())
    }
}

/// The end of what a program said, on one line.
fn last_words(talk: &Path) -> String {
    let text = fs::read(talk).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let words = lines[lines.len().saturating_sub(3)..].join("; ");
    words.chars().take(300).collect()
}

/// When this process is here to measure another, does so and says how that one ended.
pub fn child() -> Option<ExitCode> {
    let mut words = std::env::args_os().skip(1);
    if words.next()? != MEASURE {
        return None;
    }
    let (report, program) = (words.next()?, words.next()?);
    // What others have written is on the disk before the clock starts.
    nix::unistd::sync();
    let begin = Instant::now();
    let status = Command::new(program).args(words).status();
    let wall = begin.elapsed().as_secs_f64();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
    let cpu = (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6;
    let memory = usage.max_rss() * 1024;
    fs::write(report, format!("{wall} {cpu} {memory}")).ok()?;
    Some(match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

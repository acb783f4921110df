//! rpush beside docker, skopeo and curl, in turn, in one run: `cargo bench --bench peers`. It installs nothing, says which of
//! them it found, and writes BENCHMARKS.md and the picture for the README.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it speaks to whoever started it")]

mod content;
mod docker;
mod goals;
mod images;
mod link;
mod machine;
mod measure;
mod peers;
mod plot;
mod registry;
mod report;
mod results;
mod scenarios;
mod stage;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use images::{Images, Scale};
use link::Shape;
use peers::{Peer, Programs};
use report::Circumstances;
use results::{Cell, Results, Row};
use scenarios::Scenario;
use stage::Stage;

/// Compares rpush with docker, skopeo and curl. A whole run writes BENCHMARKS.md and benches/peers.svg; with `--quick` or
/// `--only` the report is printed instead.
#[derive(Debug, Parser)]
#[command(name = "peers")]
struct Args {
    /// How many runs the medians are of; 1 with `--quick`, else 3.
    #[arg(long)]
    runs: Option<usize>,
    /// Only the scenarios that have this in their name, such as `push-again`.
    #[arg(long, value_name = "SUBSTRING")]
    only: Option<String>,
    /// Small images, two distances, one run: whether everything works, not how fast it is.
    #[arg(long)]
    quick: bool,
    /// An archive of `docker save`, for the scenarios with a real image.
    #[arg(long, value_name = "DOCKER_ARCHIVE")]
    image: Option<PathBuf>,
    /// Where to write the report.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Where to draw the picture.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Another rpush to measure than the one that was built for this.
    #[arg(long, value_name = "PROGRAM", default_value = env!("CARGO_BIN_EXE_rpush"))]
    rpush: PathBuf,
    /// What cargo says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    // First of all, so that a process that measures is as small as can be.
    if let Some(code) = measure::child() {
        return code;
    }
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), String> {
    let scale = if args.quick { Scale::Quick } else { Scale::Full };
    let runs = args.runs.unwrap_or(if args.quick { 1 } else { 3 }).max(1);
    let versions = machine::versions(&args.rpush);
    for (name, version) in &versions {
        eprintln!("{name}: {}", version.as_deref().unwrap_or("not installed"));
    }
    if versions.iter().any(|(name, version)| *name == "docker-registry" && version.is_none()) {
        return Err("there is no `docker-registry` to push to: install Debian's package of that name".to_owned());
    }
    let work = tempfile::Builder::new().prefix("rpush-peers-").tempdir().map_err(|error| error.to_string())?;
    let image = args.image.as_ref().map(fs::canonicalize).transpose().map_err(|error| format!("--image: {error}"))?;
    let with_real = image.is_some();
    let images = Images::new(&args.rpush, work.path(), scale, image);
    let mut stage = Stage::new(work.path(), Programs { rpush: args.rpush.clone() }, images);
    let mut scenarios = scenarios::all(scale, with_real);
    scenarios.retain(|scenario| args.only.as_ref().is_none_or(|only| scenario.id.contains(only.as_str())));
    let mut results = Results::default();
    for scenario in &scenarios {
        for link in &scenario.links {
            let row = measure_row(&mut stage, scenario, *link, runs.min(scenario.most_runs));
            results.rows.push(row);
        }
    }
    let circumstances = Circumstances { facts: machine::facts(versions), runs };
    write(args, &results, &circumstances)
}

/// All runs of a row: each peer once, then each again.
fn measure_row(stage: &mut Stage, scenario: &Scenario, link: Shape, runs: usize) -> Row {
    let mut cells: Vec<Cell> = scenario.peers.iter().map(|peer| Cell::new(*peer)).collect();
    // Without a proxy nobody counts bytes, so that one more run goes through one.
    let counting = usize::from(link == Shape::DIRECT);
    for number in 0..runs + counting {
        let counts = number < counting;
        for cell in cells.iter_mut().filter(|cell| cell.trouble.is_none()) {
            match stage.run(scenario, link, counts, cell.peer) {
                Ok(sample) => {
                    cell.traffic = sample.traffic.or(cell.traffic);
                    cell.samples.extend((!counts).then_some(sample));
                }
                Err(error) => cell.trouble = Some(error),
            }
        }
    }
    for cell in &cells {
        eprintln!("{}", line(scenario.id, link, cell));
    }
    Row { id: scenario.id, title: scenario.title, link, cells }
}

/// What whoever waits is told of a cell.
fn line(id: &str, link: Shape, cell: &Cell) -> String {
    let (link, peer) = (link.name(), Peer::name(cell.peer));
    match (cell.wall(), cell.cpu(), cell.memory(), cell.requests(), &cell.trouble) {
        (Some(wall), Some(cpu), Some(memory), Some(requests), None) => format!(
            "{id:16} {link:18} {peer:8} {:8.3} s {:8.3} s cpu {:6.1} MB {requests:4} requests",
            wall.median,
            cpu.median,
            memory / 1e6
        ),
        (.., trouble) => format!("{id:16} {link:18} {peer:8} {}", trouble.as_deref().unwrap_or("nothing was measured")),
    }
}

fn write(args: &Args, results: &Results, circumstances: &Circumstances) -> Result<(), String> {
    let text = report::markdown(results, &goals::judge(results), circumstances);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_whole = !args.quick && args.only.is_none();
    let place = |given: &Option<PathBuf>, usual: &str| given.clone().or_else(|| is_whole.then(|| root.join(usual)));
    let save = |path: PathBuf, text: &str| {
        fs::write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        eprintln!("written: {}", path.display());
        Ok::<_, String>(())
    };
    match place(&args.out, "BENCHMARKS.md") {
        Some(path) => save(path, &text)?,
        None => println!("{text}"),
    }
    if let Some(path) = place(&args.plot, "benches/peers.svg") {
        save(path, &plot::svg(results))?;
    }
    Ok(())
}

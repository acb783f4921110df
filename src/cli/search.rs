//! `rpush search`: repositories of Docker Hub by a word, in Docker's table; of another registry, those of its list whose names
//! have the word in them.

use std::pin::pin;

use clap::Args;
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::image::{Host, Reference};
use crate::registry::Hit;
use crate::ui::template::{Columns, Format};

use super::context::Context;
use super::failure::Failure;
use super::ls::looks_like_host;
use super::settings::RegistryArgs;

/// Longer descriptions are cut, as Docker does it.
const DESCRIPTION: usize = 45;

/// Search Docker Hub for repositories, or a registry for names.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush search alpine
  rpush search --filter is-official=true --limit 5 nginx
  rpush search --format '{{.Name}}: {{.Description}}' --no-trunc redis
  rpush search localhost:5000/fancy")]
pub struct SearchArgs {
    /// A word; after a registry and a slash, part of a name there: `localhost:5000/fancy`.
    #[arg(value_name = "[HOST/]TERM")]
    term: String,
    /// How many to show.
    #[arg(long, value_name = "N", default_value = "25", value_parser = clap::value_parser!(u16).range(1..=100))]
    limit: u16,
    /// Only these: `is-official=true|false`, `stars=N` for at least so many.
    #[arg(short, long, value_name = "FILTER")]
    filter: Vec<String>,
    /// How to print: `table`, `table TEMPLATE`, `json`, or a template: `{{.Name}}`.
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Show descriptions whole.
    #[arg(long)]
    no_trunc: bool,
    #[command(flatten)]
    registry: RegistryArgs,
}

impl SearchArgs {
    /// The options for the registry.
    pub fn registry(&self) -> &RegistryArgs {
        &self.registry
    }
}

const HEADERS: &[(&str, &str)] =
    &[("Name", "NAME"), ("Description", "DESCRIPTION"), ("StarCount", "STARS"), ("IsOfficial", "OFFICIAL")];

const HUB: Columns<'_> = Columns {
    headers: HEADERS,
    table: "{{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}",
    raw: "name: {{.Name}}\ndescription: {{.Description}}\nstars: {{.StarCount}}\nofficial: {{.IsOfficial}}\n",
};

/// A registry's list has nothing but names.
const CATALOG: Columns<'_> = Columns { headers: HEADERS, table: "{{.Name}}", raw: "name: {{.Name}}\n" };

/// Runs the command.
pub async fn run(args: &SearchArgs, context: &Context) -> Result<(), Failure> {
    let filters = args.filter.iter().map(|text| Filter::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let (host, term) = place(&args.term)?;
    let columns = if host.is_docker_hub() { HUB } else { CATALOG };
    let format = Format::parse(args.format.as_deref(), &columns)?;
    if term.is_empty() {
        return Err(Failure::usage("there is no word to search for")
            .hint(format!("all repositories of {host}: `rpush ls {host}`")));
    }
    if !host.is_docker_hub() && !filters.is_empty() {
        return Err(Failure::usage(format!("`--filter` is for Docker Hub; the list of {host} has nothing but names"))
            .hint(format!("choose by the name alone: `rpush search {host}/{term}`")));
    }
    let mut hits = match host.is_docker_hub() {
        true => context.registry(&host, None, &args.registry).await?.search(term, args.limit.into()).await?,
        false => named(&host, term, args, context).await?,
    };
    hits.retain(|hit| filters.iter().all(|filter| filter.accepts(hit)));
    let mut list = format.begin(&columns)?;
    for hit in &hits {
        list.add(&fields(hit, &format, args.no_trunc))?;
    }
    list.finish().iter().for_each(|line| context.console.data(line));
    Ok(())
}

/// Where to search, and for what: as in a name, a first part that looks like a host is one.
fn place(text: &str) -> Result<(Host, &str), Failure> {
    if text.contains("://") {
        return Err(Failure::usage(format!("`{text}` has a scheme, and a registry's name has none"))
            .hint("leave out the scheme: `rpush search localhost:5000/fancy`"));
    }
    match text.split_once('/') {
        Some((host, term)) if looks_like_host(host) => {
            let host = host.parse().map_err(|_| {
                Failure::usage(format!("`{host}` is not the name of a registry, like `localhost:5000`"))
            })?;
            Ok((host, term))
        }
        None if looks_like_host(text) && text.contains(':') => {
            Err(Failure::usage(format!("there is no word to search for at {text}"))
                .hint(format!("all repositories of {text}: `rpush ls {text}`")))
        }
        _ => Ok((Host::docker_hub(), text)),
    }
}

/// The repositories of a registry whose names have `term` in them.
async fn named(host: &Host, term: &str, args: &SearchArgs, context: &Context) -> Result<Vec<Hit>, Failure> {
    let registry = context.registry(host, None, &args.registry).await?;
    let tally = context.tally("repositories", false);
    let term = term.to_lowercase();
    let (mut hits, mut seen) = (Vec::new(), 0);
    let mut names = pin!(registry.repositories());
    while let Some(name) = names.next().await {
        let name = name?;
        seen += 1;
        tally.at(seen, None);
        if !name.as_str().contains(&term) {
            continue;
        }
        if hits.len() == usize::from(args.limit) {
            drop(tally);
            context.console.talk(&format!("there are more than {}; `--limit` shows more", args.limit));
            return Ok(hits);
        }
        let name = Reference { host: host.clone(), name, tag: None, digest: None };
        hits.push(Hit { name: name.familiar(), ..Hit::default() });
    }
    Ok(hits)
}

/// Docker's fields. As there, what is true looks different in a table and in JSON.
fn fields(hit: &Hit, format: &Format, no_trunc: bool) -> Value {
    let is_json = matches!(format, Format::Json);
    let official = match (hit.is_official, is_json) {
        (true, true) => "true",
        (false, true) => "false",
        (true, false) => "[OK]",
        (false, false) => "",
    };
    let description = hit.description.as_deref().unwrap_or_default().replace(['\n', '\r', '\t'], " ");
    json!({
        "Description": if no_trunc { description } else { cut(&description) },
        "IsOfficial": official,
        "Name": hit.name,
        "StarCount": hit.stars.to_string(),
    })
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(DESCRIPTION) {
        None => text.to_owned(),
        Some(_) => text.chars().take(DESCRIPTION - 1).chain(['…']).collect(),
    }
}

/// What has to be so.
#[derive(Debug, PartialEq, Eq)]
enum Filter {
    Official(bool),
    Stars(i64),
}

impl Filter {
    fn parse(text: &str) -> Result<Self, Failure> {
        let invalid = || {
            Failure::usage(format!("invalid filter '{text}'")).hint(
                "the filters are `--filter is-official=true`, `--filter is-official=false` and `--filter stars=N`",
            )
        };
        let (name, value) = text.split_once('=').ok_or_else(invalid)?;
        match (name.trim(), value.trim()) {
            ("is-official", "true" | "1") => Ok(Self::Official(true)),
            ("is-official", "false" | "0") => Ok(Self::Official(false)),
            ("stars", stars) => stars.parse().map(Self::Stars).map_err(|_| invalid()),
            ("is-official", _) => Err(invalid()),
            _ => Err(invalid()),
        }
    }

    fn accepts(&self, hit: &Hit) -> bool {
        match self {
            Self::Official(wanted) => hit.is_official == *wanted,
            Self::Stars(least) => hit.stars >= *least,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_is_searched_and_for_what() {
        for (text, host, term) in [
            ("alpine", "docker.io", "alpine"),
            ("team/app", "docker.io", "team/app"),
            ("docker.io/team/app", "docker.io", "team/app"),
            ("node.js", "docker.io", "node.js"),
            ("localhost:5000/fancy", "localhost:5000", "fancy"),
            ("r.example/team/app", "r.example", "team/app"),
        ] {
            assert_eq!(place(text).expect("a place"), (host.parse().expect("a host"), term), "{text}");
        }
        for text in ["http://r.example/app", "localhost:5000"] {
            assert!(place(text).is_err(), "{text}");
        }
    }

    #[test]
    fn filters_are_dockers() {
        assert_eq!(Filter::parse("is-official=true").expect("a filter"), Filter::Official(true));
        assert_eq!(Filter::parse("stars=3").expect("a filter"), Filter::Stars(3));
        for text in ["", "stars", "stars=many", "is-official=perhaps", "is-automated=true"] {
            assert!(Filter::parse(text).expect_err("none").to_string().contains("invalid filter"), "{text}");
        }
    }

    #[test]
    fn long_descriptions_are_cut() {
        assert_eq!(cut(&"ä".repeat(45)), "ä".repeat(45));
        assert_eq!(cut(&"ä".repeat(46)), "ä".repeat(44) + "…");
    }
}

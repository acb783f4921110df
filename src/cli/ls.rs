//! `rpush ls`: the repositories of a registry, the tags of a repository. Lines go out as pages come in, so that a list of any
//! length costs no memory, and whoever reads its beginning need not wait for its end.

use std::cell::Cell;
use std::future::ready;
use std::pin::pin;

use clap::Args;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use serde_json::{Map, Value};

use crate::content::Error;
use crate::image::{Digest, Host, Reference, Tag};
use crate::registry::{Purpose, Repository};
use crate::ui::json;
use crate::ui::template::Template;

use super::context::{Context, parse_reference};
use super::failure::Failure;
use super::selection::{Selection, SelectionArgs};
use super::settings::RegistryArgs;

/// How many tags are looked up at the same time.
const AT_ONCE: usize = 32;

/// List the repositories of a registry, or the tags of a repository.
///
/// The order is the registry's. Nothing is fetched but names, and with `--digests` what they stand for.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush ls localhost:5000
  rpush ls localhost:5000/my-fancy-app
  rpush ls --include 'v1.*' --exclude '*-rc*' localhost:5000/my-fancy-app
  rpush ls --digests docker.io/library/alpine
  rpush ls --format '{{.Name}}' localhost:5000/my-fancy-app")]
pub struct LsArgs {
    /// A registry: `localhost:5000`; or a repository: `localhost:5000/my-fancy-app`.
    #[arg(value_name = "HOST[/REPOSITORY]", add = super::complete::repositories())]
    place: String,
    #[command(flatten)]
    selection: SelectionArgs,
    /// Show what each tag names: its digest, a tab, the tag.
    #[arg(long)]
    digests: bool,
    /// How to print: `json`, or a template: `{{.Name}}`, with `.Repository`, `.Tag` and `.Digest`.
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    #[command(flatten)]
    registry: RegistryArgs,
}

impl LsArgs {
    /// The options for the registry.
    pub fn registry(&self) -> &RegistryArgs {
        &self.registry
    }
}

/// What is to be listed.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    Registry(Host),
    Repository(Reference),
}

/// Runs the command.
pub async fn run(args: &LsArgs, context: &Context) -> Result<(), Failure> {
    let style = Style::parse(args.format.as_deref(), args.digests)?;
    let selection = Selection::parse(&args.selection)?;
    match place(&args.place)? {
        Place::Registry(_) if style.wants_digests => Err(Failure::usage("repositories have no digests")
            .hint(format!("name one of them: `rpush ls --digests {}/REPOSITORY`", args.place.trim_end_matches('/')))),
        Place::Registry(host) if host.is_docker_hub() => {
            Err(Failure::usage("Docker Hub does not list its repositories")
                .hint("search it: `rpush search TERM`; or name a repository: `rpush ls docker.io/library/alpine`"))
        }
        Place::Registry(host) => repositories(&host, &selection, &style, args, context).await,
        Place::Repository(name) => tags(&name, &selection, &style, args, context).await,
    }
}

/// Without a slash only what looks like a host is one: `alpine` is a repository on Docker Hub.
fn place(text: &str) -> Result<Place, Failure> {
    let (name, is_host) = match text.strip_suffix('/') {
        Some(name) => (name, !name.contains('/')),
        None => (text, looks_like_host(text)),
    };
    if is_host {
        let host = name
            .parse()
            .map_err(|_| Failure::usage(format!("`{name}` is not the name of a registry, like `localhost:5000`")))?;
        return Ok(Place::Registry(host));
    }
    let name = parse_reference(name)?;
    match name.tag.is_some() || name.digest.is_some() {
        true => Err(Failure::usage(format!("{} is one image, and a list is of a repository", name.familiar()))
            .hint(format!("leave out the tag: `rpush ls {}`", name.familiar_repository()))),
        false => Ok(Place::Repository(name)),
    }
}

/// Whether a text without a slash is a registry's address: `localhost`, or with a dot or a port.
pub(super) fn looks_like_host(text: &str) -> bool {
    let host = text.parse::<Host>().ok();
    host.is_some_and(|host| host.name() == "localhost" || host.name().contains(['.', ':']) || host.port().is_some())
}

async fn repositories(
    host: &Host,
    selection: &Selection,
    style: &Style,
    args: &LsArgs,
    context: &Context,
) -> Result<(), Failure> {
    let registry = context.registry(host, None, &args.registry).await?;
    let rows = registry.repositories().map_ok(|name| {
        let name = Reference { host: host.clone(), name, tag: None, digest: None };
        Row { shown: name.name.to_string(), name, digest: None }
    });
    show("repositories", rows, selection, style, context, async |row| Ok(Some(row))).await
}

async fn tags(
    name: &Reference,
    selection: &Selection,
    style: &Style,
    args: &LsArgs,
    context: &Context,
) -> Result<(), Failure> {
    let registry = context.registry(&name.host, Some(&name.name), &args.registry).await?;
    let repository = registry.repository(&name.name, Purpose::Pull);
    let rows = repository.tags().map_ok(|tag| Row { shown: tag.to_string(), name: name.with_tag(tag), digest: None });
    show("tags", rows, selection, style, context, async |row: Row| match (style.wants_digests, &row.name.tag) {
        // A tag that went away since it was listed is no line.
        (true, Some(tag)) => {
            let digest = repository.named(tag).await?;
            Ok(digest.map(|digest| Row { digest: Some(digest), ..row }))
        }
        _ => Ok(Some(row)),
    })
    .await
}

/// Prints what is wanted of a list, as it comes; what each line still lacks is looked up for many at once.
async fn show(
    what: &'static str,
    rows: impl Stream<Item = Result<Row, Error>>,
    selection: &Selection,
    style: &Style,
    context: &Context,
    complete: impl AsyncFn(Row) -> Result<Option<Row>, Error>,
) -> Result<(), Failure> {
    let tally = context.tally(what, true);
    let seen = Cell::new(0);
    let count = |_: &Row| {
        seen.set(seen.get() + 1);
        tally.at(seen.get(), None);
    };
    let wanted = rows.inspect_ok(count).try_filter(|row| ready(selection.takes(&row.shown)));
    let complete = &complete;
    let complete = wanted.map(|row| async move { complete(row?).await }).buffered(AT_ONCE);
    let mut complete = pin!(complete);
    while let Some(row) = complete.next().await {
        if let Some(row) = row? {
            context.console.data(&style.line(&row)?);
        }
        if context.console.is_closed() {
            break;
        }
    }
    Ok(())
}

/// A line.
struct Row {
    /// What is printed when nothing is said, and what patterns are for.
    shown: String,
    name: Reference,
    digest: Option<Digest>,
}

/// How lines are printed.
struct Style {
    wants_digests: bool,
    look: Look,
}

enum Look {
    Plain,
    Json,
    Template(Template),
}

impl Style {
    fn parse(format: Option<&str>, digests: bool) -> Result<Self, Failure> {
        let look = match format.map(str::trim) {
            None | Some("") => Look::Plain,
            Some("json") => Look::Json,
            Some(text) if text == "raw" || text == "table" || text.starts_with("table ") => {
                return Err(Failure::usage("a list that goes out as it comes has no columns to be lined up")
                    .hint("`--format json`, or a template: `--format '{{.Name}} {{.Digest}}'`"));
            }
            Some(text) => Look::Template(Template::parse(text)?),
        };
        // Whoever asks for digests in a template wants them.
        let wants_digests = digests || format.is_some_and(|text| text.contains(".Digest"));
        Ok(Self { wants_digests, look })
    }

    fn line(&self, row: &Row) -> Result<String, Failure> {
        Ok(match (&self.look, &row.digest) {
            (Look::Plain, Some(digest)) => format!("{digest}\t{}", row.shown),
            (Look::Plain, None) => row.shown.clone(),
            (Look::Json, _) => json::line(&fields(row)),
            (Look::Template(template), _) => template.render(&fields(row))?,
        })
    }
}

fn fields(row: &Row) -> Value {
    let mut fields = Map::new();
    fields.extend(row.digest.map(|digest| ("Digest".to_owned(), digest.to_string().into())));
    fields.insert("Name".into(), row.name.familiar().into());
    fields.insert("Repository".into(), row.name.familiar_repository().into());
    fields.extend(row.name.tag.as_ref().map(|tag| ("Tag".to_owned(), tag.to_string().into())));
    fields.into()
}

/// The tags of a repository that name a digest, and whether there are more than are told: finding out takes a question a tag.
pub(super) async fn tags_of(
    digest: &Digest,
    repository: &Repository,
    most: usize,
    context: &Context,
) -> Result<(Vec<Tag>, bool), Failure> {
    let tally = context.tally("tags looked at", false);
    let looked = repository.tags().map(|tag| async move {
        let tag = tag?;
        let named = repository.named(&tag).await?;
        Ok::<_, Error>((tag, named))
    });
    let mut looked = pin!(looked.buffered(AT_ONCE));
    let (mut found, mut seen) = (Vec::new(), 0);
    while let Some(pair) = looked.next().await {
        let (tag, named) = pair?;
        seen += 1;
        tally.at(seen, None);
        if named == Some(*digest) {
            if found.len() == most {
                return Ok((found, true));
            }
            found.push(tag);
        }
    }
    Ok((found, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_registry_and_what_a_repository() {
        let registry = |text: &str| Place::Registry(text.parse().expect("a host"));
        let repository = |text: &str| Place::Repository(text.parse().expect("a name"));
        for (text, meant) in [
            ("localhost:5000", registry("localhost:5000")),
            ("localhost:5000/", registry("localhost:5000")),
            ("localhost", registry("localhost")),
            ("r.example", registry("r.example")),
            ("[::1]:5000", registry("[::1]:5000")),
            ("intranet/", registry("intranet")),
            ("docker.io", registry("docker.io")),
            ("alpine", repository("alpine")),
            ("library/alpine", repository("alpine")),
            ("docker.io/library/alpine", repository("alpine")),
            ("localhost:5000/team/app", repository("localhost:5000/team/app")),
            ("localhost:5000/team/app/", repository("localhost:5000/team/app")),
        ] {
            assert_eq!(place(text).expect("a place"), meant, "{text}");
        }
        for (text, words) in [
            ("localhost:5000/app:1", "is one image"),
            ("app:1.0", "is one image"),
            ("http://localhost:5000", "has a scheme"),
            ("-/", "is not the name of a registry"),
            ("", "invalid reference format"),
        ] {
            let failure = place(text).expect_err("no place").to_string();
            assert!(failure.contains(words), "{text}: {failure}");
        }
    }
}

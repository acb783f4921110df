//! `rpush append`: more layers on an image, or another way to run it, without a build and without a daemon.

use clap::Args;

use crate::archive::Way;
use crate::image::{Change, Platform, list, pair};
use crate::transfer::Choice;

use super::context::Context;
use super::failure::Failure;
use super::import::new_name;
use super::making::{MakingArgs, Work, material};
use super::settings::RegistryArgs;

/// The name of an image of nothing, which is no image.
const SCRATCH: &str = "scratch";

/// Make an image of another one and more layers, or with another way to run it.
///
/// It is made in the store. The base is taken from there, too; one that is not there is pulled into it first. The same base and the same content make the
/// same image, whoever makes it, when and where. Files named `.wh.NAME` take away NAME of the layers below.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush append --layer ./dist=/srv/app --entrypoint /srv/app/serve localhost:5000/my-fancy-app:1.0.0
  rpush append --base docker.io/library/debian:stable --layer ./dist=/srv/app --env MODE=production localhost:5000/my-fancy-app:1.0.0
  rpush append --base my-fancy-app:1.0.0 --label version=1.0.1 --cmd '[\"serve\", \"--port\", \"80\"]' my-fancy-app:1.0.1")]
pub struct AppendArgs {
    /// The name of the new image.
    #[arg(value_name = "NAME[:TAG]", add = super::complete::anywhere())]
    name: String,
    /// What it is made of; an image of nothing if nothing is said, or with `scratch`.
    #[arg(long, value_name = "IMAGE")]
    base: Option<String>,
    /// A layer, the lowest first: a directory for the root of the image, `DIR=/PATH` for a place in it, or a tar, plain or
    /// compressed with gzip or zstd.
    #[arg(long, value_name = "DIR[=PATH]|TAR")]
    layer: Vec<String>,
    /// A variable of the environment.
    #[arg(short, long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// What is run: one program, or a list in JSON. The base's arguments go.
    #[arg(long, value_name = "PROGRAM|[...]")]
    entrypoint: Option<String>,
    /// The arguments, or what is run when there is no entrypoint: one word, or a list in JSON.
    #[arg(long, value_name = "WORD|[...]")]
    cmd: Option<String>,
    /// A label.
    #[arg(short, long, value_name = "NAME=VALUE")]
    label: Vec<String>,
    /// As whom it runs.
    #[arg(short, long, value_name = "USER[:GROUP]")]
    user: Option<String>,
    /// In which directory it runs.
    #[arg(short, long, value_name = "PATH")]
    workdir: Option<String>,
    /// An annotation of the manifest.
    #[arg(long, value_name = "NAME=VALUE")]
    annotation: Vec<String>,
    /// Which image of a base for several platforms; of an image of nothing, for which platform it is. This machine's if nothing is
    /// said.
    #[arg(long, env = "DOCKER_DEFAULT_PLATFORM", value_name = "OS/ARCH", hide_env_values = true)]
    platform: Option<Platform>,
    #[command(flatten)]
    making: MakingArgs,
    #[command(flatten)]
    registry: RegistryArgs,
}

impl AppendArgs {
    /// The options for the registry of the base.
    pub fn registry(&self) -> &RegistryArgs {
        &self.registry
    }

    /// What is changed by the options that have names of their own.
    fn changes(&self) -> Result<Vec<Change>, Failure> {
        let mut changes = Vec::new();
        for text in &self.env {
            changes.push(Change::env(text).map_err(|error| Failure::usage(error.to_string()))?);
        }
        for text in &self.label {
            changes.push(Change::label(text).map_err(|error| Failure::usage(error.to_string()))?);
        }
        // In this order, because an entrypoint takes away arguments that nobody has typed.
        changes.extend(self.cmd.as_deref().map(words).transpose()?.map(Change::Cmd));
        changes.extend(self.entrypoint.as_deref().map(words).transpose()?.map(Change::Entrypoint));
        changes.extend(self.user.clone().map(Change::User));
        changes.extend(self.workdir.clone().map(Change::Workdir));
        Ok(changes)
    }
}

/// Runs the command.
pub async fn run(args: &AppendArgs, context: &Context) -> Result<(), Failure> {
    let name = new_name(&args.name)?;
    let mut making = args.making.resolve(context)?;
    making.changes.extend(args.changes()?);
    let annotations = annotations(&args.annotation)?;
    let base = args.base.as_deref().filter(|base| *base != SCRATCH);
    // What is not below is made; what is below has modes of its own.
    let way = if base.is_none() { Way::Made } else { Way::Left };
    let materials = args.layer.iter().map(|text| material(text, way)).collect::<Result<Vec<_>, _>>()?;
    // Held until the image has a name, so that nothing of it is collected meanwhile.
    let _lease = context.store.lease()?;
    let mut work = match base {
        None => Work::scratch(&args.platform.clone().unwrap_or_else(Platform::of_this_machine)),
        Some(base) => {
            let choice = Choice::Platform(args.platform.clone());
            let root = context.at_hand(base, &choice, &args.registry).await?;
            context.work_on(&root, args.platform.as_ref())?
        }
    };
    let is_layered = !materials.is_empty();
    for layer in context.make_layers(materials, &making).await? {
        work.add(&layer, CREATED_BY, &making);
    }
    if !is_layered {
        work.note(CREATED_BY, &making);
    }
    let made = work.finish(&making, &annotations, context)?;
    context.store.name(&made.root, std::slice::from_ref(&name))?;
    made.show(&name, args.making.format, context);
    Ok(())
}

const CREATED_BY: &str = "rpush append";

/// Annotations, as they were typed.
pub(super) fn annotations(texts: &[String]) -> Result<Vec<(String, String)>, Failure> {
    texts.iter().map(|text| pair(text).map_err(|error| Failure::usage(error.to_string()))).collect()
}

/// One word, or a list of them. What looks like a line for a shell is not taken for one word: nobody would mean that.
fn words(text: &str) -> Result<Vec<String>, Failure> {
    if let Some(list) = list(text) {
        return list.map_err(|error| Failure::usage(error.to_string()));
    }
    if text.contains(char::is_whitespace) {
        let list: Vec<_> = text.split_whitespace().collect();
        let list = serde_json::to_string(&list).expect("texts are plain JSON");
        return Err(Failure::usage(format!("`{text}` is more than one word, and no shell reads it"))
            .hint(format!("write a list: `'{list}'`")));
    }
    Ok(if text.is_empty() { Vec::new() } else { vec![text.to_owned()] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_run_is_a_word_or_a_list_and_never_a_line_for_a_shell() {
        assert_eq!(words("/app").expect("a word"), ["/app"]);
        assert_eq!(words(r#"["/app", "a b"]"#).expect("a list"), ["/app", "a b"]);
        assert!(words("").expect("nothing").is_empty());
        let error = words("npm start").unwrap_err();
        assert_eq!(error.cure(), Some(r#"write a list: `'["npm","start"]'`"#));
    }
}

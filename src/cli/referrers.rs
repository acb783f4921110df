//! `rpush referrers`: what has been attached to an image on its registry.

use std::sync::Arc;

use clap::Args;
use serde_json::json;

use crate::image::{Descriptor, Platform};
use crate::registry::Purpose;
use crate::ui::json;
use crate::ui::table::{Align, Table};

use super::attach::subject;
use super::context::{Context, parse_reference};
use super::failure::Failure;
use super::settings::{RegistryArgs, ResultFormat};

/// List what refers to an image on a registry: signatures, SBOMs, reports.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush referrers localhost:5000/my-fancy-app:1.0.0
  rpush referrers --artifact-type application/spdx+json --format json localhost:5000/my-fancy-app:1.0.0")]
pub struct ReferrersArgs {
    /// The image, with its registry.
    #[arg(value_name = "NAME[:TAG|@DIGEST]", add = super::complete::anywhere())]
    name: String,
    /// Only what is of this type.
    #[arg(long, value_name = "MEDIATYPE")]
    artifact_type: Option<String>,
    /// Of the image for this platform, and not of the index of all: `linux/amd64`, `linux/arm/v7`.
    #[arg(long, value_name = "OS/ARCH")]
    platform: Option<Platform>,
    /// Print an object a referrer in place of the table.
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<ResultFormat>,
    #[command(flatten)]
    registry: RegistryArgs,
}

impl ReferrersArgs {
    /// The options for the registry.
    pub fn registry(&self) -> &RegistryArgs {
        &self.registry
    }
}

/// Runs the command.
pub async fn run(args: &ReferrersArgs, context: &Context) -> Result<(), Failure> {
    let name = parse_reference(&args.name)?.or_latest();
    let registry = context.registry(&name.host, Some(&name.name), &args.registry).await?;
    let repository = Arc::new(registry.repository(&name.name, Purpose::Pull));
    let subject = subject(&name, args.platform.as_ref(), &repository).await?;
    let mut referrers = repository.referrers(&subject.digest).await?;
    // Some registries leave the choice to who asks.
    referrers.retain(|one| args.artifact_type.as_deref().is_none_or(|wanted| type_of(one) == wanted));
    if args.format == Some(ResultFormat::Json) {
        referrers.iter().for_each(|one| context.console.data(&json::line(&json!(one))));
        return Ok(());
    }
    if context.settings.quiet {
        referrers.iter().for_each(|one| context.console.data(&one.digest.to_string()));
        return Ok(());
    }
    let mut table = Table::new(["ARTIFACT TYPE", "DIGEST", "SIZE"]).align(&[Align::Left, Align::Left, Align::Right]);
    for one in &referrers {
        table.row([type_of(one), &one.digest.to_string(), &one.size.to_string()]);
    }
    table.lines().for_each(|line| context.console.data(&line));
    Ok(())
}

/// What a referrer is.
fn type_of(referrer: &Descriptor) -> &str {
    let artifact = referrer.other.get("artifactType").and_then(|kind| kind.as_str());
    artifact.unwrap_or(referrer.media_type.as_str())
}

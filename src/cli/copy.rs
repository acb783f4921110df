//! `rpush copy`: an image from anywhere to anywhere, as it is.
//!
//! From one registry to another the bytes go straight through. What several places are to have, and what an archive is made of, is
//! first brought into the store, where it has no name and is garbage afterwards: so it is read once.

mod delivery;
mod depots;
mod ends;
mod forecast;
mod freight;
mod jobs;
mod referrers;
mod unchanged;

use std::path::PathBuf;

use clap::Args;
use clap::builder::BoolishValueParser;

use crate::credentials::Secret;
use crate::image::Platform;

use self::delivery::Delivered;
use self::depots::Depots;
use self::ends::{End, Origin};
use self::freight::Freight;
use super::ci_summary::CiArgs;
use super::completing::Missing;
use super::compressing::CompressionArgs;
use super::context::Context;
use super::digest_file::DigestFile;
use super::failure::{Exit, Failure};
use super::settings::{RegistryArgs, ResultFormat, secret};
use super::verify::Verify;

/// Copy an image from anywhere to anywhere.
///
/// Manifests and layers keep their bytes, and an index is copied with everything that it lists. Both ends may be a registry
/// (`HOST/NAME:TAG`, or `docker://HOST/NAME:TAG`), a layout (`oci:DIR[:REF]`), an archive (`oci-archive:FILE[:REF]`,
/// `docker-archive:FILE[:REF]`), the Docker daemon (`docker-daemon:NAME[:TAG]`), rpush's own store (`store:NAME[:TAG]`), or `-`,
/// for an archive on standard input or output.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush copy docker.io/library/alpine:3 localhost:5000/alpine:3
  rpush copy localhost:5000/my-fancy-app:1.0.0 localhost:5000/released/my-fancy-app:1.0.0 oci:backup:1.0.0
  rpush copy --include-referrers localhost:5000/my-fancy-app:1.0.0 oci-archive:my-fancy-app.tar
  rpush copy localhost:5000/my-fancy-app:1.0.0 - | ssh machine rpush copy - docker-daemon:my-fancy-app:1.0.0")]
pub struct CopyArgs {
    /// Where the image is.
    source: String,
    /// Where it goes; to several places at once, if there are several. A place without a name of its own for the image keeps the
    /// name that it has at the source.
    #[arg(required = true, value_name = "DESTINATION", add = super::complete::anywhere())]
    destinations: Vec<String>,
    /// Of an image for several platforms, only this one: `linux/amd64`, `linux/arm/v7`.
    #[arg(long, value_name = "OS/ARCH")]
    platform: Option<Platform>,
    /// Copy the images for all platforms, which is what happens if nothing is said.
    #[arg(long, conflicts_with = "platform")]
    all_platforms: bool,
    /// Copy signatures, SBOMs and attestations of the image with it: what has it as its subject, and what cosign keeps under tags.
    #[arg(long, env = "RPUSH_INCLUDE_REFERRERS", hide_env_values = true, value_parser = BoolishValueParser::new())]
    include_referrers: bool,
    /// Copy an index although images that it lists are neither here nor where it came from.
    #[arg(long, conflicts_with = "platform")]
    allow_missing: bool,
    /// How many layers are sent at the same time; 5 if nothing is said.
    #[arg(long, value_name = "N", env = "RPUSH_MAX_CONCURRENT_UPLOADS", hide_env_values = true,
          value_parser = clap::value_parser!(u16).range(1..=256))]
    max_concurrent_uploads: Option<u16>,
    /// How many layers, and parts of large ones, are fetched at the same time into a layout or the store; 8 if nothing is said.
    #[arg(long, value_name = "N", env = "RPUSH_MAX_CONCURRENT_DOWNLOADS", hide_env_values = true,
          value_parser = clap::value_parser!(u16).range(1..=256))]
    max_concurrent_downloads: Option<u16>,
    /// Say what would be sent, mounted, written and named, and whether this account may write to each registry; and change nothing.
    /// The source is read as far as its manifests; an archive is brought into the store for it, where it has no name. With
    /// `--format json`, the objects are those of `push --dry-run`; of a place that is no registry, without `tag`, `mayWrite` and
    /// `account`, and the outcome of a piece is `exists` or `write`.
    #[arg(long)]
    dry_run: bool,
    /// Leave tags of registries as they are that name something else, go on with all others, and fail. The registry is asked right
    /// before a tag is put: that is a check and no lock, and who pushes the same tag at the same moment may still come between.
    #[arg(long)]
    no_clobber: bool,
    /// Trust nothing: hash again what is sent, and ask the registry for every piece afterwards. `--verify=deep` reads every piece
    /// back and hashes it. Only registries are asked; what is written on this machine is hashed in any case.
    #[arg(long, env = "RPUSH_VERIFY", hide_env_values = true, value_name = "true|false|deep", num_args = 0..=1,
          require_equals = true, default_missing_value = "true")]
    verify: Option<Verify>,
    /// Write the digest of what was copied to this file, a line a destination.
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    digest_file: Option<PathBuf>,
    /// Print an object a destination in place of the line with the digest.
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<ResultFormat>,
    #[command(flatten)]
    compression: CompressionArgs,
    #[command(flatten)]
    ci: CiArgs,
    #[command(flatten)]
    from: SourceArgs,
    #[command(flatten)]
    registry: RegistryArgs,
}

/// Options for the registry that is read. The others are for those that are written to, and for this one only where it is the same
/// host.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Options for the source, when it is a registry on another host")]
struct SourceArgs {
    /// Use this account for the source. Others see it in the list of processes.
    #[arg(long, env = "RPUSH_SRC_CREDS", value_name = "USER:PASSWORD", hide_env_values = true, value_parser = secret)]
    src_creds: Option<Secret>,
    /// Speak HTTP without TLS to the source.
    #[arg(long, env = "RPUSH_SRC_PLAIN_HTTP", hide_env_values = true, value_name = "BOOL", hide_possible_values = true, num_args = 0..=1, require_equals = true,
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    src_plain_http: Option<bool>,
    /// Do not verify the source's certificate; speak HTTP when it does not speak TLS.
    #[arg(long, env = "RPUSH_SRC_INSECURE", hide_env_values = true, value_name = "BOOL", hide_possible_values = true, num_args = 0..=1, require_equals = true,
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    src_insecure: Option<bool>,
    /// Trust the certificates of this PEM file for the source too.
    #[arg(long, env = "RPUSH_SRC_CA_FILE", hide_env_values = true, value_name = "FILE")]
    src_ca_file: Option<PathBuf>,
}

impl SourceArgs {
    fn is_silent(&self) -> bool {
        let Self { src_creds, src_plain_http, src_insecure, src_ca_file } = self;
        src_creds.is_none() && src_plain_http.is_none() && src_insecure.is_none() && src_ca_file.is_none()
    }
}

impl CopyArgs {
    /// The options for the registries that are written to.
    pub fn registry(&self) -> &RegistryArgs {
        &self.registry
    }

    /// Those for the registry that is read.
    fn reading(&self) -> RegistryArgs {
        let SourceArgs { src_creds, src_plain_http, src_insecure, src_ca_file } = self.from.clone();
        RegistryArgs {
            creds: src_creds,
            plain_http: src_plain_http,
            insecure: src_insecure,
            ca_file: src_ca_file,
            ..self.registry.elsewhere()
        }
    }

    fn missing(&self) -> Missing {
        if self.allow_missing { Missing::Allowed } else { Missing::Completed }
    }
}

/// Runs the command.
pub async fn run(args: &CopyArgs, context: &Context) -> Result<(), Failure> {
    let origin = Origin::parse(&args.source)?;
    let ends = End::parse_all(&args.destinations)?;
    if ends.contains(&End::Stdout) && !args.dry_run && context.console.gives_to_terminal() {
        return Err(Failure::usage("cowardly refusing to write an archive to a terminal")
            .hint("write to a file: `oci-archive:FILE`"));
    }
    let compression = args.compression.resolve(context)?;
    let digests = DigestFile::open(args.digest_file.as_deref())?;
    let is_verified = context.settings.verify(args.verify).is_asked();
    if is_verified {
        context.store.blobs().doubt();
    }
    let summary = args.ci.open("copy")?;
    let depots = Depots::open(&ends, args, context).await?;
    let unchanged = match args.dry_run || is_verified {
        true => None,
        false => unchanged::find(&origin, &ends, &depots, args, context).await?,
    };
    let results = match unchanged {
        Some(delivered) => delivered.into_iter().map(Ok).collect(),
        None => {
            let mut freight = Freight::load(&origin, &ends, &depots, compression, args, context).await?;
            if args.include_referrers {
                referrers::add_to(&mut freight, context).await?;
            }
            if args.dry_run {
                return forecast::tell(&freight, &ends, &depots, args, context).await;
            }
            if freight.needs_staging(&ends) {
                freight = freight.staged(args, context).await?;
            }
            delivery::to_all(&freight, &ends, &depots, args, context).await
        }
    };
    for delivered in results.iter().flatten() {
        delivered.add_to(&summary);
    }
    let told = tell(results, &ends, &digests, args, context);
    let written = digests.write().map_err(Failure::from).and(summary.write());
    told.and(written)
}

/// A line for each destination, in the order of what was typed. Several failures are told one by one; the exit code is the first
/// one's.
fn tell(
    results: Vec<Result<Delivered, Failure>>,
    ends: &[End],
    digests: &DigestFile<'_>,
    args: &CopyArgs,
    context: &Context,
) -> Result<(), Failure> {
    let (mut last, mut exit) = (None::<Failure>, None::<Exit>);
    for result in results {
        match result {
            Ok(delivered) => {
                digests.add(&delivered.root.digest);
                let line = delivered.line(args.format, context.settings.quiet);
                // Standard output may be an archive.
                match ends.contains(&End::Stdout) {
                    true => context.console.talk(&line),
                    false => context.console.data(&line),
                }
            }
            Err(failure) => {
                exit.get_or_insert(failure.exit());
                last.replace(failure).iter().for_each(|earlier| context.console.failure(earlier));
            }
        }
    }
    match (last, exit) {
        (Some(failure), Some(exit)) => Err(failure.with_exit(exit)),
        _ => Ok(()),
    }
}

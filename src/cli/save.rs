//! `rpush save`: images of the store as an archive that every other tool can load.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use crate::archive;
use crate::content::{Error, publish_file};
use crate::image::{Descriptor, Reference};

use super::context::Context;
use super::failure::Failure;

/// Save images of the store to an archive.
///
/// The archive is an OCI layout with Docker's `manifest.json` in one tar, which Docker, Podman and skopeo read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rpush save -o my-fancy-app.tar localhost:5000/my-fancy-app:1.0.0
  rpush save localhost:5000/my-fancy-app:1.0.0 | docker load")]
pub struct SaveArgs {
    /// The images: names, or the first digits of ids.
    #[arg(required = true, value_name = "IMAGE", add = super::complete::stored())]
    images: Vec<String>,
    /// The archive to write; without one, standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs the command.
pub async fn run(args: &SaveArgs, context: &Context) -> Result<(), Failure> {
    let output = args.output.as_ref().filter(|path| path.as_os_str() != "-");
    if output.is_none() && context.console.gives_to_terminal() {
        return Err(Failure::usage("cowardly refusing to save to a terminal. Use the -o flag or redirect")
            .hint("write to a file: `-o FILE`"));
    }
    // Held while the blobs are read, so that none of them is collected meanwhile.
    let _lease = context.store.reading();
    let images = selected(args, context)?;
    let blobs = context.store.blobs();
    match output {
        None => {
            let mut out = context.console.bytes();
            archive::export(&mut out, &images, blobs).map_err(Error::from)?;
            out.flush().map_err(|error| Error::io("cannot write to", "standard output".as_ref(), error))?;
        }
        Some(path) => {
            let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            let failed = |error| Error::io("cannot write", path, error);
            let file = tempfile::NamedTempFile::new_in(directory.unwrap_or(".".as_ref()));
            // The kind alone: the whole error names a file that nobody asked for.
            let mut file = file.map_err(|error| failed(error.kind().into()))?;
            archive::export(&mut file, &images, blobs).map_err(Error::from)?;
            publish_file(file, &std::path::absolute(path).map_err(failed)?).map_err(failed)?;
        }
    }
    Ok(())
}

/// The images, each once with all the names that were asked for.
fn selected(args: &SaveArgs, context: &Context) -> Result<Vec<(Descriptor, Vec<Reference>)>, Failure> {
    let mut images: Vec<(Descriptor, Vec<Reference>)> = Vec::new();
    for text in &args.images {
        let found = context.store.find(text)?;
        let names = found.name.into_iter().filter(|name| name.tag.is_some());
        match images.iter_mut().find(|(image, _)| image.digest == found.descriptor.digest) {
            Some((_, known)) => known.extend(names),
            None => images.push((found.descriptor, names.collect())),
        }
    }
    Ok(images)
}

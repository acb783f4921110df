//! The image that something is made of: in the store, or brought there first, because whoever pushes what was made of it needs
//! its layers.

use std::sync::Arc;

use crate::content::{Advice, Class, Error};
use crate::image::{Descriptor, Draft, Kind, MediaType, Platform};
use crate::layout::LookupError;
use crate::transfer::Choice;

use super::context::{Context, parse_reference};
use super::failure::{Exit, Failure};
use super::making::Work;
use super::pull::bring;
use super::settings::RegistryArgs;

impl Context {
    /// The root of an image with everything of it that `choice` means, from the store or else from its registry.
    pub async fn at_hand(&self, text: &str, choice: &Choice, args: &RegistryArgs) -> Result<Descriptor, Failure> {
        match self.store.find(text) {
            Ok(found) if self.has_chosen(&found.descriptor, choice)? => return Ok(found.descriptor),
            Ok(_) | Err(LookupError::None(..)) => {}
            Err(error) => return Err(error.into()),
        }
        let name = parse_reference(text)?.or_latest();
        self.console.talk(&format!("{} is not in the store: pulling it", name.familiar()));
        let repository = Arc::new(self.mirrored(&name, args).await?);
        let (plan, _) = bring(&name, &repository, choice, None, self).await?;
        Ok(plan.root.descriptor)
    }

    /// Whether the store has what is meant of an image: an index may be there without the images of other platforms.
    fn has_chosen(&self, root: &Descriptor, choice: &Choice) -> Result<bool, Failure> {
        if !self.store.blobs().has(root) {
            return Ok(false);
        }
        let manifest = self.store.manifest(root)?;
        Ok(match (&manifest.kind, choice) {
            (Kind::Image { .. }, _) | (Kind::Index(_), Choice::Everything | Choice::Among(_)) => {
                self.store.is_complete(root)
            }
            (Kind::Index(_), Choice::Platform(wanted)) => {
                self.store.is_complete(manifest.choose(wanted.as_ref()).map_err(no_platform)?)
            }
        })
    }

    /// The image of one platform, to be worked on.
    pub fn work_on(&self, root: &Descriptor, platform: Option<&Platform>) -> Result<Work, Failure> {
        let mut manifest = self.store.manifest(root)?;
        let mut image = root.clone();
        if let Kind::Index(_) = &manifest.kind {
            image = manifest.choose(platform).map_err(no_platform)?.clone();
            manifest = self.store.manifest(&image)?;
        }
        let not_an_image = || Failure::new(Exit::Failed, format!("{} is no container image", image.digest));
        let Kind::Image { config: Some(config), layers } = &manifest.kind else { return Err(not_an_image()) };
        if !config.media_type.is_image_config() {
            return Err(not_an_image().because(format!("its config is `{}`", config.media_type)));
        }
        let bytes = self.store.blobs().read_small(&config.digest)?;
        let draft = Draft::of(&bytes, layers.len()).ok_or_else(not_an_image)?;
        let draft = draft
            .map_err(|error| Error::new(Class::Damaged, format!("{} cannot be built on: {error}", image.digest)))?;
        Ok(Work { draft, layers: layers.iter().map(as_oci).collect() })
    }
}

fn no_platform(error: crate::image::NoPlatform) -> Error {
    let offered = error.offered.clone();
    Error::new(Class::NotFound, error).advise(Advice::ChoosePlatform(offered))
}

/// The same layer under the type that it has in OCI's manifests, in which no others belong. Its bytes are the same.
fn as_oci(layer: &Descriptor) -> Descriptor {
    let media_type = match layer.media_type.as_str() {
        "application/vnd.docker.image.rootfs.diff.tar.gzip" => MediaType::LAYER_GZIP,
        "application/vnd.docker.image.rootfs.diff.tar.zstd" => MediaType::LAYER_ZSTD,
        "application/vnd.docker.image.rootfs.diff.tar" => MediaType::LAYER,
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" => {
            MediaType::new("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip")
        }
        _ => return layer.clone(),
    };
    Descriptor { media_type, ..layer.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_of_docker_become_layers_of_oci_and_keep_their_digests() {
        let docker = MediaType::new("application/vnd.docker.image.rootfs.diff.tar.gzip");
        let layer = Descriptor::of(docker, b"layer");
        assert_eq!(as_oci(&layer), Descriptor { media_type: MediaType::LAYER_GZIP, ..layer.clone() });
        let other = Descriptor::of(MediaType::new("application/x-of-somebody"), b"layer");
        assert_eq!(as_oci(&other), other);
    }
}

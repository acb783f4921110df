//! A layer that takes long enough to be interrupted.

use super::{Layout, Sandbox, noise};

/// How large it is. `RPUSH_TEST_LAYER` makes it larger.
pub fn layer_size() -> u64 {
    std::env::var("RPUSH_TEST_LAYER").ok().and_then(|size| size.parse().ok()).unwrap_or(64 * 1024 * 1024)
}

/// An image with a layer of that size, as the layout `image` in the sandbox.
pub fn stage_large(sandbox: &Sandbox) {
    let size = usize::try_from(layer_size()).expect("it fits into memory");
    let mut layout = Layout::default();
    let root = layout.image_of(&noise(size));
    layout.name(&root, "1");
    layout.write(&sandbox.path("image"));
}

/// So much of the layer, in percent.
pub fn percent(bytes: u64) -> u64 {
    bytes * 100 / layer_size()
}

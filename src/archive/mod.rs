//! Archives: tars of images, in both directions.
//!
//! Two forms go around: OCI layouts in a tar, and Docker's own form from before it knew layouts. Both are imported, from a
//! file or from a stream, into a directory of blobs, and so is an image that lies in parts; what is exported is both at once, so
//! that everything reads it. Layers are made here too, because they are tars. Nothing here is asynchronous: callers run it on a
//! thread where blocking is allowed.

mod compress;
mod deflate;
mod docker;
mod error;
mod export;
mod foretold;
mod import;
mod intake;
mod layer;
mod members;
mod memo;
mod oci;
mod parts;
mod pieces;
mod reach;
mod tape;
#[cfg(test)]
mod tests;
mod wanted;

pub use compress::{Coder, Compression, CompressionError, all_cores, compress};
pub use error::{Error, Fault};
pub use export::{export, export_selected};
pub use import::{Destination, Fate, Imported, Input, Owner, Progress, import};
pub use layer::{MadeLayer, Material, Ownership, Rules, Way, make_layer};
pub use memo::MemoDir;
pub use parts::{Opener, Part};
pub use wanted::Wanted;

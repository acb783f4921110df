//! What a stranger's bytes meet first, as pure functions: the fuzz targets are another crate, and see nothing else of
//! the registry.

use std::path::PathBuf;

use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

use super::error::Refusal;
use super::index::Index;
use super::manifests::understand;
use super::route::{Route, Start, route};
use super::storage::path_of;
use crate::image::{Descriptor, Digest, RepositoryName, Tag};

/// The directories that a request would read or write, below the registry's own; or the status of its refusal.
pub fn request(method: &str, path: &str, query: &str) -> Result<Vec<PathBuf>, u16> {
    let method = method.parse().map_err(|_| 400_u16)?;
    let route = route(&method, path, query).map_err(status)?;
    Ok(names(&route).into_iter().map(path_of).collect())
}

fn names(route: &Route) -> Vec<&RepositoryName> {
    match route {
        Route::Ping | Route::Catalog(_) => Vec::new(),
        Route::StartUpload(name, Start::Mount { from: Some(from), .. }) => vec![name, from],
        Route::ListTags(name, _)
        | Route::ListReferrers { name, .. }
        | Route::ReadBlob(name, _)
        | Route::DeleteBlob(name, _)
        | Route::StartUpload(name, _)
        | Route::ReadUpload(name, _)
        | Route::WriteUpload(name, _)
        | Route::FinishUpload(name, ..)
        | Route::CancelUpload(name, _)
        | Route::ReadManifest(name, _)
        | Route::WriteManifest { name, .. }
        | Route::DeleteManifest(name, _) => vec![name],
    }
}

/// What a manifest that was sent with this type leaves in the list of its subject's referrers; or the status of its
/// refusal.
pub fn manifest(content_type: &str, bytes: &[u8]) -> Result<Descriptor, u16> {
    let mut headers = HeaderMap::new();
    headers.extend(HeaderValue::from_str(content_type).ok().map(|value| (CONTENT_TYPE, value)));
    let (_, referrer) = understand(&headers, bytes, Digest::of(bytes)).map_err(status)?;
    Ok(referrer)
}

/// What is in an `index.json` after a manifest was tagged in it and that tag was removed again; `None` when it cannot
/// be read.
pub fn index(bytes: &[u8], manifest: &Descriptor, tag: &Tag) -> Option<Vec<u8>> {
    let mut index: Index = serde_json::from_slice(bytes).ok()?;
    index.put(manifest, std::slice::from_ref(tag));
    assert_eq!(index.tagged(tag).map(|entry| entry.digest), Some(manifest.digest));
    assert!(index.untag(tag) && index.tagged(tag).is_none());
    assert!(index.find(&manifest.digest).is_some());
    Some(serde_json::to_vec(&index).expect("an index is valid JSON"))
}

fn status(refusal: Refusal) -> u16 {
    refusal.into_parts().0.status().as_u16()
}

//! Lists of tags and of repositories.

use hyper::header::LINK;
use hyper::{Response, StatusCode};
use serde_json::json;

use super::answer::{self, Body, With as _};
use super::error::{Code, Fault, Refusal};
use super::page::{NextPage, Page};
use super::{Registry, blocking};
use crate::image::RepositoryName;

/// How many repositories one answer lists, whatever is asked for (CVE-2023-2253).
const MAX_CATALOG: usize = 1000;

/// GET of the tags of a repository.
pub(super) async fn list(registry: &Registry, name: RepositoryName, page: Page) -> Result<Response<Body>, Fault> {
    let (storage, repository) = (registry.storage.clone(), name.clone());
    let index = blocking(move || storage.index(&repository)).await?.ok_or_else(|| unknown(&name))?;
    let (tags, more) = page.cut(index.tags());
    let response = answer::json(StatusCode::OK, &json!({ "name": name.as_str(), "tags": tags }));
    Ok(linked(response, format!("/v2/{name}/tags/list"), page.limit, more))
}

/// GET of the repositories.
pub(super) async fn catalog(registry: &Registry, page: Page) -> Result<Response<Body>, Fault> {
    let limit = page.limit.unwrap_or(MAX_CATALOG).min(MAX_CATALOG);
    let (storage, after) = (registry.storage.clone(), page.after.unwrap_or_default());
    let (names, more) = blocking(move || storage.repositories(&after, limit)).await?;
    let last = names.last().cloned().filter(|_| more);
    let response = answer::json(StatusCode::OK, &json!({ "repositories": names }));
    Ok(linked(response, "/v2/_catalog".into(), Some(limit), last))
}

/// There is no such repository.
pub(super) fn unknown(name: &RepositoryName) -> Refusal {
    Refusal::new(Code::NameUnknown, "no such repository").detail(json!({ "name": name.as_str() }))
}

fn linked(response: Response<Body>, path: String, limit: Option<usize>, last: Option<String>) -> Response<Body> {
    let Some(last) = last else { return response };
    let query = limit.map(|limit| ("n", limit.to_string())).into_iter().chain([("last", last)]).collect();
    response.with(LINK, NextPage { path, query })
}

//! Docker Hub's search, which is no part of the registry's API and lies on a host of its own. It is the protocol from before
//! registries had one (`/v1/search`), and what `docker search` asks. Nobody has to log in for it, and no credentials go there.

use reqwest::Method;
use serde::Deserialize;
use url::Url;

use super::Registry;
use super::call::{Call, Target};
use crate::content;

/// Where it is.
const SEARCH: &str = "https://index.docker.io/v1/search";

/// The most that is read of an answer: a hundred repositories take fifty kilobytes.
const MAX_ANSWER: usize = 1024 * 1024;

/// A repository that was found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Hit {
    /// The name, as one would pull it.
    pub name: String,
    /// What its owner says of it.
    pub description: Option<String>,
    /// How many people liked it.
    #[serde(rename = "star_count")]
    pub stars: i64,
    /// Whether Docker vouches for it.
    pub is_official: bool,
}

#[derive(Deserialize)]
struct Answer {
    results: Option<Vec<Hit>>,
}

impl Registry {
    /// The repositories of Docker Hub that have to do with a word, at most so many, the best first.
    pub async fn search(&self, term: &str, limit: usize) -> Result<Vec<Hit>, content::Error> {
        let mut call = Call::new(Method::GET, String::new(), format!("search Docker Hub for {term}"));
        let mut url = Url::parse(SEARCH).expect("it is an address");
        url.query_pairs_mut().append_pair("q", term).append_pair("n", &limit.to_string());
        call.to = Target::Address(url);
        let response = self.caller.expect(&call, &[200]).await?;
        let body = self.caller.read(response, MAX_ANSWER, &call.doing).await?;
        let answer: Answer = serde_json::from_slice(&body).map_err(|error| self.caller.nonsense(&call, error))?;
        let mut hits = answer.results.unwrap_or_default();
        hits.truncate(limit);
        Ok(hits)
    }
}

//! A look at what a tag names, without reading it.

use reqwest::Method;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};

use super::Repository;
use super::repository::{content_digest, header};
use crate::content;
use crate::image::{Descriptor, MediaType, Reference, Tag};

impl Repository {
    /// What a tag or a digest names; `None` when there is nothing, or the registry does not say all of it.
    pub async fn glance(&self, wanted: &Reference) -> Result<Option<Descriptor>, content::Error> {
        let name = match (&wanted.digest, &wanted.tag) {
            (Some(digest), _) => digest.to_string(),
            (None, Some(tag)) => tag.to_string(),
            (None, None) => Tag::latest().to_string(),
        };
        let call = self.manifest_call(Method::HEAD, &name, format!("look for {wanted}"));
        let response = self.caller.send(&call, &mut self.caller.budget(), None).await?;
        if response.status().as_u16() != 200 {
            return Ok(None);
        }
        let size = header(&response, &CONTENT_LENGTH).and_then(|text| text.parse().ok());
        let media_type = header(&response, &CONTENT_TYPE).map(MediaType::new);
        Ok((|| Some(Descriptor::new(media_type?, content_digest(&response)?, size?)))())
    }

    /// Whether a tag is known to have been pushed from here.
    pub fn remembers(&self, name: &Reference) -> bool {
        let pushed = self.caller.pushed(&self.name);
        name.tag.as_ref().is_some_and(|tag| pushed.tagged(tag).is_some())
    }
}

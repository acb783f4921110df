//! What a copy brings where: one job for each destination, and one for all tags of a repository.

use super::ends::End;
use crate::image::{Reference, Tag};

/// One destination, or several tags of one repository.
pub struct Job<'a> {
    /// Where it goes.
    pub end: &'a End,
    positions: Vec<usize>,
    tags: Vec<Tag>,
}

/// The destinations, with all tags of one repository together.
pub fn jobs(ends: &[End]) -> Vec<Job<'_>> {
    let mut jobs: Vec<Job<'_>> = Vec::new();
    for (position, end) in ends.iter().enumerate() {
        let tag = end.registry().and_then(|name| name.tag.clone());
        let is_same = |job: &&mut Job<'_>| match (job.end.registry(), end.registry()) {
            (Some(one), Some(other)) => one.host == other.host && one.name == other.name,
            _ => false,
        };
        match jobs.iter_mut().find(is_same) {
            Some(job) => {
                job.positions.push(position);
                job.tags.extend(tag.filter(|tag| !job.tags.contains(tag)));
            }
            None => jobs.push(Job { end, positions: vec![position], tags: tag.into_iter().collect() }),
        }
    }
    jobs
}

impl Job<'_> {
    /// Where it stands among the destinations.
    pub fn positions(&self) -> &[usize] {
        &self.positions
    }

    /// The tags of the image there.
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

/// The tag of a destination as it was typed.
pub fn typed_tag(text: &str) -> Tag {
    let name = text.strip_prefix("docker://").unwrap_or(text).parse::<Reference>().ok();
    name.and_then(|name| name.tag).unwrap_or_else(Tag::latest)
}

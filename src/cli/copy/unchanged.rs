//! Whether there is anything to copy: a tag at each end that is known to have been the same before costs a question each, at the same
//! time, and no manifest is read, which registries count.

use futures_util::future::{try_join, try_join_all};

use super::delivery::Delivered;
use super::depots::Depots;
use super::ends::{End, Origin};
use super::freight::Reading;
use super::{Context, CopyArgs, Failure};
use crate::image::Reference;

/// What is to be said when the image is everywhere already; `None` when that is not known.
pub async fn find(
    origin: &Origin,
    ends: &[End],
    depots: &Depots,
    args: &CopyArgs,
    context: &Context,
) -> Result<Option<Vec<Delivered>>, Failure> {
    let Origin::Registry(name) = origin else { return Ok(None) };
    let Some(names) = ends.iter().map(End::registry).collect::<Option<Vec<&Reference>>>() else { return Ok(None) };
    if args.platform.is_some() || args.include_referrers {
        return Ok(None);
    }
    let there: Vec<_> = names.iter().map(|name| (depots.repository(name), *name)).collect();
    let is_likely = there.iter().all(|(repository, name)| repository.remembers(name)) || name.host.is_docker_hub();
    if !is_likely {
        return Ok(None);
    }
    let reading = Reading::of(name, depots, args, context).await?;
    let before: Vec<u64> = there.iter().map(|(repository, _)| repository.requests_sent()).collect();
    let asked = there.iter().map(|(repository, name)| repository.glance(name));
    let Ok((Some(root), standing)) = try_join(reading.home().glance(name), try_join_all(asked)).await else {
        return Ok(None);
    };
    if standing.iter().any(|there| there.as_ref().is_none_or(|there| there.digest != root.digest)) {
        return Ok(None);
    }
    let delivered = there.iter().zip(before).map(|((repository, name), before)| Delivered {
        root: root.clone(),
        label: name.tag.as_ref().map_or_else(String::new, ToString::to_string),
        name: name.familiar(),
        repository: Some(name.familiar_repository()),
        report: None,
        requests: repository.requests_sent() - before,
    });
    Ok(Some(delivered.collect()))
}

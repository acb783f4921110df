//! What a repository gives: may it be read, does it tell what it lacks, and what does it know beyond images.

use std::sync::Arc;

use reqwest::header::{CONTENT_RANGE, HeaderValue, RANGE};
use reqwest::{Method, Response};
use serde_json::Value;

use super::super::Repository;
use super::super::error::Error;
use super::finding::Chart;
use super::{Check, Examination, Fact, Known, Reason, nothing};
use crate::content::{Blob, Class, Source};
use crate::image::{Kind, MAX_MANIFEST_SIZE, Manifest, Reference, Role, Tag};

/// Everything that only reads. Gives a blob of the repository, if one could be found.
pub(super) async fn examine(exam: &Examination, chart: &mut Chart<'_>, reader: &Arc<Repository>) -> Known {
    let tag = match pull(exam, chart, reader).await {
        Ok(tag) => tag,
        Err(reason) => {
            chart.skip(&[Check::Lookup, Check::Range, Check::Referrers], reason);
            return None;
        }
    };
    let known = match &tag {
        Some(tag) => blob_of(exam, reader, tag).await,
        None => None,
    };
    lookup(exam, chart, reader).await;
    range(exam, chart, reader, &known).await;
    referrers(exam, chart, reader).await;
    known
}

/// May the repository be read? Gives one of its tags.
async fn pull(exam: &Examination, chart: &mut Chart<'_>, reader: &Repository) -> Result<Option<Tag>, Reason> {
    let call = reader.call(Method::GET, "tags/list?n=1", format!("read {}/{}", exam.host, reader.name));
    let answered = exam.send(&call).await;
    let granted = if answered.is_ok() { exam.granted(&call).await } else { None };
    let fact = |response: &Response| Fact::Scope {
        status: response.status().as_u16(),
        granted: granted.clone(),
        chunk_minimum: None,
    };
    let (fact, error) = match answered {
        Ok(response) if response.status() == 200 => {
            chart.fine(Check::Pull, fact(&response));
            return Ok(first_tag(exam, response).await);
        }
        // A repository comes into being with the first push.
        Ok(response) if response.status() == 404 => {
            chart.fine(Check::Pull, fact(&response));
            return Ok(None);
        }
        Ok(response) => (Some(fact(&response)), exam.caller.refused(response, &call).await),
        Err(error) => (None, error),
    };
    chart.fail(Check::Pull, fact, error);
    Err(Reason::After(Check::Pull))
}

async fn first_tag(exam: &Examination, response: Response) -> Option<Tag> {
    let body = exam.caller.read(response, 1024 * 1024, "list tags").await.ok()?;
    let answer: Value = serde_json::from_slice(&body).ok()?;
    answer["tags"].as_array()?.first()?.as_str()?.parse().ok()
}

/// A blob that the repository has: a config, which is small, or else a layer.
async fn blob_of(exam: &Examination, reader: &Arc<Repository>, tag: &Tag) -> Known {
    let name = Reference { host: exam.host.clone(), name: reader.name.clone(), tag: Some(tag.clone()), digest: None };
    let mut found = reader.resolve(&name).await.ok()??;
    let source: Arc<dyn Source> = reader.clone();
    for _ in 0..2 {
        let bytes = Blob::new(found.clone(), source.clone()).read_all(MAX_MANIFEST_SIZE).await.ok()?;
        match Manifest::parse(&found.media_type, &bytes).ok()?.kind {
            Kind::Image { config, layers } => return config.into_iter().chain(layers).next(),
            Kind::Index(entries) => {
                found = entries.into_iter().find(|entry| entry.media_type.role() == Role::Manifest)?
            }
        }
    }
    None
}

/// A registry that claims to have what does not exist gets no layers, and has none.
async fn lookup(exam: &Examination, chart: &mut Chart<'_>, reader: &Repository) {
    let call =
        reader.call(Method::HEAD, &format!("blobs/{}", nothing()), format!("look into {}/{}", exam.host, reader.name));
    match exam.send(&call).await {
        Ok(response) if response.status() == 404 => chart.fine(Check::Lookup, answer(&response)),
        Ok(response) if response.status() == 200 => {
            let error =
                crate::content::Error::new(Class::Failed, "the registry claims to have a blob that does not exist");
            chart.fail(Check::Lookup, Some(answer(&response)), error);
        }
        Ok(response) => {
            let fact = answer(&response);
            chart.fail(Check::Lookup, Some(fact), exam.caller.refused(response, &call).await);
        }
        Err(error) => chart.fail(Check::Lookup, None, error),
    }
}

async fn range(exam: &Examination, chart: &mut Chart<'_>, reader: &Repository, known: &Known) {
    let Some(blob) = known else { return chart.skip(&[Check::Range], Reason::Empty) };
    let mut call = reader.call(Method::GET, &format!("blobs/{}", blob.digest), format!("read from {}", exam.host));
    call.headers.insert(RANGE, HeaderValue::from_static("bytes=0-0"));
    match exam.send(&call).await {
        Ok(response) if response.status() == 206 && response.headers().contains_key(CONTENT_RANGE) => {
            chart.fine(Check::Range, answer(&response));
        }
        Ok(response) if response.status().is_success() => chart.warn(Check::Range, answer(&response), None),
        Ok(response) => {
            let fact = answer(&response);
            chart.fail(Check::Range, Some(fact), exam.caller.refused(response, &call).await);
        }
        Err(error) => chart.fail(Check::Range, None, error),
    }
}

/// C-72: without them, tags take their place.
async fn referrers(exam: &Examination, chart: &mut Chart<'_>, reader: &Repository) {
    let call = reader.call(Method::GET, &format!("referrers/{}", nothing()), format!("read from {}", exam.host));
    match exam.send(&call).await {
        Ok(response) if matches!(response.status().as_u16(), 200 | 404) => {
            chart.fine(Check::Referrers, answer(&response));
        }
        // Of no use to a push, so that nothing else is in its way.
        Ok(response) => chart.warn(Check::Referrers, answer(&response), None),
        Err(Error::Refused { answer, .. }) => {
            chart.warn(Check::Referrers, Fact::Answer { status: answer.status.as_u16() }, None);
        }
        Err(error) => chart.fail(Check::Referrers, None, error),
    }
}

pub(super) fn answer(response: &Response) -> Fact {
    Fact::Answer { status: response.status().as_u16() }
}

//! What remains: may something be deleted, and how many requests are left. Nothing that exists is deleted.

use reqwest::Method;
use reqwest::header::{ACCEPT, HeaderValue};

use super::super::Repository;
use super::super::auth::Scope;
use super::super::error::Error;
use super::finding::Chart;
use super::reading::answer;
use super::{Check, Examination, Fact, nothing};
use crate::content::{self, Advice};

/// Tries to delete what does not exist, and reads the limits.
pub(super) async fn examine(exam: &Examination, chart: &mut Chart<'_>, writer: &Repository) {
    delete(exam, chart, writer).await;
    rate(exam, chart, writer).await;
}

/// A push needs no right to delete, so that there is nothing here that fails.
async fn delete(exam: &Examination, chart: &mut Chart<'_>, writer: &Repository) {
    let doing = format!("delete from {}/{}", exam.host, writer.name);
    let mut call = writer.call(Method::DELETE, &format!("manifests/{}", nothing()), doing);
    call.scopes = Scope::delete(&writer.name).into();
    let fact = match exam.send(&call).await {
        Ok(response) => answer(&response),
        Err(Error::Refused { answer, .. }) => Fact::Answer { status: answer.status.as_u16() },
        Err(Error::Token { .. }) => Fact::Answer { status: 401 },
        Err(error) => return chart.fail(Check::Delete, None, error),
    };
    let Fact::Answer { status } = fact else { return };
    match status {
        404 => chart.fine(Check::Delete, fact),
        401 | 403 => chart.warn(Check::Delete, fact, Some(Advice::LogIn(exam.host.clone()))),
        405 => chart.warn(Check::Delete, fact, Some(Advice::AllowDelete(exam.host.clone()))),
        _ => chart.warn(Check::Delete, fact, None),
    }
}

/// Limits are told with manifests, if anywhere; a HEAD is not counted.
async fn rate(exam: &Examination, chart: &mut Chart<'_>, writer: &Repository) {
    let doing = format!("look into {}/{}", exam.host, writer.name);
    let mut call = writer.call(Method::HEAD, "manifests/latest", doing);
    call.headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    if let Err(error) = exam.send(&call).await {
        let error = content::Error::from(error);
        return chart.fail(Check::Rate, None, error);
    }
    let rate = exam.rate.lock().expect("nobody panics while holding it").take();
    let fact = rate.unwrap_or(Fact::Rate { limit: None, remaining: None });
    let left = match &fact {
        Fact::Rate { remaining: Some(remaining), .. } => {
            remaining.split(';').next().and_then(|n| n.trim().parse().ok())
        }
        _ => None::<u64>,
    };
    match left {
        Some(0..10) => chart.warn(Check::Rate, fact, Some(Advice::LogIn(exam.host.clone()))),
        _ => chart.fine(Check::Rate, fact),
    }
}

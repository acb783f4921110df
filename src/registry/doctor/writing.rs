//! How a repository takes layers: may one write, where do uploads go on, in which pieces, and how large may they be. Every
//! upload that is begun here is cancelled, none is finished.

use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE, HeaderValue, LOCATION, RANGE};
use reqwest::{Method, Response};

use super::super::Repository;
use super::super::address::{Address, beginning};
use super::super::auth::Scope;
use super::super::call::{Call, Payload};
use super::super::error::Error;
use super::super::note::Note;
use super::super::repository::header;
use super::super::trouble::Trouble;
use super::finding::{Chart, Ended, Form};
use super::sessions::Session;
use super::{Check, Examination, Fact, Reason, nothing, text};
use crate::content::{self, Advice};
use crate::image::Descriptor;

const MIB: u64 = 1024 * 1024;

/// The pieces that are tried, unless the registry wants larger ones.
const CHUNK: u64 = 64 * 1024;

/// The bodies that are tried: nginx' limit is 1 MiB if nobody says otherwise, Cloudflare's 100 MB.
const BODIES: [u64; 4] = [MIB, 8 * MIB, 32 * MIB, 100 * MIB];

/// How long to listen to what is said to the length of a body alone.
const SILENCE: Duration = Duration::from_secs(5);

/// Everything that a push does with layers, up to where it would leave something behind.
pub(super) async fn examine(
    exam: &Examination,
    chart: &mut Chart<'_>,
    writer: &Repository,
    known: Option<&Descriptor>,
) {
    let all = [Check::Location, Check::Chunk, Check::Resume, Check::Order, Check::Body, Check::Mount, Check::Cleanup];
    match push(exam, chart, writer).await {
        Err(reason) => chart.skip(&all, reason),
        Ok((session, minimum)) => {
            let size = chunk(exam, chart, writer, session, minimum).await;
            match size {
                Some(size) => {
                    resume(exam, chart, writer, session, size).await;
                    order(exam, chart, writer, session, size).await;
                    exam.cancel(writer, session).await;
                    body(exam, chart, writer).await;
                }
                None => {
                    exam.cancel(writer, session).await;
                    chart.skip(&[Check::Resume, Check::Order, Check::Body], Reason::After(Check::Chunk));
                }
            }
            mount(exam, chart, writer, known).await;
            let (left, fact) = exam.cleanup();
            match left {
                0 => chart.fine(Check::Cleanup, fact),
                _ => chart.warn(Check::Cleanup, fact, None),
            }
        }
    }
}

/// May one write? Gives an open upload, and the smallest piece that it takes.
async fn push(
    exam: &Examination,
    chart: &mut Chart<'_>,
    writer: &Repository,
) -> Result<(Session, Option<u64>), Reason> {
    let begun = exam.begin(writer).await;
    let granted = match &begun {
        Ok(_) | Err(Error::Refused { .. }) => exam.granted(&writer.call(Method::POST, "", String::new())).await,
        Err(_) => None,
    };
    let scope = |status, chunk_minimum| Fact::Scope { status, granted: granted.clone(), chunk_minimum };
    match begun {
        Ok((session, response, address)) => {
            let minimum = text(response.headers(), "oci-chunk-min-length").and_then(|text| text.parse().ok());
            chart.fine(Check::Push, scope(202, minimum));
            location(exam, chart, &response, address);
            Ok((session, minimum))
        }
        Err(error) => {
            let fact = match &error {
                Error::Refused { answer, .. } => Some(scope(answer.status.as_u16(), None)),
                _ => None,
            };
            chart.fail(Check::Push, fact, error);
            Err(Reason::After(Check::Push))
        }
    }
}

fn location(exam: &Examination, chart: &mut Chart<'_>, response: &Response, address: Address) {
    let is_relative = header(response, &LOCATION).is_some_and(|text| !text.contains("://") && !text.starts_with("//"));
    let home = response.url().host() == address.url.host();
    match address.note {
        Some(Note::WrongAddress { given, header, .. }) => {
            let fact = Fact::Location { form: Form::Wrong, given: Some(given) };
            chart.warn(Check::Location, fact, Some(Advice::TellProxy { host: exam.host.clone(), header }));
        }
        _ if is_relative => chart.fine(Check::Location, Fact::Location { form: Form::Relative, given: None }),
        _ if home => chart.fine(Check::Location, Fact::Location { form: Form::Absolute, given: None }),
        _ => {
            let given = beginning(&address.url);
            chart.fine(Check::Location, Fact::Location { form: Form::Elsewhere, given: Some(given) });
        }
    }
}

/// A piece of an upload, which begins at `offset` (C-44).
fn piece<'a>(exam: &Examination, writer: &Repository, session: Session, offset: u64, size: u64) -> Call<'a> {
    let mut call = exam.call_to(writer, session, Method::PATCH);
    let range = format!("{offset}-{}", offset + size - 1);
    call.headers.insert(CONTENT_RANGE, HeaderValue::from_str(&range).expect("because digits make a header"));
    call.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    call.body = match size <= CHUNK {
        true => Payload::Bytes(Bytes::from(vec![0; usize::try_from(size).unwrap_or_default()])),
        false => Payload::Filler(size),
    };
    call
}

/// How many bytes a registry says it has: `0-65535`. It spells nothing like one byte (C-46).
fn kept(response: &Response) -> Option<u64> {
    length(header(response, &RANGE)?)
}

fn length(range: &str) -> Option<u64> {
    let (first, last) = range.strip_prefix("bytes=").unwrap_or(range).split_once('-')?;
    if first.trim() == "0" { last.trim().parse::<u64>().ok()?.checked_add(1) } else { None }
}

/// Sends one piece. Gives its size if it was taken.
async fn chunk(
    exam: &Examination,
    chart: &mut Chart<'_>,
    writer: &Repository,
    session: Session,
    minimum: Option<u64>,
) -> Option<u64> {
    // C-45. No registry wants more than 16 MiB; one that says so is not believed.
    let bytes = minimum.unwrap_or_default().clamp(CHUNK, 16 * MIB);
    let call = piece(exam, writer, session, 0, bytes);
    let (status, kept) = match exam.send(&call).await {
        Ok(response) => {
            exam.follow(writer, session, &response, &call).await;
            (response.status().as_u16(), kept(&response))
        }
        Err(Error::Refused { answer, .. }) => (answer.status.as_u16(), None),
        Err(error) => {
            let error = content::Error::from(error);
            // A reverse proxy that does not say how it was reached makes a registry name a place that only it knows.
            let error = match exam.is_elsewhere(session).await {
                true => {
                    let header = format!("Host: {}", exam.host.api());
                    error.advise(Advice::TellProxy { host: exam.host.clone(), header })
                }
                false => error,
            };
            chart.fail(Check::Chunk, None, error);
            return None;
        }
    };
    let fact = Fact::Chunk { status, bytes, kept };
    match status {
        202 if kept.is_none_or(|kept| kept == bytes) => {
            chart.fine(Check::Chunk, fact);
            Some(bytes)
        }
        413 => {
            chart.warn(Check::Chunk, fact, Some(Advice::RaiseBodyLimit(exam.host.clone())));
            None
        }
        // A push sends each layer in one piece, and goes through.
        _ => {
            chart.warn(Check::Chunk, fact, None);
            None
        }
    }
}

/// Does the registry know how far an upload has come?
async fn resume(exam: &Examination, chart: &mut Chart<'_>, writer: &Repository, session: Session, bytes: u64) {
    let call = exam.call_to(writer, session, Method::GET);
    let (status, kept) = match exam.send(&call).await {
        Ok(response) => {
            exam.follow(writer, session, &response, &call).await;
            (response.status().as_u16(), kept(&response))
        }
        Err(Error::Refused { answer, .. }) => (answer.status.as_u16(), None),
        Err(error) => return chart.fail(Check::Resume, None, error),
    };
    let fact = Fact::Chunk { status, bytes, kept };
    match status == 204 && kept == Some(bytes) {
        true => chart.fine(Check::Resume, fact),
        false => chart.warn(Check::Resume, fact, None),
    }
}

/// A piece at the wrong place has to be refused, or what goes on after a broken connection may become something else.
async fn order(exam: &Examination, chart: &mut Chart<'_>, writer: &Repository, session: Session, size: u64) {
    let call = piece(exam, writer, session, size * 2, CHUNK);
    let status = match exam.send(&call).await {
        Ok(response) => {
            exam.follow(writer, session, &response, &call).await;
            response.status().as_u16()
        }
        Err(Error::Refused { answer, .. }) => answer.status.as_u16(),
        Err(error) => return chart.fail(Check::Order, None, error),
    };
    match status {
        400..500 => chart.fine(Check::Order, Fact::Answer { status }),
        _ => chart.warn(Check::Order, Fact::Answer { status }, None),
    }
}

/// What became of a large body.
enum Fate {
    Taken,
    Refused(Option<String>, Error),
    OutOfTime,
}

/// The largest body that goes through, up to what was asked for and as long as there is time.
async fn body(exam: &Examination, chart: &mut Chart<'_>, writer: &Repository) {
    let sizes = BODIES.into_iter().filter(|size| *size < exam.max_body).chain([exam.max_body]);
    let (since, mut taken) = (Instant::now(), None);
    for size in sizes {
        let left = exam.body_time.saturating_sub(since.elapsed());
        // As slow as so far.
        let pace = taken.map_or(0.0, |(taken, time): (u64, Duration)| time.as_secs_f64() / taken as f64);
        let fate = match left.as_secs_f64() < pace * size as f64 {
            true => Fate::OutOfTime,
            false => large(exam, writer, size, left).await,
        };
        let (refused, server, ended, error) = match fate {
            Fate::Taken => {
                taken = Some((size, since.elapsed().saturating_sub(exam.body_time.saturating_sub(left))));
                continue;
            }
            Fate::OutOfTime => (None, None, Ended::Time, None),
            Fate::Refused(server, error) => (Some(size), server, Ended::Refusal, Some(error)),
        };
        let fact = Fact::Body { taken: taken.map(|(taken, _)| taken), refused, server, ended };
        return match error {
            Some(error) => {
                let error = content::Error::from(error);
                let advice = Advice::RaiseBodyLimit(exam.host.clone());
                // Smaller ones went through: whatever is said of it, or not, it is the size.
                let error = if taken.is_some() { error.advise(advice) } else { error };
                chart.fail(Check::Body, Some(fact), error);
            }
            None if taken.is_none() => chart.warn(Check::Body, fact, None),
            None => chart.fine(Check::Body, fact),
        };
    }
    let taken = taken.map(|(taken, _)| taken);
    chart.fine(Check::Body, Fact::Body { taken, refused: None, server: None, ended: Ended::Size });
}

/// Sends a large body, and cancels what came of it.
async fn large(exam: &Examination, writer: &Repository, size: u64, time: Duration) -> Fate {
    let session = match exam.begin(writer).await {
        Ok((session, ..)) => session,
        Err(error) => return Fate::Refused(None, error),
    };
    let call = piece(exam, writer, session, 0, size);
    let fate = match tokio::time::timeout(time, exam.caller.send_once(&call)).await {
        Err(_) => Fate::OutOfTime,
        Ok(Ok(response)) if response.status().is_success() => {
            exam.follow(writer, session, &response, &call).await;
            Fate::Taken
        }
        Ok(Ok(response)) => {
            let server = text(response.headers(), "server");
            Fate::Refused(server, exam.caller.refused(response, &call).await)
        }
        Ok(Err(error)) => Fate::Refused(None, error),
    };
    exam.cancel(writer, session).await;
    match fate {
        Fate::Refused(None, closed @ Error::Unreachable { trouble: Trouble::Closed(_), .. }) => {
            announced(exam, writer, size).await.unwrap_or(Fate::Refused(None, closed))
        }
        fate => fate,
    }
}

/// Who refuses a body by its length says so at once and hangs up; while the body is still being sent, that is seldom heard. So
/// the body is announced once more and not sent.
async fn announced(exam: &Examination, writer: &Repository, size: u64) -> Option<Fate> {
    let (session, ..) = exam.begin(writer).await.ok()?;
    let mut call = piece(exam, writer, session, 0, size);
    call.body = Payload::Announced(size);
    let answered = exam.in_time(SILENCE, &call, exam.caller.send_once(&call)).await;
    let fate = match answered {
        Ok(response) if !response.status().is_success() => {
            let server = text(response.headers(), "server");
            Some(Fate::Refused(server, exam.caller.refused(response, &call).await))
        }
        _ => None,
    };
    exam.cancel(writer, session).await;
    fate
}

/// A blob that the repository has can be mounted from itself, and nothing changes. Without one, only the form of the answer can
/// be looked at.
async fn mount(exam: &Examination, chart: &mut Chart<'_>, writer: &Repository, known: Option<&Descriptor>) {
    let digest = known.map_or_else(nothing, |known| known.digest);
    let (from, tried_with_a_blob) = (&writer.name, known.is_some());
    let doing = format!("mount a blob of {}/{from}", exam.host);
    let mut call = writer.call(Method::POST, &format!("blobs/uploads/?mount={digest}&from={from}"), doing);
    call.scopes.insert(Scope::pull(from));
    let status = match exam.send(&call).await {
        Ok(response) => {
            if response.status() == 202
                && let Ok((session, _)) = exam.keep(writer, &response, &call).await
            {
                exam.cancel(writer, session).await;
            }
            response.status().as_u16()
        }
        Err(Error::Refused { answer, .. }) => answer.status.as_u16(),
        Err(error) => return chart.fail(Check::Mount, None, content::Error::from(error)),
    };
    let fact = Fact::Mount { status, tried_with_a_blob };
    match (status, tried_with_a_blob) {
        (201, true) | (202, false) => chart.fine(Check::Mount, fact),
        _ => chart.warn(Check::Mount, fact, None),
    }
}

#[cfg(test)]
mod tests {
    use super::length;

    /// C-46, and what strangers may write.
    #[test]
    fn c_46_what_a_registry_has_is_read_off_its_range() {
        for (range, bytes) in [
            ("0-65535", Some(65536)),
            ("bytes=0-65535", Some(65536)),
            ("0-0", Some(1)),
            ("5-10", None),
            ("0-", None),
            ("0-18446744073709551615", None),
            ("", None),
        ] {
            assert_eq!(length(range), bytes, "{range}");
        }
    }
}

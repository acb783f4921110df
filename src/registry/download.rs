//! Content on its way from a registry: what breaks off goes on where it broke off.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use reqwest::Response;
use reqwest::header::{ACCEPT_RANGES, CONTENT_RANGE, HeaderValue, RANGE};

use super::call::Call;
use super::caller::Caller;
use super::error::Error;
use super::pace::Turn;
use super::repository::header;
use super::trouble::Trouble;
use super::verdict::Budget;
use crate::content::{self, ByteStream, Class};

/// Whether a registry gives parts of a blob, as far as is known. Where it sends us elsewhere for blobs, it is they that say so.
#[derive(Clone, Default)]
pub(super) struct Parts(Arc<AtomicU8>);

impl Parts {
    const GIVEN: u8 = 1;
    const NOT_GIVEN: u8 = 2;

    /// Whether it is no use to ask for one.
    pub fn are_not_given(&self) -> bool {
        self.0.load(Ordering::Relaxed) == Self::NOT_GIVEN
    }

    fn learn(&self, are_given: bool) {
        self.0.store(if are_given { Self::GIVEN } else { Self::NOT_GIVEN }, Ordering::Relaxed);
    }

    /// Who gives the whole and does not say that it would give parts is not asked for any: that would cost a connection, and
    /// what is on the way over it.
    fn hear(&self, response: &Response) {
        match response.status().as_u16() {
            206 => self.learn(true),
            200 => self.learn(header(response, &ACCEPT_RANGES).is_some_and(|unit| unit.eq_ignore_ascii_case("bytes"))),
            _ => {}
        }
    }
}

/// A download that goes on where it was cut off.
pub(super) struct Download {
    caller: Arc<Caller>,
    call: Call<'static>,
    parts: Parts,
    budget: Budget,
    offset: u64,
    /// Where it ends.
    end: u64,
    is_part: bool,
    inner: Option<(BoxStream<'static, reqwest::Result<Bytes>>, Turn)>,
}

impl Download {
    /// What `call` asks for, from `offset` to its end.
    pub fn new(caller: Arc<Caller>, call: Call<'static>, parts: Parts, extent: Range<u64>) -> Self {
        let budget = caller.budget();
        Self { caller, call, parts, budget, offset: extent.start, end: extent.end, is_part: false, inner: None }
    }

    /// Its bytes. It is opened at once, so that what is not there is an error of this call and not of the stream.
    pub async fn stream(mut self) -> Result<ByteStream, Error> {
        self.open().await?;
        Ok(futures_util::stream::try_unfold(self, Self::next).boxed())
    }

    /// The same, where its end is not the end of the whole: the bytes of that part, or `None` where nothing but the whole is
    /// given. When parts are not given any more, it ends early.
    pub async fn stream_part(mut self) -> Result<Option<ByteStream>, Error> {
        self.is_part = true;
        let is_given = self.open_part().await?;
        Ok(is_given.then(|| futures_util::stream::try_unfold(self, Self::next).boxed()))
    }

    /// Asks until there is an answer. Who waits before another try lets others go meanwhile.
    async fn ask(&mut self) -> Result<(Response, Turn), Error> {
        loop {
            let turn = self.caller.intake.turn().await;
            match self.caller.send_once(&self.call).await {
                Ok(response) => return Ok((response, turn)),
                Err(error) => {
                    drop(turn);
                    self.caller.pause(error, &mut self.budget, None).await?;
                }
            }
        }
    }

    /// Whether it could be opened where it goes on.
    async fn reopen(&mut self) -> Result<bool, Error> {
        if self.is_part { self.open_part().await } else { self.open().await.map(|()| true) }
    }

    async fn open_part(&mut self) -> Result<bool, Error> {
        if self.parts.are_not_given() {
            return Ok(false);
        }
        let range = format!("bytes={}-{}", self.offset, self.end - 1);
        self.call.headers.insert(RANGE, HeaderValue::from_str(&range).expect("digits make a header"));
        let (response, turn) = self.ask().await?;
        match response.status().as_u16() {
            206 => match content_range_start(&response).filter(|begin| *begin <= self.offset) {
                Some(begin) => self.take(response, begin, turn),
                None => self.parts.learn(false),
            },
            200 | 416 => self.parts.learn(false),
            _ => return Err(self.caller.refused(response, &self.call).await),
        }
        Ok(self.inner.is_some())
    }

    async fn open(&mut self) -> Result<(), Error> {
        if self.offset > 0 {
            let range = HeaderValue::from_str(&format!("bytes={}-", self.offset)).expect("digits make a header");
            self.call.headers.insert(RANGE, range);
        }
        let (mut response, mut turn) = self.ask().await?;
        let begin = match response.status().as_u16() {
            206 => content_range_start(&response).filter(|begin| *begin <= self.offset),
            416 => None,
            _ => Some(0),
        };
        if begin.is_none() && self.call.headers.remove(RANGE).is_some() {
            // Another part than was asked for, or none: then all of it, from the beginning.
            drop(turn);
            (response, turn) = self.ask().await?;
            let (doing, offset, size) = (&self.call.doing, self.offset, self.end);
            // There is nothing after what came, and that is less than the manifest says: no other try will bring more.
            if response.content_length().is_some_and(|length| length <= offset) && response.status().is_success() {
                let words = format!("cannot {doing}: its content ends after {offset} of {size} bytes");
                return Err(content::Error::new(Class::Damaged, words).advise(content::Advice::FetchAgain).into());
            }
        }
        if !matches!(response.status().as_u16(), 200 | 206) {
            return Err(self.caller.refused(response, &self.call).await);
        }
        self.take(response, begin.unwrap_or_default(), turn);
        Ok(())
    }

    /// C-26: a server may send more than was asked for; what is known already is passed over.
    fn take(&mut self, response: Response, begin: u64, turn: Turn) {
        self.parts.hear(&response);
        let mut skip = self.offset - begin;
        let stream = response.bytes_stream().map_ok(move |mut chunk| {
            let skipped = skip.min(chunk.len() as u64);
            skip -= skipped;
            bytes::Buf::advance(&mut chunk, usize::try_from(skipped).expect("no more than a chunk"));
            chunk
        });
        self.inner = Some((stream.boxed(), turn));
    }

    async fn next(mut self) -> Result<Option<(Bytes, Self)>, content::Error> {
        loop {
            if self.is_part && self.offset >= self.end {
                return Ok(None);
            }
            let Some((inner, _)) = &mut self.inner else {
                match self.reopen().await? {
                    true => continue,
                    false => return Ok(None),
                }
            };
            let error = match self.caller.next_chunk(inner, &self.call.doing).await {
                Ok(Some(chunk)) => {
                    self.offset += chunk.len() as u64;
                    self.budget.reached(self.offset);
                    // After the timeout for the connection, which has done its part.
                    self.caller.endurance.throttle.pass(chunk.len() as u64).await;
                    if self.offset >= self.end {
                        self.caller.intake.came_through();
                    }
                    return Ok(Some((chunk, self)));
                }
                Ok(None) if self.offset >= self.end => return Ok(None),
                Ok(None) => {
                    let ended = Trouble::Closed("the content ended early".to_owned());
                    self.caller.broken(ended, &self.call.doing)
                }
                // Whatever was announced: there is no more to come.
                Err(_) if self.offset >= self.end => return Ok(None),
                Err(error) => error,
            };
            // Whoever waits gets the turn meanwhile.
            self.inner = None;
            self.caller.pause(error, &mut self.budget, None).await?;
        }
    }
}

/// `Content-Range: bytes 100-199/200` begins at 100, if 100 bytes come.
fn content_range_start(response: &Response) -> Option<u64> {
    let length = response.content_length();
    part_of_range(header(response, &CONTENT_RANGE)?, length)
}

/// Where a part begins, by its `Content-Range` header.
pub(super) fn start_of_range(text: &str) -> Option<u64> {
    part_of_range(text, None)
}

fn part_of_range(text: &str, length: Option<u64>) -> Option<u64> {
    let (begin, end) = text.strip_prefix("bytes ")?.split_once('/')?.0.split_once('-')?;
    let (begin, end): (u64, u64) = (begin.trim().parse().ok()?, end.trim().parse().ok()?);
    let announced = end.checked_sub(begin)?.checked_add(1)?;
    length.is_none_or(|length| length == announced).then_some(begin)
}

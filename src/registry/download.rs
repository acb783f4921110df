//! Content on its way from a registry: what breaks off goes on where it broke off.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use reqwest::Response;
use reqwest::header::{CONTENT_RANGE, HeaderValue, RANGE};

use super::call::Call;
use super::caller::Caller;
use super::error::Error;
use super::repository::header;
use super::trouble::Trouble;
use super::verdict::Budget;
use crate::content::{self, ByteStream, Class};

/// A download that goes on where it was cut off.
pub(super) struct Download {
    caller: Arc<Caller>,
    call: Call<'static>,
    budget: Budget,
    offset: u64,
    size: u64,
    inner: Option<BoxStream<'static, reqwest::Result<Bytes>>>,
}

impl Download {
    /// What `call` asks for, `size` bytes in all, from `offset` on.
    pub fn new(caller: Arc<Caller>, call: Call<'static>, size: u64, offset: u64) -> Self {
        let budget = caller.budget();
        Self { caller, call, budget, offset, size, inner: None }
    }

    /// Its bytes. It is opened at once, so that what is not there is an error of this call and not of the stream.
    pub async fn stream(mut self) -> Result<ByteStream, Error> {
        self.open().await?;
        Ok(futures_util::stream::try_unfold(self, Self::next).boxed())
    }

    async fn open(&mut self) -> Result<(), Error> {
        if self.offset > 0 {
            let range = HeaderValue::from_str(&format!("bytes={}-", self.offset)).expect("digits make a header");
            self.call.headers.insert(RANGE, range);
        }
        let mut response = self.caller.send(&self.call, &mut self.budget, None).await?;
        let begin = match response.status().as_u16() {
            206 => content_range_start(&response).filter(|begin| *begin <= self.offset),
            416 => None,
            _ => Some(0),
        };
        if begin.is_none() && self.call.headers.remove(RANGE).is_some() {
            // Another part than was asked for, or none: then all of it, from the beginning.
            response = self.caller.send(&self.call, &mut self.budget, None).await?;
            let (doing, offset, size) = (&self.call.doing, self.offset, self.size);
            // There is nothing after what came, and that is less than the manifest says: no other try will bring more.
            if response.content_length().is_some_and(|length| length <= offset) && response.status().is_success() {
                let words = format!("cannot {doing}: its content ends after {offset} of {size} bytes");
                return Err(content::Error::new(Class::Damaged, words).into());
            }
        }
        if !matches!(response.status().as_u16(), 200 | 206) {
            return Err(self.caller.refused(response, &self.call).await);
        }
        // C-26: a server may send more than was asked for; what is known already is passed over.
        let mut skip = self.offset - begin.unwrap_or_default();
        let stream = response.bytes_stream().map_ok(move |mut chunk| {
            let skipped = skip.min(chunk.len() as u64);
            skip -= skipped;
            bytes::Buf::advance(&mut chunk, usize::try_from(skipped).expect("no more than a chunk"));
            chunk
        });
        self.inner = Some(stream.boxed());
        Ok(())
    }

    async fn next(mut self) -> Result<Option<(Bytes, Self)>, content::Error> {
        loop {
            let Some(inner) = &mut self.inner else {
                self.open().await?;
                continue;
            };
            let error = match self.caller.next_chunk(inner, &self.call.doing).await {
                Ok(Some(chunk)) => {
                    self.offset += chunk.len() as u64;
                    self.budget.reached(self.offset);
                    return Ok(Some((chunk, self)));
                }
                Ok(None) if self.offset >= self.size => return Ok(None),
                Ok(None) => {
                    let ended = Trouble::Closed("the content ended early".to_owned());
                    self.caller.broken(ended, &self.call.doing)
                }
                // Whatever was announced: there is no more to come.
                Err(_) if self.offset >= self.size => return Ok(None),
                Err(error) => error,
            };
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

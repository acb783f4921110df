//! Lists of tags and of repositories, as streams (C-70, C-71): the next page is asked for when the last one is used up, so that
//! a repository may have any number of tags, and only one page of them is in memory.
//!
//! A hostile registry may list without end. What comes is counted, and a list that goes in a circle is found out by comparing
//! each address with a single earlier one, which is renewed after twice as many pages each time (Brent's algorithm).

use std::fmt;
use std::str::FromStr;

use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use reqwest::{Method, Response};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use url::Url;

use super::auth::Scope;
use super::call::{Call, Target};
use super::caller::Caller;
use super::error::Error;
use super::verdict::Budget;
use super::{Registry, Repository, address, link};
use crate::content::{self, Advice};
use crate::image::{RepositoryName, Tag};

/// How many names one list may have. A hundred times what the largest known repositories have; whoever lists more never ends.
const MOST: usize = 10_000_000;

/// How many tags are taken at once into memory. More than that in one pull would be a mistake, or somebody's idea of a joke.
const MOST_AT_ONCE: usize = 200_000;

/// The largest page of a list: registries that know no pages send everything in one.
const MAX_PAGE: usize = 16 * 1024 * 1024;

/// The longest name that is kept: no repository has a longer one.
const MAX_NAME: usize = 255;

/// How many names a page is asked to have. Some registries refuse more (distribution 3), some do not care (2.8).
const PAGE: &str = "?n=1000";

impl Repository {
    /// The tags, in the registry's order, page by page. What is listed and is no tag is left out.
    pub fn tags(&self) -> BoxStream<'_, Result<Tag, content::Error>> {
        self.listing(MOST).stream().err_into().boxed()
    }

    /// Every tag at once.
    pub async fn every_tag(&self) -> Result<Vec<Tag>, content::Error> {
        Ok(self.listing(MOST_AT_ONCE).stream().try_collect().await?)
    }

    /// The tags of the first page, for who wants a few to choose from: one request.
    pub async fn some_tags(&self) -> Result<Vec<Tag>, content::Error> {
        let page = self.listing(MOST_AT_ONCE).next().await?;
        Ok(page.map(|page| page.into_names().collect()).unwrap_or_default())
    }

    fn listing(&self, most: usize) -> Listing<'_> {
        let doing = format!("list the tags of {}/{}", self.caller.host, self.name);
        Listing::of(&self.caller, self.call(Method::GET, "tags/list", doing), "tags", most)
    }
}

impl Registry {
    /// The names of its repositories, in the registry's order, page by page. Many registries do not give them.
    pub fn repositories(&self) -> BoxStream<'_, Result<RepositoryName, content::Error>> {
        let host = self.caller.host.clone();
        let mut call = Call::new(Method::GET, "_catalog".into(), format!("list the repositories of {host}"));
        call.scopes = Scope::catalog().into();
        let explained = move |error: Error| match &error {
            Error::Refused { answer, .. } if matches!(answer.status.as_u16(), 400..=405 | 501) => {
                content::Error::from(error).advise(Advice::NameRepository(host.clone()))
            }
            Error::Token { .. } => match content::Error::from(error) {
                // No token for the list is no account for it.
                refused if refused.class() == content::Class::Denied => {
                    refused.advise(Advice::NameRepository(host.clone()))
                }
                other => other,
            },
            _ => error.into(),
        };
        Listing::of(&self.caller, call, "repositories", MOST).stream().map_err(explained).boxed()
    }
}

/// A list that is being read.
struct Listing<'a> {
    caller: &'a Caller,
    call: Call<'a>,
    /// What is listed, in words.
    what: &'static str,
    most: usize,
    names: usize,
    pages: usize,
    /// An address that was gone to, to be compared with those that follow.
    remembered: Option<Url>,
    is_over: bool,
}

impl<'a> Listing<'a> {
    fn of(caller: &'a Caller, mut call: Call<'a>, what: &'static str, most: usize) -> Self {
        if let Target::Path(path) = &mut call.to {
            path.push_str(PAGE);
        }
        Self { caller, call, what, most, names: 0, pages: 0, remembered: None, is_over: false }
    }

    fn stream<T: FromStr + Send + 'a>(self) -> impl Stream<Item = Result<T, Error>> + Send + 'a {
        let pages = futures_util::stream::try_unfold(self, |mut listing| async move {
            Ok::<_, Error>(listing.next().await?.map(|page| (page, listing)))
        });
        pages.map_ok(|page| futures_util::stream::iter(page.into_names::<T>().map(Ok))).try_flatten()
    }

    /// The names of the next page; `None` after the last one.
    async fn next(&mut self) -> Result<Option<Names>, Error> {
        if self.is_over {
            return Ok(None);
        }
        let mut budget = self.caller.budget();
        let (names, next) = loop {
            match self.page(&mut budget).await {
                Ok(page) => break page,
                // It may have broken off in the middle.
                Err(error) => self.caller.pause(error, &mut budget, None).await?,
            }
        };
        self.names += names.count;
        self.pages += 1;
        if self.names > self.most || self.pages > self.most {
            let (most, what) = (self.most, self.what);
            return Err(self.caller.nonsense(&self.call, format!("more than {most} {what}, or pages of them")));
        }
        match next {
            Some(next) => self.go_to(next)?,
            None => self.is_over = true,
        }
        Ok(Some(names))
    }

    fn go_to(&mut self, next: Url) -> Result<(), Error> {
        if self.remembered.as_ref() == Some(&next) {
            return Err(self.caller.nonsense(&self.call, format!("the list of {} goes in a circle", self.what)));
        }
        if self.pages.is_power_of_two() {
            self.remembered = Some(next.clone());
        }
        self.call.to = Target::Address(next);
        Ok(())
    }

    async fn page(&mut self, budget: &mut Budget) -> Result<(Names, Option<Url>), Error> {
        let mut response = self.caller.send(&self.call, budget, None).await?;
        // A registry may have a smaller largest page than was asked for, and knows best.
        if response.status().as_u16() == 400
            && let Target::Path(path) = &mut self.call.to
            && path.ends_with(PAGE)
        {
            path.truncate(path.len() - PAGE.len());
            response = self.caller.send(&self.call, budget, None).await?;
        }
        if response.status().as_u16() != 200 {
            return Err(self.caller.refused(response, &self.call).await);
        }
        let next = self.next_page(&response).await?;
        let body = self.caller.read(response, MAX_PAGE, &self.call.doing).await?;
        if body.len() == MAX_PAGE {
            return Err(self.caller.nonsense(&self.call, "a page of more than 16 MiB"));
        }
        let page: Page = serde_json::from_slice(&body).map_err(|error| self.caller.nonsense(&self.call, error))?;
        Ok((page.names.unwrap_or_default(), next))
    }

    /// The address of the next page, when there is one.
    async fn next_page(&self, response: &Response) -> Result<Option<Url>, Error> {
        let Some(target) = link::next(response) else { return Ok(None) };
        let base = &self.caller.route().await?.base;
        let address = address::of_page(&self.caller.host, base, response.url(), target);
        self.caller.accept(address, &self.call).map(Some)
    }
}

#[derive(Deserialize)]
struct Page {
    #[serde(alias = "tags", alias = "repositories")]
    names: Option<Names>,
}

/// The names of a page in one text, each with a line end: a list of texts of their own would take many times the room.
#[derive(Debug, Default)]
struct Names {
    text: String,
    count: usize,
}

impl Names {
    fn into_names<T: FromStr>(self) -> impl Iterator<Item = T> {
        let mut at = 0;
        std::iter::from_fn(move || {
            loop {
                let (name, _) = self.text[at..].split_once('\n')?;
                at += name.len() + 1;
                if let Ok(name) = name.parse() {
                    return Some(name);
                }
            }
        })
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Gathering)
    }
}

struct Gathering;

impl<'de> Visitor<'de> for Gathering {
    type Value = Names;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of names")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Names, A::Error> {
        let mut names = Names::default();
        while items.next_element_seed(&mut names)?.is_some() {}
        Ok(names)
    }
}

impl<'de> DeserializeSeed<'de> for &mut Names {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for &mut Names {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<(), E> {
        // It counts, whatever it is: a list of nothing but nonsense has an end too.
        self.count = self.count.checked_add(1).ok_or_else(|| E::custom("too many names"))?;
        if !name.is_empty() && name.len() <= MAX_NAME && !name.contains('\n') {
            self.text.push_str(name);
            self.text.push('\n');
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<T: FromStr>(page: &str) -> Vec<T> {
        serde_json::from_str::<Page>(page).expect("a page").names.unwrap_or_default().into_names().collect()
    }

    /// C-71: the list may be missing or `null`; what is in it and is no name is left out.
    #[test]
    fn c_71_a_page_is_what_it_has_of_names() {
        let tags = |page| names::<Tag>(page).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(tags(r#"{"name":"app","tags":["b","a","\u0061b"]}"#), ["b", "a", "ab"]);
        assert_eq!(tags(r#"{"tags":null}"#), [""; 0]);
        assert_eq!(tags(r#"{"name":"app"}"#), [""; 0]);
        assert_eq!(tags(r#"{"tags":["","a b","x\ny","-","../x","\u001b[2J","ok"]}"#), ["ok"]);
        let long = format!(r#"{{"tags":["{}","{}"]}}"#, "x".repeat(128), "x".repeat(129));
        assert_eq!(tags(&long), ["x".repeat(128)]);
        assert_eq!(names::<RepositoryName>(r#"{"repositories":["team/app","Team","app/"]}"#).len(), 1);
        for page in [r#"{"tags":"a"}"#, r#"{"tags":[1]}"#, r#"{"tags":[["a"]]}"#, "[]", ""] {
            assert!(serde_json::from_str::<Page>(page).is_err(), "{page}");
        }
    }

    #[test]
    fn what_is_no_name_counts_too() {
        let page: Page = serde_json::from_str(r#"{"tags":["","",""]}"#).expect("a page");
        assert_eq!(page.names.map(|names| (names.count, names.text.len())), Some((3, 0)));
    }
}

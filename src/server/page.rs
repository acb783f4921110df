//! Pages of long lists: `n`, `last` and the `Link` to the rest.

use std::fmt;

use url::form_urlencoded::Serializer;

/// Which part of a sorted list is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Page {
    /// At most so many entries.
    pub(super) limit: Option<usize>,
    /// Only what sorts after this, which need not be in the list.
    pub(super) after: Option<String>,
}

/// `n` is no number.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadLimit;

impl Page {
    /// Reads `n` and `last`. Numbers beyond all bounds mean everything that there is (CVE-2023-2253 is what happens
    /// when they mean an allocation).
    pub(super) fn parse(limit: Option<&str>, after: Option<&str>) -> Result<Self, BadLimit> {
        let limit = match limit {
            None => None,
            Some(text) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(text.parse().unwrap_or(usize::MAX))
            }
            Some(_) => return Err(BadLimit),
        };
        Ok(Self { limit, after: after.map(str::to_owned) })
    }

    /// Whether an entry sorts after those that the client has.
    pub(super) fn is_ahead(&self, entry: &str) -> bool {
        self.after.as_deref().is_none_or(|after| entry > after)
    }

    /// This page of a sorted list, and the last entry of it when there are more after it.
    pub(super) fn cut<T: AsRef<str>>(&self, mut sorted: Vec<T>) -> (Vec<T>, Option<String>) {
        sorted.retain(|entry| self.is_ahead(entry.as_ref()));
        let Some(limit) = self.limit.filter(|limit| *limit < sorted.len()) else { return (sorted, None) };
        sorted.truncate(limit);
        let last = sorted.last().map(|entry| entry.as_ref().to_owned());
        (sorted, last)
    }
}

/// The value of a `Link` header to the next page.
pub(super) struct NextPage<'a> {
    /// The list's path.
    pub(super) path: String,
    /// The query, without what is empty.
    pub(super) query: Vec<(&'a str, String)>,
}

impl fmt::Display for NextPage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query = Serializer::new(String::new()).extend_pairs(&self.query).finish();
        write!(f, "<{}?{query}>; rel=\"next\"", self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(n: &str, last: Option<&str>) -> (Vec<&'static str>, Option<String>) {
        Page::parse(Some(n), last).expect("a page").cut(vec!["a", "b", "c"])
    }

    #[test]
    fn r19_last_is_exclusive_and_need_not_exist() {
        assert_eq!(cut("9", Some("a")), (vec!["b", "c"], None));
        assert_eq!(cut("9", Some("aa")), (vec!["b", "c"], None));
        assert_eq!(cut("9", Some("c")), (vec![], None));
    }

    #[test]
    fn r20_a_link_only_when_there_is_more() {
        assert_eq!(cut("2", None), (vec!["a", "b"], Some("b".into())));
        assert_eq!(cut("3", None), (vec!["a", "b", "c"], None));
        assert_eq!(cut("2", Some("a")), (vec!["b", "c"], None));
        assert_eq!(cut("0", None), (vec![], None));
    }

    #[test]
    fn cve_2023_2253_a_huge_n_is_everything_and_nonsense_is_refused() {
        assert_eq!(cut("99999999999999999999999", None).0.len(), 3);
        for text in ["-1", "", "x", "1.5", "+1", " 1"] {
            assert_eq!(Page::parse(Some(text), None), Err(BadLimit), "{text}");
        }
    }

    #[test]
    fn what_goes_into_a_link_is_encoded() {
        let query = vec![("last", "a b>".to_owned())];
        assert_eq!(
            NextPage { path: "/v2/x/tags/list".into(), query }.to_string(),
            "</v2/x/tags/list?last=a+b%3E>; rel=\"next\""
        );
    }
}

//! The `Link` header that leads to the next page of a list (RFC 8288; C-70).

use reqwest::Response;
use reqwest::header::LINK;

/// The address of the next page, as it stands there.
pub(super) fn next(response: &Response) -> Option<&str> {
    response.headers().get_all(LINK).iter().filter_map(|value| value.to_str().ok()).find_map(next_of)
}

/// The same in one header.
pub(super) fn next_of(header: &str) -> Option<&str> {
    Some(links(header).into_iter().find(|link| link.is_next)?.target)
}

struct Link<'a> {
    target: &'a str,
    is_next: bool,
}

/// The links of one header. Olareg writes `rel=next` without quotes, and parameters come in any order.
fn links(mut text: &str) -> Vec<Link<'_>> {
    let mut links = Vec::new();
    while let Some((_, after)) = text.split_once('<') {
        let Some((target, after)) = after.split_once('>') else { break };
        let end = after.find('<').unwrap_or(after.len());
        let is_next = after[..end].split([';', ',']).any(|parameter| {
            parameter.split_once('=').is_some_and(|(name, value)| {
                name.trim().eq_ignore_ascii_case("rel") && value.trim().trim_matches('"').eq_ignore_ascii_case("next")
            })
        });
        links.push(Link { target, is_next });
        text = &after[end..];
    }
    links
}

#[cfg(test)]
mod tests {
    use super::links;

    #[test]
    fn the_next_page_is_found_in_every_spelling() {
        for (text, expected) in [
            (r#"</v2/a/tags/list?n=2&last=b>; rel="next""#, Some("/v2/a/tags/list?n=2&last=b")),
            ("</a>; rel=next", Some("/a")),
            (r#"</a>; title="x"; REL="Next""#, Some("/a")),
            (r#"</p>; rel="prev", </n>; rel="next""#, Some("/n")),
            (r#"</p>; rel="prev""#, None),
            ("rubbish", None),
            ("<", None),
        ] {
            let found = links(text).into_iter().find(|link| link.is_next).map(|link| link.target);
            assert_eq!(found, expected, "{text}");
        }
    }
}
